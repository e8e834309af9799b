"""Reassignment of first regions to neighbouring groups, the number of which stays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.recolor.kernels import reassignment as kernels
from huefold.recolor.region_merging import greedy_merges, labels_after
from huefold.recolor.regions import RegionStatistics, in_metric

__all__ = ["Leaves", "as_leaves", "merges_within", "reassign"]

_CYCLES = 8  # of splitting and merging; most pictures take three or four
_PASSES = 50  # over all leaves; it seldom takes ten
_SLIGHT = 1e-6  # weight of a pixel that is not salient at all: enough to tell good groups from bad


@dataclass(frozen=True, slots=True, eq=False)
class Leaves:
    """First regions as weighted points, and which of them are adjacent.

    Parameters
    ----------
    mass : (N,) float64 ndarray
        Summed saliency, above 0.
    color : (N, 3) float64 ndarray
        Saliency-weighted mean colour, in the metric that merging goes by.
    edges : (E, 2) int64 ndarray
        Adjacent leaves.
    """

    mass: NDArray[np.float64]
    color: NDArray[np.float64]
    edges: NDArray[np.int64]

    def grouped(self, group: NDArray[np.int64]) -> Leaves:
        """Return the groups as leaves."""
        mass = np.bincount(group, self.mass).astype(np.float64)
        sums = [np.bincount(group, self.mass * channel) for channel in self.color.T]
        edges = np.sort(group[self.edges], axis=1)
        edges = np.unique(edges[edges[:, 0] != edges[:, 1]], axis=0)
        return Leaves(mass, np.stack(sums, axis=1) / mass[:, None], edges.reshape(-1, 2))

    def adjacency(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return, for each leaf, where its neighbours start in one list of all, and that list."""
        ends = np.concatenate([self.edges, self.edges[:, ::-1]])
        ends = ends[np.lexsort((ends[:, 1], ends[:, 0]))]
        counts = np.bincount(ends[:, 0], minlength=len(self.mass))
        return np.concatenate([[0], np.cumsum(counts)]), np.ascontiguousarray(ends[:, 1])

    def explained(self, group: NDArray[np.int64]) -> float:
        """Return ``sum_g m_g |c_g|^2``: the weighted squared error of the groups is a constant less this."""
        whole = self.grouped(group)
        return float((whole.mass[:, None] * whole.color**2).sum())


def as_leaves(stats: RegionStatistics, metric: NDArray[np.float64]) -> Leaves:
    """Return the regions of a partition as leaves; pixels without saliency still weigh a little."""
    mass = stats.weight + _SLIGHT * stats.size
    color = (stats.weighted_color + _SLIGHT * stats.color_sum) / mass[:, None]
    return Leaves(mass, in_metric(color, metric), stats.edges)


def reassign(leaves: Leaves, group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return as many connected groups (N,), after moving leaves while that lowers the weighted squared error.

    Leaves on a border move to the neighbouring group where the error is least (as in Hartigan's k-means, but groups
    stay connected). Then each group is split in two and as many pairs are merged again, wherever that costs least;
    the result is kept while it is better.

    References
    ----------
    .. [1] J. A. Hartigan, "Clustering Algorithms", Wiley 1975, chapter 4.

    Examples
    --------
    >>> grey = np.array([[0.0], [0.1], [0.9], [1.0]]) * np.ones(3)
    >>> row = Leaves(np.ones(4), grey, np.array([[0, 1], [1, 2], [2, 3]]))
    >>> reassign(row, np.array([0, 1, 1, 1]))
    array([0, 0, 1, 1])
    """
    best = _moved(leaves, group)
    count = int(best.max()) + 1
    explained = leaves.explained(best)
    for _ in range(_CYCLES):
        halves = _moved(leaves, _halved(leaves, best))
        whole = leaves.grouped(halves)
        tried = _moved(leaves, _merged(whole, whole.edges, count)[0][halves])
        found = leaves.explained(tried)
        if not found > explained * (1.0 + 1e-9):
            break
        best, explained = tried, found
    return best


def merges_within(leaves: Leaves, group: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the merges that make groups of leaves, cheapest first: pairs (M, 2) of lowest leaves, and costs."""
    inside = group[leaves.edges[:, 0]] == group[leaves.edges[:, 1]]
    return _merged(leaves, leaves.edges[inside], int(group.max()) + 1)[1:]


def _moved(leaves: Leaves, group: NDArray[np.int64]) -> NDArray[np.int64]:
    moved = group.astype(np.int64)
    starts, neighbours = leaves.adjacency()
    least = 1e-12 * float(leaves.mass.sum())  # what is less is rounding, and could go on for ever
    kernels.reassign(
        leaves.mass, np.ascontiguousarray(leaves.color), moved, starts, neighbours, least, _PASSES
    )
    return moved


def _halved(leaves: Leaves, group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Undo the last greedy merge of each group."""
    pairs, _ = merges_within(leaves, group)
    _, last = np.unique(group[pairs[::-1, 0]], return_index=True)
    kept = np.delete(pairs, len(pairs) - 1 - last, axis=0)
    return labels_after(kept, len(group))[0]


def _merged(
    leaves: Leaves, edges: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Merge greedily along `edges` to `count` groups; return labels, pairs and costs."""
    size = len(leaves.mass)
    color, mass, entry = leaves.color.copy(), leaves.mass.copy(), np.zeros(size, np.int64)
    pairs, costs = greedy_merges(color, mass, entry, edges, most=size - count)
    return labels_after(pairs, size)[0], pairs, costs
