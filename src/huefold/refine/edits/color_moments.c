/* Sums over what shows of each path, in whole pixels, and what they tell about one fill of two paths. */
#include "refine/edits/color_moments.h"

/* Variance added to what shows, in square pixels; as BLUR of refine/fills/gradients.py. */
#define BLUR 0.1

#define NOTHING 1e-30

/* Columns of the sums. */
enum { MASS = 0, FIRST = 1, SECOND = 3, COLORS = 6, SQUARES = 15 };

/* Add up what shows of each of `count` paths: sums [N, 16]. `shows` [H, W] names the path that shows, -1 for the
 * background; target is [3, H, W], weight [H, W]. */
HF_EXPORT void hf_color_moments(const int32_t *shows, const float *target, const float *weight, int64_t height,
                                int64_t width, int64_t count, double *sums) {
    int64_t plane = height * width;
    for (int64_t i = 0; i < HF_MOMENTS * count; i++) sums[i] = 0.0;
    for (int64_t at = 0; at < plane; at++) {
        if (shows[at] < 0) continue;
        double *own = sums + HF_MOMENTS * shows[at];
        double w = (double)weight[at], x = (double)(at % width) + 0.5, y = (double)(at / width) + 0.5, squares = 0.0;
        double first[3] = {w, w * x, w * y};
        for (int k = 0; k < 3; k++) own[MASS + k] += first[k];
        own[SECOND] += w * (x * x);
        own[SECOND + 1] += w * (x * y);
        own[SECOND + 2] += w * (y * y);
        for (int c = 0; c < 3; c++) {
            double channel = (double)target[c * plane + at];
            for (int k = 0; k < 3; k++) own[COLORS + 3 * c + k] += first[k] * channel;
            squares += channel * channel;
        }
        own[SQUARES] += w * squares;
    }
}

/* A gradient explains mass times the larger eigenvalue of S^-1 C C', with the covariance S of places and that of places
 * and colours C. */
RemainingErrors hf_remaining_errors(const double sums[HF_MOMENTS]) {
    double mass = hf_max(sums[MASS], NOTHING), x = sums[FIRST] / mass, y = sums[FIRST + 1] / mass;
    double cross[2][3], explained = 0.0, p = 0.0, q = 0.0, r = 0.0;
    for (int c = 0; c < 3; c++) {
        const double *colors = sums + COLORS + 3 * c;
        double mean = colors[0] / mass;
        cross[0][c] = colors[1] / mass - x * mean;
        cross[1][c] = colors[2] / mass - y * mean;
        explained += colors[0] * colors[0];
        p += cross[0][c] * cross[0][c];
        q += cross[0][c] * cross[1][c];
        r += cross[1][c] * cross[1][c];
    }
    double a = sums[SECOND] / mass - x * x + BLUR, b = sums[SECOND + 1] / mass - x * y;
    double d = sums[SECOND + 2] / mass - y * y + BLUR;
    double size = hf_max(a * d - b * b, NOTHING);
    double half = 0.5 * (d * p - 2.0 * b * q + a * r) / size;
    double leading = half + sqrt(hf_max(half * half - (p * r - q * q) / size, 0.0));
    RemainingErrors found = {sums[SQUARES] - explained / mass, 0.0};
    found.linear = found.flat - mass * leading;
    return found;
}

double hf_gradient_cost(const double *sums, const double *errors, int64_t low, int64_t high) {
    double both[HF_MOMENTS];
    for (int k = 0; k < HF_MOMENTS; k++) both[k] = sums[HF_MOMENTS * low + k] + sums[HF_MOMENTS * high + k];
    return hf_remaining_errors(both).linear - errors[low] - errors[high];
}

/* --- for Python --- */

/* Write the squared errors [N, 2] that the best colour leaves for each path, and the best gradient. */
HF_EXPORT void hf_remaining_errors_of_paths(const double *sums, int64_t count, RemainingErrors *errors) {
    for (int64_t path = 0; path < count; path++) errors[path] = hf_remaining_errors(sums + HF_MOMENTS * path);
}

/* Write the costs [M] of one gradient for the pairs [M, 2] of paths. */
HF_EXPORT void hf_gradient_costs(const double *sums, const double *errors, const int64_t *pairs, int64_t count,
                                 double *costs) {
    for (int64_t i = 0; i < count; i++) costs[i] = hf_gradient_cost(sums, errors, pairs[2 * i], pairs[2 * i + 1]);
}

/* A gradient over the pixels that show either of two paths. */
typedef struct {
    const int32_t *shows;
    int64_t low, high, width;
    double x, y, along_x, along_y; /* its start and its vector, in pixels of `pixel` units */
    double pixel;
} PairRamp;

/* Share of the second stop in a pixel, or -1 where neither path shows. */
HF_INLINE double second_share(const PairRamp *ramp, int64_t at) {
    if (ramp->shows[at] != ramp->low && ramp->shows[at] != ramp->high) return -1.0;
    double x = ramp->pixel * ((double)(at % ramp->width) + 0.5) - ramp->x;
    double y = ramp->pixel * ((double)(at / ramp->width) + 0.5) - ramp->y;
    double length = ramp->along_x * ramp->along_x + ramp->along_y * ramp->along_y;
    return hf_clip((x * ramp->along_x + y * ramp->along_y) / length, 0.0, 1.0);
}

/* Sum up what two stops at `ends` [4], in scene units, are fitted to: over the pixels that show the paths `low` or
 * `high`. Writes the mean colour [3]; `gram` [2, 2], sums of weights and shares of both stops; and `pull` [2, 3], sums
 * of weights, shares and the difference from the mean. A pixel has a side of `pixel`. */
HF_EXPORT void hf_two_stops(const int32_t *shows, int64_t height, int64_t width, int64_t low, int64_t high,
                            const float *target, const float *weight, const double *ends, double pixel, double *mean,
                            double *gram, double *pull) {
    PairRamp ramp = {shows, low, high, width, ends[0], ends[1], ends[2] - ends[0], ends[3] - ends[1], pixel};
    int64_t plane = height * width;
    double mass = 0.0;
    for (int k = 0; k < 3; k++) mean[k] = 0.0;
    for (int k = 0; k < 4; k++) gram[k] = 0.0;
    for (int k = 0; k < 6; k++) pull[k] = 0.0;
    for (int64_t at = 0; at < plane; at++) {
        if (second_share(&ramp, at) < 0.0) continue;
        mass += (double)weight[at];
        for (int c = 0; c < 3; c++) mean[c] += (double)weight[at] * (double)target[c * plane + at];
    }
    for (int c = 0; c < 3; c++) mean[c] /= hf_max(mass, NOTHING);
    for (int64_t at = 0; at < plane; at++) {
        double share = second_share(&ramp, at);
        if (share < 0.0) continue;
        const double stops[2] = {1.0 - share, share};
        for (int i = 0; i < 2; i++) {
            double weighted = stops[i] * (double)weight[at];
            for (int j = 0; j < 2; j++) gram[2 * i + j] += weighted * stops[j];
            for (int c = 0; c < 3; c++) pull[3 * i + c] += weighted * ((double)target[c * plane + at] - mean[c]);
        }
    }
}
