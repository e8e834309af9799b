/* Derivatives by the values of a radial gradient. */
#ifndef HUEFOLD_RENDER_KERNELS_FILLS_RADIAL_H
#define HUEFOLD_RENDER_KERNELS_FILLS_RADIAL_H

#include "render/kernels/fills/backward.h"

/* Where t is no further above the apex, there is no normal, and nothing moves the shape. */
#define APEX_SIZE 1e-300

/* Add dL/dt of a block's pixels, `push`, to the sums of a radial gradient's shape. There is place for one more.
 *
 * With n the unit normal of the circle through the pixel and k = 1 + n . (hx, hy), t changes by -t n / k with the
 * centre, -t / k with the radius, -(1 - t) n / k with the focus, -(1 - t) / k with the focal radius; all still to be
 * divided by the radii's difference. */
static void add_to_cone(const double *map, ConeBlock *block, double *push, int64_t count, double *sums) {
    double hx = map[H_X], hy = map[H_Y];
    double outer_x[2] = {0.0, 0.0}, outer_y[2] = {0.0, 0.0}, outer[2] = {0.0, 0.0};
    double inner_x[2] = {0.0, 0.0}, inner_y[2] = {0.0, 0.0}, inner[2] = {0.0, 0.0};
    if (count % 2 != 0) {
        block->x[count] = block->y[count] = block->above[count] = block->t[count] = 0.0;
        push[count++] = 0.0;
    }
    for (int64_t i = 0; i < count; i += 2)
        for (int k = 0; k < 2; k++) {
            bool normal = block->above[i + k] > APEX_SIZE;
            double inverse = 1.0 / (normal ? block->above[i + k] : 1.0);
            double nx = block->x[i + k] * inverse - hx, ny = block->y[i + k] * inverse - hy;
            double pull = (normal ? push[i + k] : 0.0) / -(1.0 + nx * hx + ny * hy);
            double out = block->t[i + k] * pull, in = pull - out;
            outer_x[k] += out * nx;
            outer_y[k] += out * ny;
            outer[k] += out;
            inner_x[k] += in * nx;
            inner_y[k] += in * ny;
            inner[k] += in;
        }
    sums[0] += outer_x[0] + outer_x[1];
    sums[1] += outer_y[0] + outer_y[1];
    sums[2] += outer[0] + outer[1];
    sums[3] += inner_x[0] + inner_x[1];
    sums[4] += inner_y[0] + inner_y[1];
    sums[5] += inner[0] + inner[1];
}

/* Add what comes from above for a block's pixels, `here`, to the sums of two padded stops; `push` receives dL/dt. */
static void add_to_two_stops(const FillPass *pass, const ConeBlock *block, const Quad *here, int64_t count,
                             double *push) {
    const double *offsets = pass->gradient->offsets;
    double by_t = 1.0 / (offsets[1] - offsets[0]), near = 0.0, far = 0.0;
    double *sums = pass->fill_sums + SHAPE_SUMS;
    Quad change = narrow(paint_change(pass->gradient, 0)), total = quad_of(0), upper = total;
    for (int64_t i = 0; i < count; i++) {
        real share = (real)block->share[i];
        total += here[i];
        upper += share * here[i];
        push[i] = share > 0 && share < 1 ? by_t * (double)quad_sum(change * here[i]) : 0.0;
    }
    for (int64_t i = 0; i < count; i++) {
        near += (1.0 - block->share[i]) * push[i];
        far += block->share[i] * push[i];
    }
    sums[STOP_OFFSET] -= near;
    sums[STOP_SUMS + STOP_OFFSET] -= far;
    add_at(sums + STOP_RED, wide(total) - wide(upper));
    add_at(sums + STOP_SUMS + STOP_RED, wide(upper));
}

