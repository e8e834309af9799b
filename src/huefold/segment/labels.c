/* Label maps: numbers in reading order, sums of regions, neighbouring pixels of different labels. */
#include "native/core.h"

/* --- regions --- */

/* Follow parents [N] to the top; a parent never has a higher number than its child. */
HF_EXPORT void hf_roots(const int32_t *restrict parent, int64_t count, int32_t *restrict top) {
    for (int64_t r = 0; r < count; r++) top[r] = parent[r] == r ? (int32_t)r : top[parent[r]];
}

/* Give each pixel [P] the top of its region's parents [N], renumbered in reading order; return how many there are. */
HF_EXPORT int64_t hf_merged(const int32_t *restrict parent, int64_t count, const int32_t *restrict labels,
                            int64_t pixels, int32_t *restrict out) {
    int32_t *top = hf_new(int32_t, count), *number = hf_new(int32_t, count);
    int32_t used = 0;
    bool enough = top != NULL && number != NULL;
    if (enough) {
        hf_roots(parent, count, top);
        for (int64_t r = 0; r < count; r++) number[r] = -1;
        for (int64_t p = 0; p < pixels; p++) {
            int32_t region = top[labels[p]];
            if (number[region] < 0) number[region] = used++;
            out[p] = number[region];
        }
    }
    free(top);
    free(number);
    return enough ? used : HF_NO_MEMORY;
}

/* Write the pixels [N] of each region and their sums [N, F] of features [P, F], added in the order of pixels. */
HF_EXPORT void hf_region_sums(const int32_t *restrict labels, const double *restrict features, int64_t pixels,
                              int64_t width, int64_t count, double *restrict area, double *restrict total) {
    memset(area, 0, (size_t)count * sizeof *area);
    memset(total, 0, (size_t)(count * width) * sizeof *total);
    for (int64_t p = 0; p < pixels; p++) {
        double *sum = total + labels[p] * width;
        area[labels[p]] += 1.0;
        for (int64_t f = 0; f < width; f++) sum[f] += features[p * width + f];
    }
}

/* --- neighbours --- */

/* Count the 4-neighbour pixel pairs whose labels [H, W] differ. */
HF_EXPORT int64_t hf_count_crossings(const int32_t *restrict labels, int64_t height, int64_t width) {
    int64_t total = 0;
    for (int64_t i = 0; i < height; i++) {
        const int32_t *row = labels + i * width;
        for (int64_t j = 0; j + 1 < width; j++) total += row[j] != row[j + 1];
        if (i + 1 == height) break;
        for (int64_t j = 0; j < width; j++) total += row[j] != row[j + width];
    }
    return total;
}

/* List these pairs: the smaller and the larger label, and both pixels; right of a pixel comes before below it. */
HF_EXPORT void hf_crossing_pairs(const int32_t *restrict labels, int64_t height, int64_t width, int32_t *restrict low,
                                 int32_t *restrict high, int32_t *restrict pixel, int32_t *restrict partner) {
    int64_t k = 0;
    for (int64_t i = 0; i < height; i++) {
        for (int64_t j = 0; j < width; j++) {
            int64_t p = i * width + j;
            for (int down = 0; down < 2; down++) {
                if (down ? i + 1 == height : j + 1 == width) continue;
                int64_t q = down ? p + width : p + 1;
                int32_t a = labels[p], b = labels[q];
                if (a == b) continue;
                low[k] = a < b ? a : b;
                high[k] = a < b ? b : a;
                pixel[k] = (int32_t)p;
                partner[k++] = (int32_t)q;
            }
        }
    }
}

/* Sort `count` pairs by one of their two numbers, which is below `regions`; equal ones keep their order. */
static void sort_pairs(const int32_t (*restrict pairs)[2], int64_t count, int by, int64_t regions,
                       int64_t *restrict place, int32_t (*restrict out)[2]) {
    memset(place, 0, (size_t)(regions + 1) * sizeof *place);
    for (int64_t k = 0; k < count; k++) place[pairs[k][by] + 1]++;
    for (int64_t r = 0; r < regions; r++) place[r + 1] += place[r];
    for (int64_t k = 0; k < count; k++) {
        int64_t at = place[pairs[k][by]]++;
        out[at][0] = pairs[k][0];
        out[at][1] = pairs[k][1];
    }
}

/* Write each pair of neighbouring regions once into `end` [E, 2], sorted; return how many there are.
 *
 * `crossings` is what hf_count_crossings returns: room for that many pairs is needed, most of which occur again. */
HF_EXPORT int64_t hf_neighbours(const int32_t *restrict labels, int64_t height, int64_t width, int64_t regions,
                                int64_t crossings, int32_t *restrict end) {
    int32_t(*found)[2] = malloc((size_t)(crossings + 1) * sizeof *found);
    int32_t(*sorted)[2] = (int32_t(*)[2])end;
    int64_t *place = hf_new(int64_t, regions + 1), unique = HF_NO_MEMORY;
    if (found != NULL && place != NULL) {
        int64_t k = 0;
        for (int64_t p = 0; p < height * width; p++) {
            bool rightmost = (p + 1) % width == 0, lowest = p + width >= height * width;
            for (int down = 0; down < 2; down++) {
                if (down ? lowest : rightmost) continue;
                int32_t a = labels[p], b = labels[down ? p + width : p + 1];
                if (a == b) continue;
                found[k][0] = a < b ? a : b;
                found[k++][1] = a < b ? b : a;
            }
        }
        sort_pairs((const int32_t(*)[2])found, k, 1, regions, place, sorted);
        sort_pairs((const int32_t(*)[2])sorted, k, 0, regions, place, found);
        unique = 0;
        for (int64_t i = 0; i < k; i++) {
            if (i > 0 && found[i][0] == found[i - 1][0] && found[i][1] == found[i - 1][1]) continue;
            sorted[unique][0] = found[i][0];
            sorted[unique++][1] = found[i][1];
        }
    }
    free(found);
    free(place);
    return unique;
}
