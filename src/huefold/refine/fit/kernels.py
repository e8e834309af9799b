"""Inner loops of Stage III: Adam, drawing back what is hidden, shortening outlines, and mending crossed ones."""

import numpy as np
from numba import njit

from huefold.bezier.kernels import bernstein, derivative_at, first_crossing, flatten_contour, longest_polygon

OUTLINE_SAMPLES = 4
"""Places on a segment that are looked at to find what of it is hidden, or lies outside."""

SIDES = 6
"""Of the polygon that stands for a segment where its length counts."""

CODE_LEVELS = 256
CODE_EXACT = 0.02
"""Of a level: pixels that are further from one show several paths."""


@njit(cache=True, nogil=True, error_model="numpy")
def adam(values, gradient, mean, square, rates, beta1, beta2, step):
    """One step of Adam on an array of rows, each with its own rate."""
    correct1 = 1.0 / (1.0 - beta1**step)
    correct2 = 1.0 / (1.0 - beta2**step)
    for i in range(values.shape[0]):
        for k in range(values.shape[1]):
            g = gradient[i, k]
            mean[i, k] += (1.0 - beta1) * (g - mean[i, k])
            square[i, k] += (1.0 - beta2) * (g * g - square[i, k])
            values[i, k] -= rates[i] * mean[i, k] * correct1 / (np.sqrt(square[i, k] * correct2) + 1e-12)


@njit(cache=True, nogil=True, error_model="numpy")
def adam_outlines(points, gradient, mean, square, offsets, share, rate, beta1, beta2, step):
    """One step of Adam on outlines, with second moments that the points of a path share in part.

    A point's second moment is that of both coordinates together, mixed with the mean over its path by `share`.
    Plain Adam moves a point that nothing pulls as fast as one that much depends on: tips of outlines then wander
    off along the axes and grow into needles.
    """
    correct1 = 1.0 / (1.0 - beta1**step)
    correct2 = 1.0 / (1.0 - beta2**step)
    for path in range(len(offsets) - 1):
        total = 0.0
        for i in range(offsets[path], offsets[path + 1]):
            energy = 0.0
            for k in range(2):
                g = gradient[i, k]
                mean[i, k] += (1.0 - beta1) * (g - mean[i, k])
                energy += g * g
            square[i] += (1.0 - beta2) * (0.5 * energy - square[i])
            total += square[i]
        common = share * total / max(offsets[path + 1] - offsets[path], 1)
        for i in range(offsets[path], offsets[path + 1]):
            moment = (1.0 - share) * square[i] + common
            pace = rate * correct1 / (np.sqrt(moment * correct2) + 1e-12)
            for k in range(2):
                points[i, k] -= pace * mean[i, k]


@njit(cache=True, nogil=True, error_model="numpy")
def _check_code(path):
    """Third component of a path's code: mixtures of two codes hardly ever have the right one."""
    return (37 * path + 11) % 251


