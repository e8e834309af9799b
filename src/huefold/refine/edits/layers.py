"""Layers: which whole pixels each path of a drawing fills, and which path shows in each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from huefold.parallel import in_parallel
from huefold.refine.edits import kernels
from huefold.render import Rasterizer, SceneArrays

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
        filled = in_parallel(partial(_filled, arrays, raster), enumerate(boxes.tolist()), raster.threads)
        offsets = np.cumsum([0, *(part.size for part in filled)], dtype=np.int64)[:-1]
        shows = np.empty((raster.height, raster.width), np.int32)
        layers = cls(np.concatenate(filled, axis=None), offsets, boxes, shows)
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


def _filled(arrays: SceneArrays, raster: Rasterizer, item: tuple[int, list[int]]) -> NDArray[np.uint8]:
    """Which pixels of its box a path fills: those of which it covers more than half."""
    path, (left, top, right, bottom) = item
    first, last = arrays.paths[path : path + 2]
    part = slice(arrays.contours[first], arrays.contours[last])
    unit = np.array([arrays.width / raster.width, arrays.height / raster.height])
    alone = SceneArrays(
        width=(right - left) * unit[0],
        height=(bottom - top) * unit[1],
        background=np.zeros(3),
        points=arrays.points[part] - unit * (left, top),
        contours=arrays.contours[first : last + 1] - part.start,
        paths=np.array([0, last - first]),
        colors=np.ones((1, 3)),
        opacities=np.ones(1),
        evenodd=arrays.evenodd[path : path + 1],
    )
    small = Rasterizer(
        right - left,
        bottom - top,
        threads=1,
        tolerance=raster.tolerance,
        winding_penalty=raster.winding_penalty,
    )
    filled: NDArray[np.uint8] = (small.draw(alone)[0] > 0.5).astype(np.uint8)
    return filled
