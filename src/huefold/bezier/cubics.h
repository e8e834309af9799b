/* Cubics: points, derivatives, splits, one cubic for two segments, and closed chains of them.
 *
 * `points` are [P, 2]; a segment's are a, a + 1, a + 2 and d, and `k` is 0 for x, 1 for y.
 */
#ifndef HUEFOLD_BEZIER_CUBICS_H
#define HUEFOLD_BEZIER_CUBICS_H

#include "bezier/crossings.h"
#include "native/core.h"
#include "native/elementary.h"

/* Cubic Bernstein polynomials at `t`: the weights of a segment's four control points. */
HF_INLINE void hf_bernstein(double t, double weights[4]) {
    double s = 1.0 - t;
    weights[0] = s * s * s;
    weights[1] = 3.0 * s * s * t;
    weights[2] = 3.0 * s * t * t;
    weights[3] = t * t * t;
}

/* Coordinate `k` where the Bernstein weights are `weights`. */
HF_INLINE double hf_weighted_point(const double *points, int64_t a, int64_t d, const double weights[4], int k) {
    const double *p = points + 2 * a + k;
    return weights[0] * p[0] + weights[1] * p[2] + weights[2] * p[4] + weights[3] * points[2 * d + k];
}

/* Coordinate `k` at `t`: the Bernstein weights in nested form. Its last digits are not those of hf_weighted_point, and
 * which nodes are removed may depend on them. */
HF_INLINE double hf_point_at(const double *points, int64_t a, int64_t d, double t, int k) {
    const double *p = points + 2 * a + k;
    double s = 1.0 - t;
    return s * s * (s * p[0] + 3.0 * t * p[2]) + t * t * (3.0 * s * p[4] + t * points[2 * d + k]);
}

/* Weights of the three differences of control points in the derivative by `t`. */
HF_INLINE void hf_derivative_weights(double t, double weights[3]) {
    double s = 1.0 - t;
    weights[0] = 3.0 * s * s;
    weights[1] = 6.0 * s * t;
    weights[2] = 3.0 * t * t;
}

/* Derivative by `t` of coordinate `k`. */
HF_INLINE double hf_derivative_at(const double *points, int64_t a, int64_t d, double t, int k) {
    const double *p = points + 2 * a + k;
    double weights[3];
    hf_derivative_weights(t, weights);
    return weights[0] * (p[2] - p[0]) + weights[1] * (p[4] - p[2]) + weights[2] * (points[2 * d + k] - p[4]);
}

/* Coefficients of 1, t, t^2 and t^3 of one coordinate of a segment. */
HF_INLINE void hf_power_coefficients(double p0, double p1, double p2, double p3, double coefficients[4]) {
    double first = 3.0 * (p1 - p0);
    double second = 3.0 * (p2 - p1) - first;
    coefficients[0] = p0;
    coefficients[1] = first;
    coefficients[2] = second;
    coefficients[3] = p3 - p0 - first - second;
}

/* One coordinate of the control points of a straight segment of even speed. */
HF_INLINE void hf_thirds(double start, double end, double controls[2]) {
    double chord = end - start;
    controls[0] = start + chord / 3.0;
    controls[1] = start + chord * (2.0 / 3.0);
}

/* One coordinate of the five points between the ends of a segment split at `t` (de Casteljau's algorithm). */
HF_INLINE void hf_split(double p0, double p1, double p2, double p3, double t, double between[5]) {
    double p01 = p0 + t * (p1 - p0), p12 = p1 + t * (p2 - p1), p23 = p2 + t * (p3 - p2);
    double p012 = p01 + t * (p12 - p01), p123 = p12 + t * (p23 - p12);
    between[0] = p01;
    between[1] = p012;
    between[2] = p012 + t * (p123 - p012);
    between[3] = p123;
    between[4] = p23;
}

/* Length of a segment, measured by so many chords. */
static inline double hf_chord_length(const double *points, int64_t a, int64_t d, int64_t chords) {
    double total = 0.0, x = points[2 * a], y = points[2 * a + 1];
    for (int64_t i = 1; i <= chords; i++) {
        double t = (double)i / (double)chords;
        double u = hf_point_at(points, a, d, t, 0), v = hf_point_at(points, a, d, t, 1);
        total += hf_hypot(u - x, v - y);
        x = u;
        y = v;
    }
    return total;
}

/* Write the handles [2, 2] of the cubic nearest to `samples` points on each of segments a-b and b-d; b is at `cut`. */
static inline void hf_fit_one_cubic(const double *points, int64_t a, int64_t b, int64_t d, double cut, int64_t samples,
                                    double handles[4]) {
    double c00 = 0.0, c01 = 0.0, c11 = 0.0, x0 = 0.0, x1 = 0.0, y0 = 0.0, y1 = 0.0;
    for (int64_t i = 1; i < 2 * samples; i++) {
        bool early = i <= samples;
        int64_t from = early ? a : b, to = early ? b : d;
        double t = (double)(early ? i : i - samples) / (double)samples, w[4];
        double x = hf_point_at(points, from, to, t, 0), y = hf_point_at(points, from, to, t, 1);
        hf_bernstein(early ? t * cut : cut + (1.0 - cut) * t, w);
        x -= w[0] * points[2 * a] + w[3] * points[2 * d];
        y -= w[0] * points[2 * a + 1] + w[3] * points[2 * d + 1];
        c00 += w[1] * w[1];
        c01 += w[1] * w[2];
        c11 += w[2] * w[2];
        x0 += w[1] * x;
        x1 += w[2] * x;
        y0 += w[1] * y;
        y1 += w[2] * y;
    }
    double inverse = 1.0 / (c00 * c11 - c01 * c01);
    handles[0] = (x0 * c11 - x1 * c01) * inverse;
    handles[1] = (y0 * c11 - y1 * c01) * inverse;
    handles[2] = (x1 * c00 - x0 * c01) * inverse;
    handles[3] = (y1 * c00 - y0 * c01) * inverse;
}

/* Node after `at` in the closed chain that holds the points `first` to `last - 1`. */
HF_INLINE int64_t hf_following(int64_t first, int64_t last, int64_t at) { return at + 3 < last ? at + 3 : first; }

/* Most corners that a contour's polygon has, at least 1; `contours` [C + 1] are offsets in the points. */
static inline int64_t hf_longest_polygon(const int64_t *contours, int64_t count, int64_t steps) {
    int64_t longest = 1;
    for (int64_t c = 0; c < count; c++) longest = hf_max_int(longest, (contours[c + 1] - contours[c]) / 3 * steps);
    return longest;
}

/* Points on the closed chain of cubics `first` to `last - 1`, `steps` a segment; return how many. */
static inline int64_t hf_flatten_contour(const double *restrict points, int64_t first, int64_t last, int64_t steps,
                                         double *restrict xs, double *restrict ys) {
    for (int64_t i = 0; i < steps; i++) {
        double weights[4];
        hf_bernstein((double)i / (double)steps, weights);
        int64_t at = first;
        for (int64_t to = i; at + 3 < last; at += 3, to += steps) {
            xs[to] = hf_weighted_point(points, at, at + 3, weights, 0);
            ys[to] = hf_weighted_point(points, at, at + 3, weights, 1);
        }
        if (at < last) {
            int64_t to = (at - first) / 3 * steps + i;
            xs[to] = hf_weighted_point(points, at, first, weights, 0);
            ys[to] = hf_weighted_point(points, at, first, weights, 1);
        }
    }
    return last > first ? (last - first + 2) / 3 * steps : 0;
}

#endif
