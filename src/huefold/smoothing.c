/* Smoothing of pictures by a Gaussian. */
#include "native/elementary.h"
#include "native/threads.h"

/* Rows that a thread takes at once. */
#define BAND 16

/* A Gaussian is cut off this far from its centre, in standard deviations. */
#define CUT_OFF 4.0

typedef struct {
    const double *picture;
    double *out, *rows; /* rows: for each thread the channels of one row, smoothed downwards */
    const double *weights;
    int64_t height, width, channels, radius;
} SmoothTask;

/* Row i of the picture smoothed downwards; beyond the border it goes on as it ends. */
static void smooth_downwards(const SmoothTask *task, int64_t i, double *restrict row) {
    int64_t values = task->width * task->channels;
    const double *here = task->picture + i * values;
    for (int64_t k = 0; k < values; k++) row[k] = here[k] * task->weights[0];
    for (int64_t r = task->radius; r > 0; r--) {
        const double *above = task->picture + hf_max_int(i - r, 0) * values;
        const double *below = task->picture + hf_min_int(i + r, task->height - 1) * values;
        for (int64_t k = 0; k < values; k++) row[k] += (above[k] + below[k]) * task->weights[r];
    }
}

static void smooth_across(const SmoothTask *task, const double *restrict row, double *restrict out) {
    int64_t channels = task->channels, last = task->width - 1, values = task->width * channels;
    for (int64_t k = 0; k < values; k++) out[k] = row[k] * task->weights[0];
    for (int64_t r = task->radius; r > 0; r--) {
        double weight = task->weights[r];
        int64_t inner_start = hf_min_int(r, task->width), inner_stop = hf_max_int(task->width - r, inner_start);
        for (int64_t j = 0; j < task->width; j++) {
            if (j == inner_start) j = inner_stop;
            if (j > last) break;
            int64_t left = hf_max_int(j - r, 0), right = hf_min_int(j + r, last);
            for (int64_t c = 0; c < channels; c++)
                out[j * channels + c] += (row[left * channels + c] + row[right * channels + c]) * weight;
        }
        int64_t shift = r * channels;
        for (int64_t k = inner_start * channels; k < inner_stop * channels; k++)
            out[k] += (row[k - shift] + row[k + shift]) * weight;
    }
}

static void smooth_band(void *context, int64_t item, int64_t rank) {
    SmoothTask *task = context;
    int64_t values = task->width * task->channels, stop = hf_min_int(task->height, (item + 1) * BAND);
    double *row = task->rows + rank * values;
    for (int64_t i = item * BAND; i < stop; i++) {
        smooth_downwards(task, i, row);
        smooth_across(task, row, task->out + i * values);
    }
}

/* Smooth a picture [H, W, C] by a Gaussian of a standard deviation in pixels; the border pixels go on outside. */
HF_EXPORT int64_t hf_smooth(const double *picture, int64_t height, int64_t width, int64_t channels, double deviation,
                            double *out, int64_t threads) {
    int64_t radius = (int64_t)(CUT_OFF * deviation + 0.5), bands = (height + BAND - 1) / BAND;
    threads = hf_clip_int(threads, 1, hf_max_int(bands, 1));
    int64_t numbers = threads * width * channels;
    double *weights = hf_new(double, radius + 1), *rows = hf_new(double, numbers);
    bool enough = weights != NULL && rows != NULL;
    if (enough) {
        double sum = 0.0;
        for (int64_t r = radius; r >= 0; r--) {
            weights[r] = hf_exp(-0.5 / (deviation * deviation) * (double)(r * r));
            sum += r > 0 ? 2.0 * weights[r] : weights[r];
        }
        for (int64_t r = 0; r <= radius; r++) weights[r] /= sum;
        SmoothTask task = {picture, out, rows, weights, height, width, channels, radius};
        hf_parallel(smooth_band, &task, bands, threads);
    }
    free(weights);
    free(rows);
    return enough ? 0 : HF_NO_MEMORY;
}
