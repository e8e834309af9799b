/* The area that a path may cover: its region, and part of later ones. How far its outline may be from each crack. */
#include "contours/cracks.h"

/* Squared distances from (y, x) to the nearest pixel centres of rank `level`, and of a lower one. Pixels further than
 * `reach` do not count. Pixel centres have whole coordinates here. */
static void find_clearances(const LabelMap *rank, int32_t level, double y, double x, int64_t reach, double *own,
                            double *lower) {
    double far = (double)((reach + 1) * (reach + 1));
    *own = *lower = far;
    int64_t row = (int64_t)y, column = (int64_t)x;
    int64_t bottom = hf_min_int(rank->height, row + reach + 2), right = hf_min_int(rank->width, column + reach + 2);
    for (int64_t v = hf_max_int(0, row - reach); v < bottom; v++) {
        const int32_t *values = rank->values + v * rank->width;
        for (int64_t u = hf_max_int(0, column - reach); u < right; u++) {
            if (values[u] > level) continue;
            double dy = (double)v - y, dx = (double)u - x, square = dy * dy + dx * dx;
            if (values[u] == level)
                *own = hf_min(*own, square);
            else
                *lower = hf_min(*lower, square);
        }
    }
}

/* A crop of a map of ranks, and the mask [rows, cols] of what the path of rank `level` covers of it. */
typedef struct {
    const LabelMap *rank;
    int32_t level;
    int64_t top, left, rows, cols;
    int32_t *mask;
    uint32_t *queue; /* [rows * cols] */
    uint8_t *seen;   /* [rows * cols] */
} Crop;

HF_INLINE int32_t rank_at(const Crop *crop, int64_t y, int64_t x) {
    return crop->rank->values[(crop->top + y) * crop->rank->width + crop->left + x];
}

HF_INLINE bool in_crop(const Crop *crop, int64_t y, int64_t x) {
    return y >= 0 && x >= 0 && y < crop->rows && x < crop->cols;
}

/* Grow the pixels of the mask that are 1 over higher ranks, up to `margin` and half-way to lower ones. */
static void grow(const Crop *crop, int64_t margin) {
    int64_t cols = crop->cols, head = 0, tail = 0;
    for (int64_t i = 0; i < crop->rows * cols; i++)
        if (crop->mask[i] == 1) crop->queue[tail++] = (uint32_t)i;
    for (; head < tail; head++) {
        int64_t y = crop->queue[head] / (uint32_t)cols, x = crop->queue[head] % (uint32_t)cols;
        for (int d = 0; d < 4; d++) {
            int64_t v = y + STEP_Y[d], u = x + STEP_X[d];
            if (!in_crop(crop, v, u) || crop->mask[v * cols + u] || rank_at(crop, v, u) < crop->level) continue;
            double own, lower;
            double row = (double)(crop->top + v), column = (double)(crop->left + u);
            find_clearances(crop->rank, crop->level, row, column, margin, &own, &lower);
            bool covers = own <= (double)(margin * margin) && own <= lower;
            crop->mask[v * cols + u] = covers ? 1 : 2;
            if (covers) crop->queue[tail++] = (uint32_t)(v * cols + u);
        }
    }
}

/* Add each 4-connected part outside the mask that ends within the crop and shows later paths only. */
static void fill_covered(const Crop *crop) {
    int64_t cols = crop->cols;
    for (int64_t start = 0; start < crop->rows * cols; start++) {
        if (crop->mask[start] == 1 || crop->seen[start]) continue;
        crop->seen[start] = 1;
        crop->queue[0] = (uint32_t)start;
        int64_t tail = 1;
        bool covered = true;
        for (int64_t head = 0; head < tail; head++) {
            int64_t y = crop->queue[head] / (uint32_t)cols, x = crop->queue[head] % (uint32_t)cols;
            covered &= rank_at(crop, y, x) > crop->level;
            for (int d = 0; d < 4; d++) {
                int64_t v = y + STEP_Y[d], u = x + STEP_X[d], q = v * cols + u;
                if (!in_crop(crop, v, u)) {
                    /* Outside the canvas there is nothing to hide; outside the crop there may be. */
                    covered &= !hf_inside(crop->rank, crop->top + v, crop->left + u);
                } else if (crop->mask[q] != 1 && !crop->seen[q]) {
                    crop->seen[q] = 1;
                    crop->queue[tail++] = (uint32_t)q;
                }
            }
        }
        for (int64_t k = 0; covered && k < tail; k++) crop->mask[crop->queue[k]] = 1;
    }
}

