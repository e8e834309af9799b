"""What of gradient fills may move; how, and what gradients must stay, is in fill_variables.c."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from huefold.refine.fit.structs import FillVariablesStruct
from huefold.render import GradientFills

__all__ = ["FillVariables"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

SHORTEST = 1e-3
"""Least length or radius of a gradient, as a share of its first one."""


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

    def struct(self) -> FillVariablesStruct:
        """Return them as the loop in C takes them."""
        struct = FillVariablesStruct()
        struct.point(**{field.name: getattr(self, field.name) for field in fields(self)})
        return struct


def _lengths(shapes: Floats, radial: Truths) -> Floats:
    """Length of linear gradients, radius of radial ones. Shape (G,)."""
    x, y, r, fx = shapes.T[:4]
    return np.asarray(np.where(radial, r, np.sqrt((r - x) ** 2 + (fx - y) ** 2)))
