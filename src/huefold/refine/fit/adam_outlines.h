/* Adam on outlines, where the points of a path share part of their second moments. */
#ifndef HUEFOLD_REFINE_FIT_ADAM_OUTLINES_H
#define HUEFOLD_REFINE_FIT_ADAM_OUTLINES_H

#include "refine/fit/adam.h"

/* Do one step of Adam on outlines. Changes points [P, 2] and moments: means [P, 2] and squares [P].
 * `offsets` [N + 1] say where each path begins in the points. The second moment of a point is that of both coordinates
 * together, mixed with the mean over its path: `share` is the weight of that mean. Plain Adam moves a point with a tiny
 * gradient as fast as one with a large gradient, so tips of outlines wander off along the axes and become needles. */
void hf_adam_outlines(double *restrict points, const double *restrict gradient, double *restrict mean,
                      double *restrict square, const int64_t *restrict offsets, int64_t paths, double share,
                      double rate, AdamCorrections corrections);

#endif
