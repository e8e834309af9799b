/* Layers of filled pixels: their boxes, what shows of them, and where a merged path may lie. */
#include "refine/edits/layers.h"

#include "native/threads.h"

void hf_paint_layers(const Layers *layers, int64_t low, int64_t high, Box box, int32_t *shown) {
    int64_t width = hf_box_width(box), height = hf_box_height(box);
    for (int64_t i = 0; i < width * height; i++) shown[i] = -1;
    for (int64_t path = 0; path < layers->count; path++) {
        if (path == low || path == high) continue;
        Box own = layers->boxes[path], both = hf_box_within(own, box);
        for (int64_t y = both.top; y < both.bottom; y++) {
            const uint8_t *filled =
                layers->filled + layers->offsets[path] + (y - own.top) * hf_box_width(own) + both.left - own.left;
            int32_t *row = shown + (y - box.top) * width + both.left - box.left, name = (int32_t)path;
            for (int64_t x = 0; x < both.right - both.left; x++) row[x] = filled[x] != 0 ? name : row[x];
        }
    }
}

void hf_find_free(const Layers *layers, const int32_t *shows, int64_t width, PathPair pair, Box box, int32_t *beneath,
                  uint8_t *state) {
    hf_paint_layers(layers, pair.low, pair.high, box, beneath);
    for (int64_t y = box.top; y < box.bottom; y++) {
        FilledRow lower = hf_filled_row(layers, pair.low, y), upper = hf_filled_row(layers, pair.high, y);
        FilledRow kept = pair.kept == pair.high ? upper : lower;
        const int32_t *top = shows + y * width;
        for (int64_t x = box.left; x < box.right; x++, beneath++, state++) {
            bool hidden = *beneath > pair.kept || hf_row_fills(kept, x);
            if (!hidden && top[x] != pair.low && top[x] != pair.high)
                *state = BLOCKED;
            else
                *state = hf_row_fills(lower, x) || hf_row_fills(upper, x) ? FILLED : FREE;
        }
    }
}

/* --- for Python --- */

HF_EXPORT void hf_paint(const uint8_t *filled, const int64_t *offsets, const Box *boxes, int64_t count, int64_t low,
                        int64_t high, const Box *box, int32_t *shown) {
    Layers layers = {filled, offsets, boxes, count};
    hf_paint_layers(&layers, low, high, *box, shown);
}

HF_EXPORT void hf_free_pixels(const uint8_t *filled, const int64_t *offsets, const Box *boxes, int64_t count,
                              const int32_t *shows, int64_t width, int64_t low, int64_t high, int64_t kept,
                              const Box *box, int32_t *beneath, uint8_t *state) {
    Layers layers = {filled, offsets, boxes, count};
    PathPair pair = {low, high, kept};
    hf_find_free(&layers, shows, width, pair, *box, beneath, state);
}

/* Write the boxes [N] of the pixels of a canvas that hold each path; at least one pixel each.
 * Points are [P, 2]; `offsets` [N + 1] say where each path begins in them. There are `scale` [2] pixels to a unit. */
HF_EXPORT void hf_path_boxes(const double *points, const int64_t *offsets, int64_t count, const double *scale,
                             int64_t width, int64_t height, Box *boxes) {
    for (int64_t path = 0; path < count; path++) {
        double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
        for (int64_t i = offsets[path]; i < offsets[path + 1]; i++) {
            for (int k = 0; k < 2; k++) {
                double place = points[2 * i + k] * scale[k];
                low[k] = hf_min(low[k], place);
                high[k] = hf_max(high[k], place);
            }
        }
        Box *box = &boxes[path];
        box->left = hf_clipped_pixel(floor(low[0]), 0, width - 1);
        box->top = hf_clipped_pixel(floor(low[1]), 0, height - 1);
        box->right = hf_clipped_pixel(ceil(high[0]), box->left + 1, width);
        box->bottom = hf_clipped_pixel(ceil(high[1]), box->top + 1, height);
    }
}
