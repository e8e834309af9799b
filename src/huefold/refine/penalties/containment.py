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

from huefold.refine.penalties import kernels
from huefold.refine.penalties.region_tree import RegionTree
from huefold.render import Rasterizer

__all__ = ["ContainmentPenalty"]

Planes = NDArray[np.float32]

SIMILAR = 0.1
"""Distance of two colours at which a pixel outside counts half."""


class ContainmentPenalty:
    """The containment penalty, for drawings at one size.

    The photo, (3, H, W), and tree are of that size. `structural` and `detail` are the penalties of a pixel
    outside, as a squared error, times its weight.
    """

    def __init__(
        self,
        raster: Rasterizer,
        photo: Planes,
        tree: RegionTree,
        *,
        structural: float,
        detail: float,
    ) -> None:
        self._tree, self._sizes = tree, tree.sizes()
        colors = tree.sums(photo) / np.maximum(self._sizes, 1)[:, None]
        self._regions = tree.spans(), colors
        pixels = raster.height * raster.width
        self._structural, self._detail = structural / pixels, detail / pixels

    def describe(
        self, penalties: kernels.PenaltiesStruct, state: kernels.PenaltyStateStruct, paths: int
    ) -> None:
        """Write to the penalties of a drawing of so many paths what this one is, and how regions are assigned."""
        spans, colors = self._regions
        assigned, costs = np.zeros(paths, np.int64), np.zeros(paths)
        penalties.point(leaves=self._tree.leaves, spans=spans, colors=colors, assigned=assigned, costs=costs)
        penalties.similar = SIMILAR
        tree = self._tree.leaves, self._tree.parents, self._sizes, self._tree.cut
        state.structural_cost, state.detail_cost = self._structural, self._detail
        state.point(regions=kernels.RegionsStruct(tree), assigned=assigned, costs=costs)
