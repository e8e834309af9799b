"""Numeric kernels that fit chains of cubics to samples of a curve: tangents, least squares, nodes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from huefold.bezier.kernels import bernstein, power_coefficients, thirds

__all__ = ["Piece", "count_piece", "fit_cubic", "fit_piece"]

_Floats = NDArray[np.float64]
_Counts = NDArray[np.int64]

STRAIGHT = 0.5  # of the tolerance: a chord that keeps to it is preferred to a curve
STAIRCASE = 0.36  # pixels from a vertex of a diagonal staircase to the line through its midpoints
TIGHTENINGS = 3  # bisections of the tolerance at equal segment count
ROUNDS = 4  # Newton reparametrisations before a cubic is given up; four times that for the final ones


class Piece(NamedTuple):
    """Samples with no corner between, and what the cubics that are fitted to them must keep to."""

    samples: _Floats  # (m, 2): from one fixed end to the other, or once around (first = last)
    tolerance: _Floats  # (m,): largest distance from each sample to the curve
    loop: bool  # whether the samples go once around
    longest: int  # most samples that one segment may span
    canvas: _Floats  # (2,): width and height that no control point leaves


class _Estimates(NamedTuple):
    """Where a segment would start or end at each sample, and in which direction."""

    points: _Floats  # (m, 2)
    tangents: _Floats  # (m, 2), of length 1
    ends: _Floats  # (2, 2): tangents at the ends of an open piece, from these points on; (0, 2) for a loop


@njit(cache=True, nogil=True, error_model="numpy")
def _copy_rows(source: _Floats, target: _Floats) -> None:
    """Copy (N, 2) coordinates; a slice assignment would compile a second's worth of shape checks."""
    for k in range(len(target)):
        target[k, 0], target[k, 1] = source[k, 0], source[k, 1]


