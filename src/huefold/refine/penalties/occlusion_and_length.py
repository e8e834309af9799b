"""Occlusion and length penalties of outlines.

The squared error has no gradient for what is hidden, so hidden parts stay wherever they strayed to. The occlusion
penalty draws them back to a margin,

    L_occlusion = weight / |Omega| * sum_i (weighted area of path i deeper than the margin under later paths).

Its gradient by a point is an integral over the hidden part of the outline, of the normal times the point's share of
it. Where an outline parts colours that are nearly the same, noise makes it ragged. The length penalty smooths it,

    L_length = weight / |Omega| * sum_i (weighted length of the outline of path i that shows, in pixels).
"""

from __future__ import annotations

from huefold.refine.penalties import kernels
from huefold.render import Rasterizer

__all__ = ["MARGIN", "OutlinePenalties"]

MARGIN = 2.0
"""Pixels of the canvas that a path may run on beneath another one, so that no seam opens between them."""

SOFTNESS = 0.05
"""Pixels of length up to which the penalty is quadratic: it has a gradient for sides of no length, too."""

BORDER = 1.0
"""Pixels from the border of the canvas within which an outline has no length penalty."""


class OutlinePenalties:
    """Occlusion and length penalties, for drawings at one size.

    `occlusion` is the penalty of a hidden pixel, `length` that of one pixel of the photo of length, both as the
    squared error of a pixel, times its weight. Where the photo was reduced, pixels are longer by `reduction`.
    """

    def __init__(
        self,
        raster: Rasterizer,
        *,
        occlusion: float,
        length: float,
        reduction: int = 1,
    ) -> None:
        pixels = raster.height * raster.width
        self._occlusion, self._length = occlusion / pixels, length / reduction / pixels

    def describe(self, penalties: kernels.PenaltiesStruct) -> None:
        """Write to the penalties of a drawing what these are."""
        penalties.occlusion, penalties.margin = self._occlusion, MARGIN
        penalties.length, penalties.border, penalties.softness = self._length, BORDER, SOFTNESS
