/* Differentiate a band, front to back: by colours, opacities and lines, and by the background. */
#ifndef HUEFOLD_RENDER_BACKWARD_H
#define HUEFOLD_RENDER_BACKWARD_H

#include "render/kernels/bits.h"
#include "render/kernels/compositing.h"
#include "render/kernels/geometry.h"

/* Differentiate a path's cells: colour, opacity and importance sums, dL/dcoverage into `ws->edge`. */
HF_INLINE void backward_cells(
    const Group *group, real opacity, Quad color, const Loss *loss, bool beneath, Workspace *ws, double *sums) {
    const real one = 1;
    Quad *restrict pixels = ws->pixels;
    real *restrict edge = ws->edge;
    Quad by_color = quad_of(0);
    real by_opacity = 0, importance = 0;
    const Cell *end = ws->cells + group->cells_end;
    for (const Cell *cell = ws->cells + group->cells; cell < end; cell++) {
        int64_t p = cell->pixel;
        Quad above = pixels[p], difference = color - cell->under;
        real coverage = cell->alpha, alpha = opacity * coverage, dalpha = quad_sum(above * difference);
        edge[p] = dalpha * (opacity * cell->slope) + cell->charge * loss->winding_penalty;
        by_color += quad_of(alpha) * above;
        by_opacity += coverage * dalpha;
        if (beneath) {
            real shown = alpha * above[3], weight = loss->weight != NULL ? loss->weight[p] : one;
            importance += loss->scale * weight * shown * shown * quad_sum(difference * difference) - alpha * dalpha;
        }
        pixels[p] = quad_of(one - alpha) * above;
    }
    sums[SUM_RED] += (double)by_color[0];
    sums[SUM_GREEN] += (double)by_color[1];
    sums[SUM_BLUE] += (double)by_color[2];
    sums[SUM_OPACITY] += (double)by_opacity;
    sums[SUM_IMPORTANCE] += (double)importance;
}

/* Sum of a stretch of pixels, in four lanes. */
HF_INLINE Quad sum_pixels(const Quad *pixel, int64_t count) {
    Quad one = quad_of(0), two = one, three = one, four = one;
    int64_t p = 0;
    for (; p + 4 <= count; p += 4) {
        one += pixel[p];
        two += pixel[p + 1];
        three += pixel[p + 2];
        four += pixel[p + 3];
    }
    for (; p < count; p++) one += pixel[p];
    return (one + three) + (two + four);
}

/* Differentiate a run beneath which the colours are known; what is above goes down to the next path. */
HF_INLINE void backward_run_through(
    const Run *run, real opacity, Quad color, const Loss *loss, bool beneath, Workspace *ws, double *sums) {
    const real one = 1;
    const Quad rest = quad_of(one - opacity);
    Quad *restrict pixel = ws->pixels + run->pixel;
    const Quad *restrict under = ws->under + run->stored;
    const real *weight = beneath && loss->weight != NULL ? loss->weight + run->pixel : NULL;
    Quad by_color = quad_of(0), by_opacity = by_color, squares = by_color;
    for (int32_t p = 0; p < run->length; p++) {
        Quad above = pixel[p], difference = color - under[p];
        by_color += above;
        by_opacity += above * difference;
        if (beneath) {
            real shown = above[3];
            squares += quad_of((weight != NULL ? weight[p] : one) * shown * shown) * (difference * difference);
        }
        pixel[p] = rest * above;
    }
    double dalpha = (double)quad_sum(by_opacity), part = (double)opacity;
    sums[SUM_RED] += part * (double)by_color[0];
    sums[SUM_GREEN] += part * (double)by_color[1];
    sums[SUM_BLUE] += part * (double)by_color[2];
    sums[SUM_OPACITY] += dalpha;
    if (beneath) sums[SUM_IMPORTANCE] += (double)loss->scale * part * part * (double)quad_sum(squares) - part * dalpha;
}

/* Differentiate a path's runs: colour, opacity and importance sums. */
HF_INLINE void backward_runs(
    const Group *group, real opacity, Quad color, const Loss *loss, bool beneath, Workspace *ws, double *sums) {
    for (int64_t i = group->runs; i < group->runs_end; i++) {
        const Run *run = ws->runs + i;
        if (run->stored >= 0) {
            backward_run_through(run, opacity, color, loss, beneath, ws, sums);
            continue;
        }
        Quad total = quad_of(opacity) * sum_pixels(ws->pixels + run->pixel, run->length);
        sums[SUM_RED] += (double)total[0];
        sums[SUM_GREEN] += (double)total[1];
        sums[SUM_BLUE] += (double)total[2];
    }
}

