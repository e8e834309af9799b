"""Partitions: integer label maps in which every region is 4-connected and labels run from 0 without a gap."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.cielab import lab_of_srgb
from huefold.contours.kernels import components
from huefold.parallel import available_threads
from huefold.segment import kernels
from huefold.segment.kernels import rising_order
from huefold.smoothing import smoothed

__all__ = [
    "Partition",
    "absorb_slivers",
    "connected",
    "flat_zones",
    "lab_features",
    "merge_down",
    "merge_grain",
    "rising_order",
]

Partition: TypeAlias = NDArray[np.int32]


def connected(labels: NDArray[np.integer[Any]]) -> Partition:
    """Split regions into 4-connected components and number them in reading order.

    Parameters
    ----------
    labels : (H, W) integer ndarray
        Any label map; a label may occur in several places.

    Returns
    -------
    partition : (H, W) int32 ndarray
        Labels 0..N-1, each 4-connected; label 0 holds the top left pixel.

    Examples
    --------
    >>> connected(np.array([[7, 3, 7], [7, 3, 7]]))
    array([[0, 1, 2],
           [0, 1, 2]], dtype=int32)
    """
    return components(np.ascontiguousarray(labels, dtype=np.int64))


def flat_zones(rgb: NDArray[np.floating[Any]]) -> Partition:
    """Return the largest 4-connected regions of one 8-bit colour of an (H, W, 3) image in [0, 1].

    Returns
    -------
    partition : (H, W) int32 ndarray
        Labels 0..N-1 in reading order.
    """
    return components(kernels.colors_of_8_bits(np.ascontiguousarray(rgb, dtype=np.float32)))


def lab_features(
    rgb: NDArray[np.floating[Any]], *, smoothing: float = 0.0, threads: int | None = None
) -> NDArray[np.float64]:
    """Return the pixels of an (H, W, 3) sRGB image in CIELAB, one row each.

    Parameters
    ----------
    rgb : (H, W, 3) float ndarray
        sRGB values in [0, 1].
    smoothing : float, optional
        Standard deviation of the Gaussian that smooths the picture in CIELAB; pixels.
    threads : int, optional
        Worker threads; the result is the same for any number. Default: all processors.

    Returns
    -------
    features : (H * W, 3) float64 ndarray
        L* in [0, 100], a* and b*, row by row.

    Examples
    --------
    >>> lab_features(np.ones((1, 1, 3), np.float32)).round(2).tolist()
    [[100.0, -0.0, 0.0]]
    """
    lab = lab_of_srgb(rgb, threads=threads)
    if smoothing > 0.0:
        lab = smoothed(lab, smoothing, threads=threads)
    return lab.reshape(-1, 3)


def merge_grain(
    zones: Partition,
    features: NDArray[np.float64],
    *,
    size_power: float = 1.0,
    strength: float = 4.0,
    threads: int | None = None,
) -> Partition:
    """Merge what differs only by the grain of the image, in one pass over its pixel pairs, most alike first.

    A pair of regions is merged if the cost of `merge_down` is at most `strength` times the median of the
    squared feature distances of the pixel pairs between zones. What is left is merged in a fifth of the time.

    Parameters
    ----------
    zones : (H, W) int32 ndarray
        Labels 0..N-1.
    features : (H * W, F) float64 ndarray
        One row per pixel, row by row.
    size_power : float, optional
        Exponent of the size factor.
    strength : float, optional
        Largest cost that counts as grain, as a multiple of that median.
    threads : int, optional
        Worker threads; the result is the same for any number. Default: all processors.

    Returns
    -------
    partition : (H, W) int32 ndarray
        Labels 0..M-1 in reading order.

    Examples
    --------
    >>> zones = np.array([[0, 1, 2, 3]], np.int32)
    >>> merge_grain(zones, np.array([[0.0], [0.1], [0.9], [1.0]]))
    array([[0, 0, 1, 1]], dtype=int32)
    """
    low, high, pixel, partner = kernels.crossing_pairs(zones)
    if len(low) == 0:
        return zones
    area, total = kernels.region_sums(zones, features, int(zones.max()) + 1)
    distance = kernels.squared_distances(features, pixel, partner, threads or available_threads())
    order = rising_order(distance.astype(np.float32))
    most = strength * float(np.median(distance))
    parent = kernels.merge_alike(area, total, low, high, order, float(size_power), most)
    return kernels.merged(parent, zones)


def merge_down(
    partition: Partition, features: NDArray[np.float64], *, regions: int, size_power: float = 1.0
) -> Partition:
    """Merge neighbouring regions, cheapest first, until at most `regions` are left.

    The cost of joining u and v is ``(n_u n_v / (n_u + n_v))**size_power * |m_u - m_v|**2``, n pixels and m
    mean features. Power 1 gives Ward's linkage [1]_, the increase of the squared error; a smaller one lets small
    regions of strong contrast stay longer.

    Parameters
    ----------
    partition : (H, W) int32 ndarray
        Labels 0..N-1.
    features : (H * W, F) float64 ndarray
        One row per pixel, row by row.
    regions : int
        How many to keep, at least 1; a partition with fewer is returned as it is.
    size_power : float, optional
        Exponent of the size factor.

    Returns
    -------
    merged : (H, W) int32 ndarray
        Labels 0..M-1 in reading order, M = min(N, `regions`).

    References
    ----------
    .. [1] J. H. Ward, "Hierarchical grouping to optimize an objective function", Journal of the American
       Statistical Association 58 (1963), :doi:`10.1080/01621459.1963.10500845`

    Examples
    --------
    >>> partition = np.array([[0, 1, 2, 3]], np.int32)
    >>> merge_down(partition, np.array([[0.0], [0.1], [0.9], [1.0]]), regions=2)
    array([[0, 0, 1, 1]], dtype=int32)
    """
    count = int(partition.max()) + 1
    if count <= regions:
        return partition
    area, total = kernels.region_sums(partition, features, count)
    end = kernels.neighbours(partition, count)
    return kernels.merged(kernels.merge_regions(area, total, end, regions, float(size_power)), partition)


def absorb_slivers(partition: Partition, features: NDArray[np.float64], *, min_area: int) -> Partition:
    """Join regions smaller than `min_area` to the neighbour whose mean colour is closest, smallest first.

    Parameters
    ----------
    partition : (H, W) int32 ndarray
        Labels 0..N-1, each 4-connected.
    features : (H * W, F) float64 ndarray
        Colour of each pixel, row by row.
    min_area : int
        Pixels; regions with fewer are absorbed.

    Returns
    -------
    cleaned : (H, W) int32 ndarray
        Labels 0..M-1 in reading order; a smaller region is left only where the whole image is smaller.

    Examples
    --------
    >>> partition = np.array([[0, 0, 1, 2, 2]], np.int32)
    >>> absorb_slivers(partition, np.array([[0.0], [0.0], [0.8], [1.0], [1.0]]), min_area=2)
    array([[0, 0, 1, 1, 1]], dtype=int32)
    """
    while True:
        count = int(partition.max()) + 1
        area, total = kernels.region_sums(partition, features, count)
        small = area < min_area
        if count == 1 or not small.any():
            return partition
        closest = kernels.closest_neighbours(partition, total / area[:, None], small)
        joining = np.flatnonzero(closest >= 0).astype(np.int32)
        partition = kernels.merged(kernels.merge_pairs(joining, closest[joining], count), partition)
