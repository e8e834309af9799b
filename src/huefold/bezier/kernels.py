"""Cubics in compiled code: points, derivatives, splits, one cubic for two segments, and closed chains."""

import numpy as np
from numba import njit

CHORDS = 7
"""Sides of the polygon for each segment: enough to see a loop; odd, so that crossings midway are not at corners."""


@njit(cache=True, nogil=True, error_model="numpy")
def bernstein(t):
    """Cubic Bernstein polynomials at `t`: the weights of a segment's four control points."""
    s = 1.0 - t
    return s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t


@njit(cache=True, nogil=True, error_model="numpy")
def weighted_point(points, a, d, weights, k):
    """Coordinate `k` where the Bernstein weights are `weights`, of the segment a, a + 1, a + 2, d."""
    w0, w1, w2, w3 = weights
    return w0 * points[a, k] + w1 * points[a + 1, k] + w2 * points[a + 2, k] + w3 * points[d, k]


@njit(cache=True, nogil=True, error_model="numpy")
def point_at(points, a, d, t, k):
    """Coordinate `k` at `t` of the segment a, a + 1, a + 2, d: the Bernstein weights in nested form.

    Its last digits are not those of `weighted_point`, and which nodes are removed may depend on them.
    """
    s = 1.0 - t
    return s * s * (s * points[a, k] + 3.0 * t * points[a + 1, k]) + t * t * (
        3.0 * s * points[a + 2, k] + t * points[d, k]
    )


@njit(cache=True, nogil=True, error_model="numpy")
def derivative_weights(t):
    """Weights of the three differences of control points in the derivative by `t`."""
    s = 1.0 - t
    return 3.0 * s * s, 6.0 * s * t, 3.0 * t * t


@njit(cache=True, nogil=True, error_model="numpy")
def derivative_at(points, a, d, t, k):
    """Derivative by `t` of coordinate `k` of the segment whose points are a, a + 1, a + 2 and d."""
    first, second, third = derivative_weights(t)
    return (
        first * (points[a + 1, k] - points[a, k])
        + second * (points[a + 2, k] - points[a + 1, k])
        + third * (points[d, k] - points[a + 2, k])
    )


@njit(cache=True, nogil=True, error_model="numpy")
def power_coefficients(p0, p1, p2, p3):
    """Coefficients of 1, t, t**2 and t**3 of one coordinate of a segment."""
    first = 3.0 * (p1 - p0)
    second = 3.0 * (p2 - p1) - first
    return p0, first, second, p3 - p0 - first - second


@njit(cache=True, nogil=True, error_model="numpy")
def thirds(start, end):
    """One coordinate of the control points of a straight segment of even speed."""
    chord = end - start
    return start + chord / 3.0, start + chord * (2.0 / 3.0)


@njit(cache=True, nogil=True, error_model="numpy")
def split(p0, p1, p2, p3, t):
    """One coordinate of the five points between the ends of a segment split at `t` (de Casteljau's algorithm)."""
    p01, p12, p23 = p0 + t * (p1 - p0), p1 + t * (p2 - p1), p2 + t * (p3 - p2)
    p012, p123 = p01 + t * (p12 - p01), p12 + t * (p23 - p12)
    return p01, p012, p012 + t * (p123 - p012), p123, p23


