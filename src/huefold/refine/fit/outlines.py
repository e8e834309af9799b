"""How outlines move: by smooth nodes in drawings from photos, by straight lines in given drawings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.curves import is_straight
from huefold.refine.fit.smooth_nodes import SmoothNodes
from huefold.render import SceneArrays

__all__ = ["SMOOTH_AFTER", "OutlineVariables", "SmoothOutlines", "StraightOutlines"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SMOOTH_AFTER = 0.5
"""Share of the iterations in which nodes become smooth little by little."""

_LINE_TOLERANCE = 1e-6
"""Largest distance of control points from the thirds of a line, as a share of the canvas."""


@dataclass(frozen=True, slots=True, eq=False)
class SmoothOutlines:
    """Outlines with smooth nodes, whose asymmetry falls linearly to zero; all other points move freely."""

    nodes: SmoothNodes  # nodes that become smooth and stay so
    asymmetry: Floats  # (J, 2), what they lack to be smooth when the fit begins

    @classmethod
    def of(cls, points: Floats, nodes: SmoothNodes) -> SmoothOutlines:
        """Begin with outlines as they are."""
        return cls(nodes, nodes.asymmetry(points))


@dataclass(frozen=True, slots=True, eq=False)
class StraightOutlines:
    """Outlines whose straight segments stay straight: their control points follow the ends."""

    lines: Integers  # (L, 4), the points of each straight segment
    offsets: Integers  # (N + 1,), where each path begins in the points
    moment_share: float  # of the second moment of a point, that of the mean over its path

    @classmethod
    def of(cls, arrays: SceneArrays, *, moment_share: float) -> StraightOutlines:
        """Find the straight segments of a drawing: control points at the thirds."""
        segments, _ = arrays.segments()
        tolerance = _LINE_TOLERANCE * max(arrays.width, arrays.height)
        straight = is_straight(arrays.points[segments], tolerance)
        return cls(segments[straight], arrays.contours[arrays.paths], moment_share)


OutlineVariables: TypeAlias = SmoothOutlines | StraightOutlines
"""What of outlines may move."""
