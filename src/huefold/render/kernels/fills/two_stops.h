/* The common case of gradient fills: linear, padded, two stops that are not too close. A row of it is constant, affine
 * and constant again; most runs lie in one of these and cost no division. */
#ifndef HUEFOLD_RENDER_KERNELS_FILLS_TWO_STOPS_H
#define HUEFOLD_RENDER_KERNELS_FILLS_TWO_STOPS_H

#include "render/kernels/fills/backward.h"
#include "render/kernels/fills/compositing.h"

/* The share of the upper stop at pixel x of a row is base + growth * x + by_row * y, clipped to [0, 1]. */
typedef struct {
    double base, growth, by_row;
    double by_t; /* dshare/dt */
    Quad near, far;
} TwoStops;

HF_INLINE TwoStops two_stops_of(const Gradient *gradient) {
    const double *map = gradient->map, *offsets = gradient->offsets;
    double by_t = 1.0 / (offsets[1] - offsets[0]);
    TwoStops two = {(map[T_0] + 0.5 * map[T_X] - offsets[0]) * by_t,
                    map[T_X] * by_t,
                    map[T_Y] * by_t,
                    by_t,
                    narrow(wide_at(gradient->paint)),
                    narrow(wide_at(gradient->paint + 4))};
    return two;
}

/* Share at a pixel, not clipped. */
HF_INLINE double open_share_at(const TwoStops *two, double x, double y) {
    return two->base + two->by_row * y + two->growth * x;
}

/* First piece of `count` pixels from one on whose share is `first`. */
HF_INLINE Piece two_stop_piece(const TwoStops *two, double first, int64_t count) {
    double growth = two->growth, last = first + growth * (double)(count - 1);
    Piece piece = {count, {0, 0.0, 0.0}};
    if (first < 0.0) {
        if (last >= 0.0) piece.count = pixel_count(ceil(-first / growth), count);
    } else if (first >= 1.0) {
        piece.place.share = 1.0;
        if (last < 1.0) piece.count = pixel_count(floor((1.0 - first) / growth) + 1.0, count);
    } else {
        piece.place.share = first;
        piece.place.by_t = two->by_t;
        if (last >= 1.0)
            piece.count = pixel_count(ceil((1.0 - first) / growth), count);
        else if (last < 0.0)
            piece.count = pixel_count(floor(-first / growth) + 1.0, count);
    }
    return piece;
}

HF_INLINE Quad two_stop_paint(const TwoStops *two, double share) {
    real upper = (real)share;
    return quad_of(1 - upper) * two->near + quad_of(upper) * two->far;
}

/* Growth of the share along a piece; 0 for a single pixel, where a step may be of any size. */
HF_INLINE double two_stop_growth(const TwoStops *two, const Piece *piece) {
    return piece->count > 1 && piece->place.by_t != 0.0 ? two->growth : 0.0;
}

HF_INLINE AffinePaint two_stop_piece_paint(const TwoStops *two, const Piece *piece) {
    AffinePaint paint = {two_stop_paint(two, piece->place.share),
                         quad_of((real)two_stop_growth(two, piece)) * (two->far - two->near)};
    return paint;
}

/* --- compositing --- */

static void composite_two_stop_runs(const TwoStops *two, const Group *group, real opacity, const Frame *frame,
                                    Workspace *ws) {
    RowAt at = first_row(frame);
    for (const Run *run = ws->runs + group->runs, *end = ws->runs + group->runs_end; run < end; run++) {
        follow_row(&at, run->pixel, frame->width);
        double first = open_share_at(two, (double)(run->pixel - at.start), at.y);
        Quad *pixels = ws->pixels + run->pixel;
        for (int64_t done = 0; done < run->length;) {
            Piece piece = two_stop_piece(two, first + two->growth * (double)done, run->length - done);
            AffinePaint paint = two_stop_piece_paint(two, &piece);
            if (run->stored < 0)
                write_affine(pixels + done, piece.count, paint);
            else
                blend_affine(pixels + done, ws->under + run->stored + done, piece.count, paint, opacity);
            done += piece.count;
        }
    }
}

static void composite_two_stops(const Gradient *gradient, const Group *group, real opacity, const Frame *frame,
                                Workspace *ws) {
    const TwoStops two = two_stops_of(gradient);
    composite_two_stop_runs(&two, group, opacity, frame, ws);
    RowAt at = first_row(frame);
    for (Cell *cell = ws->cells + group->cells, *end = ws->cells + group->cells_end; cell < end; cell++) {
        follow_row(&at, cell->pixel, frame->width);
        double share = open_share_at(&two, (double)(cell->pixel - at.start), at.y);
        blend_cell(cell, two_stop_paint(&two, hf_clip(share, 0.0, 1.0)), opacity, ws);
    }
}

