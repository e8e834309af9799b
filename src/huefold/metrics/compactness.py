"""Vector Compactness (VeC): how well paths keep to semantic objects."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from huefold.errors import ImageError

__all__ = ["vector_compactness"]


def vector_compactness(
    coverages: ArrayLike, masks: ArrayLike, *, share: float = 0.85, min_overlap: float = 1.0
) -> float:
    """Return the mean over masks of the share of overlapping paths that lie well inside the mask.

    Parameters
    ----------
    coverages : (N, H, W) array_like of float or bool
        What each path covers of each pixel, in [0, 1]: the path drawn alone.
    masks : (M, H, W) array_like of bool
        Semantic objects, each with its pixels.
    share : float, optional
        A path is well contained if more than this share of its area lies in the mask; in [0, 1).
    min_overlap : float, optional
        Pixels that a path must share with a mask to count as overlapping it; a path that merely borders on a
        mask shares slivers of pixels with it.

    Returns
    -------
    compactness : float
        In [0, 1]; masks that no path overlaps are left out; NaN if there is none left.

    Raises
    ------
    ImageError
        If the arrays are not stacks of planes of one size.

    References
    ----------
    .. [1] M. Lu et al. Semantic-guided Recoloring for Compact Image Vectorization, Structural Quality and
       Table 1.

    Examples
    --------
    >>> import numpy as np
    >>> mask = np.zeros((1, 4, 4), dtype=bool)
    >>> mask[0, :, :2] = True
    >>> inside, across = np.zeros((2, 4, 4))
    >>> inside[:, :2] = across[:, 1:3] = 1
    >>> vector_compactness([inside, across], mask)
    0.5
    """
    paths = np.asarray(coverages, dtype=np.float64)
    objects = np.asarray(masks, dtype=np.bool_)
    if paths.ndim != 3 or objects.ndim != 3 or paths.shape[1:] != objects.shape[1:]:
        raise ImageError(
            f"coverages (N, H, W) and masks (M, H, W) must have the same height and width, "
            f"got {paths.shape} and {objects.shape}"
        )
    pixels = paths.shape[1] * paths.shape[2]
    overlap = paths.reshape(len(paths), pixels) @ objects.reshape(len(objects), pixels).T.astype(np.float64)
    overlaps = overlap >= min_overlap
    contained = overlaps & (overlap > share * paths.sum(axis=(1, 2))[:, None])
    counts = overlaps.sum(axis=0)
    if not counts.any():
        return float("nan")
    return float((contained.sum(axis=0)[counts > 0] / counts[counts > 0]).mean())
