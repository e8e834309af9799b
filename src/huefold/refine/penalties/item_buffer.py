"""An item buffer: which path shows in each pixel of a drawing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from huefold.refine.penalties import kernels
from huefold.render import Rasterizer, SceneArrays

__all__ = ["top_paths"]

OPAQUE = 0.8
"""Paths of a lower mean opacity hide nothing."""


def top_paths(raster: Rasterizer, arrays: SceneArrays) -> NDArray[np.int32]:
    """Return which path alone shows in each pixel, -1 where none or several do, (H, W); faded ones hide nothing.

    It is read from the drawing in colours that are the numbers of the paths.
    """
    codes = np.empty((arrays.path_count, 3))
    kernels.path_codes(codes)
    fills = arrays.gradients
    opacities = arrays.opacities if fills is None else arrays.opacities * fills.path_opacities()
    solid = (opacities >= OPAQUE).astype(np.float64)
    coded = replace(arrays, colors=codes, opacities=solid, background=np.ones(3), gradients=None)
    planes = raster.draw(coded)
    top = np.empty(planes.shape[1:], np.int32)
    kernels.read_codes(planes, arrays.path_count, top)
    return top
