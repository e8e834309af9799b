/* Derivatives by the values of a gradient fill, from the loss by the colours it paints.
 *
 * What comes from above at a pixel is dL/dred, dL/dgreen, dL/dblue and dL/dopacity. `fill_sums` are those of one
 * gradient: SHAPE_SUMS for its shape (linear: dL/dt, and its first moments by x and y; radial: see radial.h), then
 * STOP_SUMS a stop. Along a piece of a linear gradient colours are affine, so that zeroth and first moments of what
 * comes from above are enough.
 */
#ifndef HUEFOLD_RENDER_FILL_BACKWARD_H
#define HUEFOLD_RENDER_FILL_BACKWARD_H

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

/* Add what comes from above for a piece, which begins at pixel x of a row, to a linear gradient's sums. */
HF_INLINE void add_piece(const FillPass *pass, const Piece *piece, double step, Wide total, Wide moment, int64_t x,
                         int64_t row) {
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
    sums[2] += place.by_t * push * ((double)row + 0.5);
}

/* Sums over the pixels of a run that shows what is beneath. */
typedef struct {
    Quad above, above_moment; /* dL/dcolour; the fourth place counts nothing */
    Quad push, push_moment;   /* dL/dalpha, to be summed over the channels */
    Quad gain;                /* loss increase without the run, to be summed over the channels */
} Shown;

/* Differentiate a pixel; what comes from above goes down to the next path. Returns dL/dcolour. */
HF_INLINE Quad differentiate_pixel(Quad *pixel, Quad color, Quad under, Quad alpha, Quad weight, bool beneath, Quad *push,
                                   Quad *gain) {
    Quad above = *pixel, difference = color - under, here = alpha * above;
    *push = above * difference;
    if (beneath) {
        Quad shown = hf_shuffle(above, above, 3, 3, 3, 3), change = alpha * difference;
        *gain += change * (weight * shown * shown * change - above);
    }
    *pixel = above - here;
    return here;
}

HF_INLINE Shown differentiate_affine(Quad *restrict pixels, const Quad *restrict under, int64_t count,
                                     AffinePaint paint, real opacity, const Loss *loss, const real *weights,
                                     bool beneath) {
    Quad first = color_of(paint.first), growth = color_of(paint.growth), place = quad_of(0), one = quad_of(1);
    Quad alpha = quad_of(opacity * paint.first[3]), thinning = quad_of(opacity * paint.growth[3]);
    Quad scale = quad_of(loss->scale);
    Shown found = {place, place, place, place, place};
    for (int64_t i = 0; i < count; i++) {
        Quad weight = weights != NULL ? scale * quad_of(weights[i]) : scale, push;
        Quad here = differentiate_pixel(&pixels[i], first + growth * place, under[i], alpha + thinning * place, weight,
                                        beneath, &push, &found.gain);
        found.above += here;
        found.above_moment += place * here;
        found.push += push;
        found.push_moment += place * push;
        place += one;
    }
    return found;
}

/* Differentiate one piece of a run that shows what is beneath. */
HF_INLINE void differentiate_piece(const FillPass *pass, const Piece *piece, double step, Quad *pixels,
                                   const Quad *under, const real *weights, int64_t x, int64_t row) {
    AffinePaint paint = affine_paint(pass->gradient, piece, step);
    real opacity = pass->opacity;
    Shown shown = pass->loss->beneath
        ? differentiate_affine(pixels, under, piece->count, paint, opacity, pass->loss, weights, true)
        : differentiate_affine(pixels, under, piece->count, paint, opacity, pass->loss, NULL, false);
    double push = quad_sum(shown.push), lever = quad_sum(shown.push_moment);
    pass->sums[SUM_OPACITY] += paint.first[3] * push + paint.growth[3] * lever;
    pass->sums[SUM_IMPORTANCE] += quad_sum(shown.gain);
    Wide total = wide(shown.above), moment = wide(shown.above_moment);
    total[3] = opacity * push;
    moment[3] = opacity * lever;
    add_piece(pass, piece, step, total, moment, x, row);
}

static void backward_linear_run(const FillPass *pass, const Run *run, double by_t, int64_t x, int64_t row,
                                Workspace *ws) {
    const Gradient *gradient = pass->gradient;
    const real *weights = pass->loss->weight != NULL ? pass->loss->weight + run->pixel : NULL;
    Slope slope = slope_of_row(gradient->map, row);
    for (int64_t done = 0; done < run->length;) {
        Piece piece = linear_piece(gradient, by_t, slope, x + done, run->length - done);
        piece.count = hf_min_int(piece.count, LONGEST_PIECE);
        Quad *pixels = ws->pixels + run->pixel + done;
        if (run->stored >= 0) {
            const Quad *under = ws->under + run->stored + done;
            differentiate_piece(pass, &piece, slope.step, pixels, under, weights != NULL ? weights + done : NULL,
                                x + done, row);
        } else if (piece.place.by_t == 0.0) {
            Wide total = wide(total_of(pixels, piece.count));
            add_piece(pass, &piece, slope.step, total, wide_of(0.0), x + done, row);
        } else {
            Moments moments = moments_of(pixels, piece.count);
            add_piece(pass, &piece, slope.step, wide(moments.total), wide(moments.moment), x + done, row);
        }
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

/* Differentiate a cell by its colour, coverage and opacity; return what comes from above. */
HF_INLINE Wide differentiate_cell(const FillPass *pass, const Cell *cell, Quad paint, Workspace *ws) {
    const Loss *loss = pass->loss;
    real coverage = cell->alpha, clear = paint[3], alpha = pass->opacity * clear * coverage;
    real weight = loss->weight != NULL ? loss->scale * loss->weight[cell->pixel] : loss->scale;
    Quad push, gain = quad_of(0);
    Quad here = differentiate_pixel(&ws->pixels[cell->pixel], color_of(paint), cell->under, quad_of(alpha),
                                    quad_of(weight), loss->beneath, &push, &gain);
    real by_alpha = quad_sum(push);
    ws->edge[cell->pixel] =
        by_alpha * pass->opacity * clear * cell->slope + cell->charge * loss->winding_penalty;
    pass->sums[SUM_OPACITY] += coverage * clear * by_alpha;
    pass->sums[SUM_IMPORTANCE] += quad_sum(gain);
    Wide above = wide(here);
    above[3] = pass->opacity * coverage * by_alpha;
    return above;
}

static void backward_linear_cells(const FillPass *pass, const Group *group, const Frame *frame, Workspace *ws) {
    const Gradient *gradient = pass->gradient;
    double total = 0.0, by_x = 0.0, by_y = 0.0;
    RowAt at = {0, 0};
    for (int64_t index = group->cells; index < group->cells_end; index++) {
        const Cell *cell = &ws->cells[index];
        follow_row(&at, cell->pixel, frame->width);
        int64_t x = cell->pixel - at.start, row = frame->top + at.line;
        Slope slope = slope_of_row(gradient->map, row);
        Place place = place_of(gradient, slope.base + slope.step * (double)x);
        Wide above = differentiate_cell(pass, cell, narrow(paint_at(gradient, place)), ws);
        double push = add_to_stops(pass, place, above);
        total += push;
        by_x += push * ((double)x + 0.5);
        by_y += push * ((double)row + 0.5);
    }
    pass->fill_sums[0] += total;
    pass->fill_sums[1] += by_x;
    pass->fill_sums[2] += by_y;
}

#endif
