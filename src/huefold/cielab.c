/* Pictures in CIELAB. */
#include "native/elementary.h"
#include "native/threads.h"

/* Pixels converted at once: their values stay in the nearest cache, and each step is a loop without branches. */
#define CHUNK 256

/* CIE XYZ of linear sRGB, each row over that of the white point D65 (2 degrees). */
static const double XYZ_OF_RGB[3][3] = {
    {0.412453 / 0.95047, 0.357580 / 0.95047, 0.180423 / 0.95047},
    {0.212671, 0.715160, 0.072169},
    {0.019334 / 1.08883, 0.119193 / 1.08883, 0.950227 / 1.08883},
};

typedef struct {
    const double *rgb;
    double *lab;
    int64_t pixels;
} Conversion;

/* Fifth root of a positive number that is not subnormal, as hf_cube_root_of_normal. */
HF_INLINE double fifth_root(double a) {
    uint64_t bits;
    memcpy(&bits, &a, sizeof bits);
    bits = (uint64_t)((uint32_t)(bits >> 32) / 5 + 858104598) << 32;
    double y;
    memcpy(&y, &bits, sizeof y);
    for (int step = 0; step < 2; step++) {
        double power = y * y * (y * y) * y;
        y = y * ((2.0 * power + 3.0 * a) / (3.0 * power + 2.0 * a));
    }
    double fourth = y * y * (y * y);
    return y - (fourth * y - a) / (5.0 * fourth);
}

/* Linear intensity of an sRGB value (IEC 61966-2-1): a power of 2.4 is a square times the square of a fifth root. */
HF_INLINE double linear(double value) {
    double a = (hf_max(value, 0.04045) + 0.055) / 1.055;
    double root = fifth_root(a);
    return value > 0.04045 ? a * a * (root * root) : value / 12.92;
}

/* The function f of CIELAB. */
HF_INLINE double cube_root_above(double share) {
    double root = hf_cube_root_of_normal(hf_max(share, 0.008856));
    return share > 0.008856 ? root : 7.787 * share + 16.0 / 116.0;
}

static void convert(const double *rgb, double *lab, int64_t pixels) {
    double values[3 * CHUNK], shares[3][CHUNK];
    for (int64_t i = 0; i < 3 * pixels; i++) values[i] = linear(rgb[i]);
    for (int row = 0; row < 3; row++) {
        const double *weights = XYZ_OF_RGB[row];
        for (int64_t i = 0; i < pixels; i++)
            shares[row][i] =
                weights[0] * values[3 * i] + weights[1] * values[3 * i + 1] + weights[2] * values[3 * i + 2];
        for (int64_t i = 0; i < pixels; i++) shares[row][i] = cube_root_above(shares[row][i]);
    }
    for (int64_t i = 0; i < pixels; i++) {
        lab[3 * i] = 116.0 * shares[1][i] - 16.0;
        lab[3 * i + 1] = 500.0 * (shares[0][i] - shares[1][i]);
        lab[3 * i + 2] = 200.0 * (shares[1][i] - shares[2][i]);
    }
}

static void convert_chunk(void *context, int64_t item, int64_t rank) {
    (void)rank;
    Conversion *all = context;
    int64_t first = item * CHUNK;
    convert(all->rgb + 3 * first, all->lab + 3 * first, hf_min_int(CHUNK, all->pixels - first));
}

/* CIELAB of pixels of sRGB values, both [pixels, 3]. */
HF_EXPORT void hf_lab_of_srgb(const double *rgb, double *lab, int64_t pixels, int64_t threads) {
    Conversion all = {rgb, lab, pixels};
    hf_parallel(convert_chunk, &all, (pixels + CHUNK - 1) / CHUNK, threads);
}
