/* What every kernel file may use: exports, memory, small arithmetic, sums in fixed lanes.
 *
 * The same bits on every machine: no product and sum is contracted (the build says -ffp-contract=off), no sum is
 * reordered by the compiler, and no function of the C library whose last digit may differ is called. Of <math.h>,
 * sqrt, floor, ceil, rint, trunc, fabs, fmin, fmax, copysign and ldexp are exact; for others see elementary.h.
 */
#ifndef HUEFOLD_CORE_H
#define HUEFOLD_CORE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)
#define HF_EXPORT __declspec(dllexport)
#else
#define HF_EXPORT __attribute__((visibility("default")))
#endif

/* Functions that are always part of their caller. */
#define HF_INLINE static inline __attribute__((always_inline))

/* What a kernel returns when memory runs out; Python raises MemoryError. */
#define HF_NO_MEMORY (-1)

/* Memory for `count` values of a type, not initialised (hf_new) or zero (hf_zeros); NULL when there is none.
 * Freed by free(). */
#define hf_new(type, count) ((type *)hf_allocate((count), sizeof(type), false))
#define hf_zeros(type, count) ((type *)hf_allocate((count), sizeof(type), true))

static inline void *hf_allocate(int64_t count, size_t size, bool zero) {
    size_t wanted = count > 0 ? (size_t)count : 1;
    if (wanted > SIZE_MAX / size) return NULL;
    return zero ? calloc(wanted, size) : malloc(wanted * size);
}

HF_INLINE double hf_min(double a, double b) { return a < b ? a : b; }
HF_INLINE double hf_max(double a, double b) { return a > b ? a : b; }
HF_INLINE float hf_minf(float a, float b) { return a < b ? a : b; }
HF_INLINE float hf_maxf(float a, float b) { return a > b ? a : b; }
HF_INLINE int64_t hf_min_int(int64_t a, int64_t b) { return a < b ? a : b; }
HF_INLINE int64_t hf_max_int(int64_t a, int64_t b) { return a > b ? a : b; }
HF_INLINE double hf_clip(double value, double low, double high) { return hf_min(hf_max(value, low), high); }

HF_INLINE int64_t hf_clip_int(int64_t value, int64_t low, int64_t high) {
    return hf_min_int(hf_max_int(value, low), high);
}

/* Quotient rounded down, and what is left of it, as Python's // and %; the divisor is above 0. */
HF_INLINE int64_t hf_floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }
HF_INLINE int64_t hf_modulo(int64_t a, int64_t b) { return a % b + (a % b < 0 ? b : 0); }

/* Largest whole number that is not above `value`, which must fit into 64 bits. */
HF_INLINE int64_t hf_floor_int(double value) {
    int64_t whole = (int64_t)value;
    return whole - ((double)whole > value);
}

/* Place of the lowest bit of a word that is not 0; number of bits set. */
HF_INLINE int hf_trailing_zeros(uint64_t bits) { return __builtin_ctzll(bits); }
HF_INLINE int hf_bit_count(uint64_t bits) { return __builtin_popcountll(bits); }

/* Sums of many values run in this many lanes: value i goes to lane i modulo HF_LANES, and hf_sum_lanes adds the lanes
 * up in a fixed order. Compilers keep the lanes in vector registers, whatever the width of these, with the same bits.
 */
#define HF_LANES 16

HF_INLINE float hf_sum_lanes_f(const float *lanes) {
    float sums[HF_LANES];
    for (int i = 0; i < HF_LANES; i++) sums[i] = lanes[i];
    for (int half = HF_LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) sums[i] += sums[i + half];
    return sums[0];
}

HF_INLINE double hf_sum_lanes(const double *lanes) {
    double sums[HF_LANES];
    for (int i = 0; i < HF_LANES; i++) sums[i] = lanes[i];
    for (int half = HF_LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) sums[i] += sums[i + half];
    return sums[0];
}

#endif
