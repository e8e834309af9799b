/* MSE and SSIM of two pictures: sums by rows, which Python adds up. */
#include "native/threads.h"

/* Pixels that the Gaussian window of SSIM reaches to each side. */
#define REACH 5

/* Constants (K L)^2 of Wang et al. (2004) for values in [0, 1]. */
#define STABLE_MEANS (0.01 * 0.01)
#define STABLE_VARIANCES (0.03 * 0.03)

typedef struct {
    const void *first, *second; /* [height, width, channels] */
    const double *counts;       /* [height, width], or NULL */
    const double *window;       /* [REACH + 1], from the middle on */
    double *sums;               /* of rows */
    double *scratch;            /* [threads, 8, width * channels] */
    int64_t width, channels;
} Comparison;

/* Weighted sums along a row of `count` values, from the one on that has enough before it; neighbours are `step` values
 * apart. */
static void sum_across(const double *restrict values, double *restrict sums, int64_t count, const double *window,
                       int64_t step) {
    const double w0 = window[0], w1 = window[1], w2 = window[2], w3 = window[3], w4 = window[4], w5 = window[5];
    const double *restrict middle = values + REACH * step;
    for (int64_t i = 0; i < count; i++)
        sums[i] = w0 * middle[i] + w1 * (middle[i - step] + middle[i + step]) +
                  w2 * (middle[i - 2 * step] + middle[i + 2 * step]) +
                  w3 * (middle[i - 3 * step] + middle[i + 3 * step]) +
                  w4 * (middle[i - 4 * step] + middle[i + 4 * step]) +
                  w5 * (middle[i - 5 * step] + middle[i + 5 * step]);
}

/* Similarity where the weighted means are `mean` and `other`, that of both squares together `squares`, and that of the
 * product `product`. */
HF_INLINE double similarity(double mean, double other, double squares, double product) {
    double both = mean * other, means = mean * mean + other * other;
    return (2.0 * both + STABLE_MEANS) * (2.0 * (product - both) + STABLE_VARIANCES) /
           ((means + STABLE_MEANS) * ((squares - means) + STABLE_VARIANCES));
}

/* Sum of the similarities along a row, of sums along its columns, [4, width * channels]; `sums` is scratch like that.
 */
static double summed_similarity(const Comparison *all, const double *columns, double *sums) {
    int64_t values = all->width * all->channels, count = values - 2 * REACH * all->channels;
    for (int kind = 0; kind < 4; kind++)
        sum_across(columns + kind * values, sums + kind * values, count, all->window, all->channels);
    const double *means = sums, *others = sums + values, *squares = sums + 2 * values, *products = sums + 3 * values;
    double lanes[HF_LANES] = {0.0};
    int64_t i = 0;
    for (; i + HF_LANES <= count; i += HF_LANES)
        for (int lane = 0; lane < HF_LANES; lane++)
            lanes[lane] += similarity(means[i + lane], others[i + lane], squares[i + lane], products[i + lane]);
    for (int lane = 0; i + lane < count; lane++)
        lanes[lane] += similarity(means[i + lane], others[i + lane], squares[i + lane], products[i + lane]);
    return hf_sum_lanes(lanes);
}

#define real float
#define NAMED(name) name##_single
#include "metrics/fidelity.inc.h"
#undef real
#undef NAMED

#define real double
#define NAMED(name) name##_double
#include "metrics/fidelity.inc.h"
#undef real
#undef NAMED
