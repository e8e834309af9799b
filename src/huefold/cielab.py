"""Pictures in CIELAB, where distances are about those that people see."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold.native.arguments import array, output
from huefold.native.kernels import bind
from huefold.parallel import available_threads

__all__ = ["lab_of_srgb"]

_lab_of_srgb = bind("hf_lab_of_srgb", array(np.float64, 2), output(np.float64, 2), int, int)


def lab_of_srgb(rgb: NDArray[np.floating[Any]], *, threads: int | None = None) -> NDArray[np.float64]:
    """Return the CIELAB values of sRGB values, with the white point D65 of the 2 degree observer.

    Parameters
    ----------
    rgb : (..., 3) float ndarray
        In [0, 1], by IEC 61966-2-1.
    threads : int, optional
        Worker threads; they do not change the result. Default: all processors.

    Returns
    -------
    lab : (..., 3) float64 ndarray
        L* in [0, 100], a* and b*.

    Examples
    --------
    >>> lab_of_srgb(np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]])).round(1)
    array([[100. ,  -0. ,   0. ],
           [ 53.2,  80.1,  67.2]])
    """
    given = np.ascontiguousarray(rgb, dtype=np.float64).reshape(-1, 3)
    lab = np.empty_like(given)
    _lab_of_srgb(given, lab, len(given), threads or available_threads())
    return lab.reshape(rgb.shape)
