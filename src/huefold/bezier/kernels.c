/* What Python calls of cubics.h and crossings.h. */
#include "bezier/cubics.h"
#include "native/threads.h"

HF_EXPORT void hf_cubic_weights(double t, double *weights) { hf_bernstein(t, weights); }

HF_EXPORT void hf_cubic_derivative_weights(double t, double *weights) { hf_derivative_weights(t, weights); }

HF_EXPORT double hf_cubic_point(const double *points, int64_t a, int64_t d, double t, int64_t k) {
    return hf_point_at(points, a, d, t, (int)k);
}

HF_EXPORT double hf_cubic_derivative(const double *points, int64_t a, int64_t d, double t, int64_t k) {
    return hf_derivative_at(points, a, d, t, (int)k);
}

HF_EXPORT void hf_cubic_powers(double p0, double p1, double p2, double p3, double *coefficients) {
    hf_power_coefficients(p0, p1, p2, p3, coefficients);
}

HF_EXPORT void hf_cubic_thirds(double start, double end, double *controls) { hf_thirds(start, end, controls); }

HF_EXPORT void hf_cubic_split(double p0, double p1, double p2, double p3, double t, double *between) {
    hf_split(p0, p1, p2, p3, t, between);
}

HF_EXPORT double hf_cubic_length(const double *points, int64_t a, int64_t d, int64_t chords) {
    return hf_chord_length(points, a, d, chords);
}

HF_EXPORT void hf_one_cubic(const double *points, int64_t a, int64_t b, int64_t d, double cut, int64_t samples,
                            double *handles) {
    hf_fit_one_cubic(points, a, b, d, cut, samples, handles);
}

HF_EXPORT int64_t hf_next_node(int64_t first, int64_t last, int64_t at) { return hf_following(first, last, at); }

HF_EXPORT int64_t hf_most_corners(const int64_t *contours, int64_t count, int64_t steps) {
    return hf_longest_polygon(contours, count, steps);
}

HF_EXPORT int64_t hf_polygon(const double *points, int64_t first, int64_t last, int64_t steps, double *xs, double *ys) {
    return hf_flatten_contour(points, first, last, steps, xs, ys);
}

/* Write the two sides that cross first into `pair` [2]. */
HF_EXPORT int64_t hf_first_crossing_sides(const double *xs, const double *ys, int64_t count, int64_t *pair) {
    SideRun *scratch = hf_new(SideRun, hf_crossing_scratch(count));
    if (scratch == NULL) return HF_NO_MEMORY;
    SidePair found = hf_first_crossing(xs, ys, count, scratch);
    pair[0] = found.first;
    pair[1] = found.second;
    free(scratch);
    return 0;
}

/* Write the signed area of each contour, as a polygon of `steps` sides a segment. Shape [C]. */
HF_EXPORT int64_t hf_signed_areas(const double *points, const int64_t *contours, int64_t contour_count, int64_t steps,
                                  double *areas) {
    int64_t longest = hf_longest_polygon(contours, contour_count, steps);
    double *xs = hf_new(double, 2 * longest);
    if (xs == NULL) return HF_NO_MEMORY;
    double *ys = xs + longest;
    for (int64_t c = 0; c < contour_count; c++) {
        int64_t count = hf_flatten_contour(points, contours[c], contours[c + 1], steps, xs, ys);
        double total = 0.0;
        for (int64_t i = 0; i < count; i++) {
            int64_t k = i + 1 < count ? i + 1 : 0;
            total += xs[i] * ys[k] - xs[k] * ys[i];
        }
        areas[c] = 0.5 * total;
    }
    free(xs);
    return 0;
}

typedef struct {
    const double *points;
    const int64_t *contours;
    int64_t steps, longest;
    double *polygons; /* for each rank: x [longest], then y */
    SideRun *scratch;
    bool *crossing;
} SelfCrossing;

static void find_self_crossing(void *context, int64_t c, int64_t rank) {
    SelfCrossing *work = context;
    double *xs = work->polygons + 2 * rank * work->longest, *ys = xs + work->longest;
    SideRun *scratch = work->scratch + rank * hf_crossing_scratch(work->longest);
    int64_t count = hf_flatten_contour(work->points, work->contours[c], work->contours[c + 1], work->steps, xs, ys);
    work->crossing[c] = hf_first_crossing(xs, ys, count, scratch).first >= 0;
}

/* Mark contours that cross themselves, as polygons of `steps` sides a segment. Shape [C]. */
HF_EXPORT int64_t hf_self_crossing(const double *points, const int64_t *contours, int64_t contour_count, int64_t steps,
                                   bool *crossing, int64_t threads) {
    SelfCrossing work = {.points = points, .contours = contours, .steps = steps, .crossing = crossing};
    work.longest = hf_longest_polygon(contours, contour_count, steps);
    threads = hf_max_int(threads, 1);
    work.polygons = hf_new(double, 2 * threads * work.longest);
    work.scratch = hf_new(SideRun, threads * hf_crossing_scratch(work.longest));
    bool enough = work.polygons != NULL && work.scratch != NULL;
    if (enough) hf_parallel(find_self_crossing, &work, contour_count, threads);
    free(work.polygons);
    free(work.scratch);
    return enough ? 0 : HF_NO_MEMORY;
}
