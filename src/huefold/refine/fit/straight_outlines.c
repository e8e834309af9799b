/* Straight segments while outlines move. */
#include "refine/fit/straight_outlines.h"

#include "bezier/cubics.h"
#include "refine/fit/adam_outlines.h"

void hf_fold_lines(const int64_t *lines, int64_t count, double *gradient) {
    /* A control point belongs to one line, a node to two: the pull of the line that leaves it is added first. */
    for (int64_t line = 0; line < count; line++) {
        const int64_t *at = lines + 4 * line;
        for (int k = 0; k < 2; k++)
            gradient[2 * at[0] + k] += (2.0 * gradient[2 * at[1] + k] + gradient[2 * at[2] + k]) / 3.0;
    }
    for (int64_t line = 0; line < count; line++) {
        const int64_t *at = lines + 4 * line;
        for (int k = 0; k < 2; k++) {
            double *first = gradient + 2 * at[1] + k, *second = gradient + 2 * at[2] + k;
            gradient[2 * at[3] + k] += (*first + 2.0 * *second) / 3.0;
            *first = *second = 0.0;
        }
    }
}

void hf_straighten_lines(const int64_t *lines, int64_t count, double *points) {
    for (int64_t line = 0; line < count; line++) {
        const int64_t *at = lines + 4 * line;
        for (int k = 0; k < 2; k++) {
            double controls[2];
            hf_thirds(points[2 * at[0] + k], points[2 * at[3] + k], controls);
            points[2 * at[1] + k] = controls[0];
            points[2 * at[2] + k] = controls[1];
        }
    }
}

void hf_move_straight_outlines(const StraightOutlines *outlines, double *points, double *gradient, double *mean,
                               double *square, double rate, AdamCorrections corrections) {
    hf_fold_lines(outlines->lines, outlines->line_count, gradient);
    hf_adam_outlines(points, gradient, mean, square, outlines->offsets, outlines->path_count, outlines->moment_share,
                     rate, corrections);
    hf_straighten_lines(outlines->lines, outlines->line_count, points);
}
