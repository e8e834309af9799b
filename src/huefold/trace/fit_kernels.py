"""Numeric kernels that fit cubic Bezier chains to a chain of cracks: corners, tangents, least squares."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["corners", "count_piece", "fit_cubic", "fit_piece"]

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]
_Counts = NDArray[np.int64]

ARM = 7  # cracks on each side of a vertex over which its turning angle is measured
SHARPEST = 1.05  # radians; arms that turn by more than this are a corner
STRAIGHT = 0.5  # of the slack: a chord that keeps to it is preferred to a curve
STAIRCASE = 0.36  # pixels from a vertex of a diagonal staircase to the line through its midpoints
TIGHTENINGS = 3  # bisections of the slack at equal segment count
WAYS = np.array([-1, 1])  # back and on along a chain; as literals, each would be compiled on its own
ROUNDS = 4  # Newton reparametrisations before a cubic is given up; four times that for the final ones


@njit(cache=True, nogil=True, error_model="numpy")
def _copy_rows(source: _Floats, target: _Floats) -> None:
    """Copy (N, 2) coordinates; a slice assignment would compile a second's worth of shape checks."""
    for k in range(len(target)):
        target[k, 0], target[k, 1] = source[k, 0], source[k, 1]


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


@njit(cache=True, nogil=True, error_model="numpy")
def _smooth(samples: _Floats, loop: bool) -> _Floats:
    """Quadratic Savitzky-Golay positions over 7 samples (fewer near ends), which stay where the ends are."""
    m = len(samples)
    n = m - 1 if loop else m
    result = np.empty((m, 2))
    _copy_rows(samples, result)
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


