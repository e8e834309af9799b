/* The gradient of the penalties: integrals along outlines, by a few places on each segment. */
#include "refine/penalties/penalties.h"

#include "bezier/cubics.h"
#include "native/elementary.h"
#include "native/threads.h"

/* Places on a segment that are tested for being occluded, or outside of the region; sides of the polygon that stands
 * for a segment in the length penalty. */
#define SAMPLES 4
#define SIDES 6

/* Segments that are worked on together, so that compilers vectorise over them. */
#define BATCH 64

/* Points that are worth a task of their own. */
#define POINTS_PER_TASK 256
#define TASKS_PER_THREAD 8

/* Added to numbers of pixels, so that they are below 0. */
#define FAR_BELOW (-0x1p60)

/* Weights of the four control points at t, and of their three differences in the derivative by t. */
#define B0(t) ((1.0 - (t)) * (1.0 - (t)) * (1.0 - (t)))
#define B1(t) (3.0 * (1.0 - (t)) * (1.0 - (t)) * (t))
#define B2(t) (3.0 * (1.0 - (t)) * (t) * (t))
#define B3(t) ((t) * (t) * (t))
#define POINT(t) {B0(t), B1(t), B2(t), B3(t)}
#define DERIVATIVE(t) {3.0 * (1.0 - (t)) * (1.0 - (t)), 6.0 * (1.0 - (t)) * (t), 3.0 * (t) * (t)}
#define MOVED(from, to) {B0(to) - B0(from), B1(to) - B1(from), B2(to) - B2(from), B3(to) - B3(from)}

static const double sample_weights[SAMPLES][4] = {POINT(0.125), POINT(0.375), POINT(0.625), POINT(0.875)};
static const double sample_derivatives[SAMPLES][3] = {
    DERIVATIVE(0.125), DERIVATIVE(0.375), DERIVATIVE(0.625), DERIVATIVE(0.875),
};
static const double side_ends[SIDES][4] = {
    POINT(1 / 6.0), POINT(2 / 6.0), POINT(3 / 6.0), POINT(4 / 6.0), POINT(5 / 6.0), POINT(1.0),
};
static const double side_shares[SIDES][4] = {
    MOVED(0.0, 1 / 6.0),     MOVED(1 / 6.0, 2 / 6.0), MOVED(2 / 6.0, 3 / 6.0),
    MOVED(3 / 6.0, 4 / 6.0), MOVED(4 / 6.0, 5 / 6.0), MOVED(5 / 6.0, 1.0),
};

/* One number for each segment of a batch. */
typedef double Lanes[BATCH];

/* Segments of one path or several, and what is worked out for them. */
typedef struct {
    int64_t count;
    int64_t first[BATCH], end[BATCH], path[BATCH]; /* first and last point, and path, of each */
    int64_t begin[BATCH], stop[BATCH];             /* span of the region that it costs each to leave */
    Lanes x[4], y[4];                              /* control points */
    Lanes gradient_x[4], gradient_y[4];            /* sums of all penalties */
    Lanes column, row;                             /* a place on each, in pixels */
    Lanes pixel;                                   /* the pixel there, below 0 off the canvas */
    Lanes dx, dy, cost;
    int64_t listed[BATCH]; /* segments that need a closer look */
} Batch;

/* Where places must lie, in pixels, both ends included. */
typedef struct {
    double left, right, top, bottom;
} Limits;

/* The canvas, less a border; places at its right and bottom end are beyond it. */
static Limits limits(const Penalties *p, double border) {
    double width = (double)p->width, height = (double)p->height;
    return (Limits){border, hf_min(width - border, nextafter(width, 0.0)), border,
                    hf_min(height - border, nextafter(height, 0.0))};
}

/* Coordinate of segment i where the weights of its control points are `w`; its derivative where those of their
 * differences are. */
#define WEIGHED(points, w, i) \
    (w[0] * points[0][i] + w[1] * points[1][i] + w[2] * points[2][i] + w[3] * points[3][i])
#define DIFFERENTIATED(points, w, i)                                                            \
    (w[0] * (points[1][i] - points[0][i]) + w[1] * (points[2][i] - points[1][i]) + \
     w[2] * (points[3][i] - points[2][i]))

