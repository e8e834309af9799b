"""What the penalties count in: pixels and their weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.render import Rasterizer, SceneArrays

__all__ = ["OPAQUE", "pixel_weights", "pixels_per_unit"]

OPAQUE = 0.8
"""Paths of a lower mean opacity hide nothing."""


def pixels_per_unit(arrays: SceneArrays, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Pixels of a picture of some shape for each unit of the canvas, in x and y. Shape (2,)."""
    return np.array([shape[1] / arrays.width, shape[0] / arrays.height])


def pixel_weights(raster: Rasterizer, weight: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """How much each pixel counts, as the kernels take it: 1 where no weights are given. Shape (H, W)."""
    if weight is None:
        return np.ones((raster.height, raster.width), np.float32)
    return np.ascontiguousarray(weight, np.float32)
