"""Merge regions greedily, cheapest neighbours first."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["greedy_merges"]

Array: TypeAlias = NDArray[Any]


@njit(cache=True, nogil=True, error_model="numpy")
def greedy_merges(
    color: Array, mass: Array, entry: Array, edges: Array, tolerance: float, by_color: bool, most: int,
    pairs: Array, costs: Array,
) -> int:  # fmt: skip
    """Merge candidates cheapest first, at most `most`; return how many pairs (kept, absorbed) were written.

    Works on `color` (N, 3), `mass` (N,) and `entry` (N,), the palette colour each region uses most, in place:
    a merged region has the mass-weighted mean colour, the entry of its heavier part, and the lower number.
    """
    owner = np.arange(color.shape[0])
    alive = np.ones(edges.shape[0], np.bool_)
    count = 0
    while count < most:
        best, best_cost, best_distance = -1, np.inf, np.inf
        for e in range(edges.shape[0]):
            if not alive[e]:
                continue
            i, j = owner[edges[e, 0]], owner[edges[e, 1]]
            if i == j:
                alive[e] = False
                continue
            squared = 0.0
            for c in range(3):
                squared += (color[i, c] - color[j, c]) ** 2
            if entry[i] != entry[j] and squared > tolerance * tolerance:
                continue
            total = mass[i] + mass[j]
            cost = squared
            if not by_color:
                cost = squared * mass[i] * mass[j] / total if total > 0.0 else 0.0
            if cost < best_cost or (cost == best_cost and squared < best_distance):
                best, best_cost, best_distance = e, cost, squared
        if best < 0:
            break
        i, j = owner[edges[best, 0]], owner[edges[best, 1]]
        keep, drop = min(i, j), max(i, j)
        total = mass[keep] + mass[drop]
        part = mass[drop] / total if total > 0.0 else 0.5
        for c in range(3):
            color[keep, c] += part * (color[drop, c] - color[keep, c])
        if mass[drop] > mass[keep]:
            entry[keep] = entry[drop]
        mass[keep] = total
        for k in range(owner.size):
            if owner[k] == drop:
                owner[k] = keep
        pairs[count, 0], pairs[count, 1], costs[count] = keep, drop, best_cost
        count += 1
    return count
