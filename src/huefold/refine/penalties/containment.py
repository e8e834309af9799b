"""What it costs a path to lie outside of the region of the photo that it belongs to.

The squared error alone moves an outline wherever that helps, across the borders of objects too. So that paths keep
to objects, each pays for its area outside of one region of the hierarchy that recoloring left behind,

    L_region = 1 / |Omega| * sum_i cost_i * (weighted area of path i outside of its region),

whose derivative by a point of the outline is an integral over the part of the outline that lies outside, of the
normal times the point's share of it. Each pixel outside counts the more, the more the finest region there differs
from the path's region in colour: across the edge of an object nearly whole, between two bands of one sky hardly
at all. A structural path belongs to the region among those of the structure that
shows most of it; a detail to whichever region of the hierarchy, of any size, it has most in common with
(intersection over union of what shows).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.parallel import in_parallel, shares
from huefold.refine.penalties import kernels
from huefold.refine.penalties.outlines import ENOUGH
from huefold.render import Rasterizer, SceneArrays

__all__ = ["RegionCosts", "RegionTree"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Planes = NDArray[np.float32]

ALIKE = 0.1
"""How far apart colours lie that count half as different ones do."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionTree:
    """The regions of a photo from fine to coarse, for paths to keep to.

    Parameters
    ----------
    leaves : (H, W) int32 ndarray
        Which of the finest regions each pixel lies in, 0 to L - 1.
    parents : (R,) int64 ndarray
        Of each region, the finest first, the next larger one that it is part of; -1 where there is none. Parts come
        before what they are parts of.
    cut : (R,) bool ndarray
        Which regions the structure was made of.

    Examples
    --------
    >>> tree = RegionTree(np.array([[0, 1, 2]], np.int32), np.array([3, 3, -1, -1]), np.array([0, 0, 1, 1], bool))
    >>> tree.spans().tolist()
    [[1, 2], [2, 3], [0, 1], [1, 3]]
    """

    leaves: NDArray[np.int32]
    parents: Integers
    cut: NDArray[np.bool_]

    def at(self, shape: tuple[int, int], reduction: int) -> RegionTree:
        """The tree for a photo whose sides are reduced by a whole factor: what lies in the middle of each block."""
        rows, columns = (
            np.minimum(np.arange(size) * reduction + reduction // 2, most - 1)
            for size, most in zip(shape, self.leaves.shape, strict=True)
        )
        return RegionTree(self.leaves[rows[:, None], columns], self.parents, self.cut)

    def sizes(self) -> Integers:
        """Pixels of each region. Shape (R,)."""
        sizes: Integers = self.sums(np.ones((1, *self.leaves.shape)))[:, 0].astype(np.int64)
        return sizes

    def sums(self, planes: Floats | Planes) -> Floats:
        """Sums of planes, (K, H, W), over each region. Shape (R, K)."""
        leaves, count = self.leaves.ravel(), len(self.parents)
        columns = [np.bincount(leaves, plane.ravel(), minlength=count) for plane in planes]
        sums: Floats = np.stack(columns, axis=1)
        for region, parent in enumerate(self.parents.tolist()):
            if parent >= 0:
                sums[parent] += sums[region]
        return sums

    def spans(self) -> Integers:
        """First and last place of the leaves of each region, the last excluded. Shape (R, 2).

        Places are those of the leaves in the order of the tree, where the leaves of each region follow each other.
        """
        count = len(self.parents)
        parts: list[list[int]] = [[] for _ in range(count)]
        for region, parent in enumerate(self.parents.tolist()):
            if parent >= 0:
                parts[parent].append(region)
        spans = np.zeros((count, 2), np.int64)
        done = 0
        pending = [(region, False) for region in range(count - 1, -1, -1) if self.parents[region] < 0]
        while pending:
            region, entered = pending.pop()
            if entered:
                spans[region, 1] = done
                continue
            spans[region, 0] = done
            if not parts[region]:
                done += 1
            pending.append((region, True))
            pending += [(part, False) for part in reversed(parts[region])]
        return spans


class RegionCosts:
    """The cost of lying outside, for drawings at one size.

    Parameters
    ----------
    raster : Rasterizer
        Of that size.
    photo : (3, H, W) float32 ndarray
        The photo, in [0, 1].
    weight : (H, W) float32 ndarray or None
        How much each pixel's error counts, and a path's area there.
    tree : RegionTree
        Of that size.
    structural, detail : float
        What a pixel outside costs, as a squared error.
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
        shape = (raster.height, raster.width)
        self._raster = raster
        self._weight = np.ones(shape, np.float32) if weight is None else weight
        self._tree, self._sizes = tree, tree.sizes()
        self._spans = tree.spans()
        self._colors = tree.sums(photo) / np.maximum(self._sizes, 1)[:, None]
        self._structural, self._detail = structural / np.prod(shape), detail / np.prod(shape)
        self._homes = np.empty(0, np.int64)
        self._prices = np.empty(0)

    def look(self, top: NDArray[np.int32], paths: int, structural: int) -> None:
        """See which region each path belongs to, from the path that shows in each pixel."""
        offsets, order = np.empty(paths + 1, np.int64), np.empty(top.size, np.int64)
        kernels.pixels_by_path(top, offsets, order)
        homes = np.empty(paths, np.int64)
        tree = self._tree
        kernels.find_homes(
            offsets, order, tree.leaves, tree.parents, self._sizes, tree.cut, structural, homes
        )
        prices = np.where(np.arange(paths) < structural, self._structural, self._detail)
        self._homes, self._prices = np.maximum(homes, 0), np.where(homes >= 0, prices, 0.0)

    def add_slopes(self, arrays: SceneArrays, slopes: Floats) -> None:
        """Add the derivative of the cost by points to `slopes`, (P, 2)."""
        scale = np.array([self._raster.width / arrays.width, self._raster.height / arrays.height])
        threads = self._raster.threads if len(arrays.points) >= ENOUGH else 1

        def add(part: slice) -> None:
            kernels.hold(
                arrays.points, arrays.contours, arrays.paths, part.start, part.stop, self._tree.leaves,
                self._spans, self._colors, self._homes, self._prices, self._weight, ALIKE, scale, slopes,
            )  # fmt: skip

        in_parallel(add, shares(arrays.path_count, threads), threads)
