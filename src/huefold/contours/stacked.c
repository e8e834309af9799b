/* Stacked outlines: each path continues beneath those painted over it. */
#include "contours/chains.h"
#include "contours/cracks.h"
#include "native/elementary.h"
#include "native/threads.h"

#define STEP 1.15 /* factor from one tolerance to the next while a path has too many segments */
#define STEPS 48  /* to a tolerance that no outline needs */

/* What is asked for; see hf_trace_stacked. */
typedef struct {
    LabelMap rank;
    const int64_t *boxes;
    int64_t first;
    double tolerance, thin_share, rough;
    int64_t margin, most;
} Wanted;

/* What a path covers: its contours along cracks, and how far each crack's outline may go. */
typedef struct {
    int64_t loops, cracks;
    int64_t *offsets;  /* [loops + 1] in the cracks; the points of loop i are from offsets[i] + i on, closed */
    int32_t *points;   /* [cracks + loops, 2] */
    double *thickness; /* [cracks] upper limits of the tolerance */
    double *room;      /* [cracks] what hf_crack_room says */
    double *limits;    /* [cracks] for a tolerance that is tried */
    bool *fixed;       /* [cracks + loops] */
    bool *corners;     /* [cracks + loops] */
    bool *sharp;       /* [cracks] */
    bool *was_sharp;   /* [cracks] when the corners were found */
    bool *known;       /* [loops] whether they were */
} Outline;

/* The curves of one path. */
typedef struct {
    int64_t contours;
    int64_t *segments; /* [contours] */
    double *cubics;    /* [sum of segments, 4, 2] */
    bool failed;
} Curves;

/* --- the area and its contours --- */

static bool open_outline(Outline *outline, int64_t cracks, int64_t tops) {
    int64_t points = cracks + tops;
    outline->offsets = hf_new(int64_t, tops + 1);
    outline->points = hf_new(int32_t, 2 * points);
    outline->thickness = hf_new(double, 3 * cracks);
    outline->fixed = hf_zeros(bool, 2 * points + 2 * cracks + tops);
    if (outline->offsets == NULL || outline->points == NULL || outline->thickness == NULL || outline->fixed == NULL)
        return false;
    outline->room = outline->thickness + cracks;
    outline->limits = outline->room + cracks;
    outline->corners = outline->fixed + points;
    outline->sharp = outline->corners + points;
    outline->was_sharp = outline->sharp + cracks;
    outline->known = outline->was_sharp + cracks;
    outline->cracks = cracks;
    return true;
}

static void close_outline(Outline *outline) {
    free(outline->offsets);
    free(outline->points);
    free(outline->thickness);
    free(outline->fixed);
}

/* Repeat the first point of each loop at its end; from the last loop on, because points move to the right. */
static void close_loops(Outline *outline) {
    for (int64_t i = outline->loops - 1; i >= 0; i--) {
        int64_t start = outline->offsets[i], count = outline->offsets[i + 1] - start;
        int32_t *loop = outline->points + 2 * (start + i);
        memmove(loop, outline->points + 2 * start, (size_t)count * 2 * sizeof *loop);
        loop[2 * count] = loop[0];
        loop[2 * count + 1] = loop[1];
    }
}

/* Find the contours of a mask [rows, cols] whose first pixel is at (top, left), and what limits the curves there. */
static bool find_outline(const Wanted *wanted, int64_t level, const int32_t *mask, int64_t top, int64_t left,
                         int64_t rows, int64_t cols, Outline *outline) {
    int64_t tops, cracks = hf_count_cracks(mask, rows, cols, 1, &tops);
    uint8_t *seen = hf_zeros(uint8_t, rows * cols);
    bool enough = seen != NULL && open_outline(outline, cracks, tops);
    if (enough) {
        outline->loops = hf_mask_contours(mask, rows, cols, seen, outline->points, outline->offsets);
        close_loops(outline);
        for (int64_t i = 0; i < outline->loops; i++) {
            int64_t start = outline->offsets[i], count = outline->offsets[i + 1] - start;
            int32_t *loop = outline->points + 2 * (start + i);
            hf_thickness_caps(mask, rows, cols, loop, count, wanted->thin_share, wanted->margin,
                              outline->thickness + start);
            for (int64_t k = 0; k <= count; k++) {
                loop[2 * k] += (int32_t)left;
                loop[2 * k + 1] += (int32_t)top;
            }
            hf_crack_room(&wanted->rank, (int32_t)level, loop, count, wanted->margin + 1, outline->room + start);
        }
    }
    free(seen);
    return enough;
}

