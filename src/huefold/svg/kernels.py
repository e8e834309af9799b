"""Inner loops of rounding: samples along segments, the area a move sweeps, and what lies beneath boundaries."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from huefold.bezier.kernels import bernstein, derivative_weights


class Outlines(NamedTuple):
    """Samples along the outlines of N paths, contour by contour."""

    position: NDArray[np.float64]  # (M, 2)
    contours: NDArray[np.int64]  # (C + 1,): offset of each contour in the samples
    paths: NDArray[np.int64]  # (N + 1,): offset of each path in the contours


class Paints(NamedTuple):
    """What N paths are painted with."""

    least: NDArray[np.float64]  # (N, 3): range of the colours of each fill
    largest: NDArray[np.float64]
    opacity: NDArray[np.float64]  # (N,): largest opacity
    opaque: NDArray[np.bool_]  # (N,): whether it is opaque everywhere
    evenodd: NDArray[np.bool_]  # (N,): its fill rule


class Cells(NamedTuple):
    """Square cells of the canvas with a border of one cell, and the range of the colours in each."""

    size: float  # pixels
    margin: float  # pixels around a sample in which the boundary may enter a neighbouring cell
    low: NDArray[np.float64]  # (rows, columns, 3)
    high: NDArray[np.float64]


@njit(cache=True, nogil=True, error_model="numpy")
def sample(points, first, position):
    """Sample each cubic (S, 4, 2) at midpoints of equal parameter steps; `first` (S + 1,) says how many."""
    for s in range(len(points)):
        count = first[s + 1] - first[s]
        for i in range(count):
            w0, w1, w2, w3 = bernstein((i + 0.5) / count)
            for c in range(2):
                position[first[s] + i, c] = (
                    w0 * points[s, 0, c] + w1 * points[s, 1, c] + w2 * points[s, 2, c] + w3 * points[s, 3, c]
                )


@njit(cache=True, nogil=True, error_model="numpy")
def sweep(before, after, first, moved, area):
    """Write the area |D x B'| dt that each sample of the segments `moved` sweeps."""
    velocity, shift = np.empty(2), np.empty(2)
    for s in range(len(before)):
        count = first[s + 1] - first[s] if moved[s] else 0
        for i in range(count):
            t = (i + 0.5) / count
            w0, w1, w2, w3 = bernstein(t)
            d0, d1, d2 = derivative_weights(t)
            for c in range(2):
                a, d, f, h = after[s, 0, c], after[s, 1, c], after[s, 2, c], after[s, 3, c]
                b, e, g, j = before[s, 0, c], before[s, 1, c], before[s, 2, c], before[s, 3, c]
                shift[c] = w0 * (a - b) + w1 * (d - e) + w2 * (f - g) + w3 * (h - j)
                v0, v1, v2, v3 = 0.5 * (a + b), 0.5 * (d + e), 0.5 * (f + g), 0.5 * (h + j)
                velocity[c] = d0 * (v1 - v0) + d1 * (v2 - v1) + d2 * (v3 - v2)
            area[first[s] + i] = abs(shift[0] * velocity[1] - shift[1] * velocity[0]) / count


@njit(cache=True, nogil=True, error_model="numpy")
def _cell(x, size, count):
    """Row or column of a coordinate, on a grid with a border of one cell."""
    return np.int64(min(max(np.floor(x / size) + 1.0, 0.0), count - 1.0))


@njit(cache=True, nogil=True, error_model="numpy")
def _touch(position, start, stop, size, margin, touched, path):
    """Stamp the cells that samples [start, stop) enter, or nearly so; return the rows and columns they span."""
    rows, columns = touched.shape
    top, bottom, left, right = rows, 0, columns, 0
    for i in range(start, stop):
        for dx in (-margin, margin):
            for dy in (-margin, margin):
                row = _cell(position[i, 1] + dy, size, rows)
                column = _cell(position[i, 0] + dx, size, columns)
                touched[row, column] = path
                top, bottom = min(top, row), max(bottom, row)
                left, right = min(left, column), max(right, column)
    return top, bottom, left, right


@njit(cache=True, nogil=True, error_model="numpy")
def _wind(position, start, stop, size, winding):
    """Add a closed chain of samples to the steps of the winding number at cell centres along each row.

    Samples are closer together than cells are high, so a step crosses one row of centres at most.
    """
    rows, columns = winding.shape[0], winding.shape[1] - 1
    row = np.int64(min(max(np.floor(position[start, 1] / size + 0.5), -1.0), rows - 1.0))
    for i in range(start, stop):
        following = i + 1 if i + 1 < stop else start
        ahead = np.int64(min(max(np.floor(position[following, 1] / size + 0.5), -1.0), rows - 1.0))
        if ahead != row:
            column = np.int64(min(max(np.ceil(position[i, 0] / size + 0.5), 0.0), float(columns)))
            winding[max(row, ahead), column] += 1 if ahead > row else -1
        row = ahead


@njit(cache=True, nogil=True, error_model="numpy")
def _paint(paints, path, cells, box, touched, winding, cover):
    """Paint a path: widen the ranges of the cells in `box` that it touches, replace those that it covers."""
    top, bottom, left, right = box
    low, high = cells.low, cells.high
    for row in range(top, bottom + 1):
        turns = 0
        for column in range(left, right + 1):
            turns += winding[row, column]
            winding[row, column] = 0
            inside = turns % 2 != 0 if paints.evenodd[path] else turns != 0
            mixed = touched[row, column] == path
            if inside and not mixed and paints.opaque[path]:
                cover[row, column] = path
                for c in range(3):
                    low[row, column, c] = paints.least[path, c]
                    high[row, column, c] = paints.largest[path, c]
            elif mixed or inside:
                for c in range(3):
                    low[row, column, c] = min(low[row, column, c], paints.least[path, c])
                    high[row, column, c] = max(high[row, column, c], paints.largest[path, c])
        winding[row, right + 1] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def contrasts(outlines, paints, cells, contrast):
    """Bound how much coverage at each sample changes a colour channel (see `boundary_contrast`).

    The ranges of the cells start at the background, and are used up.
    """
    position, contours, paths = outlines.position, outlines.contours, outlines.paths
    size, low, high = cells.size, cells.low, cells.high
    rows, columns = low.shape[0], low.shape[1]
    touched = np.full((rows, columns), -1)
    cover = np.full((rows, columns), -1)  # the last path that covers a cell wholly and opaquely
    winding = np.zeros((rows, columns + 1), np.int64)
    for path in range(len(paints.least)):
        start, stop = contours[paths[path]], contours[paths[path + 1]]
        for i in range(start, stop):
            row, column = _cell(position[i, 1], size, rows), _cell(position[i, 0], size, columns)
            span = 0.0
            for c in range(3):
                above = paints.largest[path, c] - low[row, column, c]
                below = high[row, column, c] - paints.least[path, c]
                span = max(span, above, below)
            contrast[i] = paints.opacity[path] * span
        box = _touch(position, start, stop, size, cells.margin, touched, path)
        for contour in range(paths[path], paths[path + 1]):
            _wind(position, contours[contour], contours[contour + 1], size, winding)
        _paint(paints, path, cells, box, touched, winding, cover)
    for path in range(len(paints.least)):
        for i in range(contours[paths[path]], contours[paths[path + 1]]):
            row, column = _cell(position[i, 1], size, rows), _cell(position[i, 0], size, columns)
            if cover[row, column] > path:
                contrast[i] = 0.0
