"""Numeric kernels of the automatic saliency: the minimum barrier distance by raster scans."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.native.arguments import array, output
from huefold.native.kernels import bind
from huefold.parallel import available_threads

__all__ = ["barrier_scan", "barrier_scans"]

_Floats = NDArray[np.float64]

_barrier_distances = bind(
    "hf_barrier_distances", array(np.float64, 3), int, int, int, int, output(np.float64, 3), int, status=True
)


def barrier_scans(channels: _Floats, scans: int) -> _Floats:
    """Return the barrier distance of each channel (C, H, W) to the image border, of the same shape.

    That is the least (maximum - minimum) over 4-connected paths, by the approximation of Zhang et al. (2015),
    Algorithm 1: each pixel keeps the extremes of the best path found so far; forward and backward raster scans
    take turns.
    """
    distances = np.empty(channels.shape)
    _barrier_distances(channels, *channels.shape, scans, distances, available_threads())
    return distances


def barrier_scan(values: _Floats, scans: int) -> _Floats:
    """Return the barrier distance of one channel (H, W)."""
    return np.asarray(barrier_scans(values[None], scans)[0])
