/* Polygons that cross themselves. */
#ifndef HUEFOLD_BEZIER_CROSSINGS_H
#define HUEFOLD_BEZIER_CROSSINGS_H

#include "native/core.h"

/* Two sides of a polygon, each by the corner where it starts; both -1 for none. */
typedef struct {
    int64_t first, second;
} SidePair;

/* Sides in a row that turn back neither in x nor in y, and the box around them; or a group of runs. */
typedef struct {
    double low_x, low_y, high_x, high_y;
    int64_t first, last; /* sides, or runs, `first` to `last - 1` */
    int ways;            /* that the sides go, as bits */
} SideRun;

/* Scratch memory of hf_first_crossing, in SideRuns, for polygons of up to `count` sides. */
HF_INLINE int64_t hf_crossing_scratch(int64_t count) { return count + count / 16 + 2; }

/* First two sides of a closed polygon of `count` corners that cross at a point inside both: the least first side,
 * and with it the least second one. */
SidePair hf_first_crossing(const double *xs, const double *ys, int64_t count, SideRun *scratch);

#endif
