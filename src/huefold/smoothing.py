"""Pictures smoothed by a Gaussian."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.native.arguments import array, output
from huefold.native.kernels import bind
from huefold.parallel import available_threads

__all__ = ["smoothed"]

_smooth = bind(
    "hf_smooth", array(np.float64, 3), int, int, int, float, output(np.float64, 3), int, status=True
)


def smoothed(
    picture: NDArray[np.float64], deviation: float, *, threads: int | None = None
) -> NDArray[np.float64]:
    """Smooth a picture by a Gaussian that is cut off at four standard deviations; the border pixels go on outside.

    Parameters
    ----------
    picture : (H, W, C) float64 ndarray
        Its channels.
    deviation : float
        Standard deviation in pixels, above 0.
    threads : int, optional
        Worker threads; they do not change the result. Default: all processors.

    Returns
    -------
    smooth : (H, W, C) float64 ndarray

    Examples
    --------
    >>> smoothed(np.array([[[0.0], [0.0], [1.0], [0.0], [0.0]]]), 0.5).round(2).ravel()
    array([0.  , 0.11, 0.79, 0.11, 0.  ])
    """
    out = np.empty_like(picture)
    _smooth(picture, *picture.shape, deviation, out, threads or available_threads())
    return out
