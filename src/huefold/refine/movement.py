"""What of a given drawing may move, and Adam on all of it: outlines, colours, opacities and gradients."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huefold.refine import kernels
from huefold.refine.fitting import MEAN_DECAY, SQUARE_DECAY
from huefold.render import Gradients, SceneArrays
from huefold.render.fills.arrays import FillGradients, GradientFills

__all__ = ["Movement"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

_THIRD = 1e-6  # of a segment's size: control points that lie so close to its thirds make it a line
_OUTLINE_SHARE = 0.6  # of a point's second moment that its path decides: thin spikes hardly form
_OFFSET_SHARE = 0.3  # of the rate of colours
_SHAPE_SHARE = 2.0  # of the rate of points: ends of a gradient lie far apart
_INSIDE = 0.98  # of its circle: how far out a focus may lie
_SHORTEST = 1e-3  # of its first length or radius


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


@dataclass(frozen=True, slots=True, eq=False)
class FillMovement:
    """What of gradients may move.

    Parameters
    ----------
    offsets, opacities : (T,) bool ndarray
        Stops that lie by themselves inside a gradient, and stops that are not opaque.
    centered : (G,) bool ndarray
        Radial gradients whose focus is the centre, and stays it.
    pointed : (G,) bool ndarray
        Gradients whose focal circle is a point, and stays one.
    scale : (G, 1) float64 ndarray
        Size of a unit of the gradient's coordinates in the scene.
    least : (G,) float64 ndarray
        Shortest length or radius, in the gradient's coordinates.
    """

    offsets: Truths
    opacities: Truths
    centered: Truths
    pointed: Truths
    scale: Floats
    least: Floats

    @classmethod
    def of(cls, fills: GradientFills) -> FillMovement:
        """Look at a drawing's gradients."""
        x, y, r, fx, fy, fr = fills.shapes.T
        a, b, c, d = fills.transforms[:, :4].T
        length = np.where(fills.radial != 0, r, np.hypot(r - x, fx - y))
        inner = (fills.offsets > 0.0) & (fills.offsets < 1.0)
        alike = np.diff(fills.offsets) == 0.0
        inner[:-1] &= ~alike
        inner[1:] &= ~alike
        return cls(
            offsets=inner,
            opacities=fills.opacities < 1.0,
            centered=(fills.radial != 0) & (x == fx) & (y == fy),
            pointed=fr == 0.0,
            scale=np.sqrt(np.abs(a * d - b * c))[:, None],
            least=_SHORTEST * length,
        )

    def shape_slopes(self, fills: GradientFills, slopes: Floats) -> Floats:
        """Return derivatives by shapes in which what is held together counts together."""
        held = slopes.copy()
        held[self.centered, :2] += held[self.centered, 3:5]
        held[self.centered, 3:5] = 0.0
        held[self.pointed, 5] = 0.0
        held[fills.radial == 0, 4:] = 0.0
        return held

    def settle(self, before: GradientFills, after: GradientFills) -> GradientFills:
        """Return gradients after a step as gradients can be: `before` where they would have no extent."""
        shapes = after.shapes
        shapes[self.centered, 3:5] = shapes[self.centered, :2]
        radial = before.radial != 0
        x, y, r, fx = shapes.T[:4]
        length = np.where(radial, r, np.hypot(r - x, fx - y))
        lost = length < self.least
        shapes[lost] = before.shapes[lost]
        _keep_focus_inside(shapes, radial)
        offsets = np.clip(after.offsets, 0.0, 1.0)
        for first, last in zip(after.stops[:-1], after.stops[1:], strict=True):
            offsets[first:last] = np.maximum.accumulate(offsets[first:last])
        return replace(
            after,
            shapes=shapes,
            offsets=offsets,
            colors=np.clip(after.colors, 0.0, 1.0),
            opacities=np.clip(after.opacities, 0.0, 1.0),
        )


