"""Compiled loops of fitting: Adam, and mending contours that cross themselves."""

import numpy as np
from numba import njit

from huefold.bezier.kernels import first_crossing, flatten_contour, following, longest_polygon

MEAN_DECAY = 0.9
SQUARE_DECAY = 0.99
"""Decay of Adam's first and second moments from step to step."""

EPSILON = 1e-12
"""What Adam adds to the root of the second moment."""

HANDLE_KEPT = 0.7
"""Share of a handle's length that is left when it is shortened at a crossing."""


@njit(cache=True, nogil=True, error_model="numpy")
def adam(values, gradient, moments, rates, step):
    """Do one step of Adam on rows of numbers, each row with its own learning rate.

    `values` and both `moments` (mean and square) are changed in place.
    """
    mean, square = moments
    correct1 = 1.0 / (1.0 - MEAN_DECAY**step)
    correct2 = 1.0 / (1.0 - SQUARE_DECAY**step)
    for i in range(values.shape[0]):
        for k in range(values.shape[1]):
            g = gradient[i, k]
            mean[i, k] += (1.0 - MEAN_DECAY) * (g - mean[i, k])
            square[i, k] += (1.0 - SQUARE_DECAY) * (g * g - square[i, k])
            values[i, k] -= rates[i] * mean[i, k] * correct1 / (np.sqrt(square[i, k] * correct2) + EPSILON)


@njit(cache=True, nogil=True, error_model="numpy")
def adam_outlines(points, gradient, moments, offsets, share, rate, step):
    """Do one step of Adam on outlines, where the points of a path share part of their second moments.

    The second moment of a point is that of both coordinates together, mixed with the mean over its path: `share` is
    the weight of that mean. Plain Adam moves a point with a tiny gradient as fast as one with a large gradient, so
    tips of outlines wander off along the axes and become needles.
    """
    mean, square = moments
    correct1 = 1.0 / (1.0 - MEAN_DECAY**step)
    correct2 = 1.0 / (1.0 - SQUARE_DECAY**step)
    for path in range(len(offsets) - 1):
        total = 0.0
        for i in range(offsets[path], offsets[path + 1]):
            energy = 0.0
            for k in range(2):
                g = gradient[i, k]
                mean[i, k] += (1.0 - MEAN_DECAY) * (g - mean[i, k])
                energy += g * g
            square[i] += (1.0 - SQUARE_DECAY) * (0.5 * energy - square[i])
            total += square[i]
        common = share * total / max(offsets[path + 1] - offsets[path], 1)
        for i in range(offsets[path], offsets[path + 1]):
            moment = (1.0 - share) * square[i] + common
            pace = rate * correct1 / (np.sqrt(moment * correct2) + EPSILON)
            for k in range(2):
                points[i, k] -= pace * mean[i, k]


@njit(cache=True, nogil=True, error_model="numpy")
def _shorten_handles(points, first, last, segment):
    """Shorten both handles of a segment."""
    start = first + 3 * segment
    end = following(first, last, start)
    for k in range(2):
        points[start + 1, k] = points[start, k] + HANDLE_KEPT * (points[start + 1, k] - points[start, k])
        points[start + 2, k] = points[end, k] + HANDLE_KEPT * (points[start + 2, k] - points[end, k])


@njit(cache=True, nogil=True, error_model="numpy")
def _straighten(points, first, last, segment):
    """Make a segment a straight line: thirds from both ends, so that its reverse has the same bits."""
    start = first + 3 * segment
    end = following(first, last, start)
    for k in range(2):
        step = (points[end, k] - points[start, k]) / 3.0
        points[start + 1, k] = points[start, k] + step
        points[start + 2, k] = points[end, k] - step


@njit(cache=True, nogil=True, error_model="numpy")
def _reverse_between(points, first, last, i, j):
    """Reverse the order of the nodes after segment i up to the start of segment j (a 2-opt move)."""
    a, b = first + 3 * (i + 1), first + 3 * j
    while a < b:
        for k in range(2):
            points[a, k], points[b, k] = points[b, k], points[a, k]
        a += 1
        b -= 1
    _straighten(points, first, last, i)
    _straighten(points, first, last, j)


@njit(cache=True, nogil=True, error_model="numpy")
def _first_crossing_as_written(points, first, last, steps, cells_per_unit, rounded, xs, ys):
    """First two sides of a contour that cross, as it is or rounded to a grid of `cells_per_unit`."""
    count = flatten_contour(points, first, last, steps, xs, ys)
    i, j = first_crossing(xs, ys, count)
    if i >= 0:
        return i, j
    for at in range(first, last):
        rounded[at, 0] = np.rint(cells_per_unit * points[at, 0]) / cells_per_unit
        rounded[at, 1] = np.rint(cells_per_unit * points[at, 1]) / cells_per_unit
    count = flatten_contour(rounded, first, last, steps, xs, ys)
    return first_crossing(xs, ys, count)


@njit(cache=True, nogil=True, error_model="numpy")
def uncross(points, contours, steps, cells_per_unit, shortenings, reversals):
    """Mend contours that cross themselves: shorten handles at the crossing, then reverse the loop between.

    Contours are polygons of `steps` sides a segment. They must not cross themselves when rounded to a grid
    of `cells_per_unit` either. Handles of each pair of segments that cross are shortened up to `shortenings` times,
    then the loop between them is reversed up to `reversals` times, which ends the crossing.
    """
    xs = np.empty(longest_polygon(contours, steps))
    ys = np.empty(len(xs))
    rounded = np.empty_like(points)
    for c in range(len(contours) - 1):
        first, last = contours[c], contours[c + 1]
        for attempt in range(shortenings + reversals):
            i, j = _first_crossing_as_written(points, first, last, steps, cells_per_unit, rounded, xs, ys)
            if i < 0:
                break
            i //= steps
            j //= steps
            if attempt < shortenings or i == j:
                _shorten_handles(points, first, last, i)
                if i != j:
                    _shorten_handles(points, first, last, j)
            else:
                _reverse_between(points, first, last, i, j)


@njit(cache=True, nogil=True, error_model="numpy")
def _move_half_back(points, simple, first, last, segment):
    """Move both end nodes of a segment, with their handles, half-way back to where they were in `simple`."""
    start = first + 3 * segment
    end = following(first, last, start)
    for node in (start, end):
        before = node - 1 if node > first else last - 1
        for at in (before, node, node + 1):
            for k in range(2):
                points[at, k] = 0.5 * (points[at, k] + simple[at, k])


@njit(cache=True, nogil=True, error_model="numpy")
def backtrack(points, simple, contours, begin, end, steps, cells_per_unit, tries, moved):
    """Mend contours that began to cross themselves: segments that cross go half-way back, again and again.

    Looks at contours `begin` to `end - 1`. `simple` holds them before they crossed themselves. A contour that still
    crosses itself after `tries` goes back whole. `moved` marks the contours that were changed. Contours must
    not cross themselves when rounded to a grid of `cells_per_unit` either.
    """
    xs = np.empty(longest_polygon(contours, steps))
    ys = np.empty(len(xs))
    rounded = np.empty_like(points)
    for c in range(begin, end):
        first, last = contours[c], contours[c + 1]
        moved[c] = False
        for attempt in range(tries + 1):
            i, j = _first_crossing_as_written(points, first, last, steps, cells_per_unit, rounded, xs, ys)
            if i < 0:
                break
            moved[c] = True
            if attempt == tries:
                points[first:last] = simple[first:last]
                break
            _move_half_back(points, simple, first, last, i // steps)
            if i // steps != j // steps:
                _move_half_back(points, simple, first, last, j // steps)
