/* Walk the lines of a path pixel by pixel: their visits, and the signed cover they leave in each pixel. */
#ifndef HUEFOLD_RENDER_LINES_H
#define HUEFOLD_RENDER_LINES_H

#include "render/kernels/geometry.h"
#include "render/kernels/memory.h"
#include "render/kernels/records.h"

/* A line from (ax, ay) to (ax + ex, ay + ey), relative to the band, and the range of its parameter inside of it. */
typedef struct {
    double ax, ay, ex, ey, t0, t1;
} Stretch;

/* Rows of a band in which something may be seen. */
typedef struct {
    int64_t first, end;
} Visible;

/* Whole number that is not above a finite value, clipped into [0, size). */
HF_INLINE int64_t index_of(double value, int64_t size) {
    value = value > 0.0 ? value : 0.0;
    return value < (double)(size - 1) ? (int64_t)value : size - 1;
}

/* Add the cover of a line's part left of the canvas to the rows it crosses. */
static void cover_left(double *left, double ay, double ey, double t0, double t1, int64_t rows) {
    if (ey == 0.0) return;
    double ya = ay + ey * t0, yb = ay + ey * t1;
    double top = hf_min(ya, yb), bottom = hf_max(ya, yb), sign = ey > 0.0 ? 1.0 : -1.0;
    int64_t last = index_of(bottom, rows);
    for (int64_t row = index_of(top, rows); row <= last; row++) {
        double part = hf_min(bottom, (double)row + 1.0) - hf_max(top, (double)row);
        if (part > 0.0) left[row] += sign * part;
    }
}

/* Clip a line to the band; the cover of what lies left of it goes into `left`. Where nothing is left, t0 >= t1. */
static void clip(Stretch *line, double *left, double width, int64_t row_count) {
    double ax = line->ax, ay = line->ay, ex = line->ex, ey = line->ey, rows = (double)row_count;
    double t0 = 0.0, t1 = 1.0;
    if (ey == 0.0) {
        if (ay < 0.0 || ay >= rows) t1 = -1.0;
    } else if (hf_min(ay, ay + ey) < 0.0 || hf_max(ay, ay + ey) > rows) {
        double ta = (0.0 - ay) / ey, tb = (rows - ay) / ey;
        t0 = hf_max(t0, hf_min(ta, tb));
        t1 = hf_min(t1, hf_max(ta, tb));
    }
    if (t0 < t1 && (hf_min(ax, ax + ex) < 0.0 || hf_max(ax, ax + ex) >= width)) {
        if (ex == 0.0) {
            if (ax < 0.0) cover_left(left, ay, ey, t0, t1, row_count);
            t1 = -1.0;
        } else {
            double ta = (0.0 - ax) / ex, tb = (width - ax) / ex;
            double u0 = hf_min(hf_max(t0, hf_min(ta, tb)), t1);
            double u1 = hf_max(hf_min(t1, hf_max(ta, tb)), u0);
            if (ex > 0.0 && u0 > t0) cover_left(left, ay, ey, t0, u0, row_count);
            if (ex < 0.0 && u1 < t1) cover_left(left, ay, ey, u1, t1, row_count);
            t0 = u0;
            t1 = u1;
        }
    }
    line->t0 = t0;
    line->t1 = t1;
}

/* Column and row in which a line begins, which goes by `e`: on a border, the one it enters. `last` are the last ones.
 */
HF_INLINE Pair first_pixel(Pair place, Pair e, Pair last) {
    const Pair one = pair_of(1.0), none = pair_of(0.0), whole = pair_of(0x1p52);
    Pair within = pair_min(pair_max(place, none), last);
    Pair index = (within + whole) - whole; /* the nearest whole number */
    index -= pair_if(index > within, one);
    return pair_max(index - pair_if((e < none) & (place == index), one), none);
}

/* Visit the pixels of a line inside the band, from parameter t to t1, and return the place after its last visit. */
HF_INLINE Visit *walk_line(
    Pair a, Pair e, double t, double t1, const Frame *frame, real *restrict swept, uint64_t *restrict touched,
    Visit *restrict visit) {
    const Pair one = pair_of(1.0), none = pair_of(0.0), last = {(double)(frame->width - 1), (double)(frame->rows - 1)};
    const PairMask still = e == none;
    const Pair step = pair_select(e > none, one, -one), inverse = one / pair_select(still, one, e);
    Pair at = first_pixel(a + e * pair_of(t), e, last);
    /* How far it is, from the line's first end, to the sides by which it leaves the pixel; never if it stands still. */
    Pair side = pair_select(still, pair_of(2.0), at + pair_if(e > none, one) - a);
    for (;;) {
        Pair next = side * inverse, other = pair_swap(next);
        double stop = hf_min(t1, hf_min(next[0], other[0]));
        if (stop > t) {
            /* Rounding may lead one pixel out: that part of the line belongs to the last pixel. */
            Pair here = pair_min(pair_max(at, none), last);
            int64_t ix = (int64_t)here[0], iy = (int64_t)here[1], pixel = iy * frame->width + ix;
            double length = stop - t, middle = 0.5 * (t + stop), dy = e[1] * length;
            Pair range = {length, middle}, left = {dy * (here[0] + 1.0 - (a[0] + e[0] * middle)), dy};
            visit->pixel = (int32_t)pixel;
            pair_store(visit->range, range);
            pair_add(swept + 2 * pixel, left);
            touched[iy * frame->words + (ix >> 6)] |= UINT64_C(1) << (ix & 63);
            visit++;
            t = stop;
        }
        if (stop >= t1) return visit;
        /* No branches: which side a line leaves by is hard to predict. Through a corner it leaves by both. */
        Pair move = pair_if(next <= other, step);
        at += move;
        side += move;
    }
}

/* Visit all pixels of the lines of slot entries [start, end) inside the band, whose first entry is `begin`; but not
 * lines in rows in which nothing can be seen. Return whether there was memory. */
static bool walk(
    const Plan *plan, int64_t start, int64_t end, int64_t begin, const Frame *frame, Visible visible, Workspace *ws) {
    /* No line visits more pixels than this. */
    const int64_t most = frame->width + frame->rows + 8;
    const double top = (double)frame->top, width = (double)frame->width, rows = (double)frame->rows;
    /* Rounding may lead a walk one pixel beyond its line. */
    const double above = (double)(visible.first - 1), below = (double)(visible.end + 1);
    int64_t count = ws->visit_count;
    for (int64_t entry = start; entry < end; entry++) {
        const Line *line = plan->lines + plan->entry_line[entry];
        ws->first_visit[entry - begin] = (int32_t)count;
        if (count > INT32_MAX - most || !hf_reserve(&ws->visits, &ws->visit_room, count + most)) return false;
        Pair a = {line->ax, line->ay - top}, e = {line->bx - line->ax, line->by - top - a[1]}, b = a + e;
        double t0 = 0.0, t1 = 1.0, upper = hf_min(a[1], b[1]), lower = hf_max(a[1], b[1]);
        if (lower < above || upper > below) continue;
        if (!(hf_min(a[0], b[0]) >= 0.0 && hf_max(a[0], b[0]) < width && upper >= 0.0 && lower < rows)) {
            Stretch stretch = {a[0], a[1], e[0], e[1], 0.0, 1.0};
            clip(&stretch, ws->left, width, frame->rows);
            t0 = stretch.t0;
            t1 = stretch.t1;
            if (!(t0 < t1)) continue;
        }
        count = walk_line(a, e, t0, t1, frame, ws->swept, ws->touched, ws->visits + count) - ws->visits;
    }
    ws->visit_count = count;
    return true;
}

#endif
