"""The regions of a photo from fine to coarse, which the containment penalty keeps paths to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["RegionTree"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class RegionTree:
    """The regions of a photo from fine to coarse.

    Parameters
    ----------
    leaves : (H, W) int32 ndarray
        Which of the finest regions each pixel lies in, 0 to L - 1.
    parents : (R,) int64 ndarray
        Parent of each region, -1 for none. Children precede parents; the first L regions are the leaves.
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
        """Return the tree for a photo reduced by a whole factor: the middle of each block counts."""
        rows, columns = (
            np.minimum(np.arange(size) * reduction + reduction // 2, most - 1)
            for size, most in zip(shape, self.leaves.shape, strict=True)
        )
        return RegionTree(np.ascontiguousarray(self.leaves[rows[:, None], columns]), self.parents, self.cut)

    def sizes(self) -> Integers:
        """Pixels of each region. Shape (R,)."""
        sizes: Integers = self.sums(np.ones((1, *self.leaves.shape)))[:, 0].astype(np.int64)
        return sizes

    def sums(self, planes: Floats | NDArray[np.float32]) -> Floats:
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
        parents, leaves = self.parents.tolist(), np.ones(len(self.parents) + 1, np.int64)
        leaves[[*parents, -1]] = 0  # the last entry, for parent -1, is all regions together
        for region, parent in enumerate(parents):
            leaves[parent] += leaves[region]
        spans = np.zeros((len(parents), 2), np.int64)
        end = leaves.copy()  # of what is left of each region, from the last part to the first
        for region in range(len(parents) - 1, -1, -1):
            parent = parents[region]
            spans[region] = end[parent] - leaves[region], end[parent]
            end[parent], end[region] = spans[region]
        return spans
