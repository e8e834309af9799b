"""Numeric kernels that fit cubic Bezier chains to a chain of cracks: corners, tangents, least squares."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["corners", "fit_cubic", "fit_piece"]

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]

ARM = 7  # cracks on each side of a vertex over which its turning angle is measured
SHARPEST = 1.05  # radians; arms that turn by more than this are a corner
ROUNDS = 4  # Newton reparametrisations before a cubic is given up


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _turn(steps: _Floats, k: int, closed: bool) -> float:
    """Sine of the turn at vertex `k`; 0 at the ends of an open chain."""
    n = len(steps)
    if not closed and (k <= 0 or k >= n):
        return 0.0
    a, b = (k - 1) % n, k % n
    return float(steps[a, 0] * steps[b, 1] - steps[a, 1] * steps[b, 0])


@njit(cache=True, nogil=True)
def _square_corner(steps: _Floats, k: int, closed: bool, need: int) -> bool:
    """Whether two straight runs meet at vertex `k`, or it ends the blunt tip of a thin straight bar."""
    turn = _turn(steps, k, closed)
    if turn == 0.0:
        return False
    before = _straight_run(steps, k - 1, -1, closed, need)
    after = _straight_run(steps, k, 1, closed, need)
    if min(before, after) >= need:
        return True
    if max(before, after) < need:
        return False
    far = k + after if before >= need else k - before
    if _turn(steps, far, closed) != turn:
        return False
    beyond = (
        _straight_run(steps, far, 1, closed, need)
        if before >= need
        else _straight_run(steps, far - 1, -1, closed, need)
    )
    return beyond >= need


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def corners(points: _Floats, fixed: _Bools, eligible: _Bools, closed: bool) -> _Bools:
    """Vertices of a crack chain that stay sharp: the fixed ones and, between eligible cracks, true corners.

    `points` has n + 1 rows (first = last if closed), `fixed` n + 1 and `eligible` n entries.
    """
    n = len(points) - 1
    steps = points[1:] - points[:-1]
    middles = 0.5 * (points[1:] + points[:-1])
    result = fixed.copy()
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


@njit(cache=True, nogil=True)
def _smooth(samples: _Floats, loop: bool) -> _Floats:
    """Quadratic Savitzky-Golay positions over 7 samples (fewer near ends), which stay where the ends are."""
    m = len(samples)
    n = m - 1 if loop else m
    result = samples.copy()
    for k in range(m):
        reach = 3 if loop else min(3, k, m - 1 - k)
        if reach < 2 or (loop and n < 8):
            continue
        for c in range(2):
            at = samples[k, c]
            one = samples[(k - 1) % n, c] + samples[(k + 1) % n, c]
            two = samples[(k - 2) % n, c] + samples[(k + 2) % n, c]
            if reach == 2:
                result[k, c] = (17.0 * at + 12.0 * one - 3.0 * two) / 35.0
            else:
                three = samples[(k - 3) % n, c] + samples[(k + 3) % n, c]
                result[k, c] = (7.0 * at + 6.0 * one + 3.0 * two - 2.0 * three) / 21.0
    return result


@njit(cache=True, nogil=True)
def _tangents(samples: _Floats, slack: _Floats, loop: bool) -> _Floats:
    """Find unit tangents by regression over samples nearby; one-sided at the ends of an open piece."""
    m = len(samples)
    n = m - 1 if loop else m
    result = np.zeros((m, 2))
    for k in range(m):
        reach = min(max(3, int(3.0 + 2.0 * slack[k])), 10)
        low, high = (-reach, reach) if loop else (max(-reach, -k), min(reach, m - 1 - k))
        if loop:
            low, high = max(low, -(n // 4) - 1), min(high, n // 4 + 1)
        elif k not in (0, m - 1):
            low, high = max(low, -high), min(high, -low)
        for j in range(low, high + 1):
            i = (k + j) % n if loop else k + j
            result[k, 0] += j * (samples[i, 0] - samples[k, 0])
            result[k, 1] += j * (samples[i, 1] - samples[k, 1])
        length = np.hypot(result[k, 0], result[k, 1])
        if length > 0.0:
            result[k] /= length
    return result


@njit(cache=True, nogil=True)
def _least_squares(
    samples: _Floats, u: _Floats, a: _Floats, ta: _Floats, b: _Floats, tb: _Floats
) -> tuple[float, float]:
    """Lengths of the handles that bring the cubic closest to the samples (Schneider 1990)."""
    c00 = c01 = c11 = x0 = x1 = 0.0
    cosine = ta[0] * tb[0] + ta[1] * tb[1]
    for k in range(len(u)):
        t, s = u[k], 1.0 - u[k]
        b1, b2 = 3.0 * s * s * t, 3.0 * s * t * t
        b0, b3 = s * s * s + b1, t * t * t + b2
        rx = samples[k, 0] - b0 * a[0] - b3 * b[0]
        ry = samples[k, 1] - b0 * a[1] - b3 * b[1]
        c00 += b1 * b1
        c01 += b1 * b2 * cosine
        c11 += b2 * b2
        x0 += b1 * (rx * ta[0] + ry * ta[1])
        x1 += b2 * (rx * tb[0] + ry * tb[1])
    det = c00 * c11 - c01 * c01
    if det < 1e-12 * c00 * c11 or c00 == 0.0:
        return -1.0, -1.0
    return (x0 * c11 - x1 * c01) / det, (x1 * c00 - x0 * c01) / det


@njit(cache=True, nogil=True)
def _misfit(samples: _Floats, slack: _Floats, u: _Floats, curve: _Floats, newton: bool) -> float:
    """Largest distance of samples to the curve in units of the slack; a Newton step moves `u` if asked."""
    worst = 0.0
    ax, ay = curve[0]
    bx, by = 3.0 * (curve[1, 0] - ax), 3.0 * (curve[1, 1] - ay)
    cx, cy = 3.0 * (curve[2, 0] - curve[1, 0]) - bx, 3.0 * (curve[2, 1] - curve[1, 1]) - by
    dx, dy = curve[3, 0] - ax - bx - cx, curve[3, 1] - ay - by - cy
    for k in range(1, len(u) - 1):
        t = u[k]
        ex = ((dx * t + cx) * t + bx) * t + ax - samples[k, 0]
        ey = ((dy * t + cy) * t + by) * t + ay - samples[k, 1]
        worst = max(worst, (ex * ex + ey * ey) / (slack[k] * slack[k]))
        if newton:
            vx, vy = (3.0 * dx * t + 2.0 * cx) * t + bx, (3.0 * dy * t + 2.0 * cy) * t + by
            slope = vx * vx + vy * vy + ex * (6.0 * dx * t + 2.0 * cx) + ey * (6.0 * dy * t + 2.0 * cy)
            if slope > 1e-12:
                u[k] = min(1.0, max(0.0, t - (ex * vx + ey * vy) / slope))
    return float(np.sqrt(worst))


@njit(cache=True, nogil=True)
def _handles(
    curve: _Floats, ta: _Floats, tb: _Floats, alpha: float, beta: float, arc: float, canvas: _Floats
) -> None:
    """Place the inner control points, on the canvas; thirds of the chord where the lengths make no sense."""
    chord = np.hypot(curve[3, 0] - curve[0, 0], curve[3, 1] - curve[0, 1])
    if not 0.02 * chord < alpha < arc or not 0.02 * chord < beta < arc:
        alpha = beta = chord / 3.0
    for c in range(2):
        curve[1, c] = min(max(curve[0, c] + alpha * ta[c], 0.0), canvas[c])
        curve[2, c] = min(max(curve[3, c] + beta * tb[c], 0.0), canvas[c])


@njit(cache=True, nogil=True)
def _try_line(samples: _Floats, slack: _Floats, curve: _Floats, limit: float) -> bool:
    """Make the curve its chord if no sample is further from it than `limit` of its slack."""
    ax, ay = curve[0]
    ex, ey = curve[3, 0] - ax, curve[3, 1] - ay
    square = ex * ex + ey * ey
    for k in range(1, len(samples) - 1):
        px, py = samples[k, 0] - ax, samples[k, 1] - ay
        t = (px * ex + py * ey) / square if square > 0.0 else 0.0
        t = min(1.0, max(0.0, t))
        if np.hypot(px - t * ex, py - t * ey) > limit * slack[k]:
            return False
    for c in range(2):
        curve[1, c] = curve[0, c] + (curve[3, c] - curve[0, c]) / 3.0
        curve[2, c] = curve[0, c] + (curve[3, c] - curve[0, c]) * (2.0 / 3.0)
    return True


@njit(cache=True, nogil=True)
def fit_cubic(
    samples: _Floats, slack: _Floats, ends: _Floats, tangents: _Floats, canvas: _Floats, curve: _Floats
) -> float:
    """Fit one cubic with given ends and end tangents into `curve` (4, 2); return its misfit (1: just fits).

    The first and last sample stand for the ends and are not measured. Both tangents point forwards.
    """
    m = len(samples)
    curve[0], curve[3] = ends[0], ends[1]
    u = np.zeros(m)
    for k in range(1, m):
        u[k] = u[k - 1] + np.hypot(samples[k, 0] - samples[k - 1, 0], samples[k, 1] - samples[k - 1, 1])
    arc = u[m - 1]
    if arc > 0.0:
        u /= arc
    back = -tangents[1]
    misfit, best = np.inf, curve.copy()
    for attempt in range(ROUNDS + 1):
        alpha, beta = _least_squares(samples, u, curve[0], tangents[0], curve[3], back)
        _handles(curve, tangents[0], back, alpha, beta, arc, canvas)
        now = _misfit(samples, slack, u, curve, attempt < ROUNDS)
        if now < misfit:
            misfit, best = now, curve.copy()
        if misfit <= 1.0 or now > 4.0 + 4.0 * (attempt == 0):
            break
    curve[:] = best
    return misfit


@njit(cache=True, nogil=True)
def _fit_span(
    samples: _Floats,
    slack: _Floats,
    nodes: _Floats,
    tangents: _Floats,
    p: int,
    q: int,
    canvas: _Floats,
    curve: _Floats,
) -> float:
    curve[0], curve[3] = nodes[p], nodes[q]
    if _try_line(samples[p : q + 1], slack[p : q + 1], curve, 0.4):
        return 0.0
    ends = np.empty((2, 2))
    ends[0], ends[1] = nodes[p], nodes[q]
    arms = np.empty((2, 2))
    arms[0], arms[1] = tangents[p], tangents[q]
    return float(fit_cubic(samples[p : q + 1], slack[p : q + 1], ends, arms, canvas, curve))


@njit(cache=True, nogil=True)
def fit_piece(samples: _Floats, slack: _Floats, loop: bool, canvas: _Floats) -> _Floats:
    """Fit a chain of cubics (S, 4, 2) to samples with no corner between, each as long as the slack allows.

    `samples` starts and ends at the fixed ends, or goes once around (first = last) if `loop`.
    """
    m = len(samples)
    nodes = _smooth(samples, loop)
    tangents = _tangents(samples, slack, loop)
    result = np.empty((m, 4, 2))
    curve = np.empty((4, 2))
    # A loop needs two segments at least, or it would be a point.
    cap = (m - 1 + 1) // 2 if loop else m - 1
    count, p = 0, 0
    while p < m - 1:
        good, bad, stride = p + 1, min(p + cap, m - 1) + 1, 8
        while good + 1 < bad:
            q = min(good + stride, bad - 1) if stride else (good + bad) // 2
            if _fit_span(samples, slack, nodes, tangents, p, q, canvas, curve) <= 1.0:
                good, stride = q, 2 * stride
            else:
                bad, stride = q, 0
        _fit_span(samples, slack, nodes, tangents, p, good, canvas, curve)
        result[count] = curve
        count += 1
        p = good
    return result[:count].copy()
