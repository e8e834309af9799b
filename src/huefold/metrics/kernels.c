/* Areas that polygons enclose by their fill rule, in slabs between neighbouring corners and crossings. */
#include "native/core.h"

/* Beyond so many crossings, slabs are thin: those that hold further ones are measured along their middle. */
#define MOST_CROSSINGS (INT64_C(1) << 16)

/* A side that is not level: its upper end (ax, ay) and its lower one, and 1 if it ran downwards, -1 if upwards. */
typedef struct {
    double ax, ay, bx, by;
    int64_t turn;
} Side;

typedef struct {
    Side *sides;
    int64_t side_count;
    double *heights; /* of all ends and crossings, in order */
    int64_t height_count;
} Polygon;

/* A merge sort, for its order of equal values: that of the C library's qsort differs from system to system. */
#define DEFINE_SORT(name, type, key)                                                                           \
    static bool name(type *values, int64_t count) {                                                            \
        type *scratch = hf_new(type, count), *from = values, *to = scratch;                                    \
        if (scratch == NULL) return false;                                                                     \
        for (int64_t width = 1; width < count; width *= 2) {                                                   \
            for (int64_t start = 0; start < count; start += 2 * width) {                                       \
                int64_t middle = hf_min_int(start + width, count), end = hf_min_int(middle + width, count);    \
                for (int64_t a = start, b = middle, at = start; at < end; at++)                                \
                    to[at] = a < middle && (b >= end || !(from[b] key < from[a] key)) ? from[a++] : from[b++]; \
            }                                                                                                  \
            type *swapped = from;                                                                              \
            from = to;                                                                                         \
            to = swapped;                                                                                      \
        }                                                                                                      \
        if (from != values) memcpy(values, from, (size_t)count * sizeof(type));                                \
        free(scratch);                                                                                         \
        return true;                                                                                           \
    }

DEFINE_SORT(sort_sides, Side, .ay)
DEFINE_SORT(sort_heights, double, )

/* Gather the sides that are not level, by the height of their upper ends. */
static bool gather_sides(const double *starts, const double *ends, int64_t count, Polygon *polygon) {
    Side *sides = polygon->sides = hf_new(Side, count);
    if (sides == NULL) return false;
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++) {
        const double *start = starts + 2 * i, *end = ends + 2 * i;
        if (start[1] == end[1]) continue;
        sides[found++] = start[1] < end[1] ? (Side){start[0], start[1], end[0], end[1], 1}
                                           : (Side){end[0], end[1], start[0], start[1], -1};
    }
    polygon->side_count = found;
    return sort_sides(sides, found);
}

/* Height at which two sides cross, at a point inside both; or false. */
HF_INLINE bool crosses(const Side *one, const Side *other, double *height) {
    double turn = (one->bx - one->ax) * (other->by - other->ay) - (one->by - one->ay) * (other->bx - other->ax);
    if (turn == 0.0) return false;
    double x = other->ax - one->ax, y = other->ay - one->ay;
    double here = (x * (other->by - other->ay) - y * (other->bx - other->ax)) / turn;
    double there = (x * (one->by - one->ay) - y * (one->bx - one->ax)) / turn;
    *height = one->ay + here * (one->by - one->ay);
    return 0.0 < here && here < 1.0 && 0.0 < there && there < 1.0;
}

