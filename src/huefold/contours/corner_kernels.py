"""Numeric kernels that find the corners of a chain of cracks (pixel edges)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.native import array, bind, output

__all__ = ["corners"]

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]

_BOOLS = array(np.bool_, 1)

_corners = bind(
    "hf_corners", array(np.float64, 2), _BOOLS, _BOOLS, int, bool, output(np.bool_, 1), status=True
)


def corners(points: _Floats, fixed: _Bools, eligible: _Bools, closed: bool) -> _Bools:
    """Vertices of a crack chain that stay sharp: the fixed ones and, between eligible cracks, true corners.

    `points` has n + 1 rows (first = last if closed), `fixed` n + 1 and `eligible` n entries.
    """
    result = np.empty(len(points), np.bool_)
    _corners(points, fixed, eligible, len(points) - 1, closed, result)
    return result
