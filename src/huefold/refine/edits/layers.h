/* Which whole pixels each path of a drawing fills, and where a merged path may lie among them. */
#ifndef HUEFOLD_REFINE_EDITS_LAYERS_H
#define HUEFOLD_REFINE_EDITS_LAYERS_H

#include "refine/edits/boxes.h"

/* What is in a pixel for a pair of paths; as in kernels.py. */
enum PixelState {
    BLOCKED = 0, /* the merged path would hide what shows now */
    FREE = 1,    /* later paths hide the merged path, or it shows its own colour; neither path fills it */
    FILLED = 2,  /* free, and a path of the pair fills it */
    BRIDGE = 3   /* free, and part of a bridge */
};

typedef struct {
    const uint8_t *filled;  /* 1 for each pixel of its box that a path fills, path after path, row after row */
    const int64_t *offsets; /* [N], where each path begins in `filled` */
    const Box *boxes;       /* [N], the pixels that hold each path */
    int64_t count;          /* N */
} Layers;

/* Two paths that may become one. */
typedef struct {
    int64_t low, high; /* the lower one and the upper one */
    int64_t kept;      /* the one of them in whose place the merged path is painted */
} PathPair;

/* A row of the canvas as a path fills it: `row[x]` for x from `left` to `right - 1`; none where left is not below
 * right. */
typedef struct {
    const uint8_t *row;
    int64_t left, right;
} FilledRow;

HF_INLINE FilledRow hf_filled_row(const Layers *layers, int64_t path, int64_t y) {
    Box box = layers->boxes[path];
    FilledRow found = {layers->filled, 0, 0};
    if (y >= box.top && y < box.bottom) {
        found.row += layers->offsets[path] + (y - box.top) * hf_box_width(box);
        found.left = box.left;
        found.right = box.right;
    }
    return found;
}

HF_INLINE bool hf_row_fills(FilledRow filled, int64_t x) {
    return x >= filled.left && x < filled.right && filled.row[x - filled.left] != 0;
}

/* Write which path shows in each pixel of a box [h, w] if both of a pair were left out; -1 is the background. */
void hf_paint_layers(const Layers *layers, int64_t low, int64_t high, Box box, int32_t *shown);

/* Write where in a box [h, w] a merged path may lie, and what shows without its parts. `shows` is what shows now on the
 * whole canvas, which is `width` pixels wide. */
void hf_find_free(const Layers *layers, const int32_t *shows, int64_t width, PathPair pair, Box box, int32_t *beneath,
                  uint8_t *state);

#endif
