"""Numeric kernels that follow cracks (pixel edges): contours of regions and of the area a path may cover."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["count_components", "cover", "crack_limits", "mask_contours", "region_contours", "thickness_caps"]

_Ints = NDArray[np.int32]
_Bytes = NDArray[np.uint8]
_Floats = NDArray[np.float64]
_Lengths = NDArray[np.int64]

STEP_X = np.array([1, 0, -1, 0])
STEP_Y = np.array([0, 1, 0, -1])
# Pixel to the right of, and to the left of, a crack that leaves a vertex in each direction (y down).
RIGHT_X = np.array([0, -1, -1, 0])
RIGHT_Y = np.array([0, 0, -1, -1])
LEFT_X = np.array([0, 0, -1, -1])
LEFT_Y = np.array([-1, 0, 0, -1])


@njit(cache=True, nogil=True, error_model="numpy")
def _is(labels: _Ints, y: int, x: int, label: int) -> bool:
    height, width = labels.shape
    return bool(0 <= y < height and 0 <= x < width and labels[y, x] == label)


@njit(cache=True, nogil=True, error_model="numpy")
def _follow(labels: _Ints, row: int, col: int, seen: _Bytes, points: _Ints, n: int) -> tuple[int, int]:
    """Follow the contour from the top side of a pixel, its region on the right; return end and area * 2.

    Where a region touches itself at a vertex the contour joins both pixels, so that the pocket between them
    is a contour of its own.
    """
    label = labels[row, col]
    x, y, d, twice_area = col, row, 0, 0
    while True:
        points[n, 0], points[n, 1] = x, y
        n += 1
        if d == 0:
            seen[y, x] = 1
        twice_area += x * STEP_Y[d] - y * STEP_X[d]
        x += STEP_X[d]
        y += STEP_Y[d]
        if _is(labels, y + LEFT_Y[d], x + LEFT_X[d], label):
            d = (d + 3) % 4
        elif not _is(labels, y + RIGHT_Y[d], x + RIGHT_X[d], label):
            d = (d + 1) % 4
        if d == 0 and x == col and y == row:
            return n, twice_area


@njit(cache=True, nogil=True, error_model="numpy")
def _crack_counts(labels: _Ints, only: int) -> tuple[int, int]:
    """Count cracks around the pixels of one label (of all if it is negative), and those on top of a pixel."""
    height, width = labels.shape
    total, tops = 0, 0
    for y in range(height):
        for x in range(width):
            label = labels[y, x]
            if only >= 0 and label != only:
                continue
            top = not _is(labels, y - 1, x, label)
            tops += top
            total += top
            total += not _is(labels, y + 1, x, label)
            total += not _is(labels, y, x - 1, label)
            total += not _is(labels, y, x + 1, label)
    return total, tops


@njit(cache=True, nogil=True, error_model="numpy")
def region_contours(labels: _Ints) -> tuple[_Ints, _Lengths, _Lengths, _Lengths]:
    """Return the contours of all regions: vertices, start of each contour (and the end), its label, twice its area.

    Outer contours run clockwise on the screen and have positive area; holes are negative.
    """
    height, width = labels.shape
    total, tops = _crack_counts(labels, -1)
    points = np.empty((total, 2), np.int32)
    offsets = np.zeros(tops + 1, np.int64)
    owners = np.empty(tops, np.int64)
    areas = np.empty(tops, np.int64)
    seen = np.zeros((height, width), np.uint8)
    n, c = offsets[0], 0  # zero; a literal would be compiled on its own
    for y in range(height):
        for x in range(width):
            if seen[y, x] == 0 and not _is(labels, y - 1, x, labels[y, x]):
                n, areas[c] = _follow(labels, y, x, seen, points, n)
                owners[c] = labels[y, x]
                c += 1
                offsets[c] = n
    return points, offsets[: c + 1], owners[:c], areas[:c]


@njit(cache=True, nogil=True, error_model="numpy")
def mask_contours(mask: _Ints) -> tuple[_Ints, _Lengths]:
    """Return the contours of the pixels of `mask` that are 1: vertices, and start of each contour (and the end)."""
    height, width = mask.shape
    total, tops = _crack_counts(mask, 1)
    points = np.empty((total, 2), np.int32)
    offsets = np.zeros(tops + 1, np.int64)
    seen = np.zeros((height, width), np.uint8)
    n, c = offsets[0], 0  # zero; a literal would be compiled on its own
    for y in range(height):
        for x in range(width):
            if mask[y, x] == 1 and seen[y, x] == 0 and not _is(mask, y - 1, x, 1):
                n, _ = _follow(mask, y, x, seen, points, n)
                c += 1
                offsets[c] = n
    return points[:n], offsets[: c + 1]


@njit(cache=True, nogil=True, error_model="numpy")
def count_components(labels: _Ints) -> int:
    """Count the 4-connected components of equal labels."""
    height, width = labels.shape
    seen = np.zeros((height, width), np.uint8)
    queue = np.empty(height * width, np.int64)
    count = 0
    for start in range(height * width):
        if seen[start // width, start % width]:
            continue
        count += 1
        seen[start // width, start % width] = 1
        queue[0] = start
        head, tail = 0, 1
        while head < tail:
            y, x = queue[head] // width, queue[head] % width
            head += 1
            for d in range(4):
                v, u = y + STEP_Y[d], x + STEP_X[d]
                if _is(labels, v, u, labels[y, x]) and not seen[v, u]:
                    seen[v, u] = 1
                    queue[tail] = v * width + u
                    tail += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _clearances(rank: _Ints, level: int, y: float, x: float, reach: int) -> tuple[float, float]:
    """Return squared distances from (y, x) to the nearest pixel centres of rank `level`, and of a lower one.

    Pixels further than `reach` do not count. Pixel centres have whole coordinates here.
    """
    height, width = rank.shape
    own = lower = float((reach + 1) ** 2)
    for v in range(max(0, int(y) - reach), min(height, int(y) + reach + 2)):
        for u in range(max(0, int(x) - reach), min(width, int(x) + reach + 2)):
            if rank[v, u] <= level:
                square = (v - y) ** 2 + (u - x) ** 2
                if rank[v, u] == level:
                    own = min(own, square)
                else:
                    lower = min(lower, square)
    return own, lower


@njit(cache=True, nogil=True, error_model="numpy")
def _grow(rank: _Ints, level: int, top: int, left: int, mask: _Ints, margin: int) -> None:
    """Grow the pixels of `mask` that are 1 over higher ranks, up to `margin` and half-way to lower ones."""
    rows, cols = mask.shape
    queue = np.empty(rows * cols, np.int64)
    tail = 0
    for i in range(rows * cols):
        if mask[i // cols, i % cols] == 1:
            queue[tail] = i
            tail += 1
    head = 0
    while head < tail:
        y, x = queue[head] // cols, queue[head] % cols
        head += 1
        for d in range(4):
            v, u = y + STEP_Y[d], x + STEP_X[d]
            if v < 0 or u < 0 or v >= rows or u >= cols or mask[v, u] or rank[top + v, left + u] < level:
                continue
            own, lower = _clearances(rank, level, float(top + v), float(left + u), margin)
            mask[v, u] = 2
            if own <= margin * margin and own <= lower:
                mask[v, u] = 1
                queue[tail] = v * cols + u
                tail += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_covered(rank: _Ints, level: int, top: int, left: int, mask: _Ints) -> None:
    """Add each 4-connected part outside the mask that ends within the crop and shows later paths only."""
    rows, cols = mask.shape
    height, width = rank.shape
    seen = np.zeros((rows, cols), np.uint8)
    queue = np.empty(rows * cols, np.int64)
    for start in range(rows * cols):
        if mask[start // cols, start % cols] == 1 or seen[start // cols, start % cols]:
            continue
        seen[start // cols, start % cols] = 1
        queue[0] = start
        head, tail, covered = 0, 1, True
        while head < tail:
            y, x = queue[head] // cols, queue[head] % cols
            head += 1
            covered &= rank[top + y, left + x] > level
            for d in range(4):
                v, u = y + STEP_Y[d], x + STEP_X[d]
                if v < 0 or u < 0 or v >= rows or u >= cols:
                    # Outside the canvas there is nothing to hide; outside the crop there may be.
                    covered &= not (0 <= top + v < height and 0 <= left + u < width)
                elif mask[v, u] != 1 and not seen[v, u]:
                    seen[v, u] = 1
                    queue[tail] = v * cols + u
                    tail += 1
        if covered:
            for k in range(tail):
                mask[queue[k] // cols, queue[k] % cols] = 1


@njit(cache=True, nogil=True, error_model="numpy")
def cover(rank: _Ints, level: int, top: int, left: int, rows: int, cols: int, margin: int) -> _Ints:
    """Mark (1) the pixels of a crop that the path of rank `level` paints: its region, and part of later ones."""
    mask = np.zeros((rows, cols), np.int32)
    for y in range(rows):
        for x in range(cols):
            if rank[top + y, left + x] == level:
                mask[y, x] = 1
    _grow(rank, level, top, left, mask, margin)
    _fill_covered(rank, level, top, left, mask)
    for y in range(rows):
        for x in range(cols):
            mask[y, x] = mask[y, x] == 1
    return mask


@njit(cache=True, nogil=True, error_model="numpy")
def crack_limits(rank: _Ints, level: int, points: _Ints, tolerance: float, reach: int) -> _Floats:
    """Return how far the outline may be from each crack of a closed contour of `cover`; 0 on the canvas border.

    Next to an earlier region that is the tolerance. Beneath a later one it is as far as the own region stays
    covered and no earlier one is hidden.
    """
    n = len(points)
    height, width = rank.shape
    limits = np.empty(n)
    for k in range(n):
        x, y = points[k, 0], points[k, 1]
        dx, dy = points[(k + 1) % n, 0] - x, points[(k + 1) % n, 1] - y
        # The pixel on the left of the crack is the one outside.
        v, u = y + min(dy, 0) - (dx > 0), x + min(dx, 0) - (dy < 0)
        if v < 0 or u < 0 or v >= height or u >= width:
            limits[k] = 0.0
        elif rank[v, u] < level:
            limits[k] = tolerance
        else:
            own, lower = _clearances(rank, level, y + 0.5 * dy - 0.5, x + 0.5 * dx - 0.5, reach)
            limits[k] = max(0.5 * tolerance, np.sqrt(min(own, lower)) - 0.75 - tolerance)
    return limits


@njit(cache=True, nogil=True, error_model="numpy")
def _run(labels: _Ints, y: int, x: int, dy: int, dx: int, limit: int) -> int:
    height, width = labels.shape
    if y < 0 or x < 0 or y >= height or x >= width:
        return limit
    label, length = labels[y, x], 1
    while length < limit and _is(labels, y + length * dy, x + length * dx, label):
        length += 1
    return length


@njit(cache=True, nogil=True, error_model="numpy")
def thickness_caps(labels: _Ints, points: _Ints, share: float, limit: int) -> _Floats:
    """Return `share` of the thickness of the thinner side of each crack of an open chain, up to `limit`."""
    n = len(points) - 1
    caps = np.empty(n)
    on, still = STEP_X[0], STEP_Y[0]  # one and zero; literals would be compiled one by one
    for k in range(n):
        x, y = points[k, 0], points[k, 1]
        dx, dy = points[k + 1, 0] - x, points[k + 1, 1] - y
        v, u = y + min(dy, 0), x + min(dx, 0)
        if dx != 0:
            thickness = min(_run(labels, v, u, on, still, limit), _run(labels, v - 1, u, -on, still, limit))
        else:
            thickness = min(_run(labels, v, u, still, on, limit), _run(labels, v, u - 1, still, -on, limit))
        caps[k] = share * thickness
    return caps