/* Differentiate a path of one colour. */
static void backward_solid(
    const Group *group, real opacity, Quad color, const Loss *loss, Workspace *ws, double *sums) {
    if (loss->beneath) {
        backward_cells(group, opacity, color, loss, true, ws, sums);
        backward_runs(group, opacity, color, loss, true, ws, sums);
    } else {
        backward_cells(group, opacity, color, loss, false, ws, sums);
        backward_runs(group, opacity, color, loss, false, ws, sums);
    }
}

/* Sum dL/dcoverage along each line of a path; `begin` is the band's first entry. Edges are zero again afterwards. */
static void backward_lines(const Group *group, int64_t begin, Workspace *ws, Pull *pulls) {
    const real *restrict edge = ws->edge;
    int64_t stop = group->visits_end;
    for (int64_t entry = group->entries_end - 1; entry >= group->entries; entry--) {
        int64_t first = ws->first_visit[entry - begin];
        double near = 0.0, far = 0.0;
        for (const Visit *visit = ws->visits + first, *end = ws->visits + stop; visit < end; visit++) {
            double push = (double)(edge[visit->pixel] * visit->range[0]), part = push * (double)visit->range[1];
            far += part;
            near += push - part;
        }
        stop = first;
        pulls[entry] = (Pull){near, far};
    }
    const Cell *end = ws->cells + group->cells_end;
    for (const Cell *cell = ws->cells + group->cells; cell < end; cell++) ws->edge[cell->pixel] = 0;
}

/* Differentiate one path of a band into the place of its slot. */
static void backward_group(
    const Scene *scene, const Partials *partials, const Group *group, int64_t begin, const Frame *frame,
    const Loss *loss, Workspace *ws) {
    int64_t path = group->path, fill = fill_of(scene, path);
    real opacity = (real)scene->opacities[path];
    double *sums = partials->slot_sums + PATH_SUMS * group->slot;
    for (int64_t k = 0; k < PATH_SUMS; k++) sums[k] = 0.0;
    if (fill < 0) {
        backward_solid(group, opacity, path_color(scene, path), loss, ws, sums);
    } else {
        double *fill_sums = partials->fill_sums + partials->slot_fill[group->slot];
        for (int64_t k = 0, count = fill_sum_count(&scene->fills, fill); k < count; k++) fill_sums[k] = 0.0;
        Gradient gradient = gradient_of(&scene->fills, fill);
        backward_fill(&gradient, group, opacity, frame, loss, ws, sums, fill_sums);
    }
    backward_lines(group, begin, ws, partials->pulls);
    partials->shown_path[group->slot] = (int32_t)path;
}

/* Differentiate all paths of a band, front to back. */
static void backward_band(
    const Plan *plan, const Scene *scene, const Partials *partials, int64_t band, const Frame *frame, const Loss *loss,
    Workspace *ws) {
    int64_t begin = band_entries(plan, band), done = band_entries(plan, band + 1);
    for (int64_t slot = band_slots(plan, band); slot < band_slots(plan, band + 1); slot++)
        partials->shown_path[slot] = -1;
    for (int64_t index = 0; index < ws->group_count; index++) {
        const Group *group = ws->groups + index;
        backward_group(scene, partials, group, begin, frame, loss, ws);
        /* Nothing moves the lines of paths that do not show. */
        memset(partials->pulls + group->entries_end, 0, (size_t)(done - group->entries_end) * sizeof(Pull));
        done = group->entries;
    }
    memset(partials->pulls + begin, 0, (size_t)(done - begin) * sizeof(Pull));
}

/* Sum the gradient that reaches the background. */
static void backward_background(const Workspace *ws, const Frame *frame, bool beneath, double *out) {
    for (int64_t row = 0; row < frame->rows; row++) {
        for (int64_t word = 0; word < frame->words; word++) {
            int64_t spot = row * frame->words + word;
            uint64_t bits = beneath ? ws->seen[spot] & ws->uncovered[spot] : ws->seen[spot];
            while (bits != 0) {
                int low = hf_trailing_zeros(bits);
                uint64_t rest = bits & (bits + (UINT64_C(1) << low));
                Quad total = sum_pixels(ws->pixels + row * frame->width + (word << 6) + low, hf_bit_count(bits ^ rest));
                out[BAND_BACKGROUND_RED] += (double)total[0];
                out[BAND_BACKGROUND_GREEN] += (double)total[1];
                out[BAND_BACKGROUND_BLUE] += (double)total[2];
                bits = rest;
            }
        }
    }
}

#endif
