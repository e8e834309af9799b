/* Outlines whose straight segments stay straight: the control points of these follow the ends. */
#ifndef HUEFOLD_REFINE_FIT_STRAIGHT_OUTLINES_H
#define HUEFOLD_REFINE_FIT_STRAIGHT_OUTLINES_H

#include "refine/fit/adam.h"

typedef struct {
    const int64_t *lines;   /* [L, 4], the points of each straight segment */
    const int64_t *offsets; /* [N + 1], where each path begins in the points */
    int64_t line_count;     /* L */
    int64_t path_count;     /* N */
    double moment_share;    /* see hf_adam_outlines */
} StraightOutlines;

/* Pass the gradient [P, 2] by control points of lines on to the ends. */
HF_EXPORT void hf_fold_lines(const int64_t *lines, int64_t count, double *gradient);

/* Put the control points of lines on the thirds between the ends. Changes points [P, 2]. */
void hf_straighten_lines(const int64_t *lines, int64_t count, double *points);

/* Do one step of Adam on the points [P, 2] by which lines stay straight. Changes points, moments (means [P, 2], squares
 * [P]) and the gradient [P, 2], of which nothing is needed afterwards. */
void hf_move_straight_outlines(const StraightOutlines *outlines, double *points, double *gradient, double *mean,
                               double *square, double rate, AdamCorrections corrections);

#endif