/* Number of the pixel at a place, below 0 beyond the limits. Only whole numbers below 2^31 are converted, of which all
 * processors can do several at once, and nothing depends on a condition but what is added: so compilers vectorise. */
HF_INLINE double pixel_within(const Limits *within, double width, double column, double row) {
    double nearest_column = hf_clip(column, within->left, within->right);
    double nearest_row = hf_clip(row, within->top, within->bottom);
    double beyond = (column == nearest_column) & (row == nearest_row) ? 0.0 : FAR_BELOW;
    return (double)(int32_t)nearest_row * width + (double)(int32_t)nearest_column + beyond;
}

/* Write where a sample of each segment lies, and no cost yet. */
static inline void place_samples(Batch *b, const Penalties *p, const double weights[4]) {
    double scale_x = p->scale_x, scale_y = p->scale_y, width = (double)p->width;
    Limits canvas = limits(p, 0.0);
    int64_t count = b->count;
    for (int64_t i = 0; i < count; i++) {
        double column = scale_x * WEIGHED(b->x, weights, i), row = scale_y * WEIGHED(b->y, weights, i);
        b->column[i] = column;
        b->row[i] = row;
        b->pixel[i] = pixel_within(&canvas, width, column, row);
        b->cost[i] = 0.0;
    }
}

/* Add the gradient of an area at sample `s` of segment `i`, where the outline runs along (dx, dy) with its inside at
 * (-dy, dx). */
HF_INLINE void add_area(Batch *b, int s, int64_t i, double cost, double dx, double dy) {
    for (int k = 0; k < 4; k++) {
        b->gradient_x[k][i] += sample_weights[s][k] * (cost * dy);
        b->gradient_y[k][i] -= sample_weights[s][k] * (cost * dx);
    }
}

/* Whether a place shows a later path than `path`; off the canvas none does. */
HF_INLINE bool is_occluded(const Penalties *p, double column, double row, int64_t path) {
    double width = (double)p->width, height = (double)p->height;
    if (!(column >= 0.0 && column < width && row >= 0.0 && row < height)) return false;
    return p->top[(int64_t)row * p->width + (int64_t)column] > path;
}

/* List the segments that lie under a later path. */
static inline int64_t list_occluded(Batch *b, const Penalties *p) {
    int64_t listed = 0;
    for (int64_t i = 0; i < b->count; i++) {
        int64_t pixel = (int64_t)b->pixel[i];
        bool occluded = (pixel >= 0) & (p->top[hf_max_int(pixel, 0)] > b->path[i]);
        b->listed[listed] = i;
        listed += occluded;
    }
    return listed;
}

/* Add the gradient of what it costs that places lie deeper than the margin under later paths: these lie under one, and
 * so does the place one margin inside. */
static inline void add_occlusion(Batch *b, const Penalties *p, int s) {
    int64_t listed = list_occluded(b, p);
    double share = p->occlusion * p->scale_x * p->scale_y / SAMPLES;
    double across = p->margin * p->scale_x, down = p->margin * p->scale_y;
    for (int64_t k = 0; k < listed; k++) {
        int64_t i = b->listed[k];
        double dx = DIFFERENTIATED(b->x, sample_derivatives[s], i), dy = DIFFERENTIATED(b->y, sample_derivatives[s], i);
        double length = hf_hypot(dx, dy);
        if (length == 0.0) continue;
        if (!is_occluded(p, b->column[i] - across * dy / length, b->row[i] + down * dx / length, b->path[i])) continue;
        add_area(b, s, i, share * (double)p->weight[(int64_t)b->pixel[i]], dx, dy);
    }
}

/* List the segments that lie outside of the regions of their paths. */
static inline int64_t list_outside(Batch *b, const Penalties *p) {
    int64_t listed = 0;
    for (int64_t i = 0; i < b->count; i++) {
        int64_t pixel = (int64_t)b->pixel[i];
        int64_t place = p->spans[2 * (int64_t)p->leaves[hf_max_int(pixel, 0)]];
        bool outside = (pixel >= 0) & ((place < b->begin[i]) | (place >= b->stop[i]));
        b->listed[listed] = i;
        listed += outside;
    }
    return listed;
}

