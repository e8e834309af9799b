"""Smooth joints: knots whose handles are opposite and equally long move as a knot and one handle.

SVG writes such a knot's first control point by itself (the command ``s``), which saves two numbers of six, and an
outline is smooth there for whoever edits it. Fitted freely, few knots come out so; but most are near enough to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Joints", "all_knots"]

Floats = NDArray[np.float64]

_SYMMETRIC = 1e-6
"""Pixels of the canvas: handles whose sum is shorter are opposite and equally long."""


@dataclass(frozen=True, slots=True, eq=False)
class Joints:
    """Some knots of a drawing, which stay smooth.

    Parameters
    ----------
    knot : (J,) int64 ndarray
        Index of each such knot in the points; the handle that leaves it follows.
    arriving : (J,) int64 ndarray
        Index of the handle that arrives at it.

    Examples
    --------
    >>> points = np.array([[0, 0], [1, 0], [3, 0], [3, 1], [3, 2], [0, -1.2]], float)
    >>> joints = Joints.nearest(points, np.array([0, 6]), share=0.5)
    >>> joints.knot, joints.to_points(joints.to_handles(points))[[2, 3, 4]].tolist()
    (array([3]), [[3.0, 0.0], [3.0, 1.0], [3.0, 2.0]])
    """

    knot: NDArray[np.int64]
    arriving: NDArray[np.int64]

    @classmethod
    def nearest(cls, points: Floats, contours: NDArray[np.int64], *, share: float) -> Joints:
        """Choose the share of all knots that are smooth already or would be with the least change."""
        knot, arriving = all_knots(points, contours)
        change = _asymmetry(points, knot, arriving)
        chosen = np.sort(np.argsort(change, kind="stable")[: round(share * len(knot))])
        return cls(knot[chosen], arriving[chosen])

    @classmethod
    def existing(cls, points: Floats, contours: NDArray[np.int64]) -> Joints:
        """Choose the knots that are smooth."""
        knot, arriving = all_knots(points, contours)
        smooth = _asymmetry(points, knot, arriving) <= _SYMMETRIC
        return cls(knot[smooth], arriving[smooth])

    @classmethod
    def none(cls) -> Joints:
        """Choose none."""
        nothing = np.empty(0, np.int64)
        return cls(nothing, nothing)

    def to_handles(self, points: Floats) -> Floats:
        """Put the mean handle of each joint in the place of both its control points (in place)."""
        handle = 0.5 * (points[self.knot + 1] - points[self.arriving])
        points[self.knot + 1] = points[self.arriving] = handle
        return points

    def to_points(self, points: Floats, lopsided: Floats | float = 0.0) -> Floats:
        """Undo `to_handles`: control points beside each knot, their middle off it by `lopsided` (in place)."""
        handle, middle = points[self.knot + 1], points[self.knot] + lopsided
        points[self.arriving] = middle - handle
        points[self.knot + 1] = middle + handle
        return points

    def lopsided(self, points: Floats) -> Floats:
        """How far the middle of both control points lies from their knot. Shape (J, 2)."""
        return 0.5 * _handle_sum(points, self.knot, self.arriving)

    def to_handle_gradient(self, gradient: Floats) -> Floats:
        """Return the gradient by knots and handles from that by points (half of the handle's in both places)."""
        result = gradient.copy()
        leaving, arriving = gradient[self.knot + 1], gradient[self.arriving]
        result[self.knot] += leaving + arriving
        result[self.knot + 1] = result[self.arriving] = 0.5 * (leaving - arriving)
        return result


def all_knots(points: Floats, contours: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Index of each knot in the points, and of the handle that arrives at it. Shapes (K,)."""
    knot = np.arange(0, len(points), 3)
    arriving = knot - 1
    filled = contours[:-1] < contours[1:]
    arriving[contours[:-1][filled] // 3] = contours[1:][filled] - 1
    return knot, arriving


def _handle_sum(points: Floats, knot: NDArray[np.int64], arriving: NDArray[np.int64]) -> Floats:
    """Sum of both handles, as vectors from their knot. Shape (J, 2)."""
    return np.asarray(points[knot + 1] + points[arriving] - 2.0 * points[knot])


def _asymmetry(points: Floats, knot: NDArray[np.int64], arriving: NDArray[np.int64]) -> Floats:
    """Length of the sum of both handles. Shape (J,)."""
    total = _handle_sum(points, knot, arriving)
    return np.asarray(np.hypot(total[:, 0], total[:, 1]))
