/* The gradient of the penalties: integrals along outlines, by a few places on each segment. */
#include "refine/penalties/penalties.h"

#include "native/elementary.h"
#include "native/threads.h"

/* Places on a segment that are tested for being occluded, or outside of the region; sides of the polygon that stands
 * for a segment in the length penalty. */
#define SAMPLES 4
#define SIDES 6
#define PADDED_SIDES 8

/* Points that are worth a task of their own. */
#define POINTS_PER_TASK 256
#define TASKS_PER_THREAD 8

/* Weights of the four control points at t, and of their three differences in the derivative by t. */
#define B0(t) ((1.0 - (t)) * (1.0 - (t)) * (1.0 - (t)))
#define B1(t) (3.0 * (1.0 - (t)) * (1.0 - (t)) * (t))
#define B2(t) (3.0 * (1.0 - (t)) * (t) * (t))
#define B3(t) ((t) * (t) * (t))
#define D0(t) (3.0 * (1.0 - (t)) * (1.0 - (t)))
#define D1(t) (6.0 * (1.0 - (t)) * (t))
#define D2(t) (3.0 * (t) * (t))
#define AT_SAMPLES(f) {f(0.125), f(0.375), f(0.625), f(0.875)}
#define AT_SIDES(f) {f(1 / 6.0), f(2 / 6.0), f(3 / 6.0), f(4 / 6.0), f(5 / 6.0), f(1.0), f(1.0), f(1.0)}
#define AT_PLACE(t) {B0(t), B1(t), B2(t), B3(t)}
#define MOVED(from, to) {B0(to) - B0(from), B1(to) - B1(from), B2(to) - B2(from), B3(to) - B3(from)}

static const double sample_weights[4][SAMPLES] = {AT_SAMPLES(B0), AT_SAMPLES(B1), AT_SAMPLES(B2), AT_SAMPLES(B3)};
static const double sample_derivatives[3][SAMPLES] = {AT_SAMPLES(D0), AT_SAMPLES(D1), AT_SAMPLES(D2)};
static const double sample_shares[SAMPLES][4] = AT_SAMPLES(AT_PLACE);
static const double side_weights[4][PADDED_SIDES] = {AT_SIDES(B0), AT_SIDES(B1), AT_SIDES(B2), AT_SIDES(B3)};
static const double side_shares[SIDES][4] = {
    MOVED(0.0, 1 / 6.0),     MOVED(1 / 6.0, 2 / 6.0), MOVED(2 / 6.0, 3 / 6.0),
    MOVED(3 / 6.0, 4 / 6.0), MOVED(4 / 6.0, 5 / 6.0), MOVED(5 / 6.0, 1.0),
};

/* One segment: its control points by coordinate, and where their gradient goes. */
typedef struct {
    double x[4], y[4];
    int64_t first, end;
} Segment;

/* The gradient by the control points of one segment. */
typedef struct {
    double x[4], y[4];
} SegmentGradient;

HF_INLINE Segment segment_at(const double *points, int64_t a, int64_t d) {
    const double *p = points + 2 * a, *end = points + 2 * d;
    return (Segment){{p[0], p[2], p[4], end[0]}, {p[1], p[3], p[5], end[1]}, a, d};
}

HF_INLINE void add_segment(double *gradient, const Segment *segment, const SegmentGradient *sum) {
    double *at = gradient + 2 * segment->first, *end = gradient + 2 * segment->end;
    for (int k = 0; k < 3; k++) {
        at[2 * k] += sum->x[k];
        at[2 * k + 1] += sum->y[k];
    }
    end[0] += sum->x[3];
    end[1] += sum->y[3];
}

/* The places of a segment that are tested, and the derivative there. */
HF_INLINE void sample(const double *p, double *at) {
    for (int i = 0; i < SAMPLES; i++)
        at[i] = sample_weights[0][i] * p[0] + sample_weights[1][i] * p[1] + sample_weights[2][i] * p[2] +
                sample_weights[3][i] * p[3];
}

HF_INLINE void sample_derivative(const double *p, double *along) {
    double first = p[1] - p[0], second = p[2] - p[1], third = p[3] - p[2];
    for (int i = 0; i < SAMPLES; i++)
        along[i] = sample_derivatives[0][i] * first + sample_derivatives[1][i] * second +
                   sample_derivatives[2][i] * third;
}

