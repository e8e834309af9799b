/* Boxes of pixels: left, top, right and bottom; right and bottom lie outside. */
#ifndef HUEFOLD_REFINE_EDITS_BOXES_H
#define HUEFOLD_REFINE_EDITS_BOXES_H

#include "native/core.h"

typedef struct {
    int64_t left, top, right, bottom;
} Box;

HF_INLINE int64_t hf_box_width(Box box) { return box.right - box.left; }
HF_INLINE int64_t hf_box_height(Box box) { return box.bottom - box.top; }

HF_INLINE Box hf_box_around(Box one, Box other) {
    Box both = {hf_min_int(one.left, other.left), hf_min_int(one.top, other.top), hf_max_int(one.right, other.right),
                hf_max_int(one.bottom, other.bottom)};
    return both;
}

/* The pixels of both boxes; left is not below right, or top not below bottom, if there are none. */
HF_INLINE Box hf_box_within(Box one, Box other) {
    Box both = {hf_max_int(one.left, other.left), hf_max_int(one.top, other.top), hf_min_int(one.right, other.right),
                hf_min_int(one.bottom, other.bottom)};
    return both;
}

/* A box with a margin, as far as it lies on the canvas. */
HF_INLINE Box hf_box_padded(Box box, int64_t margin, int64_t width, int64_t height) {
    Box padded = {hf_clip_int(box.left - margin, 0, width), hf_clip_int(box.top - margin, 0, height),
                  hf_clip_int(box.right + margin, 0, width), hf_clip_int(box.bottom + margin, 0, height)};
    return padded;
}

/* A coordinate as a whole number within [low, high], both small; where it is no number, `low`. */
HF_INLINE int64_t hf_clipped_pixel(double coordinate, int64_t low, int64_t high) {
    return (int64_t)hf_clip(coordinate, (double)low, (double)high);
}

#endif
