"""A chain of cracks (pixel edges) -> cubic Beziers, by least squares to a tolerance."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from huefold.contours import kernels

__all__ = ["ROUGH", "FitLimits", "Segments", "count_segments", "fit_chain"]

Segments = NDArray[np.float64]  # (S, 4, 2): end, two control points, end

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
    sharp = tolerance <= ROUGH if sharp is None else sharp
    return kernels.fit_chain(np.ascontiguousarray(points), tolerance, fixed, sharp, canvas)


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
    sharp = tolerance <= ROUGH if sharp is None else sharp
    return kernels.count_chain(np.ascontiguousarray(points), tolerance, fixed, sharp, canvas, most)
