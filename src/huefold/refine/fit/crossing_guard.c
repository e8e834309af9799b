/* Keeping contours from crossing themselves: the first two segments that cross are mended, until none do. */
#include "refine/fit/crossing_guard.h"

#include "bezier/cubics.h"
#include "native/threads.h"

/* Share of a handle's length that is left when it is shortened at a crossing. */
#define HANDLE_KEPT 0.7

/* What a thread needs for one contour. */
typedef struct {
    double *xs, *ys;
    double *rounded, *before; /* the contour on the grid, and as it was */
    SideRun *runs;
} Scratch;

static void free_scratch(Scratch *scratch, int64_t threads) {
    for (int64_t rank = 0; scratch != NULL && rank < threads; rank++) {
        free(scratch[rank].xs);
        free(scratch[rank].ys);
        free(scratch[rank].rounded);
        free(scratch[rank].before);
        free(scratch[rank].runs);
    }
    free(scratch);
}

/* Scratch memory for each thread, for any of these contours; NULL if there is none. */
static Scratch *new_scratch(const int64_t *contours, int64_t count, int64_t steps, int64_t threads) {
    Scratch *scratch = hf_zeros(Scratch, threads);
    int64_t corners = hf_longest_polygon(contours, count, steps), points = 0;
    for (int64_t c = 0; c < count; c++) points = hf_max_int(points, contours[c + 1] - contours[c]);
    for (int64_t rank = 0; scratch != NULL && rank < threads; rank++) {
        Scratch *own = &scratch[rank];
        own->xs = hf_new(double, corners);
        own->ys = hf_new(double, corners);
        own->rounded = hf_new(double, 2 * points);
        own->before = hf_new(double, 2 * points);
        own->runs = hf_new(SideRun, hf_crossing_scratch(corners));
        if (own->xs == NULL || own->ys == NULL || own->rounded == NULL || own->before == NULL || own->runs == NULL) {
            free_scratch(scratch, threads);
            return NULL;
        }
    }
    return scratch;
}

/* First two segments of a contour [n, 2] that cross, as it is or on the grid. */
static SidePair crossing_segments(const double *contour, int64_t n, CrossingTest test, Scratch *own) {
    int64_t corners = hf_flatten_contour(contour, 0, n, test.steps, own->xs, own->ys);
    SidePair sides = hf_first_crossing(own->xs, own->ys, corners, own->runs);
    if (sides.first < 0) {
        for (int64_t i = 0; i < 2 * n; i++)
            own->rounded[i] = rint(test.cells_per_unit * contour[i]) / test.cells_per_unit;
        hf_flatten_contour(own->rounded, 0, n, test.steps, own->xs, own->ys);
        sides = hf_first_crossing(own->xs, own->ys, corners, own->runs);
    }
    if (sides.first >= 0) {
        sides.first /= test.steps;
        sides.second /= test.steps;
    }
    return sides;
}

/* --- uncrossing --- */

static void shorten_handles(double *contour, int64_t n, int64_t segment) {
    int64_t start = 3 * segment, end = hf_following(0, n, start);
    for (int k = 0; k < 2; k++) {
        double *a = contour + 2 * start + k, *d = contour + 2 * end + k;
        a[2] = *a + HANDLE_KEPT * (a[2] - *a);
        a[4] = *d + HANDLE_KEPT * (a[4] - *d);
    }
}

/* Make a segment a straight line: thirds from both ends, so that its reverse has the same bits. */
static void straighten(double *contour, int64_t n, int64_t segment) {
    int64_t start = 3 * segment, end = hf_following(0, n, start);
    for (int k = 0; k < 2; k++) {
        double *a = contour + 2 * start + k, *d = contour + 2 * end + k;
        double step = (*d - *a) / 3.0;
        a[2] = *a + step;
        a[4] = *d - step;
    }
}

/* Reverse the order of the nodes after segment i up to the start of segment j (a 2-opt move). */
static void reverse_between(double *contour, int64_t n, int64_t i, int64_t j) {
    for (int64_t a = 3 * (i + 1), b = 3 * j; a < b; a++, b--) {
        for (int k = 0; k < 2; k++) {
            double kept = contour[2 * a + k];
            contour[2 * a + k] = contour[2 * b + k];
            contour[2 * b + k] = kept;
        }
    }
    straighten(contour, n, i);
    straighten(contour, n, j);
}

typedef struct {
    double *points;
    const int64_t *contours;
    CrossingTest test;
    int64_t shortenings, reversals;
    Scratch *scratch;
} Uncrossing;

