/* Bridges between two paths, and the mask of both as one. */
#ifndef HUEFOLD_REFINE_EDITS_BRIDGES_H
#define HUEFOLD_REFINE_EDITS_BRIDGES_H

#include "refine/edits/layers.h"

/* Scratch memory for boxes of up to so many pixels. */
typedef struct {
    int32_t *before;     /* [n], from where each pixel was reached */
    int32_t *now, *then; /* [n], places to go on from */
    uint8_t *map;        /* [h + 4, w + 4] */
} BridgeScratch;

/* Get scratch memory for boxes on a canvas; return whether there is any. What it got is freed by hf_free_bridges. */
bool hf_new_bridges(BridgeScratch *scratch, int64_t width, int64_t height);
void hf_free_bridges(BridgeScratch *scratch);

/* Lay a bridge along the shortest way from what shows of one path to what shows of the other. The way leads over at
 * most `reach` free pixels; those within `thickness` become BRIDGE. `state` [h, w] are the pixels of a box; `top` is
 * what shows there, in rows `stride` apart. Returns the place of the end in the box, or -1 if there is no way. */
int64_t hf_build_bridge(uint8_t *state, const int32_t *top, int64_t stride, int64_t height, int64_t width,
                        int32_t small, int32_t large, int64_t reach, int64_t thickness, BridgeScratch *scratch);

/* Mark the connected pixels that a merged path fills from one place on, and what they enclose, in `inside` [h, w]. */
void hf_fill_mask(const uint8_t *state, int64_t height, int64_t width, int64_t start, bool *inside,
                  BridgeScratch *scratch);

#endif
