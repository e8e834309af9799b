"""The photo at one size: how well a drawing fits it, the gradient of that, and what each path matters."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from huefold.refine.drawing import Drawing
from huefold.refine.penalties.region_tree import RegionTree
from huefold.refine.penalties.total import Penalties, PenaltyWeights
from huefold.render import Gradients, Rasterizer

__all__ = ["WINDING_PENALTY", "Fitter"]

Floats = NDArray[np.float64]

FLATTENING = 0.2
"""Largest distance of a drawn line from its curve, in pixels, in drawings from photos."""

WINDING_PENALTY = 1.0


class Fitter:
    """Loss of a drawing against one photo at one size, its gradient, and the importance of paths.

    Parameters
    ----------
    rgb : (H, W, 3) float32 ndarray
        The photo at working size, sRGB in [0, 1].
    weight : (H, W) float32 ndarray or None
        How much each pixel's error counts.
    reduction : int
        Whole factor by which the photo is reduced first.
    canvas_width : float
        Width of the drawings' canvas, in scene units.
    threads : int or None
        For the rasteriser, and for what else is done with one picture.
    penalties : PenaltyWeights, optional
        Weights of what is added to the squared error; nothing by default.
    regions : RegionTree, optional
        Regions of the photo at full working size, for the containment penalty.
    winding_penalty : float, optional
        See `Rasterizer`; 0 draws outlines by their fill rules.
    flattening : float, optional
        Largest distance of a drawn line from its curve, in pixels of this size.
    """

    def __init__(
        self,
        rgb: NDArray[np.float32],
        weight: NDArray[np.float32] | None,
        *,
        reduction: int,
        canvas_width: float,
        threads: int | None,
        penalties: PenaltyWeights | None = None,
        regions: RegionTree | None = None,
        winding_penalty: float = WINDING_PENALTY,
        flattening: float = FLATTENING,
    ) -> None:
        photo = _reduced(rgb, reduction)
        self.target = np.ascontiguousarray(photo.transpose(2, 0, 1), np.float32)
        self.weight = None if weight is None else _reduced(weight, reduction).astype(np.float32)
        height, width = photo.shape[:2]
        self.raster = Rasterizer(
            width, height, threads=threads, tolerance=flattening, winding_penalty=winding_penalty
        )
        self.pixel = canvas_width / width
        """Size of a pixel in scene units."""
        self.penalties = Penalties(
            self.raster, self.target, self.weight, penalties or PenaltyWeights(), regions, reduction
        )

    @cached_property
    def weights(self) -> NDArray[np.float32]:
        """How much each pixel's error counts, (h, w): `weight`, or 1 everywhere."""
        return np.ones(self.target.shape[1:], np.float32) if self.weight is None else self.weight

    def draw(self, drawing: Drawing) -> NDArray[np.float32]:
        """Draw at this size, as (3, h, w) planes."""
        return self.raster.draw(drawing.arrays).astype(np.float32, copy=False)

    def loss(self, drawing: Drawing) -> float:
        """Weighted mean squared error at this size."""
        return self.raster.loss(drawing.arrays, self.target, self.weight)

    def gradients(self, drawing: Drawing, *, beneath: bool) -> Gradients:
        """Return the loss, and its gradient by all that a drawing is made of."""
        return self.raster.value_and_grad(drawing.arrays, self.target, self.weight, beneath=beneath)

    def importance(self, drawing: Drawing) -> Floats:
        """Return by how much the loss increases without each path. Shape (N,)."""
        importance = self.gradients(drawing, beneath=True).importance
        assert importance is not None
        return importance

    def visible_area(self, drawing: Drawing) -> Floats:
        """Return how much of each path shows, as far as it is opaque, in square scene units. Shape (N,)."""
        ones = np.zeros_like(self.target)
        ones[0] = 1.0  # the gradient of a picture by a colour, summed up
        gradients = self.raster.vjp(drawing.arrays, ones)
        area: Floats = gradients.path_colors(drawing.arrays.gradients)[:, 0] * self.pixel**2
        return area


def _reduced(image: NDArray[np.float32], reduction: int) -> NDArray[np.float32]:
    """Mean over blocks of pixels; a remainder at the right and bottom edge is averaged with its last pixels."""
    if reduction == 1:
        return image
    height, width = image.shape[:2]
    pad = ((0, -height % reduction), (0, -width % reduction), (0, 0))[: image.ndim]
    padded = np.pad(image, pad, mode="edge")
    rows, columns = padded.shape[0] // reduction, padded.shape[1] // reduction
    blocks = padded.reshape(rows, reduction, columns, reduction, *image.shape[2:])
    reduced: NDArray[np.float32] = np.moveaxis(blocks, (1, 3), (-2, -1)).mean(axis=(-2, -1), dtype=np.float32)
    return reduced