@njit(cache=True, nogil=True, error_model="numpy")
def chord_length(points, a, d, chords):
    """Length of a segment, measured by so many chords."""
    total, x, y = 0.0, points[a, 0], points[a, 1]
    for i in range(1, chords + 1):
        u, v = point_at(points, a, d, i / chords, 0), point_at(points, a, d, i / chords, 1)
        total += np.hypot(u - x, v - y)
        x, y = u, v
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def fit_one_cubic(points, a, b, d, cut, samples, handles):
    """Write the handles of the cubic nearest to `samples` points on each of segments a-b and b-d; b is at `cut`."""
    c00 = c01 = c11 = x0 = x1 = y0 = y1 = 0.0
    for i in range(1, 2 * samples):
        if i <= samples:
            t = i / samples
            x, y = point_at(points, a, b, t, 0), point_at(points, a, b, t, 1)
            t *= cut
        else:
            t = (i - samples) / samples
            x, y = point_at(points, b, d, t, 0), point_at(points, b, d, t, 1)
            t = cut + (1.0 - cut) * t
        w0, w1, w2, w3 = bernstein(t)
        x -= w0 * points[a, 0] + w3 * points[d, 0]
        y -= w0 * points[a, 1] + w3 * points[d, 1]
        c00 += w1 * w1
        c01 += w1 * w2
        c11 += w2 * w2
        x0 += w1 * x
        x1 += w2 * x
        y0 += w1 * y
        y1 += w2 * y
    inverse = 1.0 / (c00 * c11 - c01 * c01)
    handles[0, 0], handles[0, 1] = (x0 * c11 - x1 * c01) * inverse, (y0 * c11 - y1 * c01) * inverse
    handles[1, 0], handles[1, 1] = (x1 * c00 - x0 * c01) * inverse, (y1 * c00 - y0 * c01) * inverse


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def following(first, last, at):
    """Node after `at` in the closed chain that holds the points `first` to `last - 1`."""
    return at + 3 if at + 3 < last else first


@njit(cache=True, nogil=True, error_model="numpy")
def flatten_contour(points, first, last, steps, xs, ys):
    """Points on a closed chain of cubics, `steps` a segment; return how many."""
    count = 0
    for at in range(first, last, 3):
        end = following(first, last, at)
        for i in range(steps):
            weights = bernstein(i / steps)
            xs[count] = weighted_point(points, at, end, weights, 0)
            ys[count] = weighted_point(points, at, end, weights, 1)
            count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _turn(ax, ay, bx, by, cx, cy):
    """Twice the signed area of a triangle, with rounding noise set to 0."""
    left, right = (bx - ax) * (cy - ay), (by - ay) * (cx - ax)
    area = left - right
    return area if abs(area) > 1e-12 * (abs(left) + abs(right)) else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def first_crossing(xs, ys, count):
    """First two sides of a closed polygon that cross at a point inside both; (-1, -1) when there are none."""
    for i in range(count - 1):
        ax, ay, bx, by = xs[i], ys[i], xs[i + 1], ys[i + 1]
        low_x, high_x = min(ax, bx), max(ax, bx)
        low_y, high_y = min(ay, by), max(ay, by)
        for j in range(i + 2, count):
            if i == 0 and j == count - 1:
                continue
            k = j + 1 if j + 1 < count else 0
            cx, cy, dx, dy = xs[j], ys[j], xs[k], ys[k]
            if max(cx, dx) < low_x or min(cx, dx) > high_x or max(cy, dy) < low_y or min(cy, dy) > high_y:
                continue
            if (
                _turn(ax, ay, bx, by, cx, cy) * _turn(ax, ay, bx, by, dx, dy) < 0.0
                and _turn(cx, cy, dx, dy, ax, ay) * _turn(cx, cy, dx, dy, bx, by) < 0.0
            ):
                return i, j
    return -1, -1


@njit(cache=True, nogil=True, error_model="numpy")
def longest_polygon(contours, steps):
    """Most corners that a contour's polygon has."""
    longest = 1
    for c in range(len(contours) - 1):
        longest = max(longest, (contours[c + 1] - contours[c]) // 3 * steps)
    return longest


@njit(cache=True, nogil=True, error_model="numpy")
def signed_areas(points, contours, steps, areas):
    """Write the signed area of each contour, as a polygon of `steps` sides a segment."""
    xs = np.empty(longest_polygon(contours, steps))
    ys = np.empty(len(xs))
    for c in range(len(contours) - 1):
        count = flatten_contour(points, contours[c], contours[c + 1], steps, xs, ys)
        total = 0.0
        for i in range(count):
            k = i + 1 if i + 1 < count else 0
            total += xs[i] * ys[k] - xs[k] * ys[i]
        areas[c] = 0.5 * total


@njit(cache=True, nogil=True, error_model="numpy")
def self_crossing(points, contours, steps, crossing):
    """Mark contours that cross themselves, as polygons of `steps` sides a segment."""
    xs = np.empty(longest_polygon(contours, steps))
    ys = np.empty(len(xs))
    for c in range(len(contours) - 1):
        count = flatten_contour(points, contours[c], contours[c + 1], steps, xs, ys)
        crossing[c] = first_crossing(xs, ys, count)[0] >= 0