/* Add the gradient of an area at the samples, where the outline runs along (dx, dy) with its inside at (-dy, dx). */
HF_INLINE void add_area_gradient(double *gradient, const Segment *segment, const double *cost, const double *dx,
                                 const double *dy) {
    SegmentGradient sum = {{0.0}, {0.0}};
    for (int i = 0; i < SAMPLES; i++) {
        if (cost[i] == 0.0) continue;
        double x = cost[i] * dy[i], y = cost[i] * dx[i];
        for (int k = 0; k < 4; k++) {
            sum.x[k] += sample_shares[i][k] * x;
            sum.y[k] -= sample_shares[i][k] * y;
        }
    }
    add_segment(gradient, segment, &sum);
}

/* The pixel at a place given in pixels; -1 off the canvas. */
HF_INLINE int64_t pixel_at(const Penalties *p, double x, double y) {
    if (!(x >= 0.0 && x < (double)p->width && y >= 0.0 && y < (double)p->height)) return -1;
    return (int64_t)y * p->width + (int64_t)x;
}

/* Add the gradient of the area of a segment's path that lies deeper than the margin under later paths.
 *
 * Only places of the outline contribute that lie under a later path, and so does the place one margin inside. */
static inline void add_occlusion(const Penalties *p, const Segment *segment, int64_t path, double *gradient) {
    double x[SAMPLES], y[SAMPLES], dx[SAMPLES], dy[SAMPLES], cost[SAMPLES];
    sample(segment->x, x);
    sample(segment->y, y);
    double share = p->occlusion * p->scale_x * p->scale_y / SAMPLES;
    bool any = false;
    for (int i = 0; i < SAMPLES; i++) {
        int64_t pixel = pixel_at(p, x[i] * p->scale_x, y[i] * p->scale_y);
        bool occluded = pixel >= 0 && p->top[pixel] > path;
        cost[i] = occluded ? share * (double)p->weight[pixel] : 0.0;
        any |= occluded;
    }
    if (!any) return;
    sample_derivative(segment->x, dx);
    sample_derivative(segment->y, dy);
    double margin_x[SAMPLES], margin_y[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
        double length = hf_hypot(dx[i], dy[i]);
        margin_x[i] = x[i] - p->margin * dy[i] / length; /* not a number where the outline stands still */
        margin_y[i] = y[i] + p->margin * dx[i] / length;
    }
    for (int i = 0; i < SAMPLES; i++) {
        int64_t pixel = pixel_at(p, margin_x[i] * p->scale_x, margin_y[i] * p->scale_y);
        if (pixel < 0 || p->top[pixel] <= path) cost[i] = 0.0;
    }
    add_area_gradient(gradient, segment, cost, dx, dy);
}

/* Add the gradient of the length of a segment that shows, as a polygon. */
static inline void add_length(const Penalties *p, const Segment *segment, int64_t path, double *gradient) {
    double x[PADDED_SIDES + 1], y[PADDED_SIDES + 1], cost[PADDED_SIDES], dx[PADDED_SIDES], dy[PADDED_SIDES];
    double right = (double)p->width - p->border, bottom = (double)p->height - p->border;
    x[0] = p->scale_x * segment->x[0];
    y[0] = p->scale_y * segment->y[0];
    for (int i = 0; i < PADDED_SIDES; i++) {
        x[i + 1] = p->scale_x * (side_weights[0][i] * segment->x[0] + side_weights[1][i] * segment->x[1] +
                                 side_weights[2][i] * segment->x[2] + side_weights[3][i] * segment->x[3]);
        y[i + 1] = p->scale_y * (side_weights[0][i] * segment->y[0] + side_weights[1][i] * segment->y[1] +
                                 side_weights[2][i] * segment->y[2] + side_weights[3][i] * segment->y[3]);
    }
    bool any = false;
    cost[SIDES] = cost[SIDES + 1] = 0.0;
    for (int i = 0; i < SIDES; i++) {
        double middle_x = 0.5 * (x[i] + x[i + 1]), middle_y = 0.5 * (y[i] + y[i + 1]);
        bool within = p->border <= middle_x && middle_x <= right && p->border <= middle_y && middle_y <= bottom;
        int64_t pixel = within ? pixel_at(p, middle_x, middle_y) : -1;
        bool visible = pixel >= 0 && p->top[pixel] <= path;
        cost[i] = visible ? p->length * (double)p->weight[pixel] : 0.0;
        any |= visible;
    }
    if (!any) return;
    for (int i = 0; i < PADDED_SIDES; i++) {
        double across = x[i + 1] - x[i], down = y[i + 1] - y[i];
        double here = cost[i] / sqrt(across * across + down * down + p->softness * p->softness);
        dx[i] = here * p->scale_x * across;
        dy[i] = here * p->scale_y * down;
    }
    SegmentGradient sum = {{0.0}, {0.0}};
    for (int i = 0; i < SIDES; i++) {
        if (cost[i] == 0.0) continue;
        for (int k = 0; k < 4; k++) {
            sum.x[k] += side_shares[i][k] * dx[i];
            sum.y[k] += side_shares[i][k] * dy[i];
        }
    }
    add_segment(gradient, segment, &sum);
}

