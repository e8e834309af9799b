/* Paint the runs and cells of a path that a gradient fills. */
#ifndef HUEFOLD_RENDER_KERNELS_FILLS_COMPOSITING_H
#define HUEFOLD_RENDER_KERNELS_FILLS_COMPOSITING_H

#include "render/kernels/fills/painting.h"

/* Write the colours of a stretch that hides all beneath. */
HF_INLINE void write_affine(Quad *restrict pixels, int64_t count, AffinePaint paint) {
    Quad first = color_of(paint.first), growth = color_of(paint.growth), place = quad_of(0), one = quad_of(1);
    for (int64_t i = 0; i < count; i++) {
        pixels[i] = first + growth * place;
        place += one;
    }
}

/* Paint a pixel, keeping what was there. */
HF_INLINE void blend_pixel(Quad *pixel, Quad *under, Quad color, Quad alpha) {
    *under = *pixel;
    *pixel = *under + alpha * (color - *under);
}

/* Paint a stretch, keeping what was there; `opaque` if all of the paint's opacities are 1. */
HF_INLINE void blend_stretch(Quad *restrict pixels, Quad *restrict under, int64_t count, AffinePaint paint,
                             real opacity, bool opaque) {
    Quad first = color_of(paint.first), growth = color_of(paint.growth), place = quad_of(0), one = quad_of(1);
    Quad alpha = quad_of(opacity * paint.first[3]), thinning = quad_of(opacity * paint.growth[3]);
    for (int64_t i = 0; i < count; i++) {
        Quad color = first + growth * place;
        if (opaque) {
            under[i] = pixels[i];
            pixels[i] = color;
        } else {
            blend_pixel(&pixels[i], &under[i], color, alpha + thinning * place);
        }
        place += one;
    }
}

HF_INLINE void blend_affine(Quad *restrict pixels, Quad *restrict under, int64_t count, AffinePaint paint,
                            real opacity) {
    if (is_opaque(paint, opacity))
        blend_stretch(pixels, under, count, paint, opacity, true);
    else
        blend_stretch(pixels, under, count, paint, opacity, false);
}

HF_INLINE void blend_cell(Cell *cell, Quad paint, real opacity, Workspace *ws) {
    real alpha = opacity * paint[3] * cell->alpha;
    blend_pixel(&ws->pixels[cell->pixel], &cell->under, color_of(paint), quad_of(alpha));
}

static void composite_linear_run(const Gradient *gradient, const Run *run, Slope slope, int64_t x, real opacity,
                                 Workspace *ws) {
    Quad *pixels = ws->pixels + run->pixel;
    for (int64_t done = 0; done < run->length;) {
        Piece piece = linear_piece(gradient, slope, x + done, run->length - done);
        AffinePaint paint = affine_paint(gradient, &piece, slope.step);
        if (run->stored < 0)
            write_affine(pixels + done, piece.count, paint);
        else
            blend_affine(pixels + done, ws->under + run->stored + done, piece.count, paint, opacity);
        done += piece.count;
    }
}

static void composite_radial_run(const Gradient *gradient, const Run *run, int64_t x, double y, real opacity,
                                 Workspace *ws) {
    ConeBlock block;
    Quad *pixels = ws->pixels + run->pixel;
    for (int64_t done = 0; done < run->length; done += FILL_BLOCK) {
        int64_t count = hf_min_int(run->length - done, FILL_BLOCK);
        cone_block(gradient, x + done, y, count, &block);
        for (int64_t i = 0; i < count; i++) {
            Quad paint = cone_paint(gradient, &block, i);
            if (run->stored < 0)
                pixels[done + i] = color_of(paint);
            else
                blend_pixel(&pixels[done + i], &ws->under[run->stored + done + i], color_of(paint),
                            quad_of(opacity * paint[3]));
        }
    }
}

static void composite_any(const Gradient *gradient, const Group *group, real opacity, const Frame *frame,
                          Workspace *ws) {
    RowAt at = first_row(frame);
    for (const Run *run = ws->runs + group->runs, *end = ws->runs + group->runs_end; run < end; run++) {
        follow_row(&at, run->pixel, frame->width);
        int64_t x = run->pixel - at.start;
        if (gradient->radial)
            composite_radial_run(gradient, run, x, at.y, opacity, ws);
        else
            composite_linear_run(gradient, run, slope_of_row(gradient->map, at.y), x, opacity, ws);
    }
    at = first_row(frame);
    for (Cell *cell = ws->cells + group->cells, *end = ws->cells + group->cells_end; cell < end; cell++) {
        follow_row(&at, cell->pixel, frame->width);
        double t = offset_at(gradient, cell->pixel - at.start, at.y);
        blend_cell(cell, narrow(paint_at(gradient, place_of(gradient, t))), opacity, ws);
    }
}

#endif
