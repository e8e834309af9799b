"""Crops of the image, and the grid of points in each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.segment.anything.settings import MaskSettings

__all__ = ["Crop", "crops", "point_grid"]


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of the image: pixels ``[left, right) x [top, bottom)``.

    Parameters
    ----------
    left, top, right, bottom : int
        In pixels of the image.
    layer : int
        0 is the whole image.

    Examples
    --------
    >>> Crop(2, 0, 6, 3, layer=1).area
    12
    """

    left: int
    top: int
    right: int
    bottom: int
    layer: int

    @property
    def area(self) -> int:
        """Number of pixels."""
        return (self.right - self.left) * (self.bottom - self.top)

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns as slices of the image."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def crops(shape: tuple[int, int], settings: MaskSettings) -> list[Crop]:
    """Return the whole image and the overlapping crops of each layer, coarse to fine.

    Layer i has ``2**i`` crops a side. With o pixels of overlap, n crops cover w pixels when each is
    ``ceil((o (n - 1) + w) / n)`` wide. Images too small to be cut have no crops.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the image.
    settings : MaskSettings
        Layers and overlap.

    Returns
    -------
    crops : list of Crop
        In reading order within a layer.

    Examples
    --------
    >>> [(c.left, c.right) for c in crops((8, 12), MaskSettings(crop_overlap=0.25))]
    [(0, 12), (0, 7), (5, 12), (0, 7), (5, 12)]
    """
    height, width = shape
    found = [Crop(0, 0, width, height, 0)]
    for layer in range(1, settings.crop_layers + 1):
        count = 2**layer
        if min(shape) < 2 * count:
            break
        overlap = int(settings.crop_overlap * min(shape) * 2 / count)
        rows, columns = _spans(height, count, overlap), _spans(width, count, overlap)
        found += [Crop(left, top, right, bottom, layer) for top, bottom in rows for left, right in columns]
    return found


def _spans(length: int, count: int, overlap: int) -> list[tuple[int, int]]:
    size = math.ceil((overlap * (count - 1) + length) / count)
    starts = [(size - overlap) * k for k in range(count)]
    return [(start, min(start + size, length)) for start in starts if start < length]


def point_grid(crop: Crop, per_side: int) -> NDArray[np.float64]:
    """Return the centres of `per_side` x `per_side` equal cells of a crop.

    Parameters
    ----------
    crop : Crop
        The crop.
    per_side : int
        At least 1.

    Returns
    -------
    points : (per_side**2, 2) float64 ndarray
        (x, y) in pixels from the crop's top left corner, in reading order.

    Examples
    --------
    >>> point_grid(Crop(0, 0, 8, 4, 0), 2)
    array([[2., 1.],
           [6., 1.],
           [2., 3.],
           [6., 3.]])
    """
    cell = (np.arange(per_side) + 0.5) / per_side
    x, y = np.meshgrid(cell * (crop.right - crop.left), cell * (crop.bottom - crop.top))
    return np.stack([x.ravel(), y.ravel()], axis=1)
