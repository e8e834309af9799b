/* Elementary functions with the same bits on every machine, which those of C libraries do not promise.
 *
 * How far from the exact value, in units in the last place of it, for arguments as the kernels have them, which are
 * finite numbers and angles up to 4000: exponentials and logarithms 1, powers 2, sines and cosines 3, atan2 5. Tests
 * hold them to that. All are range reduction, then a polynomial in fixed order; roots take steps of an iteration. */
#ifndef HUEFOLD_ELEMENTARY_H
#define HUEFOLD_ELEMENTARY_H

#include "native/core.h"

/* ln 2 and pi / 2 in two and three parts: the first have few digits, so that their multiples are exact. */
#define HF_LN2_HIGH 0x1.62e42fee00000p-1
#define HF_LN2_LOW 0x1.a39ef35793c76p-33
#define HF_HALF_PI_1 0x1.921fb54400000p+0
#define HF_HALF_PI_2 0x1.0b4611a600000p-34
#define HF_HALF_PI_3 0x1.3198a2e037073p-69
#define HF_PI 0x1.921fb54442d18p+1

/* 2 to the power of a whole number within [-1022, 1023]. */
HF_INLINE double hf_power_of_two(int64_t exponent) {
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline double hf_exp(double x) {
    if (x != x) return x;
    if (x > 709.782712893384) return INFINITY;
    if (x < -745.2) return 0.0;
    double whole = rint(x * 0x1.71547652b82fep+0);
    double r = (x - whole * HF_LN2_HIGH) - whole * HF_LN2_LOW;
    static const double inverse_factorials[] = {
        1.0 / 87178291200.0, 1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0,
        1.0 / 362880.0, 1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5,
    };
    double sum = 0.0;
    for (int i = 0; i < 13; i++) sum = sum * r + inverse_factorials[i];
    double value = 1.0 + (r + r * r * sum);
    int64_t exponent = (int64_t)whole, half = exponent / 2; /* in two steps, for results near both ends */
    return value * hf_power_of_two(half) * hf_power_of_two(exponent - half);
}

/* Take a power of two out of x, above 0 and finite: what is left lies between half the root of 2 and the root of 2. */
HF_INLINE double hf_reduced(double x, int64_t *exponent) {
    *exponent = -1023;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        *exponent -= 54;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    *exponent += (int64_t)(bits >> 52);
    bits = (bits & UINT64_C(0x000fffffffffffff)) | UINT64_C(0x3ff0000000000000);
    double part;
    memcpy(&part, &bits, sizeof part);
    if (part <= 0x1.6a09e667f3bcdp+0) return part;
    ++*exponent;
    return 0.5 * part;
}

/* (ln((1 + s) / (1 - s)) - 2 s) / s, for z = s s. */
HF_INLINE double hf_log_tail(double z) {
    double sum = 0.0;
    for (int odd = 25; odd >= 3; odd -= 2) sum = sum * z + 2.0 / odd;
    return z * sum;
}

static inline double hf_log(double x) {
    if (x != x || x == INFINITY) return x;
    if (x < 0.0) return NAN;
    if (x == 0.0) return -INFINITY;
    int64_t exponent;
    double f = hf_reduced(x, &exponent) - 1.0, s = f / (2.0 + f);
    /* ln(1 + f) = 2 s + s tail = f - s (f - tail) */
    double below = s * (f - hf_log_tail(s * s)) - (double)exponent * HF_LN2_LOW;
    return (double)exponent * HF_LN2_HIGH + (f - below);
}

/* The first 26 binary digits of a number: products of two such are exact. */
HF_INLINE double hf_first_half(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits &= ~UINT64_C(0x7ffffff);
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Logarithm of x, above 0 and finite, as a sum of which the second part has what the first one cannot hold. */
static inline double hf_log_in_two(double x, double *low) {
    int64_t exponent;
    double f = hf_reduced(x, &exponent) - 1.0, d = 2.0 + f, s = f / d;
    double s_high = hf_first_half(s), d_high = hf_first_half(d), d_low = f - (d_high - 2.0);
    double s_low = ((f - s_high * d_high) - s_high * d_low) / d;
    double multiple = (double)exponent * HF_LN2_HIGH, twice = 2.0 * s_high, high = multiple + twice;
    double lost = exponent == 0 ? 0.0 : twice - (high - multiple);
    double rest = lost + ((double)exponent * HF_LN2_LOW + (2.0 * s_low + s * hf_log_tail(s * s)));
    double sum = high + rest;
    *low = rest - (sum - high);
    return sum;
}

/* `base`, at least 0, to the power of `exponent`. */
static inline double hf_power(double base, double exponent) {
    if (base == 0.0) return exponent == 0.0 ? 1.0 : exponent > 0.0 ? 0.0 : INFINITY;
    if (exponent == 0.5) return sqrt(base);
    if (exponent == 1.0) return base;
    if (base != base || base == INFINITY) return hf_exp(exponent * hf_log(base));
    double low, high = hf_log_in_two(base, &low), product = exponent * high;
    if (!(fabs(product) < 745.0)) return hf_exp(product);
    double e_high = hf_first_half(exponent), e_low = exponent - e_high;
    double l_high = hf_first_half(high), l_low = high - l_high;
    double lost = ((e_high * l_high - product) + e_high * l_low + e_low * l_high) + e_low * l_low;
    double value = hf_exp(product);
    return value == INFINITY ? value : value + value * (lost + exponent * low);
}

/* `base` to the power of a whole number that is at least 0. */
static inline double hf_whole_power(double base, int64_t exponent) {
    double value = 1.0;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1) value *= base;
        base *= base;
    }
    return value;
}

