/* Stage I and Stage II, compiled for float32 (to run) and float64 (to test). */
#include "recolor/kernels/stages_1_and_2.h"

#include "native/elementary.h"
#include "native/threads.h"

#define NEVER_INLINE __attribute__((noinline))

/* Exponential of a number x from LOWEST_EXPONENT to 0, as a power of 2 by a polynomial, which compilers vectorise
 * (relative error 1e-7 + 3e-8 |x|). */
HF_INLINE float exponential_f(float x) {
    float power = x * 0x1.715476p+0f;
    int32_t whole = (int32_t)(power - 0.5f);
    float f = power - (float)whole; /* within [-0.5, 0.5]; coefficients are (ln 2)^n / n! */
    float q = (((1.5403530e-4f * f + 1.3333558e-3f) * f + 9.6181291e-3f) * f + 5.5504109e-2f) * f + 2.4022651e-1f;
    q = (q * f + 6.9314718e-1f) * f + 1.0f;
    int32_t bits = (whole + 127) * (1 << 23);
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return q * scale;
}

#define real float
#define NAMED(name) name##_f
#define EXPONENTIAL(x) exponential_f(x)
#define SQUARE_ROOT(x) sqrtf(x)
#define MAGNITUDE(x) fabsf(x)
#define SUM_LANES(lanes) hf_sum_lanes_f(lanes)
#define PADDING_LOGIT (-1e30f)
#include "recolor/kernels/stages_1_and_2.inc.h"
#undef real
#undef NAMED
#undef EXPONENTIAL
#undef SQUARE_ROOT
#undef MAGNITUDE
#undef SUM_LANES
#undef PADDING_LOGIT
#undef LOGIT_GRADIENT
#undef ADAM

#define real double
#define NAMED(name) name##_d
#define EXPONENTIAL(x) hf_exp(x)
#define SQUARE_ROOT(x) sqrt(x)
#define MAGNITUDE(x) fabs(x)
#define SUM_LANES(lanes) hf_sum_lanes(lanes)
#define PADDING_LOGIT (-1e300)
#include "recolor/kernels/stages_1_and_2.inc.h"

/* Stage 1 or 2, in place; returns the iterations run. Arguments as of Regions_f, StageWeights and StageSchedule. */
#define STAGE(real, NAMED)                                                                                          \
    HF_EXPORT int64_t NAMED(hf_recolor_stage)(                                                                       \
        int64_t stage, real *logits, real *palette, int64_t count, int64_t colors, const real *target, const real *a, \
        const real *b, const int64_t *edges, const real *border, const real *share, int64_t edge_count, double first, \
        double second, double third, double entropy, double rate, int64_t iterations, double convergence,             \
        int64_t threads) {                                                                                            \
        NAMED(Regions) regions = {a, b, edges, border, share, count, edge_count};                                     \
        StageWeights weights = {first, second, third, entropy};                                                       \
        StageSchedule schedule = {rate, iterations, convergence};                                                     \
        return NAMED(run_stage)(stage, logits, palette, colors, target, &regions, &weights, &schedule, threads);      \
    }                                                                                                                 \
    HF_EXPORT int64_t NAMED(hf_recolor_loss)(                                                                         \
        int64_t stage, const real *logits, const real *palette, int64_t count, int64_t colors, const real *target,    \
        const real *a, const real *b, const int64_t *edges, const real *border, const real *share,                    \
        int64_t edge_count, double first, double second, double third, double entropy, real *logit_gradient,          \
        real *palette_gradient, double *loss) {                                                                       \
        NAMED(Regions) regions = {a, b, edges, border, share, count, edge_count};                                     \
        StageWeights weights = {first, second, third, entropy};                                                       \
        return NAMED(run_loss)(stage, logits, palette, colors, target, &regions, &weights, logit_gradient,            \
                               palette_gradient, loss);                                                               \
    }                                                                                                                 \
    HF_EXPORT int64_t NAMED(hf_recolor_mix)(const real *logits, const real *palette, int64_t count, int64_t colors,   \
                                            real *probability, real *color, int64_t threads) {                        \
        return NAMED(run_mix)(logits, palette, count, colors, probability, color, threads);                           \
    }

#define NAMED_F(name) name##_f
#define NAMED_D(name) name##_d
STAGE(float, NAMED_F)
STAGE(double, NAMED_D)
