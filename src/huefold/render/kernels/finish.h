/* From the colours of a band to the image, the loss, and the gradient of the loss by the colours. */
#ifndef HUEFOLD_RENDER_KERNELS_FINISH_H
#define HUEFOLD_RENDER_KERNELS_FINISH_H

#include "render/kernels/bands.h"
#include "render/kernels/records.h"

/* Sums run over so many pixels before they are added up in double precision. */
#define PIXELS_A_SUM 1024

/* Planes of a band: channels lie `stride` apart. */
typedef struct {
    const real *target, *weight; /* or NULL */
    real *image;                 /* or NULL */
    int64_t stride;
    real scale;
    Quad twice_scale;
    bool from_upstream;
} Planes;

HF_INLINE Quad load(const real *values) {
    Quad q;
    memcpy(&q, values, sizeof q);
    return q;
}

HF_INLINE void store(real *values, Quad q) { memcpy(values, &q, sizeof q); }

/* Channels of four pixels, and back; the fourth place of each pixel becomes 1. */
HF_INLINE void split(const Quad *pixel, Quad *r, Quad *g, Quad *b) {
    Quad rg_1 = hf_shuffle(pixel[0], pixel[1], 0, 4, 1, 5), rg_2 = hf_shuffle(pixel[2], pixel[3], 0, 4, 1, 5);
    Quad b_1 = hf_shuffle(pixel[0], pixel[1], 2, 6, 3, 7), b_2 = hf_shuffle(pixel[2], pixel[3], 2, 6, 3, 7);
    *r = hf_shuffle(rg_1, rg_2, 0, 1, 4, 5);
    *g = hf_shuffle(rg_1, rg_2, 2, 3, 6, 7);
    *b = hf_shuffle(b_1, b_2, 0, 1, 4, 5);
}

HF_INLINE void join(Quad r, Quad g, Quad b, Quad *pixel) {
    const Quad ones = quad_of(1);
    Quad rg_1 = hf_shuffle(r, g, 0, 4, 1, 5), rg_2 = hf_shuffle(r, g, 2, 6, 3, 7);
    Quad b_1 = hf_shuffle(b, ones, 0, 4, 1, 5), b_2 = hf_shuffle(b, ones, 2, 6, 3, 7);
    pixel[0] = hf_shuffle(rg_1, b_1, 0, 1, 4, 5);
    pixel[1] = hf_shuffle(rg_1, b_1, 2, 3, 6, 7);
    pixel[2] = hf_shuffle(rg_2, b_2, 0, 1, 4, 5);
    pixel[3] = hf_shuffle(rg_2, b_2, 2, 3, 6, 7);
}

HF_INLINE void store_planes(const Planes *planes, int64_t at, Quad r, Quad g, Quad b) {
    store(planes->image + at, r);
    store(planes->image + planes->stride + at, g);
    store(planes->image + 2 * planes->stride + at, b);
}

/* Finish four pixels, of which the planes hold values at place `at`; return their squared errors. */
HF_INLINE Quad finish_four(const Planes *planes, Quad *pixel, int64_t at) {
    const int64_t stride = planes->stride;
    Quad r, g, b;
    split(pixel, &r, &g, &b);
    if (planes->target == NULL) {
        store_planes(planes, at, r, g, b);
        return quad_of(0);
    }
    Quad first = load(planes->target + at), second = load(planes->target + stride + at);
    Quad third = load(planes->target + 2 * stride + at);
    Quad weight = planes->weight != NULL ? load(planes->weight + at) : quad_of(1);
    /* Planes often lie multiples of 4096 bytes apart: what is read after a store to such a place waits for it. */
    if (planes->image != NULL) store_planes(planes, at, r, g, b);
    if (planes->from_upstream) {
        join(first, second, third, pixel);
        return quad_of(0);
    }
    r -= first;
    g -= second;
    b -= third;
    Quad by_r = weight * r, by_g = weight * g, by_b = weight * b;
    join(planes->twice_scale * by_r, planes->twice_scale * by_g, planes->twice_scale * by_b, pixel);
    return by_r * r + by_g * g + by_b * b;
}

/* Finish fewer than four pixels, in memory for four. */
static Quad finish_rest(const Planes *planes, Quad *pixels, int64_t at, int64_t count) {
    Quad pixel[4] = {quad_of(0), quad_of(0), quad_of(0), quad_of(0)};
    real target[12] = {0}, weight[4] = {0}, image[12];
    Planes four = *planes;
    four.stride = 4;
    four.target = planes->target != NULL ? target : NULL;
    four.weight = planes->weight != NULL ? weight : NULL;
    four.image = planes->image != NULL ? image : NULL;
    for (int64_t p = 0; p < count; p++) {
        pixel[p] = pixels[p];
        for (int64_t k = 0; k < 3 && planes->target != NULL; k++)
            target[4 * k + p] = planes->target[planes->stride * k + at + p];
        if (planes->weight != NULL) weight[p] = planes->weight[at + p];
    }
    Quad errors = finish_four(&four, pixel, 0);
    for (int64_t p = 0; p < count; p++) {
        pixels[p] = pixel[p];
        for (int64_t k = 0; k < 3 && planes->image != NULL; k++)
            planes->image[planes->stride * k + at + p] = image[4 * k + p];
    }
    return errors;
}

/* Finish the pixels of a band, and return its loss. */
static double finish_band(const Planes *given, Quad *restrict pixels, int64_t count) {
    const Planes copy = *given, *planes = &copy; /* nothing that is written changes it */
    double loss = 0.0;
    for (int64_t begin = 0; begin < count; begin += PIXELS_A_SUM) {
        int64_t end = hf_min_int(begin + PIXELS_A_SUM, count), p = begin;
        Quad errors = quad_of(0);
        for (; p + 4 <= end; p += 4) errors += finish_four(planes, pixels + p, p);
        if (p < end) errors += finish_rest(planes, pixels + p, p, end - p);
        loss += (double)quad_sum(errors);
    }
    return loss * (double)planes->scale;
}

#endif
