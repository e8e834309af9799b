"""Layers: which whole pixels each path of a drawing fills, and which path shows in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.refine.edits import kernels
from huefold.render import Rasterizer, SceneArrays
from huefold.render.checks import SceneChecks

__all__ = ["Layers", "path_boxes", "pixel_box"]


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """Which pixels each path fills, and which path shows in each."""

    filled: NDArray[np.uint8]  # 1 for each pixel of its box that a path fills, row after row
    offsets: NDArray[np.int64]  # (N,), where each path begins in `filled`
    boxes: NDArray[np.int64]  # (N, 4), the pixels that hold each path
    shows: NDArray[np.int32]  # (H, W), the path that shows, -1 for the background

    @classmethod
    def of(cls, arrays: SceneArrays, raster: Rasterizer) -> Layers:
        """Draw each path alone, in its box, and lay them over each other."""
        boxes = path_boxes(arrays, raster)
        sizes = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        ends = np.cumsum(np.append(0, sizes))
        filled, offsets = np.empty(ends[-1], np.uint8), ends[:-1]
        SceneChecks().require(arrays)
        unit = arrays.width / raster.width, arrays.height / raster.height
        outlines = arrays.points, arrays.contours, arrays.paths, arrays.evenodd
        precision = raster.tolerance, raster.winding_penalty
        kernels.fill_layers(outlines, unit, precision, boxes, offsets, filled, raster.threads)
        shows = np.empty((raster.height, raster.width), np.int32)
        layers = cls(filled, offsets, boxes, shows)
        whole = np.array([0, 0, raster.width, raster.height])
        kernels.paint(layers.for_kernels, -1, -1, whole, layers.shows)
        return layers

    @property
    def for_kernels(self) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
        """What is filled, offsets and boxes."""
        return self.filled, self.offsets, self.boxes


def path_boxes(arrays: SceneArrays, raster: Rasterizer) -> NDArray[np.int64]:
    """Left, top, right and bottom of the pixels that hold each path; right and bottom lie outside. Shape (N, 4)."""
    scale = np.array([raster.width / arrays.width, raster.height / arrays.height])
    offsets = arrays.contours[arrays.paths]
    return kernels.path_boxes(arrays.points, offsets, scale, (raster.height, raster.width))


def pixel_box(points: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.int64]:
    """Box of the pixels of a canvas that hold some points, given in pixels; at least one pixel. Shape (4,)."""
    whole = np.array([0, len(points)])
    box: NDArray[np.int64] = kernels.path_boxes(points, whole, np.ones(2), shape)[0]
    return box
