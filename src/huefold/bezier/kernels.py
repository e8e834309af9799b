"""Cubics in compiled code: weights, derivatives, flattening, and self-crossings of closed chains."""

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
def flatten_contour(points, first, last, steps, xs, ys):
    """Points on a closed chain of cubics, `steps` a segment; return how many."""
    count = 0
    for at in range(first, last, 3):
        following = at + 3 if at + 3 < last else first
        for i in range(steps):
            weights = bernstein(i / steps)
            xs[count] = weighted_point(points, at, following, weights, 0)
            ys[count] = weighted_point(points, at, following, weights, 1)
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
