/* Derivatives by the values of a gradient fill, from the loss by the colours it paints.
 *
 * What comes from above at a pixel is dL/dred, dL/dgreen, dL/dblue and dL/dopacity. `fill_sums` are those of one
 * gradient: SHAPE_SUMS for its shape (linear: dL/dt, and its first moments by x and y; radial: see radial.h), then
 * STOP_SUMS a stop. Along a piece of a linear gradient colours are affine, so that zeroth and first moments of what
 * comes from above are enough.
 */
#ifndef HUEFOLD_RENDER_KERNELS_FILLS_BACKWARD_H
#define HUEFOLD_RENDER_KERNELS_FILLS_BACKWARD_H

#include "render/kernels/fills/painting.h"

/* Pieces are cut at so many pixels: first moments of more would lose digits of single precision. */
#define LONGEST_PIECE 256

/* What the pixels of a run share. */
typedef struct {
    const Gradient *gradient;
    const Loss *loss;
    real opacity;
    double *sums, *fill_sums;
} FillPass;

/* Sum of what comes from above over a stretch of pixels, and its first moment about the stretch's beginning. */
typedef struct {
    Quad total, moment;
} Moments;

HF_INLINE Moments moments_of(const Quad *above, int64_t count) {
    Quad zero = quad_of(0), one = quad_of(1), two = quad_of(2), place = zero;
    Quad even = zero, odd = zero, even_moment = zero, odd_moment = zero;
    int64_t i = 0;
    for (; i + 2 <= count; i += 2) {
        even += above[i];
        even_moment += place * above[i];
        odd += above[i + 1];
        odd_moment += (place + one) * above[i + 1];
        place += two;
    }
    if (i < count) {
        even += above[i];
        even_moment += place * above[i];
    }
    Moments found = {color_of(even + odd), color_of(even_moment + odd_moment)};
    return found;
}

HF_INLINE Quad total_of(const Quad *above, int64_t count) {
    Quad even = quad_of(0), odd = even;
    int64_t i = 0;
    for (; i + 2 <= count; i += 2) {
        even += above[i];
        odd += above[i + 1];
    }
    if (i < count) even += above[i];
    return color_of(even + odd);
}

typedef struct {
    Wide total, moment;
} WideMoments;

/* Sums over a stretch of pixels that show nothing beneath; first moments only where they are needed. */
HF_INLINE WideMoments wide_moments_of(const Quad *above, int64_t count, bool both) {
    if (!both) return (WideMoments){wide(total_of(above, count)), wide_of(0.0)};
    Moments found = moments_of(above, count);
    return (WideMoments){wide(found.total), wide(found.moment)};
}

/* Add what comes from above for a piece, which begins at pixel x of a row, to a linear gradient's sums. */
HF_INLINE void add_piece(const FillPass *pass, const Piece *piece, double step, Wide total, Wide moment, int64_t x,
                         double y) {
    Place place = piece->place;
    double growth = growth_of(piece, step);
    double *sums = pass->fill_sums, *below = sums + SHAPE_SUMS + STOP_SUMS * place.below, *above = below + STOP_SUMS;
    Wide upper = place.share * total + growth * moment;
    add_at(below + STOP_RED, total - upper);
    add_at(above + STOP_RED, upper);
    if (place.by_t == 0.0) return;
    Wide change = paint_change(pass->gradient, place.below);
    double push = wide_sum(change * total), lever = wide_sum(change * moment), rate = fabs(place.by_t);
    double far = rate * (place.share * push + growth * lever);
    below[STOP_OFFSET] -= rate * push - far;
    above[STOP_OFFSET] -= far;
    sums[0] += place.by_t * push;
    sums[1] += place.by_t * (push * ((double)x + 0.5) + lever);
    sums[2] += place.by_t * push * y;
}

/* Sums over the pixels of a run that shows what is beneath. */
typedef struct {
    Quad above, above_moment; /* dL/dcolour; the fourth place counts nothing */
    Quad push, push_moment;   /* dL/dalpha, to be summed over the channels */
    Quad gain;                /* loss increase without the run, to be summed over the channels */
} Shown;

/* Differentiate a pixel; what comes from above goes down to the next path, none of it where the pixel is `opaque`,
 * whose alpha is 1. Returns dL/dcolour. */