/* Add what comes from above for a block's pixels, `here`, to the sums of stops and shape. */
static void add_block(const FillPass *pass, ConeBlock *block, const Quad *here, int64_t count) {
    double push[FILL_BLOCK];
    if (pass->gradient->two_stops)
        add_to_two_stops(pass, block, here, count, push);
    else
        for (int64_t i = 0; i < count; i++)
            push[i] = add_to_stops(pass, place_of(pass->gradient, block->t[i]), wide(here[i]));
    add_to_cone(pass->gradient->map, block, push, count, pass->fill_sums);
}

/* Differentiate a block of a run; `here` receives what comes from above. */
static void differentiate_block(const FillPass *pass, const ConeBlock *block, int64_t count, Quad *pixels,
                                const Quad *under, const real *weights, Quad *here) {
    const Loss *loss = pass->loss;
    Quad gain = quad_of(0);
    double by_opacity = 0.0;
    for (int64_t i = 0; i < count; i++) {
        Quad paint = cone_paint(pass->gradient, block, i), push;
        Quad weight = quad_of(weights != NULL ? loss->scale * weights[i] : loss->scale);
        here[i] = differentiate_pixel(&pixels[i], color_of(paint), under[i], quad_of(pass->opacity * paint[3]), weight,
                                      loss->beneath, false, &push, &gain);
        real by_alpha = quad_sum(push);
        by_opacity += paint[3] * by_alpha;
        here[i][3] = pass->opacity * by_alpha;
    }
    pass->sums[SUM_OPACITY] += by_opacity;
    pass->sums[SUM_IMPORTANCE] += quad_sum(gain);
}

static void backward_radial_run(const FillPass *pass, const Run *run, int64_t x, double y, Workspace *ws) {
    ConeBlock block;
    Quad here[FILL_BLOCK];
    for (int64_t done = 0; done < run->length; done += FILL_BLOCK) {
        int64_t count = hf_min_int(run->length - done, FILL_BLOCK), pixel = run->pixel + done;
        cone_block(pass->gradient, x + done, y, count, &block);
        if (run->stored >= 0) {
            const real *weights = pass->loss->weight != NULL ? pass->loss->weight + pixel : NULL;
            const Quad *under = ws->under + run->stored + done;
            differentiate_block(pass, &block, count, ws->pixels + pixel, under, weights, here);
        } else {
            for (int64_t i = 0; i < count; i++) here[i] = color_of(ws->pixels[pixel + i]);
        }
        add_block(pass, &block, here, count);
    }
}

HF_INLINE void backward_radial_cells(const FillPass *pass, const Group *group, const Frame *frame, bool beneath,
                                     Workspace *ws) {
    const Gradient *gradient = pass->gradient;
    ConeBlock block;
    CellSums sums = {0.0, 0.0};
    RowAt at = first_row(frame);
    for (const Cell *cell = ws->cells + group->cells, *end = ws->cells + group->cells_end; cell < end; cell++) {
        follow_row(&at, cell->pixel, frame->width);
        cone_block(gradient, cell->pixel - at.start, at.y, 1, &block);
        Place place = place_of(gradient, block.t[0]);
        Wide above = differentiate_cell(pass, cell, narrow(paint_at(gradient, place)), beneath, ws, &sums);
        double push[2] = {add_to_stops(pass, place, above), 0.0};
        add_to_cone(gradient->map, &block, push, 1, pass->fill_sums);
    }
    add_cell_sums(pass, &sums);
}

static void backward_radial(const FillPass *pass, const Group *group, const Frame *frame, Workspace *ws) {
    if (pass->loss->beneath)
        backward_radial_cells(pass, group, frame, true, ws);
    else
        backward_radial_cells(pass, group, frame, false, ws);
    RowAt at = first_row(frame);
    for (const Run *run = ws->runs + group->runs, *end = ws->runs + group->runs_end; run < end; run++) {
        follow_row(&at, run->pixel, frame->width);
        backward_radial_run(pass, run, run->pixel - at.start, at.y, ws);
    }
}

#endif
