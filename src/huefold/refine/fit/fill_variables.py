"""What of gradient fills may move, how it moves, and what it must stay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold.native import array, bind, output
from huefold.refine.fit.adam import AdamMoments
from huefold.render import FillGradients, GradientFills

__all__ = ["FillVariables"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

SHORTEST = 1e-3
"""Least length or radius of a gradient, as a share of its first one."""

_ROWS, _NUMBERS, _TRUTHS = array(np.float64, 2), array(np.float64, 1), array(np.bool_, 1)
_ROWS_OUT, _NUMBERS_OUT = output(np.float64, 2), output(np.float64, 1)
_MOMENTS = (output(np.float64, 1, optional=True),) * 2

_move = bind(
    "hf_move_gradient_fills", int, array(np.uint8, 1), array(np.int64, 1),
    _ROWS, _NUMBERS, _ROWS, _NUMBERS,  # values
    _ROWS, _NUMBERS, _ROWS, array(np.float64, 1, optional=True),  # derivatives by them
    _TRUTHS, _TRUTHS, _TRUTHS, _TRUTHS, _NUMBERS, _NUMBERS,  # what may move
    _ROWS_OUT, _ROWS_OUT, *_MOMENTS, _ROWS_OUT, _ROWS_OUT, *_MOMENTS,
    int, float, float,
    _ROWS_OUT, _NUMBERS_OUT, _ROWS_OUT, _NUMBERS_OUT,  # values after the step
)  # fmt: skip


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
        values = [
            np.ascontiguousarray(part, np.float64)
            for part in (fills.shapes, fills.offsets, fills.colors, fills.opacities)
        ]
        shapes, offsets, colors, opacities = (np.empty_like(part) for part in values)
        by_opacity = gradients.opacities if self.opacities.any() else None
        _move(
            fills.count, np.ascontiguousarray(fills.radial, np.uint8), np.ascontiguousarray(fills.stops, np.int64),
            *values, gradients.shapes, gradients.offsets, gradients.colors, by_opacity,
            self.offsets, self.opacities, self.centered, self.pointed, self.scale, self.least,
            *moments.pair("shapes", shapes.shape),
            *_moments_where(moments, "offsets", self.offsets, self.offsets),
            *moments.pair("stop colors", colors.shape),
            *_moments_where(moments, "stop opacities", self.opacities, by_opacity),
            moments.step, end_rate, color_rate,
            shapes, offsets, colors, opacities,
        )  # fmt: skip
        return replace(fills, shapes=shapes, offsets=offsets, colors=colors, opacities=opacities)


def _moments_where(
    moments: AdamMoments, name: str, free: Truths, gradient: NDArray[Any] | None
) -> tuple[Floats | None, Floats | None]:
    """Return the moments of numbers of which some are free, none where none is or the gradient is not known."""
    return (None, None) if gradient is None or not free.any() else moments.pair(name, free.shape)


def _lengths(shapes: Floats, radial: Truths) -> Floats:
    """Length of linear gradients, radius of radial ones. Shape (G,)."""
    x, y, r, fx = shapes.T[:4]
    return np.asarray(np.where(radial, r, np.sqrt((r - x) ** 2 + (fx - y) ** 2)))