HF_INLINE Quad differentiate_pixel(Quad *pixel, Quad color, Quad under, Quad alpha, Quad weight, bool beneath,
                                   bool opaque, Quad *push, Quad *gain) {
    Quad above = *pixel, difference = color - under, here = opaque ? above : alpha * above;
    *push = above * difference;
    if (beneath) {
        Quad shown = hf_shuffle(above, above, 3, 3, 3, 3), change = opaque ? difference : alpha * difference;
        *gain += change * (weight * shown * shown * change - above);
    }
    *pixel = opaque ? quad_of(0) : above - here;
    return here;
}

/* What is the same for all pixels of a stretch: literals, where this is called. */
typedef struct {
    bool beneath, opaque, weighted;
} StretchKind;

HF_INLINE Shown differentiate_affine(Quad *restrict pixels, const Quad *restrict under, int64_t count,
                                     AffinePaint paint, real opacity, real scale, const real *weights,
                                     StretchKind kind) {
    Quad first = color_of(paint.first), growth = color_of(paint.growth), place = quad_of(0), one = quad_of(1);
    Quad alpha = quad_of(opacity * paint.first[3]), thinning = quad_of(opacity * paint.growth[3]);
    Shown found = {place, place, place, place, place};
    for (int64_t i = 0; i < count; i++) {
        Quad weight = quad_of(kind.weighted ? scale * weights[i] : scale), push;
        Quad here = differentiate_pixel(&pixels[i], first + growth * place, under[i],
                                        kind.opaque ? one : alpha + thinning * place, weight, kind.beneath, kind.opaque,
                                        &push, &found.gain);
        found.above += here;
        found.above_moment += place * here;
        found.push += push;
        found.push_moment += place * push;
        place += one;
    }
    return found;
}

/* Differentiate a stretch of a run that shows what is beneath; return the sums of what comes from above. */
HF_INLINE WideMoments differentiate_stretch(const FillPass *pass, AffinePaint paint, int64_t count, Quad *pixels,
                                            const Quad *under, const real *weights, bool beneath) {
    real opacity = pass->opacity, scale = pass->loss->scale;
    Shown shown;
    if (!beneath)
        shown =
            differentiate_affine(pixels, under, count, paint, opacity, scale, NULL, (StretchKind){false, false, false});
    else if (weights != NULL)
        shown = differentiate_affine(pixels, under, count, paint, opacity, scale, weights,
                                     (StretchKind){true, false, true});
    else if (is_opaque(paint, opacity))
        shown =
            differentiate_affine(pixels, under, count, paint, opacity, scale, NULL, (StretchKind){true, true, false});
    else
        shown =
            differentiate_affine(pixels, under, count, paint, opacity, scale, NULL, (StretchKind){true, false, false});
    double push = quad_sum(shown.push), lever = quad_sum(shown.push_moment);
    pass->sums[SUM_OPACITY] += paint.first[3] * push + paint.growth[3] * lever;
    if (beneath) pass->sums[SUM_IMPORTANCE] += quad_sum(shown.gain);
    WideMoments found = {wide(shown.above), wide(shown.above_moment)};
    found.total[3] = opacity * push;
    found.moment[3] = opacity * lever;
    return found;
}

/* Weights of pixels from one on, where they count. */
HF_INLINE const real *weights_at(const FillPass *pass, int64_t pixel, bool beneath) {
    return beneath && pass->loss->weight != NULL ? pass->loss->weight + pixel : NULL;
}

static void backward_linear_run(const FillPass *pass, const Run *run, int64_t x, double y, Workspace *ws) {
    const Gradient *gradient = pass->gradient;
    bool beneath = pass->loss->beneath;
    Slope slope = slope_of_row(gradient->map, y);
    for (int64_t done = 0; done < run->length;) {
        Piece piece = linear_piece(gradient, slope, x + done, run->length - done);
        piece.count = hf_min_int(piece.count, LONGEST_PIECE);
        Quad *pixels = ws->pixels + run->pixel + done;
        WideMoments moments = run->stored < 0
                                  ? wide_moments_of(pixels, piece.count, piece.place.by_t != 0.0)
                                  : differentiate_stretch(pass, affine_paint(gradient, &piece, slope.step), piece.count,
                                                          pixels, ws->under + run->stored + done,
                                                          weights_at(pass, run->pixel + done, beneath), beneath);
        add_piece(pass, &piece, slope.step, moments.total, moments.moment, x + done, y);
        done += piece.count;
    }
}

