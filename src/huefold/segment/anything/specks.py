"""Removal of small holes and islands of a mask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["without_specks"]

EIGHT = np.ones((3, 3), dtype=bool)


def without_specks(mask: NDArray[np.bool_], min_area: int) -> NDArray[np.bool_]:
    """Fill the holes of a mask that are smaller than `min_area`, then remove smaller islands.

    Holes and islands are 8-connected. The largest island stays even where it is smaller.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        Any mask.
    min_area : int
        In pixels.

    Returns
    -------
    cleaned : (H, W) bool ndarray
        The mask itself if there is nothing to change.

    Examples
    --------
    >>> without_specks(np.array([[1, 1, 1, 0, 0, 0, 1]], bool), 2).astype(int)
    array([[1, 1, 1, 0, 0, 0, 0]])
    """
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    if min_area <= 1 or len(rows) == 0:
        return mask
    # A component that reaches further than min_area from the mask has at least min_area pixels.
    window = tuple(slice(max(0, k[0] - min_area), k[-1] + 1 + min_area) for k in (rows, columns))
    part = mask[window]
    filled = part | _small(~part, min_area)
    islands = _small(filled, min_area, spare_largest=True)
    if not islands.any() and np.array_equal(filled, part):
        return mask
    cleaned = mask.copy()
    cleaned[window] = filled & ~islands
    return cleaned


def _small(mask: NDArray[np.bool_], min_area: int, *, spare_largest: bool = False) -> NDArray[np.bool_]:
    """Return the components of fewer than `min_area` pixels."""
    numbered, _ = ndimage.label(mask, EIGHT)
    area = np.bincount(numbered.ravel())
    small = area < min_area
    small[0] = False
    if spare_largest and len(area) > 1:
        small[1 + area[1:].argmax()] = False
    return np.asarray(small[numbered])
