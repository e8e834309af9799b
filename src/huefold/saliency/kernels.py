"""Numeric kernels of the automatic saliency: the minimum barrier distance by raster scans."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["barrier_scan"]

Array: TypeAlias = NDArray[Any]


@njit(cache=True, nogil=True, inline="always")
def _relax(values: Array, distance: Array, low: Array, high: Array, i: int, j: int, a: int, b: int) -> None:
    top = max(high[a, b], values[i, j])
    bottom = min(low[a, b], values[i, j])
    barrier = top - bottom
    if barrier < distance[i, j]:
        distance[i, j] = barrier
        high[i, j] = top
        low[i, j] = bottom


@njit(cache=True, nogil=True)
def barrier_scan(values: Array, scans: int) -> Array:
    """Barrier distance to the image border: the least (maximum - minimum) over 4-connected paths.

    The approximation of Zhang et al. (2015), Algorithm 1: each pixel keeps the extremes of the best path
    found so far; forward and backward raster scans take turns. `values` (H, W) float64; returns (H, W)
    float64.
    """
    height, width = values.shape
    distance = np.full((height, width), np.inf)
    for i in range(height):
        distance[i, 0] = 0.0
        distance[i, width - 1] = 0.0
    for j in range(width):
        distance[0, j] = 0.0
        distance[height - 1, j] = 0.0
    low = values.copy()
    high = values.copy()
    for scan in range(scans):
        if scan % 2 == 0:
            for i in range(1, height - 1):
                for j in range(1, width - 1):
                    _relax(values, distance, low, high, i, j, i - 1, j)
                    _relax(values, distance, low, high, i, j, i, j - 1)
        else:
            for i in range(height - 2, 0, -1):
                for j in range(width - 2, 0, -1):
                    _relax(values, distance, low, high, i, j, i + 1, j)
                    _relax(values, distance, low, high, i, j, i, j + 1)
    return distance
