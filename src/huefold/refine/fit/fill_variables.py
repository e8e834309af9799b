"""What of gradient fills may move, how they move, and what they must stay."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huefold.refine.fit.adam import Moments
from huefold.render import FillGradients, GradientFills

__all__ = ["FillMovement"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

_OFFSET_SHARE = 0.3  # of the rate of colours
_INSIDE = 0.98  # of its circle: how far out a focus may lie
_SHORTEST = 1e-3  # of its first length or radius


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

    def moved(
        self,
        moments: Moments,
        fills: GradientFills,
        slopes: FillGradients,
        shape_rate: float,
        color_rate: float,
    ) -> GradientFills:
        """Return gradients one step of Adam further; those given stay as they are.

        Ends, centres and radii move at `shape_rate`, in scene units, stops at `color_rate`.
        """
        rates = shape_rate / self.scale[:, 0]
        after = replace(
            fills,
            shapes=moments.moved("shapes", fills.shapes, self.shape_slopes(fills, slopes.shapes), rates),
            colors=moments.moved("stop colors", fills.colors, slopes.colors, color_rate),
            offsets=moments.moved_where(
                "offsets", self.offsets, fills.offsets, slopes.offsets, _OFFSET_SHARE * color_rate
            ),
            opacities=moments.moved_where(
                "stop opacities", self.opacities, fills.opacities, slopes.opacities, color_rate
            ),
        )
        return self.settle(fills, after)


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
