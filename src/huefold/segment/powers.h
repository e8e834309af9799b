/* Powers of many numbers with one exponent: tables and a short series, several times faster than hf_power. */
#ifndef HUEFOLD_SEGMENT_POWERS_H
#define HUEFOLD_SEGMENT_POWERS_H

#include "native/elementary.h"

/* Parts that [1, 2) is divided into, terms of the series, and the powers of two that there are tables for. */
#define HF_POWER_PARTS 128
#define HF_POWER_TERMS 5
#define HF_POWER_LOWEST (-16)
#define HF_POWER_HIGHEST 40

typedef struct {
    double exponent;
    double of_two[HF_POWER_HIGHEST - HF_POWER_LOWEST + 1]; /* (2^e)^exponent */
    double middle[HF_POWER_PARTS];                         /* of each part */
    double inverse[HF_POWER_PARTS];                        /* 1 / middle */
    double of_middle[HF_POWER_PARTS];                      /* middle^exponent */
    double terms[HF_POWER_TERMS];                          /* of (1 + r)^exponent, from r on */
} HfPowers;

static inline void hf_prepare_powers(HfPowers *powers, double exponent) {
    powers->exponent = exponent;
    for (int e = HF_POWER_LOWEST; e <= HF_POWER_HIGHEST; e++)
        powers->of_two[e - HF_POWER_LOWEST] = hf_power(hf_power_of_two(e), exponent);
    for (int part = 0; part < HF_POWER_PARTS; part++) {
        powers->middle[part] = 1.0 + (part + 0.5) / HF_POWER_PARTS;
        powers->inverse[part] = 1.0 / powers->middle[part];
        powers->of_middle[part] = hf_power(powers->middle[part], exponent);
    }
    double term = 1.0;
    for (int k = 0; k < HF_POWER_TERMS; k++) {
        term *= (exponent - k) / (k + 1);
        powers->terms[k] = term;
    }
}

/* `base`, at least 0, to the power that was prepared, within 1e-15 of it. */
HF_INLINE double hf_power_by_table(const HfPowers *powers, double base) {
    uint64_t bits;
    memcpy(&bits, &base, sizeof bits);
    int64_t e = (int64_t)(bits >> 52) - 1023;
    if (e < HF_POWER_LOWEST || e > HF_POWER_HIGHEST) return hf_power(base, powers->exponent);
    size_t part = (bits >> 45) & (HF_POWER_PARTS - 1);
    bits = (bits & UINT64_C(0x000fffffffffffff)) | UINT64_C(0x3ff0000000000000);
    double mantissa;
    memcpy(&mantissa, &bits, sizeof mantissa);
    double r = (mantissa - powers->middle[part]) * powers->inverse[part], sum = 0.0;
    for (int k = HF_POWER_TERMS - 1; k >= 0; k--) sum = sum * r + powers->terms[k];
    return powers->of_two[e - HF_POWER_LOWEST] * powers->of_middle[part] * (1.0 + r * sum);
}

#endif
