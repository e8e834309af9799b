/* Stage I and Stage II, compiled for float32 (to run) and float64 (to test). */
#include "recolor/kernels/stages_1_and_2.h"

#include "native/elementary.h"
#include "native/threads.h"

#define NEVER_INLINE __attribute__((noinline))

/* Exponential of a number from LOWEST_EXPONENT to 0: a polynomial that compilers vectorise (relative error 1e-7). */
HF_INLINE float exponential_f(float x) {
    int32_t whole = (int32_t)(x * 0x1.715476p+0f - 0.5f);
    /* ln 2 in two parts, the first of few bits, so that its multiples are exact. */
    float k = (float)whole, f = x - k * 0.693359375f - k * -2.12194440e-4f;
    float q = ((((f * (1.0f / 5040) + 1.0f / 720) * f + 1.0f / 120) * f + 1.0f / 24) * f + 1.0f / 6) * f + 0.5f;
    q = (q * f + 1.0f) * f + 1.0f;
    int32_t bits = (whole + 127) * (1 << 23);
    float power;
    memcpy(&power, &bits, sizeof power);
    return q * power;
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
