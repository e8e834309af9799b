"""Smooth nodes: nodes whose handles are opposite and equally long move as a node and one handle.

SVG writes the first control point of such a node by itself (the command ``s``), which saves two numbers of six, and
editors treat the outline as smooth there. Few nodes come out so when they are fitted freely, but most are near.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.refine.fit import kernels

__all__ = ["SmoothNodes", "all_nodes"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_SYMMETRIC = 1e-6
"""Largest sum of both handles of a smooth node, in pixels of the canvas."""


@dataclass(frozen=True, slots=True, eq=False)
class SmoothNodes:
    """Some nodes of a drawing, which stay smooth.

    Examples
    --------
    >>> points = np.array([[0, 0], [1, 0], [3, 0], [3, 1], [3, 2], [0, -1.2]], float)
    >>> smooth = SmoothNodes.nearest(points, np.array([0, 6]), share=0.5)
    >>> smooth.node, smooth.to_points(smooth.to_handles(points))[[2, 3, 4]].tolist()
    (array([3]), [[3.0, 0.0], [3.0, 1.0], [3.0, 2.0]])
    """

    node: Integers  # (J,), index of each such node in the points; the handle that leaves it follows
    arriving: Integers  # (J,), index of the handle that arrives at it

    @classmethod
    def nearest(cls, points: Floats, contours: Integers, *, share: float) -> SmoothNodes:
        """Choose the share of all nodes that become smooth with the least change."""
        node, arriving = all_nodes(points, contours)
        change = _handle_difference(points, node, arriving)
        chosen = np.sort(np.argsort(change, kind="stable")[: round(share * len(node))])
        return cls(node[chosen], arriving[chosen])

    @classmethod
    def existing(cls, points: Floats, contours: Integers) -> SmoothNodes:
        """Choose the nodes that are smooth already."""
        node, arriving = all_nodes(points, contours)
        smooth = _handle_difference(points, node, arriving) <= _SYMMETRIC
        return cls(node[smooth], arriving[smooth])

    @classmethod
    def none(cls) -> SmoothNodes:
        """Choose none."""
        nothing = np.empty(0, np.int64)
        return cls(nothing, nothing)

    def to_handles(self, points: Floats) -> Floats:
        """Put the mean handle of each node in the place of both its control points (in place)."""
        kernels.smooth_to_handles(self.node, self.arriving, points)
        return points

    def to_points(self, points: Floats, asymmetry: Floats | None = None, share: float = 1.0) -> Floats:
        """Undo `to_handles` (in place): middles of control points lie off the node by a share of `asymmetry`."""
        kernels.smooth_to_points(self.node, self.arriving, points, asymmetry, share)
        return points

    def asymmetry(self, points: Floats) -> Floats:
        """Vector from each node to the middle of both its control points. Shape (J, 2)."""
        return kernels.smooth_asymmetry(self.node, self.arriving, points)


def all_nodes(points: Floats, contours: Integers) -> tuple[Integers, Integers]:
    """Index of each node in the points, and of the handle that arrives at it. Shapes (K,)."""
    node = np.arange(0, len(points), 3)
    arriving = node - 1
    filled = contours[:-1] < contours[1:]
    arriving[contours[:-1][filled] // 3] = contours[1:][filled] - 1
    return node, arriving


def _handle_difference(points: Floats, node: Integers, arriving: Integers) -> Floats:
    """Length of the sum of both handles, as vectors from their node. Shape (J,)."""
    x, y = (points[node + 1] + points[arriving] - 2.0 * points[node]).T
    return np.asarray(np.sqrt(x * x + y * y))  # the last digit of np.hypot depends on the C library
