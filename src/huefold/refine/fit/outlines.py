"""How outlines move: by smooth nodes in drawings from photos, by straight lines in given drawings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.curves import is_straight
from huefold.refine.fit import kernels
from huefold.refine.fit.adam import AdamMoments
from huefold.refine.fit.smooth_nodes import SmoothNodes
from huefold.render import SceneArrays

__all__ = ["POINTS", "OutlineVariables", "SmoothOutlines", "StraightOutlines"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

POINTS = "points"
"""Name of the moments of outlines."""

SMOOTH_AFTER = 0.5
"""Share of the iterations in which nodes become smooth little by little."""

_LINE_TOLERANCE = 1e-6
"""Largest distance of control points from the thirds of a line, as a share of the canvas."""


class OutlineVariables(Protocol):
    """What of outlines may move, and how."""

    def moved(
        self, moments: AdamMoments, points: Floats, gradient: Floats, rate: float, done: float, /
    ) -> Floats:
        """Return points, (P, 2), one step further; `done` is the share of the fit that this step ends."""
        ...  # pragma: no cover


@dataclass(frozen=True, slots=True, eq=False)
class SmoothOutlines:
    """Outlines with smooth nodes; all other points move freely."""

    nodes: SmoothNodes  # nodes that become smooth and stay so
    asymmetry: Floats  # (J, 2), what they lack to be smooth when the fit begins

    @classmethod
    def of(cls, points: Floats, nodes: SmoothNodes) -> SmoothOutlines:
        """Begin with outlines as they are."""
        return cls(nodes, nodes.asymmetry(points))

    def moved(
        self, moments: AdamMoments, points: Floats, gradient: Floats, rate: float, done: float
    ) -> Floats:
        """Move nodes and handles; the asymmetry of smooth nodes falls linearly to zero."""
        handles = self.nodes.to_handles(points.copy())
        moved = moments.moved(POINTS, handles, self.nodes.to_handle_gradient(gradient), rate)
        return self.nodes.to_points(moved, self.asymmetry, max(0.0, 1.0 - done / SMOOTH_AFTER))


@dataclass(frozen=True, slots=True, eq=False)
class StraightOutlines:
    """Outlines whose straight segments stay straight."""

    lines: Integers  # (L, 4), the points of each straight segment
    offsets: Integers  # (N + 1,), where each path begins in the points
    moment_share: float  # see `AdamMoments.moved_outlines`

    @classmethod
    def of(cls, arrays: SceneArrays, *, moment_share: float) -> StraightOutlines:
        """Find the straight segments of a drawing: control points at the thirds."""
        segments, _ = arrays.segments()
        tolerance = _LINE_TOLERANCE * max(arrays.width, arrays.height)
        straight = is_straight(arrays.points[segments], tolerance)
        return cls(segments[straight], arrays.contours[arrays.paths], moment_share)

    def fold(self, gradient: Floats) -> Floats:
        """Return the gradient by points in which control points of lines pass theirs on to the ends."""
        folded = gradient.copy()
        kernels.fold_lines(self.lines, folded)
        return folded

    def moved(
        self, moments: AdamMoments, points: Floats, gradient: Floats, rate: float, _done: float
    ) -> Floats:
        """Move all points but the control points of lines, which follow the ends."""
        moved = moments.moved_outlines(
            POINTS, points, self.fold(gradient), self.offsets, self.moment_share, rate
        )
        kernels.straighten_lines(self.lines, moved)
        return moved
