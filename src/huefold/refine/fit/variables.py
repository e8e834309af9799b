"""What of a given drawing may move, and Adam on all of it: outlines, colours, opacities and gradients."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huefold.refine.fit import kernels
from huefold.refine.fit.adam import MEAN_DECAY, SQUARE_DECAY, Moments
from huefold.refine.fit.fill_variables import FillMovement
from huefold.render import Gradients, SceneArrays

__all__ = ["Movement"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

_THIRD = 1e-6  # of a segment's size: control points that lie so close to its thirds make it a line
_OUTLINE_SHARE = 0.6  # of a point's second moment that its path decides: thin spikes hardly form
_SHAPE_SHARE = 2.0  # of the rate of points: ends of a gradient lie far apart


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """What may move, by what the drawing is when it is given.

    Parameters
    ----------
    lines : (L, 4) int64 ndarray
        The points of segments that are straight and stay so.
    opacities : (N,) bool ndarray
        Paths that are not opaque.
    background : bool
        Whether the background's colour may change.
    fills : FillMovement or None
        What of gradients may move; None if there are none.
    """

    lines: NDArray[np.int64]
    opacities: Truths
    background: bool
    fills: FillMovement | None

    @classmethod
    def of(cls, arrays: SceneArrays, *, background: bool) -> Movement:
        """Look at a drawing."""
        return cls(
            lines=_straight(arrays),
            opacities=arrays.opacities < 1.0,
            background=background,
            fills=None if arrays.gradients is None else FillMovement.of(arrays.gradients),
        )

    @property
    def translucent(self) -> bool:
        """Whether any opacity may move, for which the renderer must look beneath opaque paths."""
        return bool(self.opacities.any()) or (self.fills is not None and bool(self.fills.opacities.any()))

    def fold(self, slopes: Floats) -> Floats:
        """Return derivatives by points in which control points of lines pass theirs on to the ends."""
        a, first, second, b = self.lines.T
        folded = slopes.copy()
        pulls = slopes[first], slopes[second]
        folded[first] = folded[second] = 0.0
        np.add.at(folded, a, (2.0 * pulls[0] + pulls[1]) / 3.0)
        np.add.at(folded, b, (pulls[0] + 2.0 * pulls[1]) / 3.0)
        return folded

    def start(self, arrays: SceneArrays) -> Adam:
        """Return Adam without any momentum."""
        return Adam(self, arrays)


class Adam:
    """Moments of Adam for everything that may move."""

    def __init__(self, movement: Movement, arrays: SceneArrays) -> None:
        self._movement = movement
        self._offsets = arrays.contours[arrays.paths]
        self._point_mean = np.zeros_like(arrays.points)
        self._point_square = np.zeros(len(arrays.points))
        self._moments = Moments()

    def step(
        self, arrays: SceneArrays, slopes: Gradients, point_rate: float, color_rate: float
    ) -> SceneArrays:
        """Return the drawing one step further; the one given stays as it is."""
        self._moments.advance()
        colors = self._moments.moved("colors", arrays.colors, slopes.colors, color_rate)
        background = arrays.background
        if self._movement.background:
            ground = slopes.background[None]
            background = self._moments.moved("background", background[None], ground, color_rate)[0]
        opacities = self._moments.moved_where(
            "opacities", self._movement.opacities, arrays.opacities, slopes.opacities, color_rate
        )
        gradients = arrays.gradients
        if gradients is not None and slopes.fills is not None:
            assert self._movement.fills is not None
            gradients = self._movement.fills.moved(
                self._moments, gradients, slopes.fills, _SHAPE_SHARE * point_rate, color_rate
            )
        return replace(
            arrays,
            points=self._moved_points(arrays.points, slopes.points, point_rate),
            colors=np.clip(colors, 0.0, 1.0),
            background=np.clip(background, 0.0, 1.0),
            opacities=np.clip(opacities, 0.0, 1.0),
            gradients=gradients,
        )

    def forget(self, points: Truths) -> None:
        """Take away the momentum of some points."""
        self._point_mean[points] = 0.0

    def _moved_points(self, points: Floats, slopes: Floats, rate: float) -> Floats:
        """Move outlines; control points of lines pass on what pulls them, and follow."""
        moved = points.copy()
        kernels.adam_outlines(
            moved, self._movement.fold(slopes), self._point_mean, self._point_square, self._offsets,
            _OUTLINE_SHARE, rate, MEAN_DECAY, SQUARE_DECAY, float(self._moments.step),
        )  # fmt: skip
        a, first, second, b = self._movement.lines.T
        chord = moved[b] - moved[a]
        moved[first] = moved[a] + chord / 3.0
        moved[second] = moved[a] + chord * (2.0 / 3.0)
        return moved


def _straight(arrays: SceneArrays) -> NDArray[np.int64]:
    """Return the points of straight segments, (L, 4)."""
    segments, _ = arrays.segments()
    p0, p1, p2, p3 = (arrays.points[segments[:, k]] for k in range(4))
    chord = p3 - p0
    off = np.maximum(np.abs(p1 - p0 - chord / 3.0), np.abs(p2 - p0 - chord * (2.0 / 3.0))).max(axis=1)
    # Coordinates are known to about a millionth of the canvas.
    slack = _THIRD * max(arrays.width, arrays.height)
    lines: NDArray[np.int64] = segments[off <= slack]
    return lines
