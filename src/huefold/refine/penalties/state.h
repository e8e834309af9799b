/* What the penalties of a drawing look at, which is updated every few iterations of a fit. */
#ifndef HUEFOLD_REFINE_PENALTIES_STATE_H
#define HUEFOLD_REFINE_PENALTIES_STATE_H

#include "refine/penalties/penalties.h"
#include "render/kernels/fills/tables.h"
#include "render/renderer.h"

/* What is hidden, what shows, and which region each path belongs to. */
typedef struct {
    Penalties *penalties;
    const PenaltyRegions *regions; /* NULL: nothing is contained */
    double structural_cost, detail_cost;
    int64_t structural; /* number of structural paths */
    int32_t *top;       /* [H, W] as `penalties->top` */
    int64_t *assigned;  /* [N] as `penalties->assigned` */
    double *costs;      /* [N] as `penalties->costs` */
    float *planes;      /* [3, H, W] scratch */
    double *codes;      /* [N, 3] scratch */
    double *solid;      /* [N] scratch */
    double opaque;      /* paths of a lower mean opacity hide nothing */
    int64_t every;      /* iterations between two updates */
} PenaltyState;

/* Find out which path alone shows in each pixel of a scene, and which region each path belongs to. `fills` are its
 * gradients, NULL for none. Returns 0 or HF_NO_MEMORY. */
int64_t hf_update_penalties(PenaltyState *state, Renderer *renderer, const Scene *scene, const GradientFills *fills,
                            int64_t threads);

#endif
