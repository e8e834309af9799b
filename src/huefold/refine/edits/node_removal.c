/* Nodes that can go: the cubics that take the place of the segments beside them, and which nodes are removed. */
#include "bezier/cubics.h"
#include "native/threads.h"
#include "refine/edits/boxes.h"

/* Places on each of two segments to which one cubic is fitted. */
#define SAMPLES 8

/* Least share of the length of two segments that either of them counts for. */
#define LEAST_PART 0.02

/* Nodes that a thread takes at a time. */
#define TOGETHER 64

typedef struct {
    const double *points;
    const int64_t *before, *after;
    const double *scale;
    const int64_t *limits;
    double *handles, *halves;
    int64_t *boxes;
    int64_t count;
} Cubics;

static void fit_without_node(const Cubics *job, int64_t node) {
    const double *points = job->points;
    int64_t a = 3 * job->before[node], b = 3 * node, d = 3 * job->after[node];
    double first = hf_chord_length(points, a, b, SAMPLES), second = hf_chord_length(points, b, d, SAMPLES);
    double cut = hf_clip(first / hf_max(first + second, 1e-12), LEAST_PART, 1.0 - LEAST_PART);
    double *handles = job->handles + 4 * node, *halves = job->halves + 10 * node;
    hf_fit_one_cubic(points, a, b, d, cut, SAMPLES, handles);
    for (int k = 0; k < 2; k++) {
        double start = points[2 * a + k], end = points[2 * d + k], parts[5];
        hf_split(start, handles[k], handles[2 + k], end, cut, parts);
        double low = hf_min(start, end), high = hf_max(start, end);
        int64_t old[5] = {a + 1, a + 2, b, b + 1, b + 2};
        for (int i = 0; i < 5; i++) {
            double point = points[2 * old[i] + k];
            halves[2 * i + k] = parts[i];
            low = hf_min(low, hf_min(point, parts[i]));
            high = hf_max(high, hf_max(point, parts[i]));
        }
        int64_t limit = job->limits[k];
        job->boxes[4 * node + k] = hf_clipped_pixel(floor(low * job->scale[k]) - 1.0, 0, limit);
        job->boxes[4 * node + 2 + k] = hf_clipped_pixel(ceil(high * job->scale[k]) + 1.0, 0, limit);
    }
}

static void fit_without_some(void *context, int64_t item, int64_t rank) {
    const Cubics *job = context;
    (void)rank;
    int64_t last = hf_min_int((item + 1) * TOGETHER, job->count);
    for (int64_t node = item * TOGETHER; node < last; node++) fit_without_node(job, node);
}

/* Fit one cubic of the same ends to the two segments at each node [K], by least squares over both. `before` and `after`
 * [K] are the nodes beside each. `handles` [K, 2, 2] takes the control points of the cubic, `halves` [K, 5, 2] the five
 * points between its ends when it is split where the node was along the outline, `boxes` [K, 4] the pixels that any of
 * the old and new control polygons touch. There are `scale` [2] pixels to a unit in x and y, and `limits` [2] in all.
 */
HF_EXPORT void hf_fit_without_nodes(const double *points, const int64_t *before, const int64_t *after, int64_t count,
                                    const double *scale, const int64_t *limits, double *handles, double *halves,
                                    int64_t *boxes, int64_t threads) {
    Cubics job = {points, before, after, scale, limits, handles, halves, boxes, count};
    hf_parallel(fit_without_some, &job, (count + TOGETHER - 1) / TOGETHER, threads);
}

/* Mark up to `count` nodes in `order` [M], no two of them neighbours.
 * For each node there are the nodes before and after it, its contour and its path. `contour_sizes` and `path_sizes` are
 * numbers of nodes, which are counted down; contours and paths keep at least so many. */
HF_EXPORT void hf_choose_nodes(const int64_t *order, int64_t candidates, int64_t count, const int64_t *before,
                               const int64_t *after, const int64_t *contour, const int64_t *path,
                               int64_t *contour_sizes, int64_t *path_sizes, int64_t least_of_contour,
                               int64_t least_of_path, bool *taken) {
    for (int64_t i = 0; i < candidates && count > 0; i++) {
        int64_t node = order[i];
        if (taken[before[node]] || taken[after[node]]) continue;
        if (contour_sizes[contour[node]] <= least_of_contour || path_sizes[path[node]] <= least_of_path) continue;
        taken[node] = true;
        contour_sizes[contour[node]]--;
        path_sizes[path[node]]--;
        count--;
    }
}