@njit(cache=True, nogil=True, error_model="numpy")
def _slope(samples: _Floats, first: int, last: int, n: int) -> tuple[float, float]:
    """Direction of the regression of samples `first` to `last` (cyclic in `n`) on their index."""
    centre = 0.5 * (first + last)
    x = y = 0.0
    for i in range(first, last + 1):
        x += (i - centre) * samples[i % n, 0]
        y += (i - centre) * samples[i % n, 1]
    length = np.hypot(x, y)
    return (x / length, y / length) if length > 0.0 else (0.0, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _tangents(samples: _Floats, slack: _Floats, loop: bool) -> _Floats:
    """Find unit tangents by regression over samples nearby; one-sided at the ends of an open piece.

    The ends themselves are vertices, off the line that the midpoints of a staircase lie on: where there are
    enough midpoints the tangents at the ends leave them out.
    """
    m = len(samples)
    n = m - 1 if loop else m
    result = np.empty((m, 2))
    for k in range(m):
        reach = min(max(3, int(3.0 + 2.0 * slack[k])), 10)
        if loop:
            reach = min(reach, n // 4 + 1)
            first, last = k - reach, k + reach
        elif k in (0, m - 1):
            skip = 1 if m >= 6 else 0
            first = skip if k == 0 else max(skip, m - 1 - reach)
            last = min(m - 1 - skip, reach) if k == 0 else m - 1 - skip
        else:
            reach = min(reach, k, m - 1 - k)
            first, last = k - reach, k + reach
        result[k, 0], result[k, 1] = _slope(samples, first, last, n)
    return result


@njit(cache=True, nogil=True, error_model="numpy")
def _end_tangents(samples: _Floats) -> _Floats:
    """Find unit tangents at both ends of an open piece, from the end itself to the samples nearby."""
    m = len(samples)
    reach = min(5, m - 1)
    result = np.zeros((2, 2))
    for c in range(2):
        for j in range(1, reach + 1):
            result[0, c] += j * (samples[j, c] - samples[0, c])
            result[1, c] += j * (samples[m - 1, c] - samples[m - 1 - j, c])
    for k in range(2):
        length = np.hypot(result[k, 0], result[k, 1])
        if length > 0.0:
            result[k, 0] /= length
            result[k, 1] /= length
    return result


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
def _misfit(samples: _Floats, slack: _Floats, u: _Floats, curve: _Floats, newton: bool) -> float:
    """Largest distance of samples to the curve in units of the slack; a Newton step moves `u` if asked."""
    worst = 0.0
    ax, ay = curve[0, 0], curve[0, 1]
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


@njit(cache=True, nogil=True, error_model="numpy")
def _runs_out(samples: _Floats, slack: _Floats, u: _Floats, curve: _Floats) -> bool:
    """Whether the curve leaves the samples between two of them: a spike, which no sample is far from."""
    for k in range(len(u) - 1):
        t = 0.5 * (u[k] + u[k + 1])
        s = 1.0 - t
        b0, b1, b2, b3 = s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t
        off = apart = 0.0
        for c in range(2):
            at = b0 * curve[0, c] + b1 * curve[1, c] + b2 * curve[2, c] + b3 * curve[3, c]
            off += (at - 0.5 * (samples[k, c] + samples[k + 1, c])) ** 2
            apart += (samples[k + 1, c] - samples[k, c]) ** 2
        if np.sqrt(off) > max(slack[k], slack[k + 1]) + 0.5 * np.sqrt(apart) + 0.5:
            return True
    return False


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
def _try_line(samples: _Floats, slack: _Floats, curve: _Floats, limit: float) -> bool:
    """Make the curve its chord if no sample is further off than `limit` of what a straight line may be."""
    ax, ay = curve[0, 0], curve[0, 1]
    ex, ey = curve[3, 0] - ax, curve[3, 1] - ay
    square = ex * ex + ey * ey
    for k in range(1, len(samples) - 1):
        px, py = samples[k, 0] - ax, samples[k, 1] - ay
        t = (px * ex + py * ey) / square if square > 0.0 else 0.0
        t = min(1.0, max(0.0, t))
        if np.hypot(px - t * ex, py - t * ey) > limit * min(slack[k], max(STRAIGHT * slack[k], STAIRCASE)):
            return False
    for c in range(2):
        curve[1, c] = curve[0, c] + (curve[3, c] - curve[0, c]) / 3.0
        curve[2, c] = curve[0, c] + (curve[3, c] - curve[0, c]) * (2.0 / 3.0)
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def fit_cubic(
    samples: _Floats,
    slack: _Floats,
    ends: _Floats,
    tangents: _Floats,
    canvas: _Floats,
    goal: float,
    curve: _Floats,
) -> float:
    """Fit one cubic with given ends and end tangents into `curve` (4, 2); return its misfit (1: just fits).

    The first and last sample stand for the ends and are not measured. Both tangents point forwards. The fit
    ends once the misfit is at most `goal`, or hopeless.
    """
    m = len(samples)
    back = np.empty(2)
    for c in range(2):
        curve[0, c], curve[3, c] = ends[0, c], ends[1, c]
        back[c] = -tangents[1, c]
    u = np.empty(m)
    u[0] = 0.0
    for k in range(1, m):
        u[k] = u[k - 1] + np.hypot(samples[k, 0] - samples[k - 1, 0], samples[k, 1] - samples[k - 1, 1])
    arc = u[m - 1]
    for k in range(m if arc > 0.0 else 0):
        u[k] /= arc
    misfit, best = np.inf, np.empty((4, 2))
    _copy_rows(curve, best)
    rounds = ROUNDS if goal > 0.0 else 4 * ROUNDS
    for attempt in range(rounds + 1):
        alpha, beta = _least_squares(samples, u, curve[0], tangents[0], curve[3], back)
        _handles(curve, tangents[0], back, alpha, beta, arc, canvas)
        now = _misfit(samples, slack, u, curve, attempt < rounds)
        if now < misfit and now <= 1.0 and _runs_out(samples, slack, u, curve):
            now = 2.0  # too far, but further rounds may mend it
        if now < misfit:
            misfit = now
            _copy_rows(curve, best)
        if misfit <= goal or (goal > 0.0 and now > 4.0 + 4.0 * (attempt == 0)):
            break
    _copy_rows(best, curve)
    return misfit


@njit(cache=True, nogil=True, error_model="numpy")
def _fit_span(
    samples: _Floats,
    slack: _Floats,
    nodes: _Floats,
    tangents: _Floats,
    ends: _Floats,
    p: int,
    q: int,
    canvas: _Floats,
    goal: float,
    curve: _Floats,
) -> float:
    """Fit one cubic from node `p` to node `q`: the chord if that is close enough, else by least squares.

    At a corner no neighbour shares the tangent; there the one that starts from the vertex is tried as well.
    """
    last = len(samples) - 1
    points, arms = np.empty((2, 2)), np.empty((2, 2))
    for c in range(2):
        points[0, c], points[1, c] = nodes[p, c], nodes[q, c]
        curve[0, c], curve[3, c] = nodes[p, c], nodes[q, c]
        arms[0, c], arms[1, c] = tangents[p, c], tangents[q, c]
    part, room = samples[p : q + 1], slack[p : q + 1]
    if _try_line(part, room, curve, goal if goal > 0.0 else 1.0):
        return 0.0
    misfit = fit_cubic(part, room, points, arms, canvas, goal, curve)
    if misfit <= goal or len(ends) == 0 or (p > 0 and q < last):
        return float(misfit)
    for c in range(2):
        if p == 0:
            arms[0, c] = ends[0, c]
        if q == last:
            arms[1, c] = ends[1, c]
    other = np.empty((4, 2))
    second = fit_cubic(part, room, points, arms, canvas, goal, other)
    if second < misfit:
        _copy_rows(other, curve)
    return float(min(misfit, second))


@njit(cache=True, nogil=True, error_model="numpy")
def _knots(
    samples: _Floats,
    slack: _Floats,
    nodes: _Floats,
    tangents: _Floats,
    ends: _Floats,
    longest: int,
    canvas: _Floats,
    goal: float,
    knots: _Counts,
    most: int,
) -> int:
    """Place knots, each as far from the last as a misfit of `goal` allows; return the number of segments.

    Gives up once there are more than `most`.
    """
    last = len(samples) - 1
    curve = np.empty((4, 2))
    count = 0
    knots[0] = 0
    while knots[count] < last and count <= most:
        p = knots[count]
        good, bad, stride = p + 1, min(p + longest, last) + 1, 8
        while good + 1 < bad:
            q = min(good + stride, bad - 1) if stride else (good + bad) // 2
            if _fit_span(samples, slack, nodes, tangents, ends, p, q, canvas, goal, curve) <= goal:
                good, stride = q, 2 * stride
            else:
                bad, stride = q, 0
        count += 1
        knots[count] = good
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def count_piece(
    samples: _Floats, slack: _Floats, loop: bool, longest: int, canvas: _Floats, most: int
) -> int:
    """Count the segments that `fit_piece` would make of a piece; at least `most` + 1 if there are more."""
    nodes = _smooth(samples, loop)
    tangents = _tangents(samples, slack, loop)
    ends = np.empty((0, 2)) if loop else _end_tangents(samples)
    knots = np.empty(len(samples), np.int64)
    return _knots(samples, slack, nodes, tangents, ends, longest, canvas, 1.0, knots, most)


@njit(cache=True, nogil=True, error_model="numpy")
def fit_piece(samples: _Floats, slack: _Floats, loop: bool, longest: int, canvas: _Floats) -> _Floats:
    """Fit a chain of cubics (S, 4, 2) to samples with no corner between.

    `samples` starts and ends at the fixed ends, or goes once around (first = last) if `loop`. Knots are as
    few as the slack asks for; then the slack is tightened as far as that number allows, so that the last
    segment is not a remnant and none is worse than it need be.
    """
    nodes = _smooth(samples, loop)
    tangents = _tangents(samples, slack, loop)
    ends = np.empty((0, 2)) if loop else _end_tangents(samples)
    knots = np.empty(len(samples), np.int64)
    tighter = np.empty(len(samples), np.int64)
    count, low, high, goal = 0, 0.0, 1.0, 1.0
    for attempt in range(1 + TIGHTENINGS):
        most = len(samples) if attempt == 0 else count
        found = _knots(samples, slack, nodes, tangents, ends, longest, canvas, goal, tighter, most)
        if attempt == 0:
            count = found
        if found == count:
            high = goal
            for k in range(count + 1):
                knots[k] = tighter[k]
        else:
            low = goal
        if not 1 < count < len(samples) - 1:
            break
        goal = 0.5 * (low + high)
    result = np.empty((count, 4, 2))
    for k in range(count):
        p, q = knots[k], knots[k + 1]
        _fit_span(samples, slack, nodes, tangents, ends, p, q, canvas, 0.0, result[k])
    return result