/* Cube root of a positive number that is not subnormal: a guess by a third of the exponent, two of Halley's steps, and
 * one of Newton's. */
HF_INLINE double hf_cube_root_of_normal(double a) {
    uint64_t bits;
    memcpy(&bits, &a, sizeof bits);
    bits = (uint64_t)((uint32_t)(bits >> 32) / 3 + 715094163) << 32;
    double y;
    memcpy(&y, &bits, sizeof y);
    for (int step = 0; step < 2; step++) {
        double cube = y * y * y;
        y = y * ((cube + 2.0 * a) / (2.0 * cube + a));
    }
    return y - (y * y * y - a) / (3.0 * (y * y));
}

static inline double hf_cube_root(double x) {
    double a = fabs(x);
    if (!(a > 0.0 && a < INFINITY)) return x;
    double root = a < 0x1p-900 ? 0x1p-100 * hf_cube_root_of_normal(a * 0x1p300)
                : a > 0x1p900  ? 0x1p100 * hf_cube_root_of_normal(a * 0x1p-300)
                               : hf_cube_root_of_normal(a);
    return copysign(root, x);
}

/* Length of (x, y), where no square overflows. */
HF_INLINE double hf_hypot(double x, double y) { return sqrt(x * x + y * y); }

static inline double hf_atan(double x) {
    double a = fabs(x);
    bool inverted = a > 1.0;
    if (inverted) a = 1.0 / a;
    bool turned = a > 0.41421356237309503; /* tan(pi / 8) */
    double t = turned ? (a - 1.0) / (a + 1.0) : a; /* atan(a) = pi / 4 + atan(t) */
    /* atan(t) = 2 atan(t / (1 + sqrt(1 + t^2))), |t| up to tan(pi / 16) then */
    t = t / (1.0 + sqrt(1.0 + t * t));
    double z = t * t, sum = 0.0;
    for (int odd = 27; odd >= 3; odd -= 2) sum = 1.0 / odd - z * sum;
    double angle = 2.0 * (t - t * (z * sum));
    if (turned) angle += 0.25 * HF_PI;
    if (inverted) angle = 0.5 * HF_PI - angle;
    return copysign(angle, x);
}

/* Angle of (x, y) to the x axis, in [-pi, pi]. */
static inline double hf_atan2(double y, double x) {
    if (x == 0.0 && y == 0.0) return signbit(x) ? copysign(HF_PI, y) : y;
    if (x == 0.0) return copysign(0.5 * HF_PI, y);
    double angle = hf_atan(y / x);
    return x > 0.0 ? angle : angle + copysign(HF_PI, y);
}

/* Sine and cosine of an angle. */
static inline void hf_sine_and_cosine(double angle, double *sine, double *cosine) {
    double whole = rint(angle * 0x1.45f306dc9c883p-1);
    double r = ((angle - whole * HF_HALF_PI_1) - whole * HF_HALF_PI_2) - whole * HF_HALF_PI_3;
    double z = r * r, odd = 0.0, even = 0.0;
    for (int k = 17; k >= 3; k -= 2) odd = (1.0 - z * odd) / (double)(k * (k - 1));
    for (int k = 18; k >= 4; k -= 2) even = (1.0 - z * even) / (double)(k * (k - 1));
    double s = r - r * (z * odd), c = 1.0 - z * (0.5 - z * (0.5 * even));
    switch ((int64_t)whole & 3) {
        case 0: *sine = s, *cosine = c; break;
        case 1: *sine = c, *cosine = -s; break;
        case 2: *sine = -s, *cosine = -c; break;
        default: *sine = -c, *cosine = s; break;
    }
}

HF_INLINE double hf_sin(double angle) {
    double sine, cosine;
    hf_sine_and_cosine(angle, &sine, &cosine);
    return sine;
}

HF_INLINE double hf_cos(double angle) {
    double sine, cosine;
    hf_sine_and_cosine(angle, &sine, &cosine);
    return cosine;
}

#endif
