/* Ways between paths, and floods. */
#include "refine/edits/bridges.h"

bool hf_new_bridges(BridgeScratch *scratch, int64_t width, int64_t height) {
    memset(scratch, 0, sizeof *scratch);
    int64_t count = (width + 4) * (height + 4);
    if (count > INT32_MAX / 2) return false;
    scratch->before = hf_new(int32_t, count);
    scratch->now = hf_new(int32_t, count);
    scratch->then = hf_new(int32_t, count);
    scratch->map = hf_new(uint8_t, count);
    return scratch->before != NULL && scratch->now != NULL && scratch->then != NULL && scratch->map != NULL;
}

void hf_free_bridges(BridgeScratch *scratch) {
    free(scratch->before);
    free(scratch->now);
    free(scratch->then);
    free(scratch->map);
}

/* --- ways --- */

typedef struct {
    const uint8_t *state;
    const int32_t *top;
    int64_t stride;
    int32_t height, width;
    int32_t *before;
} Way;

/* Whether what shows of a path is in a pixel, which it fills. */
HF_INLINE bool shows(const Way *way, int32_t at, int32_t path) {
    return way->state[at] == FILLED && way->top[at / way->width * way->stride + at % way->width] == path;
}

/* Go from one pixel to those beside it: filled ones lie no farther away, free ones a step farther. */
static void expand(const Way *way, int32_t at, int32_t *now, int32_t *size, int32_t *then, int32_t *later) {
    int32_t width = way->width, y = at / width, x = at % width;
    const int32_t beside[4] = {at + 1, at + width, at - 1, at - width};
    const bool exists[4] = {x + 1 < width, y + 1 < way->height, x > 0, y > 0};
    for (int i = 0; i < 4; i++) {
        if (!exists[i] || way->before[beside[i]] >= 0 || way->state[beside[i]] == BLOCKED) continue;
        way->before[beside[i]] = at;
        if (way->state[beside[i]] == FILLED)
            now[(*size)++] = beside[i];
        else
            then[(*later)++] = beside[i];
    }
}

/* Find the shortest way between what shows of two paths; return its end or -1. `before` leads back. */
static int32_t shortest_way(const Way *way, int32_t small, int32_t large, int64_t reach, BridgeScratch *scratch) {
    int32_t *now = scratch->now, *then = scratch->then, size = 0;
    for (int32_t y = 0, at = 0; y < way->height; y++) {
        const int32_t *top = way->top + y * way->stride;
        for (int32_t x = 0; x < way->width; x++, at++) {
            bool begins = top[x] == small && way->state[at] == FILLED;
            way->before[at] = begins ? at : -1;
            if (begins) now[size++] = at;
        }
    }
    for (int64_t step = 0; step <= reach && size > 0; step++) {
        int32_t later = 0;
        for (int32_t done = 0; done < size; done++) {
            if (shows(way, now[done], large)) return now[done];
            expand(way, now[done], now, &size, then, &later);
        }
        int32_t *passed = now;
        now = then;
        then = passed;
        size = later;
    }
    return -1;
}

int64_t hf_build_bridge(uint8_t *state, const int32_t *top, int64_t stride, int64_t height, int64_t width,
                        int32_t small, int32_t large, int64_t reach, int64_t thickness, BridgeScratch *scratch) {
    Way way = {state, top, stride, (int32_t)height, (int32_t)width, scratch->before};
    int64_t end = shortest_way(&way, small, large, reach, scratch);
    for (int64_t at = end; at >= 0 && scratch->before[at] != at; at = scratch->before[at]) {
        if (state[at] == FILLED) continue;
        int64_t y = at / width, x = at % width;
        for (int64_t v = hf_max_int(0, y - thickness); v < hf_min_int(height, y + thickness + 1); v++)
            for (int64_t u = hf_max_int(0, x - thickness); u < hf_min_int(width, x + thickness + 1); u++)
                if (state[v * width + u] == FREE) state[v * width + u] = BRIDGE;
    }
    return end;
}

/* --- floods --- */

/* What a pixel of a map is: free to flood, or flooded, or neither. */
enum { DRY = 0, WET = 1, INSIDE = 2, OUTSIDE = 3 };

/* Let the pixels of one kind that are connected to `start` become another kind, run by run. The first and last row and
 * column of the map are of other kinds. */
static void flood(uint8_t *map, int32_t width, int32_t start, uint8_t from, uint8_t to, int32_t *stack) {
    int32_t size = 0;
    map[start] = to;
    stack[size++] = start;
    while (size > 0) {
        int32_t left = stack[--size], right = left;
        while (map[left - 1] == from) map[--left] = to;
        while (map[right + 1] == from) map[++right] = to;
        for (int32_t row = -width; row <= width; row += 2 * width) {
            for (int32_t at = left + row; at <= right + row; at++) {
                if (map[at] != from) continue;
                map[at] = to; /* one pixel of each run is enough */
                stack[size++] = at;
                while (at < right + row && map[at + 1] == from) at++;
            }
        }
    }
}

void hf_fill_mask(const uint8_t *state, int64_t height, int64_t width, int64_t start, bool *inside,
                  BridgeScratch *scratch) {
    /* Around the box lies a row that is outside, and around that one that ends the flood. */
    int64_t wide = width + 4;
    uint8_t *map = scratch->map, *origin = map + 2 * wide + 2;
    memset(map, INSIDE, (size_t)(wide * (height + 4)));
    for (int64_t y = -1; y < height + 1; y++) memset(origin + y * wide - 1, DRY, (size_t)width + 2);
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++) origin[y * wide + x] = state[y * width + x] >= FILLED ? WET : DRY;
    int64_t first = start / width * wide + start % width;
    flood(map, (int32_t)wide, (int32_t)(origin - map + first), WET, INSIDE, scratch->now);
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++)
            origin[y * wide + x] = origin[y * wide + x] == WET ? DRY : origin[y * wide + x];
    flood(map, (int32_t)wide, (int32_t)(origin - map - wide - 1), DRY, OUTSIDE, scratch->now);
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++) inside[y * width + x] = origin[y * wide + x] != OUTSIDE;
}
