"""Merge neighbouring regions greedily, and number what is left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.recolor.kernels import region_merging as kernels

__all__ = ["greedy_merges", "labels_after"]

Pairs = NDArray[np.int64]
Floats = NDArray[np.float64]


def greedy_merges(
    color: Floats,
    mass: Floats,
    entry: NDArray[np.int64],
    edges: Pairs,
    *,
    most: int,
    tolerance: float = np.inf,
    by_color: bool = False,
) -> tuple[Pairs, Floats]:
    """Merge neighbours cheapest first; return pairs (M, 2) (kept, absorbed), and costs (M,).

    Parameters
    ----------
    color, mass, entry : (N, 3), (N,) and (N,) ndarray
        Colour, weight and most-used palette colour of each region; changed in place.
    edges : (E, 2) int64 ndarray
        Adjacent regions.
    most : int
        At most so many merges.
    tolerance : float, optional
        Only neighbours no further apart than this, or with the same palette colour, may merge.
    by_color : bool, optional
        Order by distance of colours instead of by the increase of the weighted squared error.
    """
    pairs, costs = np.empty((most, 2), np.int64), np.empty(most)
    edges = np.ascontiguousarray(edges)
    count = kernels.greedy_merges(color, mass, entry, edges, float(tolerance), by_color, most, pairs, costs)
    return pairs[:count], costs[:count]


def labels_after(pairs: Pairs, regions: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each region's new number after merges, and the lowest region in each new one.

    Examples
    --------
    >>> labels_after(np.array([[0, 2]]), 4)
    (array([0, 1, 0, 2]), array([0, 1, 3]))
    """
    parent = np.arange(regions)
    for keep, drop in pairs:
        parent[parent == drop] = keep
    kept, labels = np.unique(parent, return_inverse=True)
    return labels.astype(np.int64), kept