/* Mark (1) the pixels of a crop of ranks [H, W] that the path of rank `level` paints: its region, and part of later
 * ones. `mask` is [rows, cols]. */
HF_EXPORT int64_t hf_cover(const int32_t *rank, int64_t height, int64_t width, int64_t level, int64_t top, int64_t left,
                           int64_t rows, int64_t cols, int64_t margin, int32_t *mask) {
    LabelMap map = {rank, height, width};
    Crop crop = {
        &map, level, top, left, rows, cols, mask, hf_new(uint32_t, rows * cols), hf_zeros(uint8_t, rows * cols)};
    bool enough = crop.queue != NULL && crop.seen != NULL;
    if (enough) {
        for (int64_t y = 0; y < rows; y++)
            for (int64_t x = 0; x < cols; x++) mask[y * cols + x] = rank_at(&crop, y, x) == level;
        grow(&crop, margin);
        fill_covered(&crop);
        for (int64_t i = 0; i < rows * cols; i++) mask[i] = mask[i] == 1;
    }
    free(crop.queue);
    free(crop.seen);
    return enough ? 0 : HF_NO_MEMORY;
}

void hf_crack_room(const LabelMap *rank, int32_t level, const int32_t *points, int64_t count, int64_t reach,
                   double *room) {
    for (int64_t k = 0; k < count; k++) {
        const int32_t *next = points + 2 * (k + 1 < count ? k + 1 : 0);
        int64_t x = points[2 * k], y = points[2 * k + 1], dx = next[0] - x, dy = next[1] - y;
        /* The pixel on the left of the crack is the one outside. */
        int64_t v = y + hf_min_int(dy, 0) - (dx > 0), u = x + hf_min_int(dx, 0) - (dy < 0);
        if (!hf_inside(rank, v, u)) {
            room[k] = HF_ON_BORDER;
        } else if (rank->values[v * rank->width + u] < level) {
            room[k] = HF_VISIBLE;
        } else {
            double own, lower, row = (double)y + 0.5 * (double)dy - 0.5, column = (double)x + 0.5 * (double)dx - 0.5;
            find_clearances(rank, level, row, column, reach, &own, &lower);
            room[k] = sqrt(hf_min(own, lower));
        }
    }
}

/* Write how far the outline may be from each of `count` cracks [count, 2] of a closed contour of hf_cover. */
HF_EXPORT void hf_crack_limits(const int32_t *rank, int64_t height, int64_t width, int64_t level, const int32_t *points,
                               int64_t count, double tolerance, int64_t reach, double *limits) {
    LabelMap map = {rank, height, width};
    hf_crack_room(&map, (int32_t)level, points, count, reach, limits);
    for (int64_t k = 0; k < count; k++) limits[k] = hf_limit_of_room(limits[k], tolerance);
}

/* Count the pixels of one label from (y, x) on, up to `limit`; outside of the map there is no limit. */
static int64_t run_length(const LabelMap *map, int64_t y, int64_t x, int64_t dy, int64_t dx, int64_t limit) {
    if (!hf_inside(map, y, x)) return limit;
    int32_t label = map->values[y * map->width + x];
    int64_t length = 1;
    while (length < limit && hf_is_label(map, y + length * dy, x + length * dx, label)) length++;
    return length;
}

/* Write `share` of the thickness of the thinner side of each of `count` cracks of an open chain, up to `limit`.
 * `points` [count + 1, 2]. */
HF_EXPORT void hf_thickness_caps(const int32_t *labels, int64_t height, int64_t width, const int32_t *points,
                                 int64_t count, double share, int64_t limit, double *caps) {
    LabelMap map = {labels, height, width};
    for (int64_t k = 0; k < count; k++) {
        int64_t x = points[2 * k], y = points[2 * k + 1], dx = points[2 * k + 2] - x, dy = points[2 * k + 3] - y;
        int64_t v = y + hf_min_int(dy, 0), u = x + hf_min_int(dx, 0), one, other;
        if (dx != 0) {
            one = run_length(&map, v, u, 1, 0, limit);
            other = run_length(&map, v - 1, u, -1, 0, limit);
        } else {
            one = run_length(&map, v, u, 0, 1, limit);
            other = run_length(&map, v, u - 1, 0, -1, limit);
        }
        caps[k] = share * (double)hf_min_int(one, other);
    }
}
