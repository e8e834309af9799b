"""The containment penalty: a path pays for its area outside of its assigned region.

The squared error alone moves an outline across the borders of objects wherever that helps. So each path is assigned
one region of the hierarchy that recoloring left behind,

    L_containment = 1 / |Omega| * sum_i weight_i * (weighted area of path i outside of its region),

whose gradient by a point is an integral over the part of the outline that lies outside, of the normal times the
point's share of it. A pixel outside counts the more, the more the finest region there differs from the path's
region in colour: nearly whole across the edge of an object, hardly at all between two bands of one sky.

A structural path is assigned the region of the structure that shows most of it. A detail is assigned the region of
the whole hierarchy with the greatest intersection over union with what shows of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.refine.fit.structs import PenaltyState
from huefold.refine.penalties import kernels
from huefold.refine.penalties.region_tree import RegionTree
from huefold.refine.penalties.visible_paths import outlines_of, pixel_weights, pixels_per_unit
from huefold.render import Rasterizer, SceneArrays

__all__ = ["ContainmentPenalty"]

Floats = NDArray[np.float64]
Planes = NDArray[np.float32]

SIMILAR = 0.1
"""Distance of two colours at which a pixel outside counts half."""


class ContainmentPenalty:
    """The containment penalty, for drawings at one size.

    The photo, (3, H, W), weights and tree are of that size. `structural` and `detail` are the penalties of a pixel
    outside, as a squared error, times its weight.
    """

    def __init__(
        self,
        raster: Rasterizer,
        photo: Planes,
        weight: Planes | None,
        tree: RegionTree,
        *,
        structural: float,
        detail: float,
    ) -> None:
        self._shape = (raster.height, raster.width)
        self._threads = raster.threads
        self._weight = pixel_weights(raster, weight)
        self._tree, self._sizes = tree, tree.sizes()
        colors = tree.sums(photo) / np.maximum(self._sizes, 1)[:, None]
        self._regions = tree.spans(), colors
        pixels = raster.height * raster.width
        self._structural, self._detail = structural / pixels, detail / pixels
        self._assigned = np.empty(0, np.int64), np.empty(0)

    def update(self, top: NDArray[np.int32], paths: int, structural: int) -> None:
        """Assign a region to each path, from the path that shows in each pixel."""
        assigned, costs = np.empty(paths, np.int64), np.empty(paths)
        tree = self._tree.leaves, self._tree.parents, self._sizes, self._tree.cut
        prices = self._structural, self._detail
        kernels.assign_regions_and_costs(top, tree, structural, prices, assigned, costs)
        self._assigned = assigned, costs

    def describe(self, penalties: kernels.PenaltiesStruct) -> None:
        """Write to the penalties of a drawing what this one is."""
        spans, colors = self._regions
        assigned, costs = self._assigned
        penalties.point(leaves=self._tree.leaves, spans=spans, colors=colors, assigned=assigned, costs=costs)
        penalties.similar = SIMILAR

    def describe_updates(self, penalties: kernels.PenaltiesStruct, state: PenaltyState, paths: int) -> None:
        """Write how regions are assigned to so many paths, and where to."""
        assigned, costs = np.empty(paths, np.int64), np.empty(paths)
        penalties.point(assigned=assigned, costs=costs)
        tree = self._tree.leaves, self._tree.parents, self._sizes, self._tree.cut
        state.structural_cost, state.detail_cost = self._structural, self._detail
        state.point(regions=kernels.RegionsStruct(tree), assigned=assigned, costs=costs)

    def add_gradient(self, arrays: SceneArrays, gradient: Floats) -> None:
        """Add the gradient by points to `gradient`, (P, 2)."""
        penalties = kernels.PenaltiesStruct(self._weight, pixels_per_unit(arrays, self._shape))
        self.describe(penalties)
        kernels.add_penalties(penalties, outlines_of(arrays), gradient, self._threads)