/* Add the gradient of what it costs that places lie outside of the region of their path: the more, the more the colours
 * differ. */
static inline void add_containment(Batch *b, const Penalties *p, int s) {
    int64_t listed = list_outside(b, p);
    for (int64_t k = 0; k < listed; k++) {
        int64_t i = b->listed[k], path = b->path[i], pixel = (int64_t)b->pixel[i];
        const double *own = p->colors + 3 * p->assigned[path], *there = p->colors + 3 * (int64_t)p->leaves[pixel];
        double red = own[0] - there[0], green = own[1] - there[1], blue = own[2] - there[2];
        double squared = red * red + green * green + blue * blue;
        double share = p->costs[path] * p->scale_x * p->scale_y / SAMPLES;
        double cost = share * (double)p->weight[pixel] * squared / (squared + p->similar * p->similar);
        b->cost[i] = cost;
    }
    for (int64_t i = 0; i < b->count; i++) {
        double dx = DIFFERENTIATED(b->x, sample_derivatives[s], i), dy = DIFFERENTIATED(b->y, sample_derivatives[s], i);
        add_area(b, s, i, b->cost[i], dx, dy);
    }
}

/* Add the gradient of what area costs: of hidden area, which few segments have, and of area outside of regions. */
static void add_areas(Batch *b, const Penalties *p) {
    for (int s = 0; s < SAMPLES; s++) {
        place_samples(b, p, sample_weights[s]);
        if (p->occlusion > 0.0) add_occlusion(b, p, s);
        if (p->leaves != NULL) add_containment(b, p, s);
    }
}

/* The sides of all segments: where they end, and what moving their ends costs. */
typedef struct {
    Lanes x[SIDES + 1], y[SIDES + 1], dx[SIDES], dy[SIDES];
} Sides;

/* Write where a side of each segment ends, and the pixel at its middle. */
static inline void place_sides(Batch *b, const Penalties *p, const Limits *within, int s, Sides *sides) {
    double scale_x = p->scale_x, scale_y = p->scale_y, width = (double)p->width;
    double *x = sides->x[s + 1], *y = sides->y[s + 1], *before_x = sides->x[s], *before_y = sides->y[s];
    Limits limits = *within;
    int64_t count = b->count;
    for (int64_t i = 0; i < count; i++) {
        double end_x = scale_x * WEIGHED(b->x, side_ends[s], i), end_y = scale_y * WEIGHED(b->y, side_ends[s], i);
        x[i] = end_x;
        y[i] = end_y;
        b->pixel[i] = pixel_within(&limits, width, 0.5 * (before_x[i] + end_x), 0.5 * (before_y[i] + end_y));
    }
}

/* Write how much the length of a side of each segment counts: not beneath a later path, or near the border. */
static inline void find_visible(Batch *b, const Penalties *p) {
    for (int64_t i = 0; i < b->count; i++) {
        int64_t pixel = (int64_t)b->pixel[i], place = hf_max_int(pixel, 0);
        float weight = p->weight[place];
        bool visible = (pixel >= 0) & (p->top[place] <= b->path[i]);
        b->cost[i] = visible ? (double)weight : 0.0;
    }
}

