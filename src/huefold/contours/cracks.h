/* Cracks (pixel edges): contours of labels, what a path may cover, and how far its outline may go. */
#ifndef HUEFOLD_CONTOURS_CRACKS_H
#define HUEFOLD_CONTOURS_CRACKS_H

#include "native/core.h"

/* A map of labels or ranks [H, W]. */
typedef struct {
    const int32_t *values;
    int64_t height, width;
} LabelMap;

/* Steps to the right, down, left and up; y points down. */
static const int64_t STEP_X[4] = {1, 0, -1, 0};
static const int64_t STEP_Y[4] = {0, 1, 0, -1};

HF_INLINE bool hf_inside(const LabelMap *map, int64_t y, int64_t x) {
    return y >= 0 && x >= 0 && y < map->height && x < map->width;
}

HF_INLINE bool hf_is_label(const LabelMap *map, int64_t y, int64_t x, int32_t label) {
    return hf_inside(map, y, x) && map->values[y * map->width + x] == label;
}

/* What hf_mask_contours returns, and how its parts are found in a mask [H, W]. */
HF_EXPORT int64_t hf_count_cracks(const int32_t *labels, int64_t height, int64_t width, int64_t only, int64_t *tops);
int64_t hf_mask_contours(const int32_t *mask, int64_t height, int64_t width, uint8_t *seen, int32_t *points,
                         int64_t *offsets);
HF_EXPORT int64_t hf_cover(const int32_t *rank, int64_t height, int64_t width, int64_t level, int64_t top, int64_t left,
                           int64_t rows, int64_t cols, int64_t margin, int32_t *mask);

/* How much room an outline has beside each of `count` cracks [count, 2] of a closed contour of hf_cover: as far as the
 * own region stays covered and no earlier one is hidden, in pixels, up to `reach`. Or one of these: */
#define HF_ON_BORDER (-1.0) /* of the canvas, which it must keep to */
#define HF_VISIBLE (-2.0)   /* next to an earlier region */

void hf_crack_room(const LabelMap *rank, int32_t level, const int32_t *points, int64_t count, int64_t reach,
                   double *room);

/* How far an outline with so much room may be from a crack. */
HF_INLINE double hf_limit_of_room(double room, double tolerance) {
    if (room == HF_ON_BORDER) return 0.0;
    return room == HF_VISIBLE ? tolerance : hf_max(0.5 * tolerance, room - 0.75 - tolerance);
}

HF_EXPORT void hf_thickness_caps(const int32_t *labels, int64_t height, int64_t width, const int32_t *points,
                                 int64_t count, double share, int64_t limit, double *caps);
HF_EXPORT int64_t hf_corners(const double *points, const bool *fixed, const bool *eligible, int64_t count, bool closed,
                             bool *result);

#endif
