"""Merge tree of a partition: every coarser partition is a cut of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.errors import OptionError

__all__ = ["Hierarchy", "Merge"]


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge: the region that contains leaf `second` joins the one that contains leaf `first`.

    Parameters
    ----------
    first, second : int
        Lowest leaf of each of the two regions, ``first < second``; the merged region goes on as `first`.
    round : int
        Round (from 1) in which it happened.
    cost : float
        Its cost, in the units of the order that was used.
    """

    first: int
    second: int
    round: int
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """A partition and the merges that coarsen it, in order.

    Parameters
    ----------
    leaves : (H, W) int32 ndarray
        First regions, labels 0 to N - 1.
    merges : tuple of Merge
        The finest cut has none of them, the coarsest all.

    Examples
    --------
    >>> tree = Hierarchy(np.array([[0, 1, 2]], np.int32), (Merge(0, 1, 1, 0.1), Merge(0, 2, 2, 0.4)))
    >>> tree.cut(2)
    array([[0, 0, 1]], dtype=int32)
    """

    leaves: NDArray[np.int32]
    merges: tuple[Merge, ...]

    @property
    def finest(self) -> int:
        """Number of first regions."""
        return int(self.leaves.max()) + 1

    @property
    def coarsest(self) -> int:
        """Number of regions after all merges."""
        return self.finest - len(self.merges)

    def labels(self, regions: int) -> NDArray[np.int32]:
        """Return the region of each leaf in the cut with `regions` regions.

        Parameters
        ----------
        regions : int
            From `coarsest` to `finest`.

        Returns
        -------
        labels : (N,) int32 ndarray
            0 to ``regions - 1``, numbered by lowest leaf.

        Raises
        ------
        OptionError
            If there is no such cut.
        """
        self._require_cut(regions)
        parent = np.arange(self.finest)
        for merge in self.merges[: self.finest - regions]:
            parent[merge.second] = merge.first
        # A region goes on under its lowest leaf, so parents come first and one pass finds every root.
        for leaf in range(self.finest):
            parent[leaf] = parent[parent[leaf]]
        return np.unique(parent, return_inverse=True)[1].astype(np.int32)

    def cut(self, regions: int) -> NDArray[np.int32]:
        """Return the partition with `regions` regions.

        Parameters
        ----------
        regions : int
            From `coarsest` to `finest`.

        Returns
        -------
        partition : (H, W) int32 ndarray
            Labels 0 to ``regions - 1``, each 4-connected if the leaves are.

        Raises
        ------
        OptionError
            If there is no such cut.
        """
        return self.labels(regions)[self.leaves]

    def tree(self, regions: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return all regions, from the leaves on, as a tree.

        Parameters
        ----------
        regions : int
            From `coarsest` to `finest`.

        Returns
        -------
        parents : (N + M,) int64 ndarray
            The N leaves, then what each of the M merges made, in order: the number of the region that each
            becomes part of by the next merge, -1 for those that are left.
        cut : (N + M,) bool ndarray
            Which of them make up the cut with `regions` regions.

        Raises
        ------
        OptionError
            If there is no such cut.

        Examples
        --------
        >>> tree = Hierarchy(np.array([[0, 1, 2]], np.int32), (Merge(0, 1, 1, 0.1), Merge(0, 2, 2, 0.4)))
        >>> parents, cut = tree.tree(2)
        >>> parents.tolist(), cut.tolist()
        ([3, 3, 4, 4, -1], [False, False, True, True, False])
        """
        self._require_cut(regions)
        finest = self.finest
        parents = np.full(finest + len(self.merges), -1, np.int64)
        goes_on_as = np.arange(finest)
        for made, merge in enumerate(self.merges, finest):
            parents[goes_on_as[[merge.first, merge.second]]] = made
            goes_on_as[merge.first] = made
        later = 2 * finest - regions  # the first region that only coarser cuts have
        cut = (np.arange(len(parents)) < later) & ((parents < 0) | (parents >= later))
        return parents, cut

    def _require_cut(self, regions: int) -> None:
        if not self.coarsest <= regions <= self.finest:
            raise OptionError(
                f"a cut has {self.coarsest} to {self.finest} regions, got {regions}", given=regions
            )

    def to_dict(self) -> dict[str, object]:
        """Return sizes and merges as plain data for JSON (the leaves' pixels are not part of it)."""
        height, width = self.leaves.shape
        return {
            "width": width,
            "height": height,
            "finest": self.finest,
            "coarsest": self.coarsest,
            "leaf_sizes": np.bincount(self.leaves.ravel()).tolist(),
            "merges": [
                {"round": m.round, "first": m.first, "second": m.second, "cost": m.cost} for m in self.merges
            ],
        }
