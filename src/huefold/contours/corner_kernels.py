"""Numeric kernels that find the corners of a chain of cracks (pixel edges)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["corners"]

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]

ARM = 7  # cracks on each side of a vertex over which its turning angle is measured
SHARPEST = 1.05  # radians; arms that turn by more than this are a corner
WAYS = np.array([-1, 1])  # back and on along a chain; as literals, each would be compiled on its own


@njit(cache=True, nogil=True, error_model="numpy")
def _straight_run(steps: _Floats, k: int, way: int, closed: bool, limit: int) -> int:
    """Count equal steps from step `k` on (way 1) or back (way -1), up to `limit`."""
    n = len(steps)
    length = 1
    while length < limit:
        j = k + way * length
        if not closed and (j < 0 or j >= n):
            break
        if steps[j % n, 0] != steps[k % n, 0] or steps[j % n, 1] != steps[k % n, 1]:
            break
        length += 1
    return length


@njit(cache=True, nogil=True, error_model="numpy")
def _turn(steps: _Floats, k: int, closed: bool) -> float:
    """Sine of the turn at vertex `k`; 0 at the ends of an open chain."""
    n = len(steps)
    if not closed and (k <= 0 or k >= n):
        return 0.0
    a, b = (k - 1) % n, k % n
    return float(steps[a, 0] * steps[b, 1] - steps[a, 1] * steps[b, 0])


@njit(cache=True, nogil=True, error_model="numpy")
def _square_corner(steps: _Floats, k: int, closed: bool, need: int) -> bool:
    """Whether two straight runs meet at vertex `k`, or it ends the blunt tip of a thin straight bar."""
    turn = _turn(steps, k, closed)
    if turn == 0.0:
        return False
    back, on = WAYS[0], WAYS[1]
    before = _straight_run(steps, k - 1, back, closed, need)
    after = _straight_run(steps, k, on, closed, need)
    if min(before, after) >= need:
        return True
    if max(before, after) < need:
        return False
    far = k + after if before >= need else k - before
    if _turn(steps, far, closed) != turn:
        return False
    beyond = (
        _straight_run(steps, far, on, closed, need)
        if before >= need
        else _straight_run(steps, far - 1, back, closed, need)
    )
    return beyond >= need


@njit(cache=True, nogil=True, error_model="numpy")
def _arm(middles: _Floats, first: int, count: int) -> tuple[float, float, float]:
    """Direction of the line of least squares through crack midpoints, and their largest distance to it."""
    n = len(middles)
    mx = my = sxx = sxy = syy = 0.0
    for j in range(count):
        mx += middles[(first + j) % n, 0] / count
        my += middles[(first + j) % n, 1] / count
    for j in range(count):
        x, y = middles[(first + j) % n, 0] - mx, middles[(first + j) % n, 1] - my
        sxx += x * x
        sxy += x * y
        syy += y * y
    angle = 0.5 * np.arctan2(2.0 * sxy, sxx - syy)
    ux, uy = np.cos(angle), np.sin(angle)
    last = (first + count - 1) % n
    if (
        ux * (middles[last, 0] - middles[first % n, 0]) + uy * (middles[last, 1] - middles[first % n, 1])
        < 0.0
    ):
        ux, uy = -ux, -uy
    worst = 0.0
    for j in range(count):
        x, y = middles[(first + j) % n, 0] - mx, middles[(first + j) % n, 1] - my
        worst = max(worst, abs(ux * y - uy * x))
    return ux, uy, worst


@njit(cache=True, nogil=True, error_model="numpy")
def _sharpness(middles: _Floats, k: int, closed: bool) -> float:
    """Angle between the arms at vertex `k` in radians; 0 where they are not straight or too short."""
    n = len(middles)
    if (closed and n < 4 * ARM) or (not closed and (k < ARM or k > n - ARM)):
        return 0.0
    ax, ay, bent = _arm(middles, k - ARM, ARM)
    bx, by, other = _arm(middles, k, ARM)
    if max(bent, other) > 0.45:
        return 0.0
    return float(abs(np.arctan2(ax * by - ay * bx, ax * bx + ay * by)))


@njit(cache=True, nogil=True, error_model="numpy")
def corners(points: _Floats, fixed: _Bools, eligible: _Bools, closed: bool) -> _Bools:
    """Vertices of a crack chain that stay sharp: the fixed ones and, between eligible cracks, true corners.

    `points` has n + 1 rows (first = last if closed), `fixed` n + 1 and `eligible` n entries.
    """
    n = len(points) - 1
    steps, middles = np.empty((n, 2)), np.empty((n, 2))
    for k in range(n):
        for c in range(2):
            steps[k, c] = points[k + 1, c] - points[k, c]
            middles[k, c] = 0.5 * (points[k + 1, c] + points[k, c])
    result = np.empty(n + 1, np.bool_)
    for k in range(n + 1):
        result[k] = fixed[k]
    need = min(4, max(2, n // 8))
    angles = np.zeros(n + 1)
    for k in range(n + 1):
        inner = closed or 0 < k < n
        if fixed[k] or not (inner and eligible[k % n] and eligible[(k - 1) % n]):
            continue
        if (closed and n <= 8 and _turn(steps, k, closed) != 0.0) or _square_corner(steps, k, closed, need):
            result[k] = True
        else:
            angles[k] = _sharpness(middles, k, closed)
    for k in range(n):
        peak = angles[k] > SHARPEST
        j = -ARM
        while peak and j <= ARM:
            i = (k + j) % n if closed else min(max(k + j, 0), n)
            peak = not result[i] and (angles[i] < angles[k] or (angles[i] == angles[k] and j >= 0))
            j += 1
        if peak:
            result[k] = True
    if closed:
        result[0] = result[n] = result[0] or result[n]
    return result
