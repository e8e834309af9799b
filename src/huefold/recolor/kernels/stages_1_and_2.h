/* Stage I and Stage II on region statistics: losses, gradients by hand, and Adam. */
#ifndef HUEFOLD_RECOLOR_KERNELS_STAGES_1_AND_2_H
#define HUEFOLD_RECOLOR_KERNELS_STAGES_1_AND_2_H

#include "native/core.h"

/* Exponents are clamped here: exp(-40) = 4e-18 is far below what float32 can add to 1, and far above its denormals. */
#define LOWEST_EXPONENT (-40.0)

/* Iterations from one test for convergence to the next. */
#define CHECK_EVERY 10

/* Numbers of an assignment that are worth a task of their own, and palette colours. */
#define NUMBERS_PER_TASK 4096
#define COLORS_PER_TASK 32

/* Weights of a stage: in Stage I of error, total variation and entropy, in Stage II of adjacency, consistency,
 * diversity and entropy. */
typedef struct {
    double first, second, third, entropy;
} StageWeights;

/* Learning rate, most iterations, and convergence: a stage stops early once no colour moves by more over CHECK_EVERY
 * iterations (0 never does). */
typedef struct {
    double rate;
    int64_t iterations;
    double convergence;
} StageSchedule;

#endif