/* How much a pixel of a leaf outside of a region costs: the more, the more they differ in colour. */
HF_INLINE double difference(const Penalties *p, int64_t region, int64_t leaf) {
    const double *a = p->colors + 3 * region, *b = p->colors + 3 * leaf;
    double red = a[0] - b[0], green = a[1] - b[1], blue = a[2] - b[2];
    double squared = red * red + green * green + blue * blue;
    return squared / (squared + p->similar * p->similar);
}

/* Add the gradient of the area of a segment's path that lies outside of its region. */
static inline void add_containment(const Penalties *p, const Segment *segment, int64_t path, double *gradient) {
    double x[SAMPLES], y[SAMPLES], dx[SAMPLES], dy[SAMPLES], cost[SAMPLES];
    sample(segment->x, x);
    sample(segment->y, y);
    int64_t region = p->assigned[path], first = p->spans[2 * region], last = p->spans[2 * region + 1];
    double share = p->costs[path] * p->scale_x * p->scale_y / SAMPLES;
    bool any = false;
    for (int i = 0; i < SAMPLES; i++) {
        cost[i] = 0.0;
        int64_t pixel = pixel_at(p, x[i] * p->scale_x, y[i] * p->scale_y);
        if (pixel < 0) continue;
        int64_t leaf = p->leaves[pixel], place = p->spans[2 * leaf];
        if (first <= place && place < last) continue;
        cost[i] = share * (double)p->weight[pixel] * difference(p, region, leaf);
        any = true;
    }
    if (!any) return;
    sample_derivative(segment->x, dx);
    sample_derivative(segment->y, dy);
    add_area_gradient(gradient, segment, cost, dx, dy);
}

/* Add the gradient of all penalties of one path. */
static void add_path(const Penalties *p, const PenaltyOutlines *outlines, int64_t path, double *gradient) {
    bool occluded = p->occlusion > 0.0, measured = p->length > 0.0;
    bool contained = p->leaves != NULL && p->costs[path] != 0.0;
    for (int64_t contour = outlines->paths[path]; contour < outlines->paths[path + 1]; contour++) {
        int64_t first = outlines->contours[contour], last = outlines->contours[contour + 1];
        for (int64_t a = first; a < last; a += 3) {
            Segment segment = segment_at(outlines->points, a, a + 3 < last ? a + 3 : first);
            if (occluded) add_occlusion(p, &segment, path, gradient);
            if (measured) add_length(p, &segment, path, gradient);
            if (contained) add_containment(p, &segment, path, gradient);
        }
    }
}

typedef struct {
    const Penalties *penalties;
    const PenaltyOutlines *outlines;
    int64_t begin, end, tasks;
    double *gradient;
} PenaltyJob;

HF_INLINE int64_t first_point(const PenaltyOutlines *outlines, int64_t path) {
    return outlines->contours[outlines->paths[path]];
}

/* The first path of a task: tasks have about as many points. */
static int64_t first_path(const PenaltyJob *job, int64_t task) {
    if (task == 0) return job->begin;
    if (task == job->tasks) return job->end;
    int64_t from = first_point(job->outlines, job->begin), to = first_point(job->outlines, job->end);
    int64_t point = from + (to - from) * task / job->tasks;
    int64_t low = job->begin, high = job->end;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (first_point(job->outlines, middle) < point)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_paths(void *context, int64_t task, int64_t rank) {
    (void)rank;
    const PenaltyJob *job = context;
    int64_t end = first_path(job, task + 1);
    for (int64_t path = first_path(job, task); path < end; path++)
        add_path(job->penalties, job->outlines, path, job->gradient);
}

HF_EXPORT void hf_add_penalties(const Penalties *penalties, const PenaltyOutlines *outlines, int64_t begin,
                                int64_t end, double *gradient, int64_t threads) {
    if (begin >= end) return;
    int64_t points = first_point(outlines, end) - first_point(outlines, begin);
    int64_t tasks = hf_clip_int(points / POINTS_PER_TASK, 1, hf_max_int(threads, 1) * TASKS_PER_THREAD);
    PenaltyJob job = {penalties, outlines, begin, end, tasks, gradient};
    hf_parallel(add_paths, &job, tasks, threads);
}
