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

/* Row or column in which a line begins that goes this way; on a border, the one it enters. */
HF_INLINE int64_t first_pixel(double place, double direction, int64_t size) {
    int64_t index = index_of(place, size);
    return index - (direction < 0.0 && place == (double)index && index > 0);
}

/* Visit the pixels of a clipped line, and return the place after its last visit. */
HF_INLINE Visit *walk_line(const Stretch *line, const Frame *frame, Workspace *ws, Visit *visit) {
    const double ax = line->ax, ay = line->ay, ex = line->ex, ey = line->ey, far = 2.0, t1 = line->t1;
    const int64_t width = frame->width, rows = frame->rows, words = frame->words;
    double t = line->t0;
    int64_t ix = first_pixel(ax + ex * t, ex, width), iy = first_pixel(ay + ey * t, ey, rows);
    const double inv_x = ex != 0.0 ? 1.0 / ex : 0.0, inv_y = ey != 0.0 ? 1.0 / ey : 0.0;
    const int64_t step_x = ex > 0.0 ? 1 : -1, step_y = ey > 0.0 ? 1 : -1;
    /* The side by which a line leaves column ix is at ix + (ex > 0); t there is that times inv_x, and `from_x`. */
    const double from_x = (ex > 0.0 ? 1.0 : 0.0) - ax, from_y = (ey > 0.0 ? 1.0 : 0.0) - ay;
    double next_x = ex != 0.0 ? ((double)ix + from_x) * inv_x : far;
    double next_y = ey != 0.0 ? ((double)iy + from_y) * inv_y : far;
    for (;;) {
        double stop = hf_min(t1, hf_min(next_x, next_y));
        if ((uint64_t)ix >= (uint64_t)width || (uint64_t)iy >= (uint64_t)rows) {
            /* Rounding led one pixel out: what is left of the line belongs to the last pixel. */
            ix = hf_clip_int(ix, 0, width - 1);
            iy = hf_clip_int(iy, 0, rows - 1);
            stop = t1;
        }
        if (stop > t) {
            int64_t pixel = iy * width + ix;
            double length = stop - t, middle = 0.5 * (t + stop), dy = ey * length;
            *visit++ = (Visit){(int32_t)pixel, (real)length, (real)middle};
            ws->swept[2 * pixel] += (real)(dy * ((double)ix + 1.0 - (ax + ex * middle)));
            ws->swept[2 * pixel + 1] += (real)dy;
            ws->touched[iy * words + (ix >> 6)] |= UINT64_C(1) << (ix & 63);
            t = stop;
        }
        if (stop >= t1) return visit;
        /* No branches: which side a line leaves by is hard to predict. */
        bool sideways = next_x <= next_y;
        ix += sideways ? step_x : 0;
        iy += sideways ? 0 : step_y;
        double side_x = ((double)ix + from_x) * inv_x, side_y = ((double)iy + from_y) * inv_y;
        next_x = sideways ? side_x : next_x;
        next_y = sideways ? next_y : side_y;
    }
}

/* Visit all pixels of the lines of slot entries [start, end) inside the band, whose first entry is `begin`. Return
 * whether there was memory. */
static bool walk(const Plan *plan, int64_t start, int64_t end, int64_t begin, const Frame *frame, Workspace *ws) {
    /* No line visits more pixels than this. */
    const int64_t most = frame->width + frame->rows + 8;
    const double top = (double)frame->top, width = (double)frame->width, rows = (double)frame->rows;
    int64_t count = ws->visit_count;
    for (int64_t entry = start; entry < end; entry++) {
        const Line *line = plan->lines + plan->entry_line[entry];
        ws->first_visit[entry - begin] = (int32_t)count;
        if (count > INT32_MAX - most || !hf_reserve(&ws->visits, &ws->visit_room, count + most)) return false;
        double ax = line->ax, ay = line->ay - top, ex = line->bx - line->ax, ey = line->by - top - ay;
        Stretch stretch = {ax, ay, ex, ey, 0.0, 1.0};
        double bx = ax + ex, by = ay + ey;
        bool inside = hf_min(ax, bx) >= 0.0 && hf_max(ax, bx) < width && hf_min(ay, by) >= 0.0 && hf_max(ay, by) < rows;
        if (!inside) {
            clip(&stretch, ws->left, width, frame->rows);
            if (!(stretch.t0 < stretch.t1)) continue;
        }
        count = walk_line(&stretch, frame, ws, ws->visits + count) - ws->visits;
    }
    ws->visit_count = count;
    return true;
}

#endif