@njit(cache=True, nogil=True, error_model="numpy")
def _smooth(samples: _Floats, loop: bool) -> _Floats:
    """Quadratic Savitzky-Golay positions over 7 samples (fewer near ends); the ends stay where they are."""
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
def _direction(samples: _Floats, first: int, last: int, n: int) -> tuple[float, float]:
    """Direction of the regression of samples `first` to `last` (cyclic in `n`) on their index."""
    centre = 0.5 * (first + last)
    x = y = 0.0
    for i in range(first, last + 1):
        x += (i - centre) * samples[i % n, 0]
        y += (i - centre) * samples[i % n, 1]
    length = np.hypot(x, y)
    return (x / length, y / length) if length > 0.0 else (0.0, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _tangents(samples: _Floats, tolerance: _Floats, loop: bool) -> _Floats:
    """Find unit tangents by regression over samples nearby; one-sided at the ends of an open piece.

    The ends themselves are vertices, off the line that the midpoints of a staircase lie on. Where there are
    enough midpoints, the tangents at the ends leave them out.
    """
    m = len(samples)
    n = m - 1 if loop else m
    result = np.empty((m, 2))
    for k in range(m):
        reach = min(max(3, int(3.0 + 2.0 * tolerance[k])), 10)
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
        result[k, 0], result[k, 1] = _direction(samples, first, last, n)
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
def _estimates(piece: Piece) -> _Estimates:
    """Smooth the samples of a piece and estimate its tangents."""
    return _Estimates(
        _smooth(piece.samples, piece.loop),
        _tangents(piece.samples, piece.tolerance, piece.loop),
        np.empty((0, 2)) if piece.loop else _end_tangents(piece.samples),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _least_squares(
    samples: _Floats, u: _Floats, a: _Floats, ta: _Floats, b: _Floats, tb: _Floats
) -> tuple[float, float]:
    """Lengths of the handles that bring the cubic closest to the samples (Schneider 1990)."""
    c00 = c01 = c11 = x0 = x1 = 0.0
    cosine = ta[0] * tb[0] + ta[1] * tb[1]
    for k in range(len(u)):
        b0, b1, b2, b3 = bernstein(u[k])
        b0, b3 = b0 + b1, b3 + b2
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
def _misfit(samples: _Floats, tolerance: _Floats, u: _Floats, curve: _Floats, newton: bool) -> float:
    """Largest distance of samples to the curve, in units of the tolerance; a Newton step moves `u` if asked."""
    worst = 0.0
    ax, bx, cx, dx = power_coefficients(curve[0, 0], curve[1, 0], curve[2, 0], curve[3, 0])
    ay, by, cy, dy = power_coefficients(curve[0, 1], curve[1, 1], curve[2, 1], curve[3, 1])
    for k in range(1, len(u) - 1):
        t = u[k]
        ex = ((dx * t + cx) * t + bx) * t + ax - samples[k, 0]
        ey = ((dy * t + cy) * t + by) * t + ay - samples[k, 1]
        worst = max(worst, (ex * ex + ey * ey) / (tolerance[k] * tolerance[k]))
        if newton:
            vx, vy = (3.0 * dx * t + 2.0 * cx) * t + bx, (3.0 * dy * t + 2.0 * cy) * t + by
            bend = vx * vx + vy * vy + ex * (6.0 * dx * t + 2.0 * cx) + ey * (6.0 * dy * t + 2.0 * cy)
            if bend > 1e-12:
                u[k] = min(1.0, max(0.0, t - (ex * vx + ey * vy) / bend))
    return float(np.sqrt(worst))


@njit(cache=True, nogil=True, error_model="numpy")
def _runs_out(samples: _Floats, tolerance: _Floats, u: _Floats, curve: _Floats) -> bool:
    """Whether the curve leaves the samples between two of them: a spike, which no sample is far from."""
    for k in range(len(u) - 1):
        b0, b1, b2, b3 = bernstein(0.5 * (u[k] + u[k + 1]))
        off = apart = 0.0
        for c in range(2):
            at = b0 * curve[0, c] + b1 * curve[1, c] + b2 * curve[2, c] + b3 * curve[3, c]
            off += (at - 0.5 * (samples[k, c] + samples[k + 1, c])) ** 2
            apart += (samples[k + 1, c] - samples[k, c]) ** 2
        if np.sqrt(off) > max(tolerance[k], tolerance[k + 1]) + 0.5 * np.sqrt(apart) + 0.5:
            return True
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def _place_handles(
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
def _try_line(samples: _Floats, tolerance: _Floats, curve: _Floats, limit: float) -> bool:
    """Make the curve its chord if no sample is further off than `limit` of what a straight line may be."""
    ax, ay = curve[0, 0], curve[0, 1]
    ex, ey = curve[3, 0] - ax, curve[3, 1] - ay
    square = ex * ex + ey * ey
    for k in range(1, len(samples) - 1):
        px, py = samples[k, 0] - ax, samples[k, 1] - ay
        t = (px * ex + py * ey) / square if square > 0.0 else 0.0
        t = min(1.0, max(0.0, t))
        most = min(tolerance[k], max(STRAIGHT * tolerance[k], STAIRCASE))
        if np.hypot(px - t * ex, py - t * ey) > limit * most:
            return False
    for c in range(2):
        curve[1, c], curve[2, c] = thirds(curve[0, c], curve[3, c])
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def fit_cubic(
    samples: _Floats,
    tolerance: _Floats,
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
        _place_handles(curve, tangents[0], back, alpha, beta, arc, canvas)
        now = _misfit(samples, tolerance, u, curve, attempt < rounds)
        if now < misfit and now <= 1.0 and _runs_out(samples, tolerance, u, curve):
            now = 2.0  # too far, but further rounds may mend it
        if now < misfit:
            misfit = now
            _copy_rows(curve, best)
        if misfit <= goal or (goal > 0.0 and now > 4.0 + 4.0 * (attempt == 0)):
            break
    _copy_rows(best, curve)
    return misfit


@njit(cache=True, nogil=True, error_model="numpy")
def _fit_span(piece: Piece, estimates: _Estimates, p: int, q: int, goal: float, curve: _Floats) -> float:
    """Fit one cubic from sample `p` to sample `q`: the chord if that is close enough, else by least squares.

    At a corner no neighbour shares the tangent; there the one that starts from the vertex is tried as well.
    """
    last = len(piece.samples) - 1
    ends, arms = np.empty((2, 2)), np.empty((2, 2))
    for c in range(2):
        ends[0, c], ends[1, c] = estimates.points[p, c], estimates.points[q, c]
        curve[0, c], curve[3, c] = ends[0, c], ends[1, c]
        arms[0, c], arms[1, c] = estimates.tangents[p, c], estimates.tangents[q, c]
    samples, tolerance = piece.samples[p : q + 1], piece.tolerance[p : q + 1]
    if _try_line(samples, tolerance, curve, goal if goal > 0.0 else 1.0):
        return 0.0
    misfit = fit_cubic(samples, tolerance, ends, arms, piece.canvas, goal, curve)
    if misfit <= goal or len(estimates.ends) == 0 or (p > 0 and q < last):
        return float(misfit)
    for c in range(2):
        if p == 0:
            arms[0, c] = estimates.ends[0, c]
        if q == last:
            arms[1, c] = estimates.ends[1, c]
    other = np.empty((4, 2))
    second = fit_cubic(samples, tolerance, ends, arms, piece.canvas, goal, other)
    if second < misfit:
        _copy_rows(other, curve)
    return float(min(misfit, second))


@njit(cache=True, nogil=True, error_model="numpy")
def _place_nodes(piece: Piece, estimates: _Estimates, goal: float, nodes: _Counts, most: int) -> int:
    """Choose the samples that are nodes, each as far from the last as a misfit of `goal` allows.

    Return the number of segments. Gives up once there are more than `most`.
    """
    last = len(piece.samples) - 1
    curve = np.empty((4, 2))
    count = 0
    nodes[0] = 0
    while nodes[count] < last and count <= most:
        p = nodes[count]
        good, bad, stride = p + 1, min(p + piece.longest, last) + 1, 8
        while good + 1 < bad:
            q = min(good + stride, bad - 1) if stride else (good + bad) // 2
            if _fit_span(piece, estimates, p, q, goal, curve) <= goal:
                good, stride = q, 2 * stride
            else:
                bad, stride = q, 0
        count += 1
        nodes[count] = good
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def count_piece(piece: Piece, most: int) -> int:
    """Count the segments that `fit_piece` would make of a piece; at least `most` + 1 if there are more."""
    nodes = np.empty(len(piece.samples), np.int64)
    return _place_nodes(piece, _estimates(piece), 1.0, nodes, most)


@njit(cache=True, nogil=True, error_model="numpy")
def fit_piece(piece: Piece) -> _Floats:
    """Fit a chain of cubics (S, 4, 2) to a piece.

    Nodes are as few as the tolerance asks for. Then the tolerance is tightened as far as that number allows, so
    that the last segment is not a remnant and none is worse than it need be.
    """
    estimates = _estimates(piece)
    samples = len(piece.samples)
    nodes, tighter = np.empty(samples, np.int64), np.empty(samples, np.int64)
    count, low, high, goal = 0, 0.0, 1.0, 1.0
    for attempt in range(1 + TIGHTENINGS):
        most = samples if attempt == 0 else count
        found = _place_nodes(piece, estimates, goal, tighter, most)
        if attempt == 0:
            count = found
        if found == count:
            high = goal
            for k in range(count + 1):
                nodes[k] = tighter[k]
        else:
            low = goal
        if not 1 < count < samples - 1:
            break
        goal = 0.5 * (low + high)
    result = np.empty((count, 4, 2))
    for k in range(count):
        _fit_span(piece, estimates, nodes[k], nodes[k + 1], 0.0, result[k])
    return result