static bool gather_heights(Polygon *polygon) {
    const Side *sides = polygon->sides;
    int64_t count = 2 * polygon->side_count, room = count + 64, most = count + MOST_CROSSINGS;
    double *heights = polygon->heights = hf_new(double, room);
    if (heights == NULL) return false;
    for (int64_t i = 0; i < polygon->side_count; i++) {
        heights[2 * i] = sides[i].ay;
        heights[2 * i + 1] = sides[i].by;
    }
    for (int64_t i = 0; i < polygon->side_count; i++) {
        double low = hf_min(sides[i].ax, sides[i].bx), high = hf_max(sides[i].ax, sides[i].bx), height;
        for (int64_t j = i + 1; j < polygon->side_count && sides[j].ay < sides[i].by && count < most; j++) {
            if (hf_max(sides[j].ax, sides[j].bx) < low || hf_min(sides[j].ax, sides[j].bx) > high) continue;
            if (!crosses(&sides[i], &sides[j], &height)) continue;
            if (count == room) {
                double *longer = hf_new(double, room *= 2);
                if (longer == NULL) return false;
                memcpy(longer, heights, (size_t)count * sizeof *heights);
                free(heights);
                polygon->heights = heights = longer;
            }
            heights[count++] = height;
        }
    }
    polygon->height_count = count;
    return sort_heights(heights, count);
}

/* Put the sides that cross the height `y` in order along it; they are nearly so already. */
static void order_along(const Side *sides, int64_t *active, double *middle, int64_t count, double y) {
    for (int64_t k = 0; k < count; k++) {
        const Side *side = &sides[active[k]];
        double share = (y - side->ay) / (side->by - side->ay), x = side->ax + share * (side->bx - side->ax);
        int64_t number = active[k], at = k;
        for (; at > 0 && middle[at - 1] > x; at--) {
            middle[at] = middle[at - 1];
            active[at] = active[at - 1];
        }
        middle[at] = x;
        active[at] = number;
    }
}

/* Width of what is inside, along a height. */
static double width_inside(const Side *sides, const int64_t *active, const double *middle, int64_t count,
                           bool evenodd) {
    int64_t winding = 0;
    double width = 0.0;
    for (int64_t k = 0; k < count; k++) {
        if (evenodd ? (winding & 1) != 0 : winding != 0) width += middle[k] - middle[k - 1];
        winding += sides[active[k]].turn;
    }
    return width;
}

/* Between two neighbouring heights no sides cross, so that the inside is a row of trapezoids. */
static double sum_of_slabs(const Polygon *polygon, bool evenodd, int64_t *active, double *middle) {
    const Side *sides = polygon->sides;
    int64_t count = 0, following = 0;
    double area = 0.0;
    for (int64_t h = 0; h + 1 < polygon->height_count; h++) {
        double top = polygon->heights[h], bottom = polygon->heights[h + 1];
        if (bottom <= top) continue;
        int64_t kept = 0;
        for (int64_t k = 0; k < count; k++)
            if (sides[active[k]].by > top) active[kept++] = active[k];
        count = kept;
        while (following < polygon->side_count && sides[following].ay <= top) active[count++] = following++;
        order_along(sides, active, middle, count, 0.5 * (top + bottom));
        area += width_inside(sides, active, middle, count, evenodd) * (bottom - top);
    }
    return area;
}

static bool enclosed_area(const double *starts, const double *ends, int64_t count, bool evenodd, double *area) {
    Polygon polygon = {0};
    int64_t *active = hf_new(int64_t, count);
    double *middle = hf_new(double, count);
    bool done =
        active != NULL && middle != NULL && gather_sides(starts, ends, count, &polygon) && gather_heights(&polygon);
    if (done) *area = sum_of_slabs(&polygon, evenodd, active, middle);
    free(active);
    free(middle);
    free(polygon.sides);
    free(polygon.heights);
    return done;
}

/* Write the area that each wanted path encloses; its sides, from `starts` [M, 2] to `ends`, lie between two offsets. */
HF_EXPORT int64_t hf_enclosed_areas(const double *starts, const double *ends, const int64_t *offsets, int64_t count,
                                    const bool *wanted, const uint8_t *evenodd, double *areas) {
    for (int64_t p = 0; p < count; p++) {
        int64_t first = offsets[p];
        if (wanted[p] &&
            !enclosed_area(starts + 2 * first, ends + 2 * first, offsets[p + 1] - first, evenodd[p] != 0, &areas[p]))
            return HF_NO_MEMORY;
    }
    return 0;
}
