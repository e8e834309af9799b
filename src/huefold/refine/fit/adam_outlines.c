/* Steps of Adam on rows of numbers and on outlines. */
#include "refine/fit/adam_outlines.h"

/* Move the points `first` to `last - 1`, which are one path's. */
static void move_path(double *restrict points, const double *restrict gradient, double *restrict mean,
                      double *restrict square, int64_t first, int64_t last, double share, double rate,
                      AdamCorrections corrections) {
    for (int64_t i = first; i < last; i++) {
        double x = gradient[2 * i], y = gradient[2 * i + 1];
        mean[2 * i] += (1.0 - HF_MEAN_DECAY) * (x - mean[2 * i]);
        mean[2 * i + 1] += (1.0 - HF_MEAN_DECAY) * (y - mean[2 * i + 1]);
        square[i] += (1.0 - HF_SQUARE_DECAY) * (0.5 * (x * x + y * y) - square[i]);
    }
    double total = 0.0;
    for (int64_t i = first; i < last; i++) total += square[i];
    double common = share * total / (double)hf_max_int(last - first, 1);
    for (int64_t i = first; i < last; i++) {
        double moment = (1.0 - share) * square[i] + common;
        double pace = rate * corrections.mean / (sqrt(moment * corrections.square) + HF_ADAM_EPSILON);
        points[2 * i] -= pace * mean[2 * i];
        points[2 * i + 1] -= pace * mean[2 * i + 1];
    }
}

void hf_adam_outlines(double *restrict points, const double *restrict gradient, double *restrict mean,
                      double *restrict square, const int64_t *restrict offsets, int64_t paths, double share,
                      double rate, AdamCorrections corrections) {
    for (int64_t path = 0; path < paths; path++)
        move_path(points, gradient, mean, square, offsets[path], offsets[path + 1], share, rate, corrections);
}

/* --- for Python --- */

/* Do one step of Adam on rows of numbers [R, C], each row with its own learning rate [R]; the first step is 1. */
HF_EXPORT void hf_adam_rows(double *values, const double *gradient, double *mean, double *square, const double *rates,
                            int64_t rows, int64_t columns, int64_t step) {
    AdamCorrections corrections = hf_adam_corrections(step);
    for (int64_t row = 0, end; row < rows; row = end) {
        for (end = row + 1; end < rows && rates[end] == rates[row];) end++;
        int64_t at = row * columns, count = (end - row) * columns;
        hf_adam_step(values + at, gradient + at, mean + at, square + at, count, rates[row], corrections);
    }
}

HF_EXPORT void hf_adam_outline_points(double *points, const double *gradient, double *mean, double *square,
                                      const int64_t *offsets, int64_t paths, double share, double rate, int64_t step) {
    hf_adam_outlines(points, gradient, mean, square, offsets, paths, share, rate, hf_adam_corrections(step));
}
