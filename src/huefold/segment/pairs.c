/* Pairs of pixels and regions: how far their features are apart, in rising order, and the closest ones. */
#include "native/threads.h"

/* --- distances --- */

typedef struct {
    const double *features;
    const int32_t *pixel, *partner;
    int64_t width, pairs;
    double *out;
} DistanceTask;

#define PAIRS_AT_ONCE 8192

HF_INLINE double squared_distance(const double *a, const double *b, int64_t width) {
    double sum = 0.0;
    for (int64_t f = 0; f < width; f++) sum += (a[f] - b[f]) * (a[f] - b[f]);
    return sum;
}

static void distance_band(void *context, int64_t item, int64_t rank) {
    (void)rank;
    DistanceTask *task = context;
    int64_t stop = hf_min_int(task->pairs, (item + 1) * PAIRS_AT_ONCE), width = task->width;
    for (int64_t k = item * PAIRS_AT_ONCE; k < stop; k++)
        task->out[k] =
            squared_distance(task->features + task->pixel[k] * width, task->features + task->partner[k] * width, width);
}

/* Write the squared distance between the features [P, F] of each pair of pixels. */
HF_EXPORT void hf_squared_distances(const double *features, int64_t width, const int32_t *pixel, const int32_t *partner,
                                    int64_t pairs, double *out, int64_t threads) {
    DistanceTask task = {features, pixel, partner, width, pairs, out};
    hf_parallel(distance_band, &task, (pairs + PAIRS_AT_ONCE - 1) / PAIRS_AT_ONCE, threads);
}

/* --- order --- */

#define DIGIT_BITS 11
#define DIGITS 3

/* Write the indices that sort values [N] of 0 or more; equal ones keep their order.
 *
 * The bits of such numbers increase with them, so whole digits of bits can be counted instead of compared. */
HF_EXPORT int64_t hf_rising_order(const float *restrict values, int64_t count, int64_t *restrict order) {
    int64_t(*places)[1 << DIGIT_BITS] = calloc(DIGITS, sizeof *places);
    uint64_t *now = hf_new(uint64_t, count), *sorted = hf_new(uint64_t, count);
    bool enough = places != NULL && now != NULL && sorted != NULL;
    if (enough) {
        for (int64_t k = 0; k < count; k++) {
            uint32_t bits;
            memcpy(&bits, &values[k], sizeof bits);
            now[k] = (uint64_t)bits << 32 | (uint64_t)k;
            for (int d = 0; d < DIGITS; d++) places[d][bits >> (d * DIGIT_BITS) & ((1 << DIGIT_BITS) - 1)]++;
        }
        for (int d = 0; d < DIGITS; d++) {
            int64_t start = 0;
            for (int digit = 0; digit < 1 << DIGIT_BITS; digit++) {
                int64_t size = places[d][digit];
                places[d][digit] = start;
                start += size;
            }
            for (int64_t k = 0; k < count; k++)
                sorted[places[d][now[k] >> (32 + d * DIGIT_BITS) & ((1 << DIGIT_BITS) - 1)]++] = now[k];
            uint64_t *other = now;
            now = sorted;
            sorted = other;
        }
        for (int64_t k = 0; k < count; k++) order[k] = (int64_t)(now[k] & UINT32_MAX);
    }
    free(places);
    free(now);
    free(sorted);
    return enough ? 0 : HF_NO_MEMORY;
}

/* --- slivers --- */

/* Write for each small region the neighbour whose mean features [N, F] are closest, the one of the lower number among
 * equals, and -1 for others. `labels` [H, W], `small` [N]. */
HF_EXPORT int64_t hf_closest_neighbours(const int32_t *restrict labels, int64_t height, int64_t width,
                                        const double *restrict mean, int64_t features, const bool *restrict small,
                                        int64_t count, int32_t *restrict closest) {
    double *distance = hf_new(double, count);
    if (distance == NULL) return HF_NO_MEMORY;
    for (int64_t r = 0; r < count; r++) closest[r] = -1;
    for (int64_t p = 0; p < height * width; p++) {
        bool rightmost = (p + 1) % width == 0, lowest = p + width >= height * width;
        for (int way = 0; way < 2; way++) {
            if (way ? lowest : rightmost) continue;
            int32_t a = labels[p], b = labels[way ? p + width : p + 1];
            if (a == b || !(small[a] || small[b])) continue;
            double apart = squared_distance(mean + a * features, mean + b * features, features);
            for (int turn = 0; turn < 2; turn++) {
                int32_t from = turn ? b : a, to = turn ? a : b;
                if (!small[from]) continue;
                bool closer = closest[from] < 0 || apart < distance[from];
                if (!closer && !(apart == distance[from] && to < closest[from])) continue;
                distance[from] = apart;
                closest[from] = to;
            }
        }
    }
    free(distance);
    return 0;
}
