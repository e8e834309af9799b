"""What of gradient fills may move, how it moves, and what it must stay."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huefold.refine.fit.adam import AdamMoments
from huefold.render import FillGradients, GradientFills

__all__ = ["FillVariables"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

OFFSET_SHARE = 0.3
"""Learning rate of offsets of stops, as a share of that of colours."""

INSIDE = 0.98
"""How far out a focus may lie, as a share of the radius of its circle."""

SHORTEST = 1e-3
"""Least length or radius of a gradient, as a share of its first one."""

# Columns of shapes; linear gradients have x1, y1, x2 and y2 in the first four.
_CENTER, _FOCUS, _FOCAL_RADIUS = slice(0, 2), slice(3, 5), 5


@dataclass(frozen=True, slots=True, eq=False)
class FillVariables:
    """What of G gradients of T stops in all may move."""

    offsets: Truths  # (T,), stops that lie by themselves inside a gradient
    opacities: Truths  # (T,), stops that are not opaque
    centered: Truths  # (G,), radial gradients whose focus is the centre, and stays it
    pointed: Truths  # (G,), gradients whose focal circle is a point, and stays one
    scale: Floats  # (G,), size of a unit of the gradient's coordinates in the scene
    least: Floats  # (G,), least length or radius, in the gradient's coordinates

    @classmethod
    def of(cls, fills: GradientFills) -> FillVariables:
        """Find out what may move in a drawing's gradients."""
        x, y, _, fx, fy, fr = fills.shapes.T
        a, b, c, d = fills.transforms[:, :4].T
        radial = fills.radial != 0
        inner = (fills.offsets > 0.0) & (fills.offsets < 1.0)
        alike = np.diff(fills.offsets) == 0.0
        inner[:-1] &= ~alike
        inner[1:] &= ~alike
        return cls(
            offsets=inner,
            opacities=fills.opacities < 1.0,
            centered=radial & (x == fx) & (y == fy),
            pointed=fr == 0.0,
            scale=np.sqrt(np.abs(a * d - b * c)),
            least=SHORTEST * _lengths(fills.shapes, radial),
        )

    def moved(
        self,
        moments: AdamMoments,
        fills: GradientFills,
        gradients: FillGradients,
        end_rate: float,
        color_rate: float,
    ) -> GradientFills:
        """Return gradients one step of Adam further; those given stay as they are.

        Ends, centres and radii move at `end_rate`, in scene units, stops at `color_rate`.
        """
        rates = end_rate / self.scale
        after = replace(
            fills,
            shapes=moments.moved("shapes", fills.shapes, self._held_together(fills, gradients.shapes), rates),
            colors=moments.moved("stop colors", fills.colors, gradients.colors, color_rate),
            offsets=moments.moved_where(
                "offsets", self.offsets, fills.offsets, gradients.offsets, OFFSET_SHARE * color_rate
            ),
            opacities=moments.moved_where(
                "stop opacities", self.opacities, fills.opacities, gradients.opacities, color_rate
            ),
        )
        return self._repaired(fills, after)

    def _held_together(self, fills: GradientFills, gradient: Floats) -> Floats:
        """Return the gradient by shapes in which numbers that stay equal count together."""
        held = gradient.copy()
        held[self.centered, _CENTER] += held[self.centered, _FOCUS]
        held[self.centered, _FOCUS] = 0.0
        held[self.pointed, _FOCAL_RADIUS] = 0.0
        held[fills.radial == 0, 4:] = 0.0
        return held

    def _repaired(self, before: GradientFills, after: GradientFills) -> GradientFills:
        """Return gradients after a step as gradients can be: `before` where they would have no extent."""
        shapes, radial = after.shapes, before.radial != 0
        shapes[self.centered, _FOCUS] = shapes[self.centered, _CENTER]
        lost = _lengths(shapes, radial) < self.least
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


def _lengths(shapes: Floats, radial: Truths) -> Floats:
    """Length of linear gradients, radius of radial ones. Shape (G,)."""
    x, y, r, fx = shapes.T[:4]
    return np.asarray(np.where(radial, r, np.hypot(r - x, fx - y)))


def _keep_focus_inside(shapes: Floats, radial: Truths) -> None:
    """Move focal circles into their outer circles, in place."""
    x, y, r, fx, fy, fr = (shapes[radial, k] for k in range(6))
    fr = np.clip(fr, 0.0, 0.9 * r)
    away = np.hypot(fx - x, fy - y)
    most = INSIDE * r - fr
    share = np.where(away > most, most / np.where(away > 0.0, away, 1.0), 1.0)
    shapes[radial, 3] = x + (fx - x) * share
    shapes[radial, 4] = y + (fy - y) * share
    shapes[radial, 5] = fr
