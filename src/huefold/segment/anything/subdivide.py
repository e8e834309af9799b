"""Subdivision of a partition by colour where masks are too few for the budget."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold.segment.classical import SIZE_POWER, classical
from huefold.segment.kernels import crossing_pairs, merge_regions, merged, region_sums
from huefold.segment.partition import Partition, connected, lab_features

__all__ = ["subdivided"]

FINER = 4
"""Colour regions that the pieces are cut along, as a multiple of the regions asked for."""


def subdivided(partition: Partition, rgb: NDArray[np.floating[Any]], *, regions: int) -> Partition:
    """Subdivide the regions of a partition by colour until there are `regions`.

    All borders stay. Regions are cut along a fine over-segmentation; the pieces are then merged within their
    region, cheapest first by the cost of `huefold.segment.classical`, over the whole image.

    Parameters
    ----------
    partition : (H, W) int32 ndarray
        Labels 0..N-1, each 4-connected.
    rgb : (H, W, 3) float ndarray
        sRGB values in [0, 1].
    regions : int
        Number of regions to reach; a partition of as many or more is returned as it is.

    Returns
    -------
    finer : (H, W) int32 ndarray
        Labels 0..M-1 in reading order; M is `regions` unless the image has too few colours.

    Examples
    --------
    >>> rgb = np.repeat(np.float32([[0, 0, 0.5, 1]])[..., None], 3, axis=2)
    >>> subdivided(np.array([[0, 0, 0, 1]], np.int32), rgb, regions=3)
    array([[0, 0, 1, 2]], dtype=int32)
    """
    if int(partition.max()) + 1 >= regions:
        return partition
    fine = classical(rgb, regions=FINER * regions)
    pieces = connected(partition.astype(np.int64) * (int(fine.max()) + 1) + fine)
    count = int(pieces.max()) + 1
    area, total = region_sums(pieces, lab_features(rgb), count)
    return merged(
        merge_regions(area, total, _inner_pairs(pieces, partition, count), regions, SIZE_POWER), pieces
    )


def _inner_pairs(pieces: Partition, partition: Partition, count: int) -> NDArray[np.int32]:
    """Return the pairs of neighbouring pieces within a region, each once, flat."""
    owner = np.zeros(count, dtype=np.int32)
    owner[pieces.ravel()] = partition.ravel()
    low, high, _, _ = crossing_pairs(pieces)
    inner = owner[low] == owner[high]
    pair = np.unique(low[inner].astype(np.int64) * count + high[inner])
    return np.stack([pair // count, pair % count], axis=1).astype(np.int32).ravel()
