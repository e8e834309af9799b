"""Weights of pixels in squared errors, from how much the pixels matter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.errors import OptionError

__all__ = ["loss_weight"]


def loss_weight(saliency: NDArray[np.float32], *, floor: float = 0.1) -> NDArray[np.float32]:
    """Return weights of the squared error: 1 where saliency is 1, `floor` where it is 0, scaled to a mean of 1.

    Parameters
    ----------
    saliency : (H, W) float32 ndarray
        In [0, 1].
    floor : float, optional
        In (0, 1]; 1 ignores the map.

    Returns
    -------
    weight : (H, W) float32 ndarray
        Positive, of mean 1.

    Raises
    ------
    OptionError
        If `floor` lies outside (0, 1].

    Examples
    --------
    >>> loss_weight(np.array([[1.0, 0.0]], np.float32), floor=0.5)
    array([[1.3333334, 0.6666667]], dtype=float32)
    """
    if not 0.0 < floor <= 1.0:
        raise OptionError(f"the floor of the loss weight lies in (0, 1], got {floor!r}", floor=floor)
    weight = floor + (1.0 - floor) * saliency
    result: NDArray[np.float32] = (weight / weight.mean()).astype(np.float32)
    return result