@njit(cache=True, nogil=True, error_model="numpy")
def path_codes(codes):
    """Write the numbers of paths as colours, (N, 3)."""
    for path in range(len(codes)):
        codes[path, 0] = (path % CODE_LEVELS) / CODE_LEVELS
        codes[path, 1] = (path // CODE_LEVELS) / CODE_LEVELS
        codes[path, 2] = _check_code(path) / CODE_LEVELS


@njit(cache=True, nogil=True, error_model="numpy")
def read_codes(planes, count, top):
    """Read which of `count` paths each pixel of a picture in `path_codes` shows; -1 where none or several."""
    for y in range(top.shape[0]):
        for x in range(top.shape[1]):
            path = int(CODE_LEVELS * planes[0, y, x] + 0.5) + CODE_LEVELS * int(
                CODE_LEVELS * planes[1, y, x] + 0.5
            )
            off = abs(CODE_LEVELS * planes[0, y, x] - path % CODE_LEVELS)
            off = max(off, abs(CODE_LEVELS * planes[1, y, x] - path // CODE_LEVELS))
            off = max(off, abs(CODE_LEVELS * planes[2, y, x] - _check_code(path)))
            top[y, x] = path if off < CODE_EXACT and path < count else -1


@njit(cache=True, nogil=True, error_model="numpy")
def _later_path_on_top(top, x, y, path):
    """Whether the pixel at (x, y) shows a path above `path` alone; off the canvas none does."""
    rows, columns = top.shape
    if not (0.0 <= x < columns and 0.0 <= y < rows):
        return False
    return top[int(y), int(x)] > path


@njit(cache=True, nogil=True, error_model="numpy")
def outline_place(points, first, last, place):
    """One of the places on a contour that are looked at: its segment's first and last point, t, x and y."""
    a = first + 3 * (place // OUTLINE_SAMPLES)
    d = a + 3 if a + 3 < last else first
    t = (place % OUTLINE_SAMPLES + 0.5) / OUTLINE_SAMPLES
    b0, b1, b2, b3 = bernstein(t)
    x = b0 * points[a, 0] + b1 * points[a + 1, 0] + b2 * points[a + 2, 0] + b3 * points[d, 0]
    y = b0 * points[a, 1] + b1 * points[a + 1, 1] + b2 * points[a + 2, 1] + b3 * points[d, 1]
    return a, d, t, x, y


@njit(cache=True, nogil=True, error_model="numpy")
def add_outward(slopes, a, d, t, price, dx, dy):
    """Add the derivative of an area by a place where the outline runs along (dx, dy), its inside at (-dy, dx)."""
    b0, b1, b2, b3 = bernstein(t)
    for k, share in ((a, b0), (a + 1, b1), (a + 2, b2), (d, b3)):
        slopes[k, 0] += share * price * dy
        slopes[k, 1] -= share * price * dx


@njit(cache=True, nogil=True, error_model="numpy")
def draw_back(points, contours, paths, begin, end, top, weight, scale, margin, cost, slopes):
    """Add to `slopes` the derivative of `cost` times the area that paths have deeper than `margin` under others.

    Only the outline has a part in it, where it lies under another path and so does the place one margin inside.
    Looks at paths `begin` to `end - 1`. Points, slopes and `margin` are in units of the canvas, `top` and `weight`
    in pixels, of which there are `scale` to a unit in x and y.
    """
    price = cost * scale[0] * scale[1] / OUTLINE_SAMPLES
    for path in range(begin, end):
        for contour in range(paths[path], paths[path + 1]):
            first, last = contours[contour], contours[contour + 1]
            for place in range((last - first) // 3 * OUTLINE_SAMPLES):
                a, d, t, x, y = outline_place(points, first, last, place)
                if not _later_path_on_top(top, x * scale[0], y * scale[1], path):
                    continue
                dx, dy = derivative_at(points, a, d, t, 0), derivative_at(points, a, d, t, 1)
                length = np.hypot(dx, dy)
                if length == 0.0:
                    continue
                # Outlines run with their inside at (-dy, dx).
                inner_x, inner_y = x - margin * dy / length, y + margin * dx / length
                if not _later_path_on_top(top, inner_x * scale[0], inner_y * scale[1], path):
                    continue
                add_outward(slopes, a, d, t, price * weight[int(y * scale[1]), int(x * scale[0])], dx, dy)


@njit(cache=True, nogil=True, error_model="numpy")
def _shows(top, x, y, path, border):
    """Whether an outline of `path` may show at (x, y): not beneath another path, nor at the canvas border."""
    rows, columns = top.shape
    if not (border <= x <= columns - border and border <= y <= rows - border):
        return False
    return not _later_path_on_top(top, x, y, path)


@njit(cache=True, nogil=True, error_model="numpy")
def shorten(points, contours, paths, begin, end, top, weight, scale, border, softness, cost, slopes):
    """Add to `slopes` the derivative of `cost` times the length of the outlines that show, as polygons.

    Looks at paths `begin` to `end - 1`. Points and slopes are in units of the canvas; `top`, `weight`, `border` and
    `softness` in pixels, of which there are `scale` to a unit in x and y. Sides not much longer than `softness`
    count by their square.
    """
    sx, sy = scale[0], scale[1]
    for path in range(begin, end):
        for contour in range(paths[path], paths[path + 1]):
            first, last = contours[contour], contours[contour + 1]
            for a in range(first, last, 3):
                d = a + 3 if a + 3 < last else first
                x, y = sx * points[a, 0], sy * points[a, 1]
                w0, w1, w2, w3 = 1.0, 0.0, 0.0, 0.0
                for k in range(1, SIDES + 1):
                    v0, v1, v2, v3 = bernstein(k / SIDES)
                    x1 = sx * (
                        v0 * points[a, 0] + v1 * points[a + 1, 0] + v2 * points[a + 2, 0] + v3 * points[d, 0]
                    )
                    y1 = sy * (
                        v0 * points[a, 1] + v1 * points[a + 1, 1] + v2 * points[a + 2, 1] + v3 * points[d, 1]
                    )
                    xm, ym = 0.5 * (x + x1), 0.5 * (y + y1)
                    if _shows(top, xm, ym, path, border):
                        dx, dy = x1 - x, y1 - y
                        price = (
                            cost * weight[int(ym), int(xm)] / np.sqrt(dx * dx + dy * dy + softness * softness)
                        )
                        dx, dy = price * sx * dx, price * sy * dy
                        slopes[a, 0] += dx * (v0 - w0)
                        slopes[a, 1] += dy * (v0 - w0)
                        slopes[a + 1, 0] += dx * (v1 - w1)
                        slopes[a + 1, 1] += dy * (v1 - w1)
                        slopes[a + 2, 0] += dx * (v2 - w2)
                        slopes[a + 2, 1] += dy * (v2 - w2)
                        slopes[d, 0] += dx * (v3 - w3)
                        slopes[d, 1] += dy * (v3 - w3)
                    x, y, w0, w1, w2, w3 = x1, y1, v0, v1, v2, v3


@njit(cache=True, nogil=True, error_model="numpy")
def _pull_handles(points, first, last, segment, keep):
    """Shorten both handles of a segment."""
    start = first + 3 * segment
    end = start + 3 if start + 3 < last else first
    for k in range(2):
        points[start + 1, k] = points[start, k] + keep * (points[start + 1, k] - points[start, k])
        points[start + 2, k] = points[end, k] + keep * (points[start + 2, k] - points[end, k])


@njit(cache=True, nogil=True, error_model="numpy")
def _reverse_between(points, first, last, i, j):
    """Walk the knots after segment i up to the start of segment j the other way round (a 2-opt move)."""
    low = first + 3 * (i + 1)
    high = first + 3 * j
    a, b = low, high
    while a < b:
        for k in range(2):
            points[a, k], points[b, k] = points[b, k], points[a, k]
        a += 1
        b -= 1
    _straighten(points, first, last, i)
    _straighten(points, first, last, j)


@njit(cache=True, nogil=True, error_model="numpy")
def _straighten(points, first, last, segment):
    """Make a segment a straight line."""
    start = first + 3 * segment
    end = start + 3 if start + 3 < last else first
    for k in range(2):
        step = (points[end, k] - points[start, k]) / 3.0
        points[start + 1, k] = points[start, k] + step
        points[start + 2, k] = points[end, k] - step


@njit(cache=True, nogil=True, error_model="numpy")
def _first_crossing_as_written(points, first, last, steps, grid, rounded, xs, ys):
    """First two sides of a contour that cross, as it is or rounded to `grid` parts of a unit."""
    count = flatten_contour(points, first, last, steps, xs, ys)
    i, j = first_crossing(xs, ys, count)
    if i >= 0:
        return i, j
    for at in range(first, last):
        rounded[at, 0] = np.rint(grid * points[at, 0]) / grid
        rounded[at, 1] = np.rint(grid * points[at, 1]) / grid
    count = flatten_contour(rounded, first, last, steps, xs, ys)
    return first_crossing(xs, ys, count)


@njit(cache=True, nogil=True, error_model="numpy")
def untangle(points, contours, steps, grid, pulls, turns):
    """Mend contours that cross themselves: shorten the handles there, then turn the loop round.

    Contours shall not cross themselves when they are rounded to `grid` parts of a unit either.

    Each pair of segments that cross has its handles shortened up to `pulls` times in all; after that the loop
    between them is walked the other way, which ends the crossing of straight sides and shortens the outline.
    """
    xs = np.empty(longest_polygon(contours, steps))
    ys = np.empty(len(xs))
    rounded = np.empty_like(points)
    for c in range(len(contours) - 1):
        first, last = contours[c], contours[c + 1]
        for attempt in range(pulls + turns):
            i, j = _first_crossing_as_written(points, first, last, steps, grid, rounded, xs, ys)
            if i < 0:
                break
            i //= steps
            j //= steps
            if attempt < pulls or i == j:
                _pull_handles(points, first, last, i, 0.7)
                if i != j:
                    _pull_handles(points, first, last, j, 0.7)
            else:
                _reverse_between(points, first, last, i, j)


@njit(cache=True, nogil=True, error_model="numpy")
def _go_back(points, good, first, last, segment):
    """Move both ends of a segment half-way back to where they were, each with both its handles."""
    start = first + 3 * segment
    end = start + 3 if start + 3 < last else first
    for knot in (start, end):
        before = knot - 1 if knot > first else last - 1
        for at in (before, knot, knot + 1):
            for k in range(2):
                points[at, k] = 0.5 * (points[at, k] + good[at, k])


@njit(cache=True, nogil=True, error_model="numpy")
def retreat(points, good, contours, begin, end, steps, grid, tries, moved):
    """Mend contours that began to cross themselves: segments that cross go back half-way, again and again.

    Looks at contours `begin` to `end - 1`, which shall not cross themselves when they are rounded to `grid` parts
    of a unit either.

    `good` holds outlines without crossings. A contour that still crosses itself after `tries` goes back whole.
    `moved` marks the contours that were changed.
    """
    xs = np.empty(longest_polygon(contours, steps))
    ys = np.empty(len(xs))
    rounded = np.empty_like(points)
    for c in range(begin, end):
        first, last = contours[c], contours[c + 1]
        moved[c] = False
        for attempt in range(tries + 1):
            i, j = _first_crossing_as_written(points, first, last, steps, grid, rounded, xs, ys)
            if i < 0:
                break
            moved[c] = True
            if attempt == tries:
                points[first:last] = good[first:last]
                break
            _go_back(points, good, first, last, i // steps)
            if i // steps != j // steps:
                _go_back(points, good, first, last, j // steps)


@njit(cache=True, nogil=True, error_model="numpy")
def signed_areas(points, contours, steps, areas):
    """Signed area of each contour, as a polygon of `steps` sides a segment."""
    longest = 0
    for c in range(len(contours) - 1):
        longest = max(longest, (contours[c + 1] - contours[c]) // 3 * steps)
    xs = np.empty(longest)
    ys = np.empty(longest)
    for c in range(len(contours) - 1):
        count = flatten_contour(points, contours[c], contours[c + 1], steps, xs, ys)
        total = 0.0
        for i in range(count):
            k = i + 1 if i + 1 < count else 0
            total += xs[i] * ys[k] - xs[k] * ys[i]
        areas[c] = 0.5 * total
