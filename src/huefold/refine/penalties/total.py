"""All penalties of a drawing at one size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.refine.drawing import Drawing
from huefold.refine.fit.structs import PenaltyState
from huefold.refine.penalties import kernels
from huefold.refine.penalties.containment import ContainmentPenalty
from huefold.refine.penalties.occlusion_and_length import OutlinePenalties
from huefold.refine.penalties.region_tree import RegionTree
from huefold.refine.penalties.visible_paths import (
    OPAQUE,
    outlines_of,
    pixel_weights,
    pixels_per_unit,
    top_paths,
)
from huefold.render import Rasterizer, SceneArrays

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
        self._raster = raster
        self._weight = pixel_weights(raster, weight)
        self._outlines: OutlinePenalties | None = None
        self._containment: ContainmentPenalty | None = None
        if max(weights.occlusion, weights.length) > 0.0:
            self._outlines = OutlinePenalties(
                raster, weight, occlusion=weights.occlusion, length=weights.length, reduction=reduction
            )
        if regions is not None and max(weights.containment, weights.detail_containment) > 0.0:
            tree = regions.at((raster.height, raster.width), reduction)
            self._containment = ContainmentPenalty(
                raster, photo, weight, tree, structural=weights.containment, detail=weights.detail_containment
            )

    def add_gradient(self, drawing: Drawing, gradient: NDArray[np.float64], iteration: int) -> None:
        """Add the gradient by points to `gradient`, (P, 2), in an iteration of a fit (the first is 0)."""
        if self._outlines is None and self._containment is None:
            return
        if iteration % UPDATE_EVERY == 0:
            self.update(drawing)
        described = self.described(drawing.arrays)
        kernels.add_penalties(described, outlines_of(drawing.arrays), gradient, self._raster.threads)

    def described(self, arrays: SceneArrays) -> kernels.PenaltiesStruct:
        """Return the penalties of drawings on a canvas of this size, as last updated, for compiled code."""
        penalties = kernels.PenaltiesStruct(self._weight, pixels_per_unit(arrays, self._weight.shape))
        for penalty in (self._outlines, self._containment):
            if penalty is not None:
                penalty.describe(penalties)
        return penalties

    def state(self, drawing: Drawing) -> PenaltyState | None:
        """Return the penalties of a drawing as the fit loop in C takes and updates them; None for none."""
        if self._outlines is None and self._containment is None:
            return None
        shape = self._weight.shape
        penalties, top = self.described(drawing.arrays), np.empty(shape, np.int32)
        state = PenaltyState(structural=drawing.structural, opaque=OPAQUE, every=UPDATE_EVERY)
        if self._containment is not None:
            self._containment.describe_updates(penalties, state, drawing.count)
        penalties.point(top=top)
        state.point(
            penalties=penalties,
            top=top,
            planes=np.empty((3, *shape), np.float32),
            codes=np.empty((drawing.count, 3)),
            solid=np.empty(drawing.count),
        )
        return state

    def update(self, drawing: Drawing) -> None:
        """Look at what of a drawing is hidden and what shows."""
        if self._outlines is None and self._containment is None:
            return
        top = top_paths(self._raster, drawing.arrays)
        if self._outlines is not None:
            self._outlines.update(top)
        if self._containment is not None:
            self._containment.update(top, drawing.count, drawing.structural)
