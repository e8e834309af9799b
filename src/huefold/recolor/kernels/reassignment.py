"""Move leaves between connected groups while that lowers the weighted squared error.

`mass` (N,) and `color` (N, 3) are the leaves' weights, all positive, and weighted mean colours; `group` (N,) is
the group of each leaf; `neighbours[starts[i]:starts[i + 1]]` are the leaves adjacent to leaf i.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["reassign"]

_Floats = NDArray[np.float64]
_Counts = NDArray[np.int64]


@njit(cache=True, nogil=True, error_model="numpy")
def _stays_connected(
    leaf: int, group: _Counts, starts: _Counts, neighbours: _Counts, queue: _Counts, seen: _Counts, mark: int
) -> bool:
    """Whether the rest of a leaf's group holds together without it; `seen` entries that equal `mark` are ours."""
    own, tail = group[leaf], 0
    for k in range(starts[leaf], starts[leaf + 1]):
        if tail == 0 and group[neighbours[k]] == own:
            queue[0], tail = neighbours[k], 1
            seen[neighbours[k]] = mark
    head = 0
    while head < tail:
        at = queue[head]
        head += 1
        for k in range(starts[at], starts[at + 1]):
            other = neighbours[k]
            if other != leaf and group[other] == own and seen[other] != mark:
                seen[other] = mark
                queue[tail] = other
                tail += 1
    for k in range(starts[leaf], starts[leaf + 1]):
        if group[neighbours[k]] == own and seen[neighbours[k]] != mark:
            return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _loss_increase(mass: float, color: _Floats, total: float, mean: _Floats) -> float:
    """Increase of the squared error as a leaf joins a group (negative mass: minus the decrease as it leaves)."""
    squared = 0.0
    for c in range(3):
        squared += (color[c] - mean[c]) ** 2
    return squared * mass * total / (mass + total)


@njit(cache=True, nogil=True, error_model="numpy")
def _shift(mean: _Floats, total: float, mass: float, color: _Floats) -> None:
    """Move a group's mean as a leaf joins it (or leaves: a negative mass)."""
    part = mass / (total + mass)
    for c in range(3):
        mean[c] += part * (color[c] - mean[c])


@njit(cache=True, nogil=True, error_model="numpy")
def reassign(
    mass: _Floats,
    color: _Floats,
    group: _Counts,
    starts: _Counts,
    neighbours: _Counts,
    least: float,
    passes: int,
) -> int:
    """Move leaves to the neighbouring group that takes them best, in place; return the number of moves.

    A leaf moves if that lowers the error by more than `least` and leaves its group connected and not empty.
    Ends after a pass without a move, or `passes`.
    """
    n, groups = mass.size, group.max() + 1
    totals, means, members = np.zeros(groups), np.zeros((groups, 3)), np.zeros(groups, np.int64)
    for i in range(n):
        _shift(means[group[i]], totals[group[i]], mass[i], color[i])
        totals[group[i]] += mass[i]
        members[group[i]] += 1
    queue, seen = np.empty(n, np.int64), np.zeros(n, np.int64)
    moves, mark = 0, 0
    for _ in range(passes):
        before = moves
        for i in range(n):
            own, best, best_gain = group[i], -1, least
            if members[own] == 1:
                continue
            decrease = -_loss_increase(-mass[i], color[i], totals[own], means[own])
            for k in range(starts[i], starts[i + 1]):
                other = group[neighbours[k]]
                if other != own:
                    gain = decrease - _loss_increase(mass[i], color[i], totals[other], means[other])
                    if gain > best_gain:
                        best, best_gain = other, gain
            if best < 0:
                continue
            mark += 1
            if not _stays_connected(i, group, starts, neighbours, queue, seen, mark):
                continue
            _shift(means[own], totals[own], -mass[i], color[i])
            _shift(means[best], totals[best], mass[i], color[i])
            totals[own] -= mass[i]
            totals[best] += mass[i]
            members[own] -= 1
            members[best] += 1
            group[i] = best
            moves += 1
        if moves == before:
            break
    return moves
