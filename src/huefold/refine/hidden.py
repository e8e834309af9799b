"""Outlines are drawn back from where later paths hide them, until only a margin of them is covered.

What is hidden has no part in the picture, so nothing of the squared error moves it: without a cost of its own it
stays where it strayed to. The cost is that of the hidden area beyond the margin,

    L_hidden = cost / |Omega| * sum_i (weighted area of path i that lies deeper than the margin under later paths),

whose derivative by a point of the outline is an integral over the hidden part of the outline, of the normal
times the point's share of it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from huefold.refine import kernels
from huefold.render import Rasterizer, SceneArrays

__all__ = ["MARGIN", "Hidden", "top_paths"]

Floats = NDArray[np.float64]
Planes = NDArray[np.float32]

MARGIN = 2.0
"""Pixels of the canvas that a path may run on beneath another one, so that no seam opens between them."""


class Hidden:
    """The cost of what later paths hide, for drawings at one size.

    Parameters
    ----------
    raster : Rasterizer
        Of that size.
    weight : (H, W) float32 ndarray or None
        How much each pixel's error counts, and its hidden area.
    cost : float
        What a hidden pixel costs, as a squared error.
    """

    def __init__(self, raster: Rasterizer, weight: Planes | None, cost: float) -> None:
        self._raster = raster
        self._weight = np.ones((raster.height, raster.width), np.float32) if weight is None else weight
        self._cost = cost / (raster.height * raster.width)
        self._top = np.full((raster.height, raster.width), -1, np.int32)

    def look(self, arrays: SceneArrays) -> None:
        """See which path lies on top where; the drawing may move some iterations on from there."""
        self._top = top_paths(self._raster, arrays)

    def add_slopes(self, arrays: SceneArrays, slopes: Floats) -> None:
        """Add the derivative of the cost by points to `slopes`, (P, 2)."""
        height, width = self._top.shape
        scale = np.array([width / arrays.width, height / arrays.height])
        kernels.draw_back(
            arrays.points, arrays.contours, arrays.paths, self._top, self._weight, scale,
            MARGIN, self._cost, slopes,
        )  # fmt: skip


def top_paths(raster: Rasterizer, arrays: SceneArrays) -> NDArray[np.int32]:
    """Return which path alone shows in each pixel, -1 where none or several do, (H, W).

    An item buffer: the drawing in colours that are the paths' numbers.
    """
    codes = np.empty((arrays.path_count, 3))
    kernels.path_codes(codes)
    planes = raster.draw(replace(arrays, colors=codes, background=np.ones(3), gradients=None))
    top = np.empty(planes.shape[1:], np.int32)
    kernels.read_codes(planes, arrays.path_count, top)
    return top
