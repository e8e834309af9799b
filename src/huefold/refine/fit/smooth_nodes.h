/* Nodes whose handles are opposite and equally long: they move as a node and one handle. */
#ifndef HUEFOLD_REFINE_FIT_SMOOTH_NODES_H
#define HUEFOLD_REFINE_FIT_SMOOTH_NODES_H

#include "refine/fit/adam.h"

typedef struct {
    const int64_t *node;     /* [J], index of each such node in the points; the handle that leaves it follows */
    const int64_t *arriving; /* [J], index of the handle that arrives at it */
    int64_t count;           /* J */
} SmoothNodes;

/* Put the mean handle of each node in the place of both its control points. Changes points [P, 2]. */
void hf_to_handles(SmoothNodes nodes, double *points);

/* Undo hf_to_handles: the middle of both control points lies off the node by `share` of `asymmetry` [J, 2], which may
 * be NULL. Changes points [P, 2]. */
void hf_to_points(SmoothNodes nodes, double *points, const double *asymmetry, double share);

/* Make the gradient by points [P, 2] that by nodes and handles, half of the handle's in both places. */
void hf_to_handle_gradient(SmoothNodes nodes, double *gradient);

/* Write the vector from each node to the middle of both its control points [J, 2]. */
void hf_asymmetry(SmoothNodes nodes, const double *points, double *asymmetry);

/* Do one step of Adam on the points [P, 2], `count` of them, that keeps nodes as smooth as `asymmetry` and `share` say.
 * Changes points, moments [P, 2] and the gradient [P, 2], of which nothing is needed afterwards. */
void hf_move_smooth_outlines(SmoothNodes nodes, const double *asymmetry, double share, double *points, double *gradient,
                             double *mean, double *square, int64_t count, double rate, AdamCorrections corrections);

#endif
