/* Gradient fills as a scene has them; what the kernels need of them, and derivatives by their values. */
#ifndef HUEFOLD_RENDER_FILL_TABLES_H
#define HUEFOLD_RENDER_FILL_TABLES_H

#include "native/elementary.h"

/* The arrays of GradientFills in Python: G gradients of T stops in all, for N paths. */
typedef struct {
    int64_t path_count, count;
    const int64_t *paths;     /* [N] gradient of each path, -1 where it has a colour */
    const uint8_t *radial;    /* [G] */
    const uint8_t *spread;    /* [G] */
    const double *shapes;     /* [G, 6] linear: x1, y1, x2, y2; radial: cx, cy, r, fx, fy, fr */
    const double *transforms; /* [G, 6] from a radial gradient's coordinates to the scene's */
    const int64_t *stops;     /* [G + 1] offsets into the next three */
    const double *offsets;    /* [T] */
    const double *colors;     /* [T, 3] */
    const double *opacities;  /* [T] */
} GradientFills;

/* Numbers that belong to what may change of gradient fills: the values, derivatives by them, or moments of these. */
typedef struct {
    double *shapes;    /* [G, 6] */
    double *offsets;   /* [T] */
    double *colors;    /* [T, 3] */
    double *opacities; /* [T] */
} FillValues;

/* Columns of `shapes` of a radial gradient. */
enum { HF_CENTER = 0, HF_RADIUS = 2, HF_FOCUS = 3, HF_FOCAL_RADIUS = 5, HF_SHAPE_COLUMNS = 6 };

/* Length of (x, y), however short or long. */
HF_INLINE double hf_any_length(double x, double y) {
    double most = hf_max(fabs(x), fabs(y));
    if (most == 0.0 || (most > 1e-140 && most < 1e140)) return hf_hypot(x, y);
    return most * hf_hypot(x / most, y / most);
}

/* What the kernels read: `maps`, [G, HF_MAP_COLUMNS], from output pixels to offsets, and `paint`, [T, 4], red, green,
 * blue and opacity of stops. `scale_x` and `scale_y` are a scene unit in output pixels. */
HF_EXPORT void hf_fill_tables(const GradientFills *fills, double scale_x, double scale_y, double *maps,
                              double *paint);

/* 1 where all of a path's inside hides what is beneath, else below 1: `hiding`, [N], from the opacities of paths. */
HF_EXPORT void hf_fill_hiding(const GradientFills *fills, const double *opacities, double *hiding);

/* Derivatives from the sums of the kernels, by shape, [G, 6], and by stop, [T, 5]. Those by opacities of opaque
 * stops are known only if the kernels looked `beneath` them. Returns whether those of any stops are known; where none
 * are, `by->opacities` is left as it was. */
HF_EXPORT bool hf_fill_derivatives(const GradientFills *fills, double scale_x, double scale_y,
                                   const double *shape_sums, const double *stop_sums, bool beneath, FillValues *by);

#endif
