/* Contours of regions along pixel edges. */
#include "contours/cracks.h"

/* Pixel to the right of, and to the left of, a crack that leaves a vertex in each direction. */
static const int64_t RIGHT_X[4] = {0, -1, -1, 0}, RIGHT_Y[4] = {0, 0, -1, -1};
static const int64_t LEFT_X[4] = {0, 0, -1, -1}, LEFT_Y[4] = {-1, 0, 0, -1};

/* Follow the contour from the top side of a pixel, its region on the right; return the number of points after it.
 *
 * Where a region touches itself at a vertex the contour joins both pixels, so that the pocket between them is a contour
 * of its own. */
static int64_t follow(const LabelMap *map, int64_t row, int64_t col, uint8_t *seen, int32_t *points, int64_t n,
                      int64_t *twice_area) {
    int32_t label = map->values[row * map->width + col];
    int64_t x = col, y = row;
    int d = 0;
    *twice_area = 0;
    do {
        points[2 * n] = (int32_t)x;
        points[2 * n + 1] = (int32_t)y;
        n++;
        if (d == 0) seen[y * map->width + x] = 1;
        *twice_area += x * STEP_Y[d] - y * STEP_X[d];
        x += STEP_X[d];
        y += STEP_Y[d];
        if (hf_is_label(map, y + LEFT_Y[d], x + LEFT_X[d], label))
            d = (d + 3) % 4;
        else if (!hf_is_label(map, y + RIGHT_Y[d], x + RIGHT_X[d], label))
            d = (d + 1) % 4;
    } while (!(d == 0 && x == col && y == row));
    return n;
}

/* Count the cracks around the pixels of one label (of all if it is negative) of [H, W], and those on top of a pixel. */
HF_EXPORT int64_t hf_count_cracks(const int32_t *labels, int64_t height, int64_t width, int64_t only, int64_t *tops) {
    int64_t total = 0, on_top = 0;
    for (int64_t y = 0; y < height; y++) {
        const int32_t *row = labels + y * width;
        for (int64_t x = 0; x < width; x++) {
            int32_t label = row[x];
            if (only >= 0 && label != only) continue;
            bool top = y == 0 || row[x - width] != label;
            on_top += top;
            total += top + (y + 1 == height || row[x + width] != label) + (x == 0 || row[x - 1] != label) +
                     (x + 1 == width || row[x + 1] != label);
        }
    }
    *tops = on_top;
    return total;
}

/* Write the contours of all regions of labels [H, W]: vertices (x, y), start of each contour and the end, its label,
 * twice its area; return how many. hf_count_cracks says for how many vertices and contours there must be room. */
HF_EXPORT int64_t hf_region_contours(const int32_t *labels, int64_t height, int64_t width, int32_t *points,
                                     int64_t *offsets, int64_t *owners, int64_t *twice_areas) {
    LabelMap map = {labels, height, width};
    uint8_t *seen = hf_zeros(uint8_t, height * width);
    if (seen == NULL) return HF_NO_MEMORY;
    int64_t n = 0, c = 0;
    for (int64_t y = 0; y < height; y++) {
        for (int64_t x = 0; x < width; x++) {
            int64_t p = y * width + x;
            if (seen[p] || (y > 0 && labels[p - width] == labels[p])) continue;
            offsets[c] = n;
            n = follow(&map, y, x, seen, points, n, &twice_areas[c]);
            owners[c++] = labels[p];
        }
    }
    offsets[c] = n;
    free(seen);
    return c;
}

/* Write the contours of the pixels of a mask [H, W] that are 1, as hf_region_contours; `seen` [H, W] holds zeros. */
int64_t hf_mask_contours(const int32_t *mask, int64_t height, int64_t width, uint8_t *seen, int32_t *points,
                         int64_t *offsets) {
    LabelMap map = {mask, height, width};
    int64_t n = 0, c = 0, twice_area;
    for (int64_t y = 0; y < height; y++) {
        for (int64_t x = 0; x < width; x++) {
            int64_t p = y * width + x;
            if (mask[p] != 1 || seen[p] || (y > 0 && mask[p - width] == 1)) continue;
            offsets[c++] = n;
            n = follow(&map, y, x, seen, points, n, &twice_area);
        }
    }
    offsets[c] = n;
    return c;
}

/* The same, for Python. */
HF_EXPORT int64_t hf_contours_of_mask(const int32_t *mask, int64_t height, int64_t width, int32_t *points,
                                      int64_t *offsets) {
    uint8_t *seen = hf_zeros(uint8_t, height * width);
    if (seen == NULL) return HF_NO_MEMORY;
    int64_t count = hf_mask_contours(mask, height, width, seen, points, offsets);
    free(seen);
    return count;
}