/* Find what a path covers: the whole canvas at the bottom, else its box and a margin around it. */
static bool find_cover(const Wanted *wanted, int64_t level, const int64_t *box, Outline *outline) {
    int64_t height = wanted->rank.height, width = wanted->rank.width, margin = wanted->margin;
    int64_t top = 0, left = 0, rows = height, cols = width;
    if (level > 0) {
        top = hf_max_int(0, box[0] - margin);
        left = hf_max_int(0, box[2] - margin);
        rows = hf_min_int(height, box[1] + margin) - top;
        cols = hf_min_int(width, box[3] + margin) - left;
    }
    int32_t *mask = hf_new(int32_t, rows * cols);
    bool enough = mask != NULL;
    if (enough && level > 0)
        enough = hf_cover(wanted->rank.values, height, width, level, top, left, rows, cols, margin, mask) == 0;
    for (int64_t i = 0; enough && level == 0 && i < rows * cols; i++) mask[i] = 1;
    enough = enough && find_outline(wanted, level, mask, top, left, rows, cols, outline);
    free(mask);
    return enough;
}

/* --- tolerances --- */

/* Mark the vertices of a closed chain where it reaches the canvas border, leaves it, or turns with it: where the
 * tolerance is 0. */
static void mark_border_ends(const int32_t *points, const double *limits, int64_t count, bool *ends) {
    for (int64_t k = 0; k < count; k++) {
        int64_t before = k > 0 ? k - 1 : count - 1;
        const int32_t *p = points + 2 * k, *q = points + 2 * before;
        bool turns = p[2] - p[0] != q[2] - q[0] || p[3] - p[1] != q[3] - q[1];
        bool border = limits[k] == 0.0;
        ends[k] = border != (limits[before] == 0.0) || (border && turns);
    }
    ends[count] = ends[0];
}

/* Find the corners of a loop, unless they are known for the same sharp cracks; fixed vertices are always the same. */
static int64_t update_corners(Outline *outline, int64_t loop) {
    int64_t start = outline->offsets[loop], count = outline->offsets[loop + 1] - start;
    const bool *sharp = outline->sharp + start;
    bool *was_sharp = outline->was_sharp + start;
    if (outline->known[loop] && memcmp(sharp, was_sharp, (size_t)count * sizeof *sharp) == 0) return 0;
    memcpy(was_sharp, sharp, (size_t)count * sizeof *sharp);
    outline->known[loop] = true;
    int64_t at = start + loop;
    return hf_find_corners(outline->points + 2 * at, outline->fixed + at, sharp, count, outline->corners + at);
}

/* The chain of one loop with the tolerances that `factor` times the one asked for gives; false without memory. */
static bool find_chain(const Wanted *wanted, Outline *outline, int64_t loop, double factor, CrackChain *chain) {
    int64_t start = outline->offsets[loop], count = outline->offsets[loop + 1] - start;
    const double *room = outline->room + start, *thickness = outline->thickness + start;
    const int32_t *points = outline->points + 2 * (start + loop);
    double *limits = outline->limits + start, tolerance = wanted->tolerance * factor;
    bool *fixed = outline->fixed + start + loop, *sharp = outline->sharp + start;
    for (int64_t k = 0; k < count; k++) {
        limits[k] = hf_limit_of_room(room[k], tolerance);
        bool visible = limits[k] == tolerance;
        if (visible) limits[k] = hf_min(tolerance, thickness[k] * factor);
        sharp[k] = visible && factor * wanted->tolerance <= wanted->rough;
    }
    mark_border_ends(points, limits, count, fixed);
    *chain = (CrackChain){points,
                          limits,
                          outline->corners + start + loop,
                          count,
                          {(double)wanted->rank.width, (double)wanted->rank.height}};
    return update_corners(outline, loop) == 0;
}

/* Count the segments of all loops; above `most`, return any number above it. */
static int64_t count_segments(const Wanted *wanted, Outline *outline, int64_t step, int64_t most) {
    int64_t count = 0;
    for (int64_t loop = 0; loop < outline->loops && count <= most; loop++) {
        CrackChain chain;
        if (!find_chain(wanted, outline, loop, hf_whole_power(STEP, step), &chain)) return HF_NO_MEMORY;
        int64_t found = hf_count_cracks_segments(&chain, most - count);
        if (found < 0) return found;
        count += found;
    }
    return count;
}

/* Find the first step of the tolerance with few enough segments, by bisection; below 0 where there is no memory. */
static int64_t find_step(const Wanted *wanted, Outline *outline) {
    if (wanted->most < 0) return 0;
    int64_t count = count_segments(wanted, outline, 0, wanted->most);
    if (count <= wanted->most) return count < 0 ? count : 0;
    int64_t low = 0, step = STEPS, least = count_segments(wanted, outline, STEPS, INT64_MAX);
    if (least < 0) return least;
    int64_t most = hf_max_int(wanted->most, least);
    while (step - low > 1) {
        int64_t middle = (low + step) / 2;
        count = count_segments(wanted, outline, middle, most);
        if (count < 0) return count;
        if (count <= most)
            step = middle;
        else
            low = middle;
    }
    return step;
}

