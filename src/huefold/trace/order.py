"""Painter's order of regions: whatever contains something comes before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.contours import kernels

__all__ = ["PainterOrder", "painter_order"]


@dataclass(frozen=True, slots=True, eq=False)
class PainterOrder:
    """Regions in painter's order.

    Parameters
    ----------
    labels : (N,) int64 ndarray
        Labels, bottom to top.
    rank : (H, W) int32 ndarray
        For each pixel the position of its region in `labels`.
    """

    labels: NDArray[np.int64]
    rank: NDArray[np.int32]


def painter_order(partition: NDArray[np.int32]) -> PainterOrder:
    """Sort regions by the area that their outer outline encloses, largest first; ties by own area, then label.

    The outline of a region encloses those in its holes. So containers always come first, and the holes of a
    region hold later regions only.

    Parameters
    ----------
    partition : (H, W) int32 ndarray
        Labels 0..N-1, each 4-connected.

    Returns
    -------
    order : PainterOrder
        Labels bottom to top, and the rank of each pixel.

    Examples
    --------
    >>> painter_order(np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=np.int32)).labels.tolist()
    [1, 0]
    """
    return order_and_boxes(partition)[0]


def order_and_boxes(partition: NDArray[np.int32]) -> tuple[PainterOrder, NDArray[np.int64]]:
    """Return the painter's order, and the box of each region in this order.

    The boxes, (N, 4), have the first row, the row after the last, and the same of columns.
    """
    count = int(partition.max()) + 1
    points, offsets, owners, twice_areas = kernels.region_contours(partition)
    enclosed = np.zeros(count, dtype=np.int64)
    np.maximum.at(enclosed, owners, twice_areas)
    own = np.bincount(partition.ravel(), minlength=count)
    labels = np.lexsort((np.arange(count), -own, -enclosed))
    position = np.empty(count, dtype=np.int32)
    position[labels] = np.arange(count, dtype=np.int32)
    return PainterOrder(labels, position[partition]), _boxes(points, offsets, owners, count)[labels]


def _boxes(
    points: NDArray[np.int32], offsets: NDArray[np.int64], owners: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """Return the rows and columns that the contours of each label span, (count, 4)."""
    low = np.full((count, 2), np.iinfo(np.int64).max)
    high = np.zeros((count, 2), np.int64)
    np.minimum.at(low, owners, np.minimum.reduceat(points, offsets[:-1]))
    np.maximum.at(high, owners, np.maximum.reduceat(points, offsets[:-1]))
    return np.stack([low[:, 1], high[:, 1], low[:, 0], high[:, 0]], axis=1)