/* Add what comes from above at one pixel to the sums of the two stops around it; return dL/dt. */
HF_INLINE double add_to_stops(const FillPass *pass, Place place, Wide above) {
    double *lower = pass->fill_sums + SHAPE_SUMS + STOP_SUMS * place.below, *upper = lower + STOP_SUMS;
    add_at(lower + STOP_RED, (1.0 - place.share) * above);
    add_at(upper + STOP_RED, place.share * above);
    if (place.by_t == 0.0) return 0.0;
    double push = wide_sum(above * paint_change(pass->gradient, place.below)), rate = fabs(place.by_t);
    lower[STOP_OFFSET] -= rate * (1.0 - place.share) * push;
    upper[STOP_OFFSET] -= rate * place.share * push;
    return place.by_t * push;
}

/* Sums over the cells of a path. */
typedef struct {
    double opacity, importance;
} CellSums;

/* Differentiate a cell by its colour, coverage and opacity; return what comes from above. */
HF_INLINE Wide differentiate_cell(const FillPass *pass, const Cell *cell, Quad paint, bool beneath, Workspace *ws,
                                  CellSums *sums) {
    const Loss *loss = pass->loss;
    real coverage = cell->alpha, clear = paint[3], part = pass->opacity * clear, alpha = part * coverage;
    real weight = beneath && loss->weight != NULL ? loss->scale * loss->weight[cell->pixel] : loss->scale;
    Quad push, gain = quad_of(0);
    Quad here = differentiate_pixel(&ws->pixels[cell->pixel], color_of(paint), cell->under, quad_of(alpha),
                                    quad_of(weight), beneath, false, &push, &gain);
    real by_alpha = quad_sum(push);
    ws->edge[cell->pixel] = by_alpha * (part * cell->slope) + cell->charge * loss->winding_penalty;
    sums->opacity += (double)(coverage * clear * by_alpha);
    if (beneath) sums->importance += (double)quad_sum(gain);
    here[3] = pass->opacity * coverage * by_alpha;
    return wide(here);
}

HF_INLINE void add_cell_sums(const FillPass *pass, const CellSums *sums) {
    pass->sums[SUM_OPACITY] += sums->opacity;
    pass->sums[SUM_IMPORTANCE] += sums->importance;
}

HF_INLINE void backward_linear_cells(const FillPass *pass, const Group *group, const Frame *frame, bool beneath,
                                     Workspace *ws) {
    const Gradient *gradient = pass->gradient;
    double total = 0.0, by_x = 0.0, by_y = 0.0;
    CellSums sums = {0.0, 0.0};
    RowAt at = first_row(frame);
    for (const Cell *cell = ws->cells + group->cells, *end = ws->cells + group->cells_end; cell < end; cell++) {
        follow_row(&at, cell->pixel, frame->width);
        double x = (double)(cell->pixel - at.start);
        Slope slope = slope_of_row(gradient->map, at.y);
        Place place = place_of(gradient, slope.base + slope.step * x);
        Wide above = differentiate_cell(pass, cell, narrow(paint_at(gradient, place)), beneath, ws, &sums);
        double push = add_to_stops(pass, place, above);
        total += push;
        by_x += push * (x + 0.5);
        by_y += push * at.y;
    }
    add_cell_sums(pass, &sums);
    pass->fill_sums[0] += total;
    pass->fill_sums[1] += by_x;
    pass->fill_sums[2] += by_y;
}

static void backward_linear(const FillPass *pass, const Group *group, const Frame *frame, Workspace *ws) {
    if (pass->loss->beneath)
        backward_linear_cells(pass, group, frame, true, ws);
    else
        backward_linear_cells(pass, group, frame, false, ws);
    RowAt at = first_row(frame);
    for (const Run *run = ws->runs + group->runs, *end = ws->runs + group->runs_end; run < end; run++) {
        follow_row(&at, run->pixel, frame->width);
        backward_linear_run(pass, run, run->pixel - at.start, at.y, ws);
    }
}

#endif
