/* What of gradient fills may move in a fit, and a step of Adam for it. */
#ifndef HUEFOLD_REFINE_FIT_FILL_VARIABLES_H
#define HUEFOLD_REFINE_FIT_FILL_VARIABLES_H

#include "refine/fit/adam.h"
#include "render/kernels/fills/tables.h"

/* What of G gradients of T stops in all may move: the arrays of FillVariables in Python. */
typedef struct {
    const bool *offsets;   /* [T] stops that lie by themselves inside a gradient */
    const bool *opacities; /* [T] stops that are not opaque */
    const bool *centered;  /* [G] radial gradients whose focus is the centre, and stays it */
    const bool *pointed;   /* [G] gradients whose focal circle is a point, and stays one */
    const double *scale;   /* [G] size of a unit of the gradient's coordinates in the scene */
    const double *least;   /* [G] least length or radius, in the gradient's coordinates */
} FillVariables;

/* Write gradients one step of Adam further into `moved`, whose arrays may be those of `fills`. `by` are derivatives,
 * `mean` and `square` the moments, which are changed. Ends, centres and radii move at `end_rate`, in scene units, stops
 * at `color_rate`. Offsets stay where their moments are NULL, opacities where derivatives or moments are NULL. */
void hf_move_fills(const FillVariables *variables, const GradientFills *fills, const FillValues *by,
                   const FillValues *mean, const FillValues *square, AdamCorrections corrections, double end_rate,
                   double color_rate, const FillValues *moved);

#endif