/* --- all paths --- */

typedef struct {
    const Wanted *wanted;
    Curves *curves;
} TraceTask;

static bool fit_outline(const Wanted *wanted, Outline *outline, int64_t step, Curves *curves) {
    double *room = hf_new(double, 8 * hf_most_segments(outline->cracks));
    int64_t total = 0;
    curves->segments = hf_new(int64_t, outline->loops);
    bool enough = room != NULL && curves->segments != NULL;
    for (int64_t loop = 0; enough && loop < outline->loops; loop++) {
        CrackChain chain;
        enough = find_chain(wanted, outline, loop, hf_whole_power(STEP, step), &chain);
        curves->segments[loop] = enough ? hf_fit_cracks(&chain, room + 8 * total) : HF_NO_MEMORY;
        enough = curves->segments[loop] >= 0;
        if (enough) total += curves->segments[loop];
    }
    curves->contours = outline->loops;
    if (enough && (curves->cubics = hf_new(double, 8 * total)) != NULL)
        memcpy(curves->cubics, room, (size_t)total * 8 * sizeof(double));
    free(room);
    return curves->cubics != NULL;
}

static void trace_path(void *context, int64_t item, int64_t rank) {
    (void)rank;
    TraceTask *task = context;
    Outline outline = {0};
    Curves *curves = &task->curves[item];
    curves->failed = true;
    if (find_cover(task->wanted, task->wanted->first + item, task->wanted->boxes + 4 * item, &outline)) {
        int64_t step = find_step(task->wanted, &outline);
        curves->failed = step < 0 || !fit_outline(task->wanted, &outline, step, curves);
    }
    close_outline(&outline);
}

/* Forget the curves of `count` paths. */
HF_EXPORT void hf_free_curves(int64_t address, int64_t count) {
    Curves *curves = (Curves *)(intptr_t)address;
    for (int64_t i = 0; i < count; i++) {
        free(curves[i].segments);
        free(curves[i].cubics);
    }
    free(curves);
}

/* Trace `count` paths from level `first` of a stack on; `rank` [H, W] is the position of each pixel's region in it.
 *
 * `boxes` [count, 4]: first and end row, first and end column that hold each path's region. `most`: segments of a path,
 * below 0 for any number; the tolerance grows until they suffice. `thin_share`: of a region's thickness that its
 * outline may move. `margin`: pixels that a path continues beneath later ones. `rough`: a tolerance beyond which
 * corners may be rounded.
 * Returns the address of the curves, for hf_free_curves. */
HF_EXPORT int64_t hf_trace_stacked(const int32_t *rank, int64_t height, int64_t width, int64_t first,
                                   const int64_t *boxes, int64_t count, double tolerance, int64_t most,
                                   double thin_share, int64_t margin, double rough, int64_t threads) {
    Wanted wanted = {{rank, height, width}, boxes, first, tolerance, thin_share, rough, margin, most};
    Curves *curves = hf_zeros(Curves, count);
    if (curves == NULL) return HF_NO_MEMORY;
    TraceTask task = {&wanted, curves};
    hf_parallel(trace_path, &task, count, threads);
    for (int64_t i = 0; i < count; i++) {
        if (!curves[i].failed) continue;
        hf_free_curves((int64_t)(intptr_t)curves, count);
        return HF_NO_MEMORY;
    }
    return (int64_t)(intptr_t)curves;
}

/* Write how many contours each of `count` paths has; return how many there are. */
HF_EXPORT int64_t hf_contour_counts(int64_t address, int64_t count, int64_t *contours) {
    const Curves *curves = (const Curves *)(intptr_t)address;
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++) total += contours[i] = curves[i].contours;
    return total;
}

/* Write how many segments each contour has; return how many there are. */
HF_EXPORT int64_t hf_segment_counts(int64_t address, int64_t count, int64_t *segments) {
    const Curves *curves = (const Curves *)(intptr_t)address;
    int64_t total = 0, contour = 0;
    for (int64_t i = 0; i < count; i++)
        for (int64_t c = 0; c < curves[i].contours; c++) total += segments[contour++] = curves[i].segments[c];
    return total;
}

/* Write the first three points of each segment [S, 3, 2]. */
HF_EXPORT void hf_curve_points(int64_t address, int64_t count, double *points) {
    const Curves *curves = (const Curves *)(intptr_t)address;
    for (int64_t i = 0; i < count; i++) {
        int64_t total = 0;
        for (int64_t c = 0; c < curves[i].contours; c++) total += curves[i].segments[c];
        for (int64_t s = 0; s < total; s++, points += 6) memcpy(points, curves[i].cubics + 8 * s, 6 * sizeof(double));
    }
}
