"""Numeric kernels of the segmentation: neighbouring pixels, disjoint sets, merging with an indexed heap."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["crossing_pairs", "in_reading_order", "merge_alike", "merge_pairs", "merge_regions", "roots"]

Array: TypeAlias = NDArray[Any]


@njit(cache=True, nogil=True)
def crossing_pairs(labels: Array) -> tuple[Array, Array, Array, Array]:
    """List the 4-neighbour pixel pairs whose labels differ.

    Returns (P,) int32 arrays: the smaller and the larger label, and the flat indices of the two pixels.
    """
    height, width = labels.shape
    total = 0
    for i in range(height):
        for j in range(width):
            if j + 1 < width and labels[i, j] != labels[i, j + 1]:
                total += 1
            if i + 1 < height and labels[i, j] != labels[i + 1, j]:
                total += 1
    low = np.empty(total, np.int32)
    high = np.empty(total, np.int32)
    pixel = np.empty(total, np.int32)
    partner = np.empty(total, np.int32)
    k = 0
    for i in range(height):
        for j in range(width):
            here = labels[i, j]
            for down in range(2):
                row = i + down
                column = j + 1 - down
                if row >= height or column >= width or labels[row, column] == here:
                    continue
                low[k] = min(here, labels[row, column])
                high[k] = max(here, labels[row, column])
                pixel[k] = i * width + j
                partner[k] = row * width + column
                k += 1
    return low, high, pixel, partner


@njit(cache=True, nogil=True, error_model="numpy")
def _cost(area: Array, total: Array, u: int, v: int, size_power: float) -> Any:
    distance = 0.0
    for f in range(total.shape[1]):
        step = total[u, f] / area[u] - total[v, f] / area[v]
        distance += step * step
    return (area[u] * area[v] / (area[u] + area[v])) ** size_power * distance


@njit(cache=True, nogil=True)
def _before(key: Array, e: int, f: int) -> bool:
    return key[e] < key[f] or (key[e] == key[f] and e < f)


@njit(cache=True, nogil=True)
def _sift_up(heap: Array, place: Array, key: Array, k: int) -> None:
    e = heap[k]
    while k > 0:
        up = (k - 1) // 2
        if not _before(key, e, heap[up]):
            break
        heap[k] = heap[up]
        place[heap[k]] = k
        k = up
    heap[k] = e
    place[e] = k


@njit(cache=True, nogil=True)
def _sift_down(heap: Array, place: Array, key: Array, size: int, k: int) -> None:
    e = heap[k]
    while True:
        child = 2 * k + 1
        if child >= size:
            break
        if child + 1 < size and _before(key, heap[child + 1], heap[child]):
            child += 1
        if not _before(key, heap[child], e):
            break
        heap[k] = heap[child]
        place[heap[k]] = k
        k = child
    heap[k] = e
    place[e] = k


@njit(cache=True, nogil=True)
def _remove(heap: Array, place: Array, key: Array, size: int, e: int) -> int:
    k = place[e]
    place[e] = -1
    size -= 1
    if k < size:
        moved = heap[size]
        heap[k] = moved
        place[moved] = k
        _sift_up(heap, place, key, k)
        _sift_down(heap, place, key, size, place[moved])
    return size


@njit(cache=True, nogil=True)
def _half_edge_lists(end: Array, regions: int) -> tuple[Array, Array, Array]:
    """For each region the chain of half-edges that end in it: first, last, and the next one of each."""
    first = np.full(regions, -1, np.int32)
    last = np.full(regions, -1, np.int32)
    following = np.full(end.shape[0], -1, np.int32)
    for h in range(end.shape[0]):
        r = end[h]
        if first[r] < 0:
            first[r] = h
        else:
            following[last[r]] = h
        last[r] = h
    return first, last, following


@njit(cache=True, nogil=True)
def _top(parent: Array, r: int) -> int:
    while parent[r] != r:
        parent[r] = parent[parent[r]]
        r = parent[r]
    return r


@njit(cache=True, nogil=True, error_model="numpy")
def merge_alike(
    area: Array, total: Array, low: Array, high: Array, order: Array, size_power: float, most: float
) -> Array:
    """Merge pairs of regions in the given order, each if its cost at that moment is at most `most`.

    `low`, `high` (P,): the regions of each pair, which may occur more than once; `order` (P,): indices into
    them. `area` and `total` are overwritten. Returns the parents; a parent never has a higher number than its
    child.
    """
    parent = np.arange(area.shape[0]).astype(np.int32)
    for k in order:
        u = _top(parent, low[k])
        v = _top(parent, high[k])
        if u == v or _cost(area, total, u, v, size_power) > most:
            continue
        if u > v:
            u, v = v, u
        parent[v] = u
        area[u] += area[v]
        for f in range(total.shape[1]):
            total[u, f] += total[v, f]
    return parent


@njit(cache=True, nogil=True)
def merge_pairs(first: Array, second: Array, regions: int) -> Array:
    """Merge pairs of regions; return the parents. A parent never has a higher number than its child."""
    parent = np.arange(regions).astype(np.int32)
    for k in range(first.shape[0]):
        u = _top(parent, first[k])
        v = _top(parent, second[k])
        parent[max(u, v)] = min(u, v)
    return parent


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _edge_cost(area: Array, total: Array, end: Array, e: int, size_power: float) -> Any:
    return _cost(area, total, end[2 * e], end[2 * e + 1], size_power)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _absorb(
    area: Array, total: Array, end: Array, chains: tuple[Array, Array, Array], u: int, v: int
) -> None:
    """Make region v part of region u: its sums, and its half-edges at the end of those of u."""
    first, last, following = chains
    area[u] += area[v]
    for f in range(total.shape[1]):
        total[u, f] += total[v, f]
    h = first[v]
    while h >= 0:
        end[h] = u
        h = following[h]
    following[last[u]] = first[v]
    last[u] = last[v]


@njit(cache=True, nogil=True, forceinline=True)
def _unlink_dead(
    end: Array,
    chains: tuple[Array, Array, Array],
    queue: tuple[Array, Array, Array],
    size: int,
    u: int,
    stamp: Array,
    mark: int,
) -> int:
    """Unlink dead edges of region u and the second of double ones; return the new size of the heap.

    `stamp` equals `mark` for regions that an edge has led to.
    """
    first, last, following = chains
    heap, place, key = queue
    previous = -1
    h = first[u]
    while h >= 0:
        edge = h >> 1
        other = end[h ^ 1]
        alive = place[edge] >= 0
        if alive and stamp[other] == mark:
            size = _remove(heap, place, key, size, edge)
            alive = False
        if alive:
            stamp[other] = mark
            previous = h
        elif previous < 0:
            first[u] = following[h]
        else:
            following[previous] = following[h]
        h = following[h]
    last[u] = previous
    return size


@njit(cache=True, nogil=True, error_model="numpy")
def merge_regions(area: Array, total: Array, end: Array, target: int, size_power: float) -> Array:
    """Merge the cheapest neighbours, a pair at a time, until `target` regions are left; return the parents.

    The cost of a pair is (n_u n_v / (n_u + n_v))^size_power |mean_u - mean_v|^2; equal costs go by edge
    number. `area` (N,), `total` (N, F): pixels and feature sums; `end` (2 E,): the regions of edge e at 2 e
    and 2 e + 1, no pair twice. All are overwritten. A parent never has a higher number than its child.
    """
    regions = area.shape[0]
    edges = end.shape[0] // 2
    parent = np.arange(regions).astype(np.int32)
    chains = _half_edge_lists(end, regions)
    first, _, following = chains
    key = np.empty(edges, np.float64)
    heap = np.arange(edges).astype(np.int32)
    place = np.arange(edges).astype(np.int32)
    for e in range(edges):
        key[e] = _edge_cost(area, total, end, e, size_power)
    size = edges
    for k in range(size // 2 - 1, -1, -1):
        _sift_down(heap, place, key, size, k)
    stamp = np.full(regions, -1, np.int32)
    left = regions
    while left > target and size > 0:
        e = heap[0]
        u = min(end[2 * e], end[2 * e + 1])
        v = max(end[2 * e], end[2 * e + 1])
        size = _remove(heap, place, key, size, e)
        parent[v] = u
        left -= 1
        _absorb(area, total, end, chains, u, v)
        size = _unlink_dead(end, chains, (heap, place, key), size, u, stamp, left)
        h = first[u]
        while h >= 0:
            edge = h >> 1
            key[edge] = _edge_cost(area, total, end, edge, size_power)
            _sift_up(heap, place, key, place[edge])
            _sift_down(heap, place, key, size, place[edge])
            h = following[h]
    return parent


@njit(cache=True, nogil=True)
def roots(parent: Array) -> Array:
    """Follow parents to the top; a parent never has a higher number than its child."""
    top = parent.copy()
    for r in range(top.shape[0]):
        top[r] = top[parent[r]]
    return top


@njit(cache=True, nogil=True)
def in_reading_order(labels: Array, count: int) -> Array:
    """Renumber labels below `count` as they first occur row by row: 0, 1, ..."""
    number = np.full(count, -1, np.int32)
    renumbered = np.empty(labels.shape, np.int32)
    used = 0
    for i in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            old = labels[i, j]
            if number[old] < 0:
                number[old] = used
                used += 1
            renumbered[i, j] = number[old]
    return renumbered
