"""Inner loops of rounding: samples along segments, the area a move sweeps, and what lies beneath boundaries."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def sample(points, first, position):
    """Sample each cubic (S, 4, 2) at midpoints of equal parameter steps; `first` (S + 1,) says how many."""
    for s in range(len(points)):
        count = first[s + 1] - first[s]
        for i in range(count):
            t = (i + 0.5) / count
            u = 1.0 - t
            w0, w1, w2, w3 = u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t
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
            u = 1.0 - t
            w0, w1, w2, w3 = u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t
            for c in range(2):
                a, b = after[s, 0, c], before[s, 0, c]
                d, e = after[s, 1, c], before[s, 1, c]
                f, g = after[s, 2, c], before[s, 2, c]
                h, j = after[s, 3, c], before[s, 3, c]
                shift[c] = w0 * (a - b) + w1 * (d - e) + w2 * (f - g) + w3 * (h - j)
                v0, v1, v2, v3 = 0.5 * (a + b), 0.5 * (d + e), 0.5 * (f + g), 0.5 * (h + j)
                velocity[c] = 3.0 * (u * u * (v1 - v0) + 2.0 * u * t * (v2 - v1) + t * t * (v3 - v2))
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
def contrasts(
    position, contours, paths, least, largest, opacities, opaque, evenodd, size, margin, low, high, contrast
):
    """Bound how much coverage at each sample changes a colour channel (see `boundary_contrast`).

    `contours` (C + 1,) are offsets in samples, `paths` (N + 1,) in contours; `least` and `largest`
    (N, 3) are the range of each fill's colours; `low` and `high` (rows, columns, 3) start at the background.
    """
    rows, columns = low.shape[0], low.shape[1]
    touched = np.full((rows, columns), -1)
    cover = np.full((rows, columns), -1)  # the last path that covers a cell wholly and opaquely
    winding = np.zeros((rows, columns + 1), np.int64)
    for path in range(len(least)):
        start, stop = contours[paths[path]], contours[paths[path + 1]]
        for i in range(start, stop):
            row, column = _cell(position[i, 1], size, rows), _cell(position[i, 0], size, columns)
            span = 0.0
            for c in range(3):
                span = max(
                    span, largest[path, c] - low[row, column, c], high[row, column, c] - least[path, c]
                )
            contrast[i] = opacities[path] * span
        top, bottom, left, right = _touch(position, start, stop, size, margin, touched, path)
        for contour in range(paths[path], paths[path + 1]):
            _wind(position, contours[contour], contours[contour + 1], size, winding)
        for row in range(top, bottom + 1):
            turns = 0
            for column in range(left, right + 1):
                turns += winding[row, column]
                winding[row, column] = 0
                inside = turns % 2 != 0 if evenodd[path] else turns != 0
                mixed = touched[row, column] == path
                if inside and not mixed and opaque[path]:
                    cover[row, column] = path
                    for c in range(3):
                        low[row, column, c] = least[path, c]
                        high[row, column, c] = largest[path, c]
                elif mixed or inside:
                    for c in range(3):
                        low[row, column, c] = min(low[row, column, c], least[path, c])
                        high[row, column, c] = max(high[row, column, c], largest[path, c])
            winding[row, right + 1] = 0
    for path in range(len(least)):
        for i in range(contours[paths[path]], contours[paths[path + 1]]):
            row, column = _cell(position[i, 1], size, rows), _cell(position[i, 0], size, columns)
            if cover[row, column] > path:
                contrast[i] = 0.0
