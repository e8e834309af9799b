"""A chain of cracks (pixel edges) -> cubic Beziers, by least squares to a tolerance."""

from __future__ import annotations

from itertools import pairwise
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.curve_fit_kernels import Piece, count_piece, fit_piece
from huefold.contours import corner_kernels

__all__ = ["ROUGH", "FitLimits", "Segments", "count_segments", "fit_chain"]

Segments = NDArray[np.float64]  # (S, 4, 2): end, two control points, end

# Distances below this are rounding, in working pixels; it stands for a tolerance of zero.
_EXACT = 1e-6
ROUGH = 2.0  # a tolerance beyond which sharp corners may be rounded away


class FitLimits(TypedDict):
    """How far the curve of a chain may go, as `fit_chain` takes it."""

    tolerance: NDArray[np.float64]
    fixed: NDArray[np.bool_]
    sharp: NDArray[np.bool_]
    canvas: tuple[int, int]


def fit_chain(
    points: NDArray[np.int32],
    tolerance: NDArray[np.float64],
    *,
    fixed: NDArray[np.bool_],
    canvas: tuple[int, int],
    sharp: NDArray[np.bool_] | None = None,
) -> Segments:
    """Fit a chain of cracks with cubics that pass each crack's midpoint within its tolerance.

    Midpoints are fitted, not vertices: those of a diagonal staircase lie on a straight line. Between corners
    neighbouring cubics share their tangent. Each is as long as the tolerance allows (found by galloping and
    bisection), so there are few of them.

    Parameters
    ----------
    points : (n + 1, 2) int32 ndarray
        Vertices (x, y) of the chain, one crack apart; working pixels. The chain is closed if the first equals
        the last.
    tolerance : (n,) float64 ndarray
        Largest distance from each crack's midpoint to the curve; working pixels. Between two fixed vertices
        on one line, 0 gives that line.
    fixed : (n + 1,) bool ndarray
        Vertices the curve must pass through, with a corner if need be. The ends of an open chain always are.
    canvas : tuple of 2 int
        Width and height that no control point leaves; working pixels.
    sharp : (n,) bool ndarray, optional
        Cracks between which corners are looked for; by default where the tolerance is at most 2 pixels.

    Returns
    -------
    segments : (S, 4, 2) float64 ndarray
        Cubics in order, each starting where the last one ends.

    References
    ----------
    .. [1] P. J. Schneider, "An Algorithm for Automatically Fitting Digitized Curves", Graphics Gems, 1990,
           pp. 612-626.

    Examples
    --------
    >>> points = np.array([(0, 0), (1, 0), (2, 0), (3, 0)], dtype=np.int32)
    >>> fixed = np.array([True, False, False, True])
    >>> fit_chain(points, np.full(3, 0.75), fixed=fixed, canvas=(3, 3)).tolist()
    [[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]]
    """
    return np.concatenate([fit_piece(piece) for piece in _pieces(points, tolerance, fixed, canvas, sharp)])


def count_segments(
    points: NDArray[np.int32],
    tolerance: NDArray[np.float64],
    *,
    fixed: NDArray[np.bool_],
    canvas: tuple[int, int],
    sharp: NDArray[np.bool_] | None = None,
    most: int,
) -> int:
    """Count the segments that `fit_chain` would need; above `most`, return any number above it.

    The other parameters are the same. A count takes a fifth of the time of a fit or less.
    """
    count = 0
    for piece in _pieces(points, tolerance, fixed, canvas, sharp):
        count += count_piece(piece, most - count)
        if count > most:
            break
    return count


def _pieces(
    points: NDArray[np.int32],
    tolerance: NDArray[np.float64],
    fixed: NDArray[np.bool_],
    canvas: tuple[int, int],
    sharp: NDArray[np.bool_] | None,
) -> list[Piece]:
    """Split a chain at its corners."""
    vertices = points.astype(np.float64)
    limits = np.asarray(canvas, dtype=np.float64)
    closed = bool((points[0] == points[-1]).all())
    eligible = tolerance <= ROUGH if sharp is None else sharp
    if not closed:
        fixed = fixed.copy()
        fixed[[0, -1]] = True
    corners = corner_kernels.corners(vertices, fixed, eligible, closed)
    tolerance = np.maximum(tolerance, _EXACT)
    middles = 0.5 * (vertices[1:] + vertices[:-1])
    at = np.flatnonzero(corners[:-1] if closed else corners)
    if closed and at.size == 0:
        samples = np.concatenate([middles, middles[:1]])
        return [Piece(samples, np.append(tolerance, tolerance[0]), True, (len(middles) + 1) // 2, limits)]
    if closed:
        first = int(at[0])
        middles, tolerance = np.roll(middles, -first, axis=0), np.roll(tolerance, -first)
        vertices = np.concatenate([vertices[first:-1], vertices[: first + 1]])
        at = np.append(at - first, len(middles))
    # A closed curve needs two segments at least, or it could be a point.
    longest = len(middles) // 2 + 1 if len(at) == 2 and closed else len(middles) + 1
    return [
        Piece(
            np.concatenate([vertices[a : a + 1], middles[a:b], vertices[b : b + 1]]),
            np.concatenate([tolerance[a : a + 1], tolerance[a:b], tolerance[b - 1 : b]]),
            False,
            longest,
            limits,
        )
        for a, b in pairwise(map(int, at))
    ]