static void uncross_contour(void *context, int64_t item, int64_t rank) {
    const Uncrossing *job = context;
    double *contour = job->points + 2 * job->contours[item];
    int64_t n = job->contours[item + 1] - job->contours[item];
    for (int64_t attempt = 0; attempt < job->shortenings + job->reversals; attempt++) {
        SidePair found = crossing_segments(contour, n, job->test, &job->scratch[rank]);
        if (found.first < 0) return;
        if (attempt < job->shortenings || found.first == found.second) {
            shorten_handles(contour, n, found.first);
            if (found.first != found.second) shorten_handles(contour, n, found.second);
        } else {
            reverse_between(contour, n, found.first, found.second);
        }
    }
}

int64_t hf_uncross_contours(double *points, const int64_t *contours, int64_t count, CrossingTest test,
                            int64_t shortenings, int64_t reversals, int64_t threads) {
    threads = hf_clip_int(threads, 1, hf_max_int(count, 1));
    Scratch *scratch = new_scratch(contours, count, test.steps, threads);
    if (scratch == NULL) return HF_NO_MEMORY;
    Uncrossing job = {points, contours, test, shortenings, reversals, scratch};
    hf_parallel(uncross_contour, &job, count, threads);
    free_scratch(scratch, threads);
    return 0;
}

/* --- backtracking --- */

/* Move both end nodes of a segment, with their handles, half-way back to where they were in `simple`. */
static void move_half_back(double *contour, const double *simple, int64_t n, int64_t segment) {
    int64_t nodes[2] = {3 * segment, hf_following(0, n, 3 * segment)};
    for (int which = 0; which < 2; which++) {
        int64_t node = nodes[which];
        int64_t places[3] = {node > 0 ? node - 1 : n - 1, node, node + 1};
        for (int i = 0; i < 3; i++)
            for (int64_t at = 2 * places[i]; at < 2 * places[i] + 2; at++)
                contour[at] = 0.5 * (contour[at] + simple[at]);
    }
}

/* Mend a contour [n, 2]; return whether it crossed itself, and then keep what it was as `own->before`. */
static bool backtrack_contour(double *contour, const double *simple, int64_t n, CrossingTest test, int64_t tries,
                              Scratch *own) {
    for (int64_t attempt = 0; attempt <= tries; attempt++) {
        SidePair found = crossing_segments(contour, n, test, own);
        if (found.first < 0) return attempt > 0;
        if (attempt == 0) memcpy(own->before, contour, 2 * (size_t)n * sizeof *contour);
        if (attempt == tries) {
            memcpy(contour, simple, 2 * (size_t)n * sizeof *contour);
        } else {
            move_half_back(contour, simple, n, found.first);
            if (found.first != found.second) move_half_back(contour, simple, n, found.second);
        }
    }
    return true;
}

typedef struct {
    const CrossingGuard *guard;
    double *points, *mean;
    bool *moved;
    Scratch *scratch;
} Guarding;

static void guard_contour(void *context, int64_t item, int64_t rank) {
    const Guarding *job = context;
    const CrossingGuard *guard = job->guard;
    Scratch *own = &job->scratch[rank];
    int64_t n = guard->contours[item + 1] - guard->contours[item];
    double *contour = job->points + 2 * guard->starts[item], *simple = guard->simple + 2 * guard->contours[item];
    job->moved[item] = backtrack_contour(contour, simple, n, guard->test, guard->tries, own);
    if (job->moved[item] && job->mean != NULL) {
        double *mean = job->mean + 2 * guard->starts[item];
        for (int64_t i = 0; i < 2 * n; i += 2)
            if (contour[i] != own->before[i] || contour[i + 1] != own->before[i + 1]) mean[i] = mean[i + 1] = 0.0;
    }
    memcpy(simple, contour, 2 * (size_t)n * sizeof *contour);
}

int64_t hf_guard_contours(const CrossingGuard *guard, double *points, double *mean, bool *moved, int64_t threads) {
    int64_t status = HF_NO_MEMORY, count = guard->count;
    threads = hf_clip_int(threads, 1, hf_max_int(count, 1));
    bool *marks = moved != NULL ? moved : hf_new(bool, count);
    Scratch *scratch = new_scratch(guard->contours, count, guard->test.steps, threads);
    if (marks != NULL && scratch != NULL) {
        Guarding job = {guard, points, mean, marks, scratch};
        hf_parallel(guard_contour, &job, count, threads);
        status = 0;
        for (int64_t c = 0; c < count; c++) status += marks[c];
    }
    free_scratch(scratch, threads);
    if (moved == NULL) free(marks);
    return status;
}

/* --- for Python --- */

HF_EXPORT int64_t hf_uncross(double *points, const int64_t *contours, int64_t count, int64_t steps,
                             double cells_per_unit, int64_t shortenings, int64_t reversals, int64_t threads) {
    CrossingTest test = {steps, cells_per_unit};
    return hf_uncross_contours(points, contours, count, test, shortenings, reversals, threads);
}
