/* From gradient fills of a scene to what the kernels read, and from the kernels' sums to derivatives. */
#include "render/kernels/fills/tables.h"

#include "render/kernels/layout.h"

/* Largest change of the offset a pixel: shorter gradients are a step anyway, and numbers stay finite. */
#define STEEPEST 1e100

/* Least distance of a focal point from the outer circle, squared, in radii. */
#define FLATTEST 1e-12

/* Row (t0, tx, ty) with t = t0 + tx x + ty y in output pixels: t = (p - start) . e / |e|^2. */
static void linear_map(const double *shape, double scale_x, double scale_y, double *map) {
    double ex = shape[2] - shape[0], ey = shape[3] - shape[1];
    double length = hf_any_length(ex, ey);
    double tx = ex / length / length, ty = ey / length / length;
    map[T_0] = -(shape[0] * tx + shape[1] * ty);
    map[T_X] = tx / scale_x;
    map[T_Y] = ty / scale_y;
    for (int column = T_Y + 1; column < MAP_COLUMNS; column++) map[column] = 0.0;
}

/* Map from output pixels to the cone of circles; units are the difference of the radii. */
static void radial_map(const double *shape, const double *transform, double scale_x, double scale_y, double *map) {
    double a = transform[0], b = transform[1], c = transform[2], d = transform[3], e = transform[4],
           f = transform[5];
    double reach = shape[HF_RADIUS] - shape[HF_FOCAL_RADIUS];
    double apex = -shape[HF_FOCAL_RADIUS] / reach;
    double away_x = shape[HF_CENTER] - shape[HF_FOCUS], away_y = shape[HF_CENTER + 1] - shape[HF_FOCUS + 1];
    double hx = away_x / reach, hy = away_y / reach;
    double qx = shape[HF_FOCUS] + apex * away_x, qy = shape[HF_FOCUS + 1] + apex * away_y;
    double unit = (a * d - b * c) * reach;
    map[U_X] = d / unit / scale_x;
    map[U_Y] = -c / unit / scale_y;
    map[U_0] = (c * f - d * e) / unit - qx / reach;
    map[V_X] = -b / unit / scale_x;
    map[V_Y] = a / unit / scale_y;
    map[V_0] = (b * e - a * f) / unit - qy / reach;
    map[H_X] = hx;
    map[H_Y] = hy;
    map[FLATNESS] = hf_max(1.0 - hx * hx - hy * hy, FLATTEST);
    map[APEX] = apex;
}

void hf_fill_tables(const GradientFills *fills, double scale_x, double scale_y, double *maps, double *paint) {
    for (int64_t fill = 0; fill < fills->count; fill++) {
        const double *shape = fills->shapes + HF_SHAPE_COLUMNS * fill;
        double *map = maps + MAP_COLUMNS * fill;
        if (fills->radial[fill])
            radial_map(shape, fills->transforms + 6 * fill, scale_x, scale_y, map);
        else
            linear_map(shape, scale_x, scale_y, map);
        for (int column = 0; column < MAP_COLUMNS; column++)
            map[column] = map[column] != map[column] ? 0.0 : hf_clip(map[column], -STEEPEST, STEEPEST);
    }
    for (int64_t stop = 0; stop < fills->stops[fills->count]; stop++) {
        for (int channel = 0; channel < 3; channel++) paint[4 * stop + channel] = fills->colors[3 * stop + channel];
        paint[4 * stop + 3] = fills->opacities[stop];
    }
}

/* The least opacity among a gradient's stops. */
static double least_opacity(const GradientFills *fills, int64_t fill) {
    double least = fills->opacities[fills->stops[fill]];
    for (int64_t stop = fills->stops[fill] + 1; stop < fills->stops[fill + 1]; stop++)
        least = hf_min(least, fills->opacities[stop]);
    return least;
}

void hf_fill_hiding(const GradientFills *fills, const double *opacities, double *hiding) {
    for (int64_t path = 0; path < fills->path_count; path++) {
        int64_t fill = fills->paths[path];
        hiding[path] = fill < 0 ? opacities[path] : opacities[path] * least_opacity(fills, fill);
    }
}

/* With p = position - start: dt/dend = (p - 2 t e) / |e|^2, dt/dstart = -e / |e|^2 - dt/dend. */
static void linear_chain(const double *shape, double scale_x, double scale_y, const double *sums, double *by) {
    double ex = shape[2] - shape[0], ey = shape[3] - shape[1];
    double length = hf_any_length(ex, ey);
    ex /= length;
    ey /= length;
    double inverse = 1.0 / length, total = sums[0];
    double x = sums[1] / scale_x - shape[0] * total, y = sums[2] / scale_y - shape[1] * total;
    double along = 2.0 * (x * ex + y * ey);
    by[2] = (x - along * ex) * inverse * inverse;
    by[3] = (y - along * ey) * inverse * inverse;
    by[0] = -ex * total * inverse - by[2];
    by[1] = -ey * total * inverse - by[3];
    by[4] = by[5] = 0.0;
}

bool hf_fill_derivatives(const GradientFills *fills, double scale_x, double scale_y, const double *shape_sums,
                         const double *stop_sums, bool beneath, FillValues *by) {
    bool known = beneath;
    for (int64_t fill = 0; fill < fills->count && !known; fill++) known = least_opacity(fills, fill) < 1.0;
    for (int64_t fill = 0; fill < fills->count; fill++) {
        const double *shape = fills->shapes + HF_SHAPE_COLUMNS * fill;
        const double *sums = shape_sums + SHAPE_SUMS * fill;
        double *by_shape = by->shapes + HF_SHAPE_COLUMNS * fill;
        if (fills->radial[fill]) {
            double reach = shape[HF_RADIUS] - shape[HF_FOCAL_RADIUS];
            for (int k = 0; k < SHAPE_SUMS; k++) by_shape[k] = sums[k] / reach;
        } else {
            linear_chain(shape, scale_x, scale_y, sums, by_shape);
        }
        bool fades = known && (beneath || least_opacity(fills, fill) < 1.0);
        for (int64_t stop = fills->stops[fill]; stop < fills->stops[fill + 1]; stop++) {
            const double *of_stop = stop_sums + STOP_SUMS * stop;
            by->offsets[stop] = of_stop[STOP_OFFSET];
            for (int channel = 0; channel < 3; channel++)
                by->colors[3 * stop + channel] = of_stop[STOP_RED + channel];
            if (known) by->opacities[stop] = fades ? of_stop[STOP_OPACITY] : 0.0;
        }
    }
    return known;
}
