/* Totals of the sums of gradient fills over all bands. */
#ifndef HUEFOLD_RENDER_KERNELS_FILLS_SUMS_H
#define HUEFOLD_RENDER_KERNELS_FILLS_SUMS_H

#include "render/kernels/layout.h"
#include "render/kernels/scene.h"

/* Add the sums of all bands, slot by slot, to those of the gradients, [G, SHAPE_SUMS], and of their stops,
 * [T, STOP_SUMS], which are set to 0 first. A slot is a path in a band, band after band: `shown_path`, [slots], is its
 * path, -1 where it does not show there; `slot_fill` is where its sums begin in `fill_sums`, if a gradient fills it. */
static inline void hf_add_fill_sums(const Fills *fills, int64_t slots, const int32_t *shown_path,
                                    const int64_t *slot_fill, const double *fill_sums, double *shape_sums,
                                    double *stop_sums) {
    if (fills->count == 0) return;
    memset(shape_sums, 0, sizeof(double) * SHAPE_SUMS * (size_t)fills->count);
    memset(stop_sums, 0, sizeof(double) * STOP_SUMS * (size_t)fills->stops[fills->count]);
    for (int64_t slot = 0; slot < slots; slot++) {
        int64_t fill = shown_path[slot] >= 0 ? fills->of_path[shown_path[slot]] : -1;
        if (fill < 0) continue;
        const double *sums = fill_sums + slot_fill[slot];
        for (int k = 0; k < SHAPE_SUMS; k++) shape_sums[SHAPE_SUMS * fill + k] += sums[k];
        double *stops = stop_sums + STOP_SUMS * fills->stops[fill];
        int64_t count = STOP_SUMS * (fills->stops[fill + 1] - fills->stops[fill]);
        for (int64_t k = 0; k < count; k++) stops[k] += sums[SHAPE_SUMS + k];
    }
}

#endif
