/* Contours that cross themselves are mended, each by itself. */
#ifndef HUEFOLD_REFINE_FIT_CROSSING_GUARD_H
#define HUEFOLD_REFINE_FIT_CROSSING_GUARD_H

#include "native/core.h"

/* What tells that a contour crosses itself: its polygon of `steps` sides a segment, as it is, or rounded to a grid of
 * `cells_per_unit`. */
typedef struct {
    int64_t steps;
    double cells_per_unit;
} CrossingTest;

/* The watched contours of a drawing, and their points when they did not cross themselves. */
typedef struct {
    const int64_t *contours; /* [C + 1], where each begins in `simple` */
    const int64_t *starts;   /* [C], where each begins in the drawing's points */
    double *simple;          /* [Q, 2] */
    int64_t count;           /* C */
    CrossingTest test;
    int64_t tries; /* times that segments at a crossing go half-way back before the whole contour does */
} CrossingGuard;

/* Mend contours that cross themselves: shorten handles at the crossing, then reverse the loop between. Changes points
 * [P, 2]; `contours` [C + 1] are offsets in them. Handles of each pair of segments that cross are shortened up to
 * `shortenings` times, then the loop between them is reversed up to `reversals` times, which ends the crossing. Returns
 * 0, or HF_NO_MEMORY. */
int64_t hf_uncross_contours(double *points, const int64_t *contours, int64_t count, CrossingTest test,
                            int64_t shortenings, int64_t reversals, int64_t threads);

/* Mend watched contours that began to cross themselves: segments that cross go half-way back to `simple`, again and
 * again; a contour that still crosses itself after `tries` goes back whole. Changes the drawing's points [P, 2], and
 * `simple`, which becomes what they are then. The rows of `mean` [P, 2], which may be NULL, become 0 where points went
 * back. Marks what was mended in `moved` [C], unless that is NULL. Returns how many contours were mended, or
 * HF_NO_MEMORY. */
HF_EXPORT int64_t hf_guard_contours(const CrossingGuard *guard, double *points, double *mean, bool *moved,
                                    int64_t threads);

#endif
