"""What the penalties look at: outlines, and which path shows in each pixel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from huefold.refine.penalties import kernels
from huefold.render import Rasterizer, SceneArrays

__all__ = ["outlines_of", "pixel_weights", "pixels_per_unit", "top_paths"]

OPAQUE = 0.8
"""Paths of a lower mean opacity hide nothing."""


def top_paths(raster: Rasterizer, arrays: SceneArrays) -> NDArray[np.int32]:
    """Return which path alone shows in each pixel, -1 where none or several do, (H, W); faded ones hide nothing.

    An item buffer: it is read from the drawing in colours that are the numbers of the paths.
    """
    codes = np.empty((arrays.path_count, 3))
    kernels.path_codes(codes)
    fills = arrays.gradients
    opacities = arrays.opacities if fills is None else arrays.opacities * fills.path_opacities()
    solid = (opacities >= OPAQUE).astype(np.float64)
    coded = replace(arrays, colors=codes, opacities=solid, background=np.ones(3), gradients=None)
    planes = raster.draw(coded)
    top = np.empty(planes.shape[1:], np.int32)
    kernels.read_codes(planes.astype(np.float32, copy=False), arrays.path_count, top, raster.threads)
    return top


def outlines_of(arrays: SceneArrays) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Points, contours and paths, as the kernels take them."""
    return arrays.points, arrays.contours, arrays.paths


def pixels_per_unit(arrays: SceneArrays, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Pixels of a picture of some shape for each unit of the canvas, in x and y. Shape (2,)."""
    return np.array([shape[1] / arrays.width, shape[0] / arrays.height])


def pixel_weights(raster: Rasterizer, weight: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """How much each pixel counts, as the kernels take it: 1 where no weights are given. Shape (H, W)."""
    if weight is None:
        return np.ones((raster.height, raster.width), np.float32)
    return np.ascontiguousarray(weight, np.float32)
