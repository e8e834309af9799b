/* Elementary functions over arrays. */
#include "native/elementary.h"

HF_EXPORT void hf_exp_all(const double *values, double *out, int64_t count) {
    for (int64_t i = 0; i < count; i++) out[i] = hf_exp(values[i]);
}

HF_EXPORT void hf_log_all(const double *values, double *out, int64_t count) {
    for (int64_t i = 0; i < count; i++) out[i] = hf_log(values[i]);
}

HF_EXPORT void hf_cube_root_all(const double *values, double *out, int64_t count) {
    for (int64_t i = 0; i < count; i++) out[i] = hf_cube_root(values[i]);
}

HF_EXPORT void hf_power_all(const double *values, double exponent, double *out, int64_t count) {
    for (int64_t i = 0; i < count; i++) out[i] = hf_power(values[i], exponent);
}

HF_EXPORT void hf_atan2_all(const double *y, const double *x, double *out, int64_t count) {
    for (int64_t i = 0; i < count; i++) out[i] = hf_atan2(y[i], x[i]);
}

HF_EXPORT void hf_sine_and_cosine_all(const double *angles, double *sines, double *cosines, int64_t count) {
    for (int64_t i = 0; i < count; i++) hf_sine_and_cosine(angles[i], &sines[i], &cosines[i]);
}
