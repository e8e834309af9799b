/* Paint a band back to front, keeping the colour beneath every cell. */
#ifndef HUEFOLD_RENDER_KERNELS_COMPOSITING_H
#define HUEFOLD_RENDER_KERNELS_COMPOSITING_H

#include "render/kernels/fills/fills.h"
#include "render/kernels/records.h"

/* Paint the runs and cells of a path of one colour. */
static void composite_solid(const Group *group, real opacity, Quad color, Workspace *ws) {
    const Quad part = quad_of(opacity);
    Quad *restrict pixels = ws->pixels;
    for (int64_t i = group->runs; i < group->runs_end; i++) {
        Run run = ws->runs[i];
        Quad *pixel = pixels + run.pixel;
        if (run.stored < 0) {
            for (int32_t p = 0; p < run.length; p++) pixel[p] = color;
        } else {
            Quad *restrict under = ws->under + run.stored;
            for (int32_t p = 0; p < run.length; p++) {
                under[p] = pixel[p];
                pixel[p] += part * (color - pixel[p]);
            }
        }
    }
    for (Cell *cell = ws->cells + group->cells, *end = ws->cells + group->cells_end; cell < end; cell++) {
        Quad below = pixels[cell->pixel];
        cell->under = below;
        pixels[cell->pixel] = below + quad_of(opacity * cell->alpha) * (color - below);
    }
}

/* Colour of a path. */
HF_INLINE Quad path_color(const Scene *scene, int64_t path) {
    const double *color = scene->colors + 3 * path;
    return quad_color((real)color[0], (real)color[1], (real)color[2]);
}

/* Gradient of a path, or -1. */
HF_INLINE int64_t fill_of(const Scene *scene, int64_t path) {
    return scene->fills.count > 0 ? scene->fills.of_path[path] : -1;
}

/* Paint the paths of a band that show, back to front, on the background. */
static void composite_band(const Scene *scene, const Frame *frame, Workspace *ws) {
    const double *back = scene->background;
    const Quad background = quad_color((real)back[0], (real)back[1], (real)back[2]);
    for (int64_t p = 0, count = frame->rows * frame->width; p < count; p++) ws->pixels[p] = background;
    for (int64_t index = ws->group_count - 1; index >= 0; index--) {
        const Group *group = ws->groups + index;
        real opacity = (real)scene->opacities[group->path];
        int64_t fill = fill_of(scene, group->path);
        if (fill < 0) {
            composite_solid(group, opacity, path_color(scene, group->path), ws);
        } else {
            Gradient gradient = gradient_of(&scene->fills, fill);
            composite_fill(&gradient, group, opacity, frame, ws);
        }
    }
}

#endif
