/* A fit under way. */
#ifndef HUEFOLD_REFINE_FIT_LOOP_H
#define HUEFOLD_REFINE_FIT_LOOP_H

#include "refine/fit/crossing_guard.h"
#include "refine/fit/fill_variables.h"
#include "refine/fit/smooth_nodes.h"
#include "refine/fit/straight_outlines.h"
#include "refine/penalties/state.h"
#include "render/renderer.h"

/* Values of a drawing, derivatives by them, or moments of these. Those of gradient fills are in `fills`. */
typedef struct {
    double *points;     /* [P, 2] */
    double *colors;     /* [N, 3] */
    double *opacities;  /* [N] */
    double *background; /* [3] */
    FillValues fills;
} Values;

/* One fit. All memory is the caller's. */
typedef struct {
    Renderer *renderer;
    Scene *scene; /* its values are those of `values`, its gradient fills those of `fills` */
    Pass *pass;   /* a backward pass, whose gradient by points is that of `gradient` */
    int64_t threads;
    int64_t point_count;
    /* The schedule; rates fall along a cosine to a share of `last_rate`. */
    int64_t iterations;
    double point_rate, color_rate, last_rate; /* in scene units, and in sRGB units */
    int64_t check_every;                      /* iterations between two checks for crossings */
    /* What may move. */
    Values values, mean, square;
    const StraightOutlines *straight; /* NULL: outlines with smooth nodes */
    SmoothNodes smooth;
    const double *asymmetry; /* [J, 2] what smooth nodes lack to be smooth when the fit begins */
    double smooth_after;     /* share of the iterations in which they become smooth */
    const bool *free_opacities; /* [N], or NULL: none */
    bool free_background;
    double *color_gradient; /* [N, 3] scratch */
    /* Gradient fills; NULL if there are none. */
    GradientFills *fills;
    const FillVariables *fill_variables;
    FillValues fill_gradient;
    double *maps, *paint, *hiding; /* as the scene's */
    double end_share; /* learning rate of ends of gradients, as a share of that of points */
    /* What is added to the squared error, and what no outline may do; NULL for nothing. */
    PenaltyState *penalty_state;
    const CrossingGuard *guard;
    double first_loss; /* written: the weighted squared error before the first step of the call */
} Fit;

/* Do iterations `begin` to `end` - 1 of a fit. Returns 0, or HF_NO_MEMORY. */
HF_EXPORT int64_t hf_fit(Fit *fit, int64_t begin, int64_t end);

/* Move outlines back that cross themselves, after the last step. Returns 0, or HF_NO_MEMORY. */
HF_EXPORT int64_t hf_finish_fit(Fit *fit);

#endif
