/* Colours of a gradient fill. A paint is red, green, blue and opacity. */
#ifndef HUEFOLD_RENDER_KERNELS_FILLS_PAINTING_H
#define HUEFOLD_RENDER_KERNELS_FILLS_PAINTING_H

#include "render/kernels/fills/sampling.h"

/* Four doubles, whatever pixels are: paints of stops, and sums. */
typedef double Wide __attribute__((vector_size(32)));

HF_INLINE Wide wide(Quad q) { return __builtin_convertvector(q, Wide); }
HF_INLINE Quad narrow(Wide w) { return __builtin_convertvector(w, Quad); }
HF_INLINE Wide wide_of(double value) { return (Wide){value, value, value, value}; }
HF_INLINE double wide_sum(Wide w) { return (w[0] + w[2]) + (w[1] + w[3]); }

HF_INLINE Wide wide_at(const double *values) {
    Wide found;
    memcpy(&found, values, sizeof found);
    return found;
}

HF_INLINE void add_at(double *values, Wide added) {
    Wide sum = wide_at(values) + added;
    memcpy(values, &sum, sizeof sum);
}

/* Colour without its opacity, 0 in the fourth place; opacity alone. */
HF_INLINE Quad color_of(Quad paint) { return quad_color(paint[0], paint[1], paint[2]); }

/* Difference between the paints around a place. */
HF_INLINE Wide paint_change(const Gradient *gradient, int64_t below) {
    return wide_at(gradient->paint + 4 * below + 4) - wide_at(gradient->paint + 4 * below);
}

/* Paint at a place; at a share of 1 exactly that of the stop above. */
HF_INLINE Wide paint_at(const Gradient *gradient, Place place) {
    const double *below = gradient->paint + 4 * place.below;
    return (1.0 - place.share) * wide_at(below) + place.share * wide_at(below + 4);
}

/* Paints along a piece: that of pixel i is first + growth * i. */
typedef struct {
    Quad first, growth;
} AffinePaint;

/* Growth of the share a pixel; 0 for a single pixel, where a step may be of any size. */
HF_INLINE double growth_of(const Piece *piece, double step) {
    return piece->count > 1 ? piece->place.by_t * step : 0.0;
}

HF_INLINE AffinePaint affine_paint(const Gradient *gradient, const Piece *piece, double step) {
    AffinePaint paint = {narrow(paint_at(gradient, piece->place)),
                         narrow(growth_of(piece, step) * paint_change(gradient, piece->place.below))};
    return paint;
}

/* Whether a stretch hides all that is beneath. */
HF_INLINE bool is_opaque(AffinePaint paint, real opacity) {
    return opacity * paint.first[3] == 1 && paint.growth[3] == 0;
}

/* --- radial gradients --- */

/* So many pixels of a row at a time, so that what belongs to them stays in cache. */
enum { FILL_BLOCK = 64 };

/* Pixels of a radial gradient. The circles of all t form a cone; its apex is where the radius is 0. Those of
 * u = t - t(apex) have the centre u * (hx, hy) and the radius u. */
typedef struct {
    double x[FILL_BLOCK], y[FILL_BLOCK]; /* relative to the apex, in units of the radii's difference */
    double above[FILL_BLOCK];            /* t above the apex */
    double t[FILL_BLOCK];
    double share[FILL_BLOCK]; /* of the upper one of two padded stops; for others not set */
} ConeBlock;

/* Find the cone for `count` pixels of a row at y from x on, at most FILL_BLOCK. */
static void cone_block(const Gradient *gradient, int64_t x, double y, int64_t count, ConeBlock *block) {
    const double *map = gradient->map;
    double ux = map[U_X], uy = map[U_Y] * y, u0 = map[U_0];
    double vx = map[V_X], vy = map[V_Y] * y, v0 = map[V_0];
    double hx = map[H_X], hy = map[H_Y], flat = map[FLATNESS], apex = map[APEX], begin = (double)x + 0.5;
    for (int32_t i = 0; i < (int32_t)count; i++) {
        double px = ux * (begin + i) + uy + u0, py = vx * (begin + i) + vy + v0;
        double along = px * hx + py * hy, square = px * px + py * py;
        double root = sqrt(along * along + flat * square);
        /* Two forms of the same root: each where it does not subtract what is nearly equal. */
        bool ahead = along > 0.0;
        double above = (ahead ? square : root - along) / (ahead ? root + along : flat);
        block->x[i] = px;
        block->y[i] = py;
        block->above[i] = above;
        block->t[i] = above + apex;
    }
    if (!gradient->two_stops) return;
    double first = gradient->offsets[0], by_t = 1.0 / (gradient->offsets[1] - first);
    for (int32_t i = 0; i < (int32_t)count; i++) block->share[i] = hf_clip((block->t[i] - first) * by_t, 0.0, 1.0);
}

/* Paint of pixel i of a block. */
HF_INLINE Quad cone_paint(const Gradient *gradient, const ConeBlock *block, int64_t i) {
    if (!gradient->two_stops) return narrow(paint_at(gradient, place_of(gradient, block->t[i])));
    Place place = {0, block->share[i], 0.0};
    return narrow(paint_at(gradient, place));
}

/* Offset at a pixel's centre. */
HF_INLINE double offset_at(const Gradient *gradient, int64_t x, double y) {
    if (gradient->radial) {
        ConeBlock block;
        cone_block(gradient, x, y, 1, &block);
        return block.t[0];
    }
    Slope slope = slope_of_row(gradient->map, y);
    return slope.base + slope.step * (double)x;
}

#endif
