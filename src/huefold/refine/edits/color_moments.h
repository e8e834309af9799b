/* Sums over the pixels that show a path, and the squared error that one fill leaves there. */
#ifndef HUEFOLD_REFINE_EDITS_COLOR_MOMENTS_H
#define HUEFOLD_REFINE_EDITS_COLOR_MOMENTS_H

#include "native/core.h"

/* Sums of each path; as in color_moments.py. With weights w and photo I they are of w, w x, w y, w x x, w x y, w y y,
 * for each channel of w I, w x I and w y I, and of w |I|^2. */
#define HF_MOMENTS 16

/* Squared error that the best colour leaves over some pixels, and that the best linear gradient without ends leaves. */
typedef struct {
    double flat, linear;
} RemainingErrors;

RemainingErrors hf_remaining_errors(const double sums[HF_MOMENTS]);

/* Increase of the squared error if one linear gradient fills two paths; `errors` are what their fills leave now. */
double hf_gradient_cost(const double *sums, const double *errors, int64_t low, int64_t high);

#endif
