/* From pixels to offsets of a gradient fill, and to the stops around them. All in double, whatever pixels are. */
#ifndef HUEFOLD_RENDER_KERNELS_FILLS_SAMPLING_H
#define HUEFOLD_RENDER_KERNELS_FILLS_SAMPLING_H

#include "render/kernels/records.h"

enum { SPREAD_PAD, SPREAD_REFLECT, SPREAD_REPEAT };

/* Two stops that are nearer are left to the general case. */
#define NARROW 1e-3

/* Where an offset lies among the stops. */
typedef struct {
    int64_t below; /* the stop below */
    double share;  /* of the one above */
    double by_t;   /* dshare/dt */
} Place;

/* Pixels of a row between the same two stops, so that their colours are affine. */
typedef struct {
    int64_t count;
    Place place; /* of the first pixel */
} Piece;

/* Offsets along a row of a linear gradient: that at the centre of pixel 0, and the change a pixel. */
typedef struct {
    double base, step;
} Slope;

HF_INLINE Gradient gradient_of(const Fills *fills, int64_t fill) {
    int64_t first = fills->stops[fill];
    Gradient found = {
        .map = fills->maps + MAP_COLUMNS * fill,
        .offsets = fills->offsets + first,
        .paint = fills->paint + 4 * first,
        .stops = fills->stops[fill + 1] - first,
        .spread = fills->spread[fill],
        .radial = fills->radial[fill] != 0,
    };
    bool padded_pair = found.spread == SPREAD_PAD && found.stops == 2;
    found.two_stops = padded_pair && found.offsets[1] - found.offsets[0] >= NARROW;
    return found;
}

HF_INLINE int64_t fill_sum_count(const Fills *fills, int64_t fill) {
    return SHAPE_SUMS + STOP_SUMS * (fills->stops[fill + 1] - fills->stops[fill]);
}

/* The offsets of the row whose centres lie at y. */
HF_INLINE Slope slope_of_row(const double *map, double y) {
    double step = map[T_X];
    Slope found = {map[T_0] + map[T_Y] * y + 0.5 * step, step};
    return found;
}

/* Share of the upper one of two padded stops, before it is clipped to [0, 1]. */
HF_INLINE double open_share(const double *offsets, double t) { return (t - offsets[0]) / (offsets[1] - offsets[0]); }

/* Place of an offset; also the range of t with the same two stops, and whether the range runs against t (every other
 * period of a reflected gradient). */
static Place locate(const Gradient *gradient, double t, double *low, double *high, bool *mirrored) {
    const double *offsets = gradient->offsets;
    int64_t last = gradient->stops - 1;
    double period = 0.0, begin = -INFINITY, end = INFINITY, at = t;
    *mirrored = false;
    if (gradient->spread != SPREAD_PAD) {
        period = floor(t);
        begin = period;
        end = period + 1.0;
        at = t - period;
        if (gradient->spread == SPREAD_REFLECT && period - 2.0 * floor(0.5 * period) == 1.0) {
            *mirrored = true;
            at = 1.0 - at;
        }
    }
    Place place = {0, 0.0, 0.0};
    double near = -INFINITY, far = offsets[0];
    if (at >= offsets[last]) {
        place.below = last - 1;
        place.share = 1.0;
        near = offsets[last];
        far = INFINITY;
    } else if (at >= offsets[0]) {
        while (offsets[place.below + 1] <= at) place.below++;
        near = offsets[place.below];
        far = offsets[place.below + 1];
        place.by_t = 1.0 / (far - near);
        place.share = (at - near) / (far - near);
    }
    *low = hf_max(begin, *mirrored ? end - far : period + near);
    *high = hf_min(end, *mirrored ? end - near : period + far);
    if (*mirrored) place.by_t = -place.by_t;
    return place;
}

/* Place of an offset of any gradient. */
HF_INLINE Place place_of(const Gradient *gradient, double t) {
    if (gradient->two_stops) {
        double share = open_share(gradient->offsets, t);
        double by_t = share > 0.0 && share < 1.0 ? 1.0 / (gradient->offsets[1] - gradient->offsets[0]) : 0.0;
        Place place = {0, hf_clip(share, 0.0, 1.0), by_t};
        return place;
    }
    double low, high;
    bool mirrored;
    return locate(gradient, t, &low, &high, &mirrored);
}

/* A number of pixels, rounded and clipped to [1, most]. */
HF_INLINE int64_t pixel_count(double value, int64_t most) { return (int64_t)hf_clip(value, 1.0, (double)most); }

/* First piece of a row's pixels [x, x + count), count above 0, of a linear gradient. */
static Piece linear_piece(const Gradient *gradient, Slope slope, int64_t x, int64_t count) {
    double low, high, step = slope.step;
    bool mirrored;
    Piece piece = {count, locate(gradient, slope.base + step * (double)x, &low, &high, &mirrored)};
    double end = (double)(x + count);
    if (step > 0.0) {
        double edge = (high - slope.base) / step;
        end = mirrored ? floor(edge) + 1.0 : ceil(edge);
    } else if (step < 0.0) {
        double edge = (low - slope.base) / step;
        end = mirrored ? ceil(edge) : floor(edge) + 1.0;
    }
    piece.count = pixel_count(end - (double)x, count);
    double final = slope.base + step * (double)(x + piece.count - 1);
    if (final < low || final > high) piece.count = 1; /* rounding: numbers so large take pixel by pixel */
    return piece;
}

/* The row that cells or runs of a path are in; they come row after row. */
typedef struct {
    int64_t start; /* its first pixel within the band */
    double y;      /* of its centres */
} RowAt;

HF_INLINE RowAt first_row(const Frame *frame) {
    RowAt at = {0, (double)frame->top + 0.5};
    return at;
}

HF_INLINE void follow_row(RowAt *at, int64_t pixel, int64_t width) {
    while (pixel - at->start >= width) {
        at->start += width;
        at->y += 1.0;
    }
}

#endif
