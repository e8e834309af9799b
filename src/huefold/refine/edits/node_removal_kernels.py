"""Inner loops of taking knots out of outlines."""

import numpy as np
from numba import njit

from huefold.bezier.kernels import bernstein

SAMPLES = 8
"""Places on each of two segments to which the one cubic is fitted."""

LEAST_PART = 0.02
"""Of the length of two segments: neither counts for less."""


@njit(cache=True, nogil=True, error_model="numpy")
def _place(points, a, d, t, k):
    """Coordinate `k` at `t` of the segment whose points are a, a + 1, a + 2 and d."""
    s = 1.0 - t
    return s * s * (s * points[a, k] + 3.0 * t * points[a + 1, k]) + t * t * (
        3.0 * s * points[a + 2, k] + t * points[d, k]
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _length(points, a, d):
    """Length of the chords of a segment."""
    total, x, y = 0.0, points[a, 0], points[a, 1]
    for i in range(1, SAMPLES + 1):
        u, v = _place(points, a, d, i / SAMPLES, 0), _place(points, a, d, i / SAMPLES, 1)
        total += np.hypot(u - x, v - y)
        x, y = u, v
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def join(points, before, after, scale, limits, handles, halves, boxes):
    """Fit one cubic of the same ends to the two segments at each knot, by least squares over both.

    `handles` takes its control points, `halves` the five points between its ends when it is cut in two where the
    knot was along the outline, `boxes` the pixels that any of the old and new control polygons touch. In x and y
    there are `scale` pixels to a unit, and `limits` in all.
    """
    for knot in range(len(before)):
        a, b, d = 3 * before[knot], 3 * knot, 3 * after[knot]
        first, second = _length(points, a, b), _length(points, b, d)
        cut = min(max(first / max(first + second, 1e-12), LEAST_PART), 1.0 - LEAST_PART)
        c00 = c01 = c11 = x0 = x1 = y0 = y1 = 0.0
        for i in range(1, 2 * SAMPLES):
            if i <= SAMPLES:
                t = i / SAMPLES
                x, y = _place(points, a, b, t, 0), _place(points, a, b, t, 1)
                t *= cut
            else:
                t = (i - SAMPLES) / SAMPLES
                x, y = _place(points, b, d, t, 0), _place(points, b, d, t, 1)
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
        handles[knot, 0, 0], handles[knot, 0, 1] = (
            (x0 * c11 - x1 * c01) * inverse,
            (y0 * c11 - y1 * c01) * inverse,
        )
        handles[knot, 1, 0], handles[knot, 1, 1] = (
            (x1 * c00 - x0 * c01) * inverse,
            (y1 * c00 - y0 * c01) * inverse,
        )
        for k in range(2):
            p, q = handles[knot, 0, k], handles[knot, 1, k]
            halves[knot, 0, k] = points[a, k] + cut * (p - points[a, k])
            middle = p + cut * (q - p)
            halves[knot, 4, k] = q + cut * (points[d, k] - q)
            halves[knot, 1, k] = halves[knot, 0, k] + cut * (middle - halves[knot, 0, k])
            halves[knot, 3, k] = middle + cut * (halves[knot, 4, k] - middle)
            halves[knot, 2, k] = halves[knot, 1, k] + cut * (halves[knot, 3, k] - halves[knot, 1, k])
            low, high = min(points[a, k], points[d, k]), max(points[a, k], points[d, k])
            for i in (a + 1, a + 2, b, b + 1, b + 2):
                low, high = min(low, points[i, k]), max(high, points[i, k])
            for i in range(5):
                low, high = min(low, halves[knot, i, k]), max(high, halves[knot, i, k])
            boxes[knot, k] = min(max(int(np.floor(low * scale[k])) - 1, 0), limits[k])
            boxes[knot, k + 2] = min(max(int(np.ceil(high * scale[k])) + 1, 0), limits[k])


@njit(cache=True, nogil=True, error_model="numpy")
def choose(order, count, before, after, contour, path, contour_sizes, path_sizes, least, path_least, taken):
    """Mark up to `count` knots in `order`, no two of them neighbours; contours and paths keep so many.

    The sizes are counted down.
    """
    left = count
    for knot in order:
        if left == 0:
            break
        if taken[before[knot]] or taken[after[knot]]:
            continue
        if contour_sizes[contour[knot]] <= least or path_sizes[path[knot]] <= path_least:
            continue
        taken[knot] = True
        contour_sizes[contour[knot]] -= 1
        path_sizes[path[knot]] -= 1
        left -= 1
