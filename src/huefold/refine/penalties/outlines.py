"""What outlines cost: their parts that later paths hide are drawn back, those that show become short.

What is hidden has no part in the picture, so nothing of the squared error moves it: without a cost of its own it
stays where it strayed to. The cost is that of the hidden area beyond a margin,

    L_hidden = cost / |Omega| * sum_i (weighted area of path i that lies deeper than the margin under later paths),

whose derivative by a point of the outline is an integral over the hidden part of the outline, of the normal
times the point's share of it. Where an outline shows but parts colours that are nearly the same, the squared error
holds it so weakly that noise makes it ragged. So it costs its length,

    L_length = cost / |Omega| * sum_i (weighted length of the outline of path i that shows, in pixels).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from huefold.parallel import in_parallel, shares
from huefold.refine.fit import kernels
from huefold.render import Rasterizer, SceneArrays

__all__ = ["MARGIN", "OutlineCosts", "top_paths"]

Floats = NDArray[np.float64]
Planes = NDArray[np.float32]

MARGIN = 2.0
"""Pixels of the canvas that a path may run on beneath another one, so that no seam opens between them."""

SOFTNESS = 0.05
"""Pixels: length has no derivative where there is none."""

BORDER = 1.0
"""Pixels from the border of the canvas within which an outline is not seen as one, and costs nothing."""

OPAQUE = 0.8
"""Paths with a lower mean opacity hide nothing."""

ENOUGH = 2048
"""Points for which other threads are worth waking."""


class OutlineCosts:
    """The costs of outlines, for drawings at one size.

    Parameters
    ----------
    raster : Rasterizer
        Of that size.
    weight : (H, W) float32 ndarray or None
        How much each pixel's error counts, its hidden area, and length there.
    hidden : float
        What a hidden pixel costs, as a squared error.
    length : float
        What a pixel of the photo of length costs, as the squared error of one.
    reduction : int, optional
        By how much the photo was reduced to that size: pixels are longer by it, and larger by its square.
    """

    def __init__(
        self, raster: Rasterizer, weight: Planes | None, *, hidden: float, length: float, reduction: int = 1
    ) -> None:
        pixels = raster.height * raster.width
        self._raster = raster
        self._weight = np.ones((raster.height, raster.width), np.float32) if weight is None else weight
        self._hidden, self._length = hidden / pixels, length / reduction / pixels
        self._top = np.full((raster.height, raster.width), -1, np.int32)

    def look(self, top: NDArray[np.int32]) -> None:
        """See which path shows in each pixel; the drawing may move some iterations on from there."""
        self._top = top

    def add_slopes(self, arrays: SceneArrays, slopes: Floats) -> None:
        """Add the derivative of the costs by points to `slopes`, (P, 2)."""
        height, width = self._top.shape
        scale = np.array([width / arrays.width, height / arrays.height])
        threads = self._raster.threads if len(arrays.points) >= ENOUGH else 1

        def add(part: slice) -> None:
            begin, end = part.start, part.stop
            if self._hidden > 0.0:
                kernels.draw_back(
                    arrays.points, arrays.contours, arrays.paths, begin, end, self._top, self._weight, scale,
                    MARGIN, self._hidden, slopes,
                )  # fmt: skip
            if self._length > 0.0:
                kernels.shorten(
                    arrays.points, arrays.contours, arrays.paths, begin, end, self._top, self._weight, scale,
                    BORDER, SOFTNESS, self._length, slopes,
                )  # fmt: skip

        in_parallel(add, shares(arrays.path_count, threads), threads)


def top_paths(raster: Rasterizer, arrays: SceneArrays) -> NDArray[np.int32]:
    """Return which path alone shows in each pixel, -1 where none or several do, (H, W); faded ones hide nothing.

    An item buffer: the drawing in colours that are the paths' numbers.
    """
    codes = np.empty((arrays.path_count, 3))
    kernels.path_codes(codes)
    fills = arrays.gradients
    opacities = arrays.opacities if fills is None else arrays.opacities * fills.path_opacities()
    solid = (opacities >= OPAQUE).astype(np.float64)
    planes = raster.draw(
        replace(arrays, colors=codes, opacities=solid, background=np.ones(3), gradients=None)
    )
    top = np.empty(planes.shape[1:], np.int32)
    kernels.read_codes(planes, arrays.path_count, top)
    return top