class Adam:
    """Moments of Adam for everything that may move."""

    def __init__(self, movement: Movement, arrays: SceneArrays) -> None:
        self._movement = movement
        self._offsets = arrays.contours[arrays.paths]
        self._point_mean = np.zeros_like(arrays.points)
        self._point_square = np.zeros(len(arrays.points))
        self._moments: dict[str, Floats] = {}
        self._step = 0

    def step(
        self, arrays: SceneArrays, slopes: Gradients, point_rate: float, color_rate: float
    ) -> SceneArrays:
        """Return the drawing one step further; the one given stays as it is."""
        self._step += 1
        colors = self._moved("colors", arrays.colors, slopes.colors, color_rate)
        background = arrays.background
        if self._movement.background:
            ground = slopes.background[None]
            background = self._moved("background", background[None], ground, color_rate)[0]
        opacities = self._moved_where(
            "opacities", self._movement.opacities, arrays.opacities, slopes.opacities, color_rate
        )
        gradients = arrays.gradients
        if gradients is not None and slopes.fills is not None:
            gradients = self._moved_fills(gradients, slopes.fills, point_rate, color_rate)
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
            _OUTLINE_SHARE, rate, MEAN_DECAY, SQUARE_DECAY, float(self._step),
        )  # fmt: skip
        a, first, second, b = self._movement.lines.T
        chord = moved[b] - moved[a]
        moved[first] = moved[a] + chord / 3.0
        moved[second] = moved[a] + chord * (2.0 / 3.0)
        return moved

    def _moved_fills(
        self, fills: GradientFills, slopes: FillGradients, point_rate: float, color_rate: float
    ) -> GradientFills:
        movement = self._movement.fills
        assert movement is not None
        shape_slopes = movement.shape_slopes(fills, slopes.shapes)
        shape_rates = _SHAPE_SHARE * point_rate / movement.scale[:, 0]
        after = replace(
            fills,
            shapes=self._moved("shapes", fills.shapes, shape_slopes, shape_rates),
            colors=self._moved("stop colors", fills.colors, slopes.colors, color_rate),
            offsets=self._moved_where(
                "offsets", movement.offsets, fills.offsets, slopes.offsets, _OFFSET_SHARE * color_rate
            ),
            opacities=self._moved_where(
                "stop opacities", movement.opacities, fills.opacities, slopes.opacities, color_rate
            ),
        )
        return movement.settle(fills, after)

    def _moved_where(
        self, name: str, free: Truths, values: Floats, slopes: Floats | None, rate: float
    ) -> Floats:
        """Move those of some numbers that are free."""
        if slopes is None or not free.any():
            return values
        return self._moved(name, values[:, None], np.where(free, slopes, 0.0)[:, None], rate)[:, 0]

    def _moved(self, name: str, values: Floats, slopes: Floats, rate: float | Floats) -> Floats:
        """Move rows of numbers by Adam as published."""
        if name not in self._moments:
            self._moments[name] = np.zeros((2, *values.shape))
        moved = np.array(values)
        mean, square = self._moments[name]
        rates = np.broadcast_to(np.asarray(rate, np.float64), len(moved)).copy()
        kernels.adam(
            moved,
            np.ascontiguousarray(slopes),
            mean,
            square,
            rates,
            MEAN_DECAY,
            SQUARE_DECAY,
            float(self._step),
        )
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


def _keep_focus_inside(shapes: Floats, radial: Truths) -> None:
    """Draw focal circles into their outer circles, in place."""
    x, y, r, fx, fy, fr = (shapes[radial, k] for k in range(6))
    fr = np.clip(fr, 0.0, 0.9 * r)
    away = np.hypot(fx - x, fy - y)
    room = _INSIDE * r - fr
    share = np.where(away > room, room / np.where(away > 0.0, away, 1.0), 1.0)
    shapes[radial, 3] = x + (fx - x) * share
    shapes[radial, 4] = y + (fy - y) * share
    shapes[radial, 5] = fr
