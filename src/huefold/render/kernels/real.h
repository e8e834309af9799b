/* The type of pixels. Files that use it are compiled twice: by single.c for float, by double.c, which defines
 * HF_DOUBLE_PIXELS, for double, which is for proofs. What they define is static, so that names do not collide.
 *
 * A pixel is four values, `Quad`, so that cells and short runs take few instructions: three colour channels, and one
 * place beside. Arithmetic on it is that on its values, one by one, with the same bits on every machine.
 */
#ifndef HUEFOLD_RENDER_KERNELS_REAL_H
#define HUEFOLD_RENDER_KERNELS_REAL_H

#include "native/core.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#ifdef HF_DOUBLE_PIXELS
typedef double real;
typedef double Quad __attribute__((vector_size(32), aligned(16)));
typedef int64_t QuadMask __attribute__((vector_size(32)));
#define TYPED(name) name##_double
#else
typedef float real;
typedef float Quad __attribute__((vector_size(16)));
typedef int32_t QuadMask __attribute__((vector_size(16)));
#define TYPED(name) name##_single
#endif

#if defined(__clang__) || __GNUC__ >= 12
#define hf_shuffle(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#define hf_shuffle(a, b, i, j, k, l) __builtin_shuffle(a, b, (QuadMask){i, j, k, l})
#endif

/* A number by x and one by y. Comparisons give masks: all bits, or none. */
typedef double Pair __attribute__((vector_size(16)));
typedef int64_t PairMask __attribute__((vector_size(16)));

#if defined(__clang__) || __GNUC__ >= 12
#define pair_swap(pair) __builtin_shufflevector(pair, pair, 1, 0)
#else
#define pair_swap(pair) __builtin_shuffle(pair, (PairMask){1, 0})
#endif

HF_INLINE Pair pair_of(double value) { return (Pair){value, value}; }
HF_INLINE Pair pair_if(PairMask mask, Pair value) { return (Pair)(mask & (PairMask)value); }
HF_INLINE Pair pair_select(PairMask mask, Pair one, Pair other) {
    return (Pair)((mask & (PairMask)one) | (~mask & (PairMask)other));
}
#if defined(__SSE2__)
HF_INLINE Pair pair_min(Pair a, Pair b) { return _mm_min_pd(a, b); }
HF_INLINE Pair pair_max(Pair a, Pair b) { return _mm_max_pd(a, b); }
#else
HF_INLINE Pair pair_min(Pair a, Pair b) { return (Pair){hf_min(a[0], b[0]), hf_min(a[1], b[1])}; }
HF_INLINE Pair pair_max(Pair a, Pair b) { return (Pair){hf_max(a[0], b[0]), hf_max(a[1], b[1])}; }
#endif

/* Write a pair as two reals, or add it to two. */
#if defined(__SSE2__) && !defined(HF_DOUBLE_PIXELS)
HF_INLINE void pair_store(real *out, Pair pair) { _mm_storel_pi((__m64 *)out, _mm_cvtpd_ps(pair)); }
HF_INLINE void pair_add(real *out, Pair pair) {
    __m128 before = _mm_loadl_pi(_mm_setzero_ps(), (const __m64 *)out);
    _mm_storel_pi((__m64 *)out, _mm_add_ps(before, _mm_cvtpd_ps(pair)));
}
#else
HF_INLINE void pair_store(real *out, Pair pair) {
    out[0] = (real)pair[0];
    out[1] = (real)pair[1];
}
HF_INLINE void pair_add(real *out, Pair pair) {
    out[0] += (real)pair[0];
    out[1] += (real)pair[1];
}
#endif

/* Four times the same value; three values and 0. */
HF_INLINE Quad quad_of(real value) { return (Quad){value, value, value, value}; }
HF_INLINE Quad quad_color(real red, real green, real blue) { return (Quad){red, green, blue, 0}; }

/* Sum of the four values, always as (0 + 2) + (1 + 3). */
HF_INLINE real quad_sum(Quad q) {
    Quad halves = q + hf_shuffle(q, q, 2, 3, 2, 3);
    return halves[0] + halves[1];
}

#endif
