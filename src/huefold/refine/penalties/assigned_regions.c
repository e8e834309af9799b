/* Which region each path belongs to, by where it shows. */
#include "refine/penalties/penalties.h"

/* Neighbouring pixels that show one path in one leaf region. */
typedef struct {
    int32_t leaf, length;
} Run;

/* The runs of all paths, those of path i from offsets[i] to offsets[i + 1] - 1, in the order of the picture. */
typedef struct {
    Run *runs;
    int64_t *offsets;
} Runs;

/* The end of the run of pixels that starts at `pixel`. */
HF_INLINE int64_t run_end(const int32_t *top, const int32_t *leaves, int64_t pixel, int64_t pixels) {
    int32_t path = top[pixel], leaf = leaves[pixel];
    int64_t end = pixel + 1;
    while (end < pixels && top[end] == path && leaves[end] == leaf) end++;
    return hf_min_int(end, pixel + INT32_MAX);
}

/* Sort the runs by path; false where there is no memory. */
static bool sort_runs(const int32_t *top, const int32_t *leaves, int64_t pixels, int64_t count, Runs *sorted) {
    int64_t *offsets = hf_zeros(int64_t, count + 2);
    if (offsets == NULL) return false;
    /* Counted two places further on, so that the places of path i start at offsets[i + 1] and end at offsets[i + 2]:
     * filling them moves each start to its end, where the next path starts. */
    for (int64_t pixel = 0; pixel < pixels; pixel = run_end(top, leaves, pixel, pixels))
        if (top[pixel] >= 0) offsets[top[pixel] + 2]++;
    for (int64_t path = 0; path <= count; path++) offsets[path + 1] += offsets[path];
    Run *runs = hf_new(Run, offsets[count + 1]);
    if (runs == NULL) {
        free(offsets);
        return false;
    }
    for (int64_t pixel = 0; pixel < pixels;) {
        int64_t end = run_end(top, leaves, pixel, pixels);
        if (top[pixel] >= 0) runs[offsets[top[pixel] + 1]++] = (Run){leaves[pixel], (int32_t)(end - pixel)};
        pixel = end;
    }
    *sorted = (Runs){runs, offsets};
    return true;
}

/* What is known of the regions while one path is looked at: how many of its pixels lie in each, and which have any. */
typedef struct {
    int64_t *shared, *seen;
    int64_t count;
} Overlaps;

HF_INLINE void add_overlap(Overlaps *overlaps, int64_t region, int64_t pixels) {
    if (overlaps->shared[region] == 0) overlaps->seen[overlaps->count++] = region;
    overlaps->shared[region] += pixels;
}

/* The region that overlaps best; of equal ones the first that was seen, -1 for none. */
static int64_t best_region(const Overlaps *overlaps, const PenaltyRegions *regions, int64_t shown, bool structural) {
    double best = 0.0;
    int64_t chosen = -1;
    for (int64_t k = 0; k < overlaps->count; k++) {
        int64_t region = overlaps->seen[k], shared = overlaps->shared[region];
        double overlap;
        if (structural)
            overlap = regions->cut[region] ? (double)shared : 0.0;
        else
            overlap = (double)shared / (double)(shown + regions->sizes[region] - shared);
        if (overlap > best) {
            best = overlap;
            chosen = region;
        }
    }
    return chosen;
}

/* The region of one path, from its runs. */
static int64_t region_of(const Run *runs, int64_t count, const PenaltyRegions *regions, bool structural,
                         Overlaps *overlaps) {
    int64_t shown = 0;
    overlaps->count = 0;
    for (int64_t k = 0; k < count; k++) {
        add_overlap(overlaps, runs[k].leaf, runs[k].length);
        shown += runs[k].length;
    }
    int64_t leaves = overlaps->count;
    for (int64_t k = 0; k < leaves; k++) {
        int64_t leaf = overlaps->seen[k];
        for (int64_t region = regions->parents[leaf]; region >= 0; region = regions->parents[region])
            add_overlap(overlaps, region, overlaps->shared[leaf]);
    }
    int64_t chosen = best_region(overlaps, regions, shown, structural);
    for (int64_t k = 0; k < overlaps->count; k++) overlaps->shared[overlaps->seen[k]] = 0;
    return chosen;
}

int64_t hf_assign_regions(const int32_t *top, int64_t pixels, const PenaltyRegions *regions, int64_t count,
                          int64_t structural, double structural_cost, double detail_cost, int64_t *assigned,
                          double *costs) {
    Runs sorted = {NULL, NULL};
    Overlaps overlaps = {hf_zeros(int64_t, regions->count), hf_new(int64_t, regions->count), 0};
    bool ready = overlaps.shared != NULL && overlaps.seen != NULL &&
                 sort_runs(top, regions->leaves, pixels, count, &sorted);
    for (int64_t path = 0; ready && path < count; path++) {
        int64_t begin = sorted.offsets[path], runs = sorted.offsets[path + 1] - begin;
        int64_t region = region_of(sorted.runs + begin, runs, regions, path < structural, &overlaps);
        assigned[path] = hf_max_int(region, 0);
        costs[path] = region < 0 ? 0.0 : path < structural ? structural_cost : detail_cost;
    }
    free(sorted.runs);
    free(sorted.offsets);
    free(overlaps.shared);
    free(overlaps.seen);
    return ready ? 0 : HF_NO_MEMORY;
}
