"""All penalties of a drawing at one size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.refine.drawing import Drawing
from huefold.refine.penalties import kernels
from huefold.refine.penalties.containment import ContainmentPenalty
from huefold.refine.penalties.occlusion_and_length import OutlinePenalties
from huefold.refine.penalties.pixels import OPAQUE, pixel_weights, pixels_per_unit
from huefold.refine.penalties.region_tree import RegionTree
from huefold.render import Rasterizer

__all__ = ["Penalties", "PenaltyWeights"]

UPDATE_EVERY = 25
"""Iterations between two updates of what is hidden and what shows."""


@dataclass(frozen=True, slots=True)
class PenaltyWeights:
    """Weights of penalties, as squared errors of a pixel; 0 leaves one out."""

    occlusion: float = 0.0  # of each pixel of a path under later ones, beyond a margin
    length: float = 0.0  # of an outline that shows, for each pixel of the photo that it is long
    containment: float = 0.0  # of each pixel of a structural path outside of its assigned region
    detail_containment: float = 0.0  # and of a detail


class Penalties:
    """The penalties of drawings from one photo at one size.

    `regions` are those of the photo at full working size; without them nothing is contained.
    """

    def __init__(
        self,
        raster: Rasterizer,
        photo: NDArray[np.float32],
        weight: NDArray[np.float32] | None,
        weights: PenaltyWeights,
        regions: RegionTree | None,
        reduction: int,
    ) -> None:
        self._weight = pixel_weights(raster, weight)
        self._outlines: OutlinePenalties | None = None
        self._containment: ContainmentPenalty | None = None
        if max(weights.occlusion, weights.length) > 0.0:
            self._outlines = OutlinePenalties(
                raster, occlusion=weights.occlusion, length=weights.length, reduction=reduction
            )
        if regions is not None and max(weights.containment, weights.detail_containment) > 0.0:
            tree = regions.at((raster.height, raster.width), reduction)
            self._containment = ContainmentPenalty(
                raster, photo, tree, structural=weights.containment, detail=weights.detail_containment
            )

    def state(self, drawing: Drawing) -> kernels.PenaltyStateStruct | None:
        """Return the penalties of a drawing as the fit loop in C takes and updates them; None for none."""
        if self._outlines is None and self._containment is None:
            return None
        shape, top = self._weight.shape, np.empty(self._weight.shape, np.int32)
        penalties = kernels.PenaltiesStruct(self._weight, pixels_per_unit(drawing.arrays, shape))
        state = kernels.PenaltyStateStruct(structural=drawing.structural, opaque=OPAQUE, every=UPDATE_EVERY)
        if self._outlines is not None:
            self._outlines.describe(penalties)
        if self._containment is not None:
            self._containment.describe(penalties, state, drawing.count)
        penalties.point(top=top)
        state.point(
            penalties=penalties,
            top=top,
            planes=np.empty((3, *shape), np.float32),
            codes=np.empty((drawing.count, 3)),
            solid=np.empty(drawing.count),
        )
        return state
