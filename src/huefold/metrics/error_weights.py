"""Weights of pixels in squared errors, from how much the pixels matter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.errors import OptionError
from huefold.native.elementary import power

__all__ = ["least_weight", "loss_weight"]

MIDDLE_SHARE = 0.8
"""Share of the total weight on salient pixels at focus 0.5."""
LEAST_MIDDLE, MOST_MIDDLE = 0.02, 0.5
"""Bounds of the least weight at that focus."""


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


def least_weight(focus: float, share: float) -> float:
    """Return the weight of a pixel of no saliency, where a pixel of full saliency has weight 1.

    Parameters
    ----------
    focus : float
        In [0, 1].
    share : float
        Mean of the saliency, in [0, 1]; for a mask, its share of the picture.

    Returns
    -------
    weight : float
        ``w ** (focus * (2.5 - focus))``. Within bounds, w gives what matters four fifths of all weight:
        ``share / (share + w * (1 - share)) = 0.8``. The weight is 1 at a focus of 0 (all pixels count alike), w at
        0.5 and ``w ** 1.5`` at 1; a lower one lowers the error inside no further.

    Examples
    --------
    >>> [round(least_weight(focus, share=0.2), 3) for focus in (0.0, 0.25, 0.5, 0.75, 1.0)]
    [1.0, 0.21, 0.062, 0.026, 0.016]
    >>> [round(least_weight(0.5, share), 3) for share in (0.02, 0.1, 0.5, 0.9)]
    [0.02, 0.028, 0.25, 0.5]
    """
    odds = share / max(1.0 - share, 1e-6)
    even = odds * (1.0 - MIDDLE_SHARE) / MIDDLE_SHARE
    return float(power(min(max(even, LEAST_MIDDLE), MOST_MIDDLE), focus * (2.5 - focus)))
