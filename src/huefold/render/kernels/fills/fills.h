/* What the sweep asks of gradient fills. All functions are static: this header and what it includes are part of
 * single.c and double.c. Denormals are flushed to 0 by the processor while a band is drawn (see bands.h), so that
 * nothing need be done about them. */
#ifndef HUEFOLD_RENDER_KERNELS_FILLS_FILLS_H
#define HUEFOLD_RENDER_KERNELS_FILLS_FILLS_H

#include "render/kernels/records.h"

/* Gradient `fill` of all. */
HF_INLINE Gradient gradient_of(const Fills *fills, int64_t fill);

/* Number of sums of gradient `fill`. */
HF_INLINE int64_t fill_sum_count(const Fills *fills, int64_t fill);

/* Paint a gradient path's runs and cells of a band into `ws->pixels` (red, green, blue, 0), keeping the colour beneath
 * every cell (`Cell.under`) and beneath every run with `stored >= 0` (`ws->under + stored`), with 0 in the fourth
 * place. */
static void composite_fill(const Gradient *gradient, const Group *group, real opacity, const Frame *frame,
                           Workspace *ws);

/* Differentiate a gradient path's runs and cells. `ws->pixels` holds what comes from above, dL/dcolour and in the
 * fourth place the transmittance, and receives what goes down to the next path: all four times 1 - alpha (runs with
 * `stored < 0` leave it alone, as nothing beneath them is looked at). `ws->edge` receives dL/dcoverage of the cells:
 * `dalpha * opacity * slope + charge * loss->winding_penalty`. `sums`, [PATH_SUMS], and `fill_sums`, [SHAPE_SUMS +
 * STOP_SUMS * stops], are added to. SUM_IMPORTANCE only where `loss->beneath`. */
static void backward_fill(const Gradient *gradient, const Group *group, real opacity, const Frame *frame,
                          const Loss *loss, Workspace *ws, double *sums, double *fill_sums);

#include "render/kernels/fills/two_stops.h"
#include "render/kernels/fills/radial.h"

static void composite_fill(const Gradient *gradient, const Group *group, real opacity, const Frame *frame,
                           Workspace *ws) {
    if (gradient->two_stops && !gradient->radial)
        composite_two_stops(gradient, group, opacity, frame, ws);
    else
        composite_any(gradient, group, opacity, frame, ws);
}

static void backward_fill(const Gradient *gradient, const Group *group, real opacity, const Frame *frame,
                          const Loss *loss, Workspace *ws, double *sums, double *fill_sums) {
    const FillPass pass = {gradient, loss, opacity, sums, fill_sums};
    if (gradient->radial)
        backward_radial(&pass, group, frame, ws);
    else if (gradient->two_stops)
        backward_two_stops(&pass, group, frame, ws);
    else
        backward_linear(&pass, group, frame, ws);
}

#endif