/* Add the gradient of the length that shows, of segments as polygons. */
static void add_lengths(Batch *b, const Penalties *p) {
    Sides sides;
    double scale_x = p->scale_x, scale_y = p->scale_y, softness = p->softness * p->softness, length = p->length;
    Limits within = limits(p, p->border);
    if (within.left > within.right || within.top > within.bottom) return;
    int64_t count = b->count;
    for (int64_t i = 0; i < count; i++) {
        sides.x[0][i] = scale_x * b->x[0][i];
        sides.y[0][i] = scale_y * b->y[0][i];
    }
    for (int s = 0; s < SIDES; s++) {
        place_sides(b, p, &within, s, &sides);
        find_visible(b, p);
        for (int64_t i = 0; i < count; i++) {
            double dx = sides.x[s + 1][i] - sides.x[s][i], dy = sides.y[s + 1][i] - sides.y[s][i];
            double here = length * b->cost[i] / sqrt(dx * dx + dy * dy + softness);
            sides.dx[s][i] = here * scale_x * dx;
            sides.dy[s][i] = here * scale_y * dy;
        }
    }
    for (int k = 0; k < 4; k++) {
        for (int64_t i = 0; i < count; i++) {
            double sum_x = 0.0, sum_y = 0.0;
            for (int s = 0; s < SIDES; s++) {
                sum_x += side_shares[s][k] * sides.dx[s][i];
                sum_y += side_shares[s][k] * sides.dy[s][i];
            }
            b->gradient_x[k][i] += sum_x;
            b->gradient_y[k][i] += sum_y;
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

/* Add the gradient of the segments gathered so far, and gather anew.
 *
 * A segment's penalties are added up first, then segments in order: it does not matter where batches begin and end. */
static void add_batch(const PenaltyJob *job, Batch *b) {
    const Penalties *p = job->penalties;
    memset(b->gradient_x, 0, sizeof b->gradient_x);
    memset(b->gradient_y, 0, sizeof b->gradient_y);
    if (p->occlusion > 0.0 || p->leaves != NULL) add_areas(b, p);
    if (p->length > 0.0) add_lengths(b, p);
    for (int64_t i = 0; i < b->count; i++) {
        double *at = job->gradient + 2 * b->first[i], *end = job->gradient + 2 * b->end[i];
        for (int k = 0; k < 3; k++) {
            at[2 * k] += b->gradient_x[k][i];
            at[2 * k + 1] += b->gradient_y[k][i];
        }
        end[0] += b->gradient_x[3][i];
        end[1] += b->gradient_y[3][i];
    }
    b->count = 0;
}

/* Gather the segments of a path. */
static void add_path(const PenaltyJob *job, int64_t path, Batch *b) {
    const PenaltyOutlines *outlines = job->outlines;
    const Penalties *penalties = job->penalties;
    bool contained = penalties->leaves != NULL && penalties->costs[path] != 0.0;
    int64_t begin = contained ? penalties->spans[2 * penalties->assigned[path]] : INT64_MIN;
    int64_t stop = contained ? penalties->spans[2 * penalties->assigned[path] + 1] : INT64_MAX;
    for (int64_t contour = outlines->paths[path]; contour < outlines->paths[path + 1]; contour++) {
        int64_t first = outlines->contours[contour], last = outlines->contours[contour + 1];
        for (int64_t a = first; a < last; a += 3) {
            int64_t end = hf_following(first, last, a), i = b->count++;
            const double *p = outlines->points + 2 * a, *q = outlines->points + 2 * end;
            b->first[i] = a;
            b->end[i] = end;
            b->path[i] = path;
            b->begin[i] = begin;
            b->stop[i] = stop;
            for (int k = 0; k < 3; k++) {
                b->x[k][i] = p[2 * k];
                b->y[k][i] = p[2 * k + 1];
            }
            b->x[3][i] = q[0];
            b->y[3][i] = q[1];
            if (b->count == BATCH) add_batch(job, b);
        }
    }
}

static void add_paths(void *context, int64_t task, int64_t rank) {
    (void)rank;
    const PenaltyJob *job = context;
    Batch batch;
    batch.count = 0;
    int64_t end = first_path(job, task + 1);
    for (int64_t path = first_path(job, task); path < end; path++) add_path(job, path, &batch);
    add_batch(job, &batch);
}

void hf_add_penalties(const Penalties *penalties, const PenaltyOutlines *outlines, int64_t begin, int64_t end,
                      double *gradient, int64_t threads) {
    if (begin >= end) return;
    int64_t points = first_point(outlines, end) - first_point(outlines, begin);
    int64_t tasks = hf_clip_int(points / POINTS_PER_TASK, 1, hf_max_int(threads, 1) * TASKS_PER_THREAD);
    PenaltyJob job = {penalties, outlines, begin, end, tasks, gradient};
    hf_parallel(add_paths, &job, tasks, threads);
}
