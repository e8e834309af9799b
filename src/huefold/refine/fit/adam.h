/* Steps of Adam: D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015. */
#ifndef HUEFOLD_REFINE_FIT_ADAM_H
#define HUEFOLD_REFINE_FIT_ADAM_H

#include "native/elementary.h"

/* Decay of the first and second moments from step to step, and what is added to the root of the second. */
#define HF_MEAN_DECAY 0.9
#define HF_SQUARE_DECAY 0.99
#define HF_ADAM_EPSILON 1e-12

/* What makes up for moments that began at 0. */
typedef struct {
    double mean, square;
} AdamCorrections;

/* Corrections for a step; the first one is number 1. */
static inline AdamCorrections hf_adam_corrections(int64_t step) {
    AdamCorrections found = {
        1.0 / (1.0 - hf_whole_power(HF_MEAN_DECAY, step)),
        1.0 / (1.0 - hf_whole_power(HF_SQUARE_DECAY, step)),
    };
    return found;
}

/* `value` within [0, 1]; what is not a number stays so: a fit that diverged must be noticed. */
HF_INLINE double hf_within_unit(double value) { return value < 0.0 ? 0.0 : value > 1.0 ? 1.0 : value; }

/* Move one number, and its moments. */
HF_INLINE void hf_adam_move(double *value, double gradient, double *mean, double *square, double rate,
                            AdamCorrections corrections) {
    *mean += (1.0 - HF_MEAN_DECAY) * (gradient - *mean);
    *square += (1.0 - HF_SQUARE_DECAY) * (gradient * gradient - *square);
    *value -= rate * *mean * corrections.mean / (sqrt(*square * corrections.square) + HF_ADAM_EPSILON);
}

/* Move so many numbers that have one learning rate, and their moments. */
static inline void hf_adam_step(double *restrict values, const double *restrict gradient, double *restrict mean,
                                double *restrict square, int64_t count, double rate, AdamCorrections corrections) {
    for (int64_t i = 0; i < count; i++)
        hf_adam_move(&values[i], gradient[i], &mean[i], &square[i], rate, corrections);
}

#endif