/* --- backward --- */

/* Sums of what comes from above: before and after the change; within it, also times the share, and its first moments
 * by x and y. */
typedef struct {
    Wide before, after, within, upper, by_x, by_y;
} TwoStopSums;

HF_INLINE void add_to_two_stop_sums(TwoStopSums *sums, Place place, double growth, WideMoments moments, double x,
                                    double y) {
    if (place.by_t != 0.0) {
        sums->within += moments.total;
        sums->upper += place.share * moments.total + growth * moments.moment;
        sums->by_x += (x + 0.5) * moments.total + moments.moment;
        sums->by_y += y * moments.total;
    } else if (place.share > 0.0) {
        sums->after += moments.total;
    } else {
        sums->before += moments.total;
    }
}

static void finish_two_stops(const FillPass *pass, const TwoStopSums *sums, double by_t) {
    double *shape = pass->fill_sums, *below = shape + SHAPE_SUMS, *above = below + STOP_SUMS;
    Wide change = paint_change(pass->gradient, 0);
    double push = by_t * wide_sum(change * sums->within), far = by_t * wide_sum(change * sums->upper);
    add_at(below + STOP_RED, sums->before + (sums->within - sums->upper));
    add_at(above + STOP_RED, sums->after + sums->upper);
    below[STOP_OFFSET] -= push - far;
    above[STOP_OFFSET] -= far;
    shape[0] += push;
    shape[1] += by_t * wide_sum(change * sums->by_x);
    shape[2] += by_t * wide_sum(change * sums->by_y);
}

HF_INLINE void backward_two_stop_cells(const FillPass *pass, const TwoStops *two, const Group *group,
                                       const Frame *frame, bool beneath, Workspace *ws, TwoStopSums *sums) {
    CellSums found = {0.0, 0.0};
    RowAt at = first_row(frame);
    for (const Cell *cell = ws->cells + group->cells, *end = ws->cells + group->cells_end; cell < end; cell++) {
        follow_row(&at, cell->pixel, frame->width);
        double x = (double)(cell->pixel - at.start), share = open_share_at(two, x, at.y);
        Quad paint = two_stop_paint(two, hf_clip(share, 0.0, 1.0));
        Wide above = differentiate_cell(pass, cell, paint, beneath, ws, &found);
        if (share <= 0.0) {
            sums->before += above;
        } else if (share >= 1.0) {
            sums->after += above;
        } else {
            sums->within += above;
            sums->upper += share * above;
            sums->by_x += (x + 0.5) * above;
            sums->by_y += at.y * above;
        }
    }
    add_cell_sums(pass, &found);
}

HF_INLINE void backward_two_stop_runs(const FillPass *pass, const TwoStops *two, const Group *group, const Frame *frame,
                                      bool beneath, Workspace *ws, TwoStopSums *sums) {
    RowAt at = first_row(frame);
    for (const Run *run = ws->runs + group->runs, *end = ws->runs + group->runs_end; run < end; run++) {
        follow_row(&at, run->pixel, frame->width);
        double x = (double)(run->pixel - at.start), first = open_share_at(two, x, at.y);
        for (int64_t done = 0; done < run->length;) {
            Piece piece = two_stop_piece(two, first + two->growth * (double)done, run->length - done);
            piece.count = hf_min_int(piece.count, LONGEST_PIECE);
            Quad *pixels = ws->pixels + run->pixel + done;
            WideMoments moments = run->stored < 0
                                      ? wide_moments_of(pixels, piece.count, piece.place.by_t != 0.0)
                                      : differentiate_stretch(pass, two_stop_piece_paint(two, &piece), piece.count,
                                                              pixels, ws->under + run->stored + done,
                                                              weights_at(pass, run->pixel + done, beneath), beneath);
            add_to_two_stop_sums(sums, piece.place, two_stop_growth(two, &piece), moments, x + (double)done, at.y);
            done += piece.count;
        }
    }
}

static void backward_two_stops(const FillPass *pass, const Group *group, const Frame *frame, Workspace *ws) {
    const TwoStops two = two_stops_of(pass->gradient);
    const Wide zero = wide_of(0.0);
    TwoStopSums sums = {zero, zero, zero, zero, zero, zero};
    if (pass->loss->beneath) {
        backward_two_stop_cells(pass, &two, group, frame, true, ws, &sums);
        backward_two_stop_runs(pass, &two, group, frame, true, ws, &sums);
    } else {
        backward_two_stop_cells(pass, &two, group, frame, false, ws, &sums);
        backward_two_stop_runs(pass, &two, group, frame, false, ws, &sums);
    }
    finish_two_stops(pass, &sums, two.by_t);
}

#endif
