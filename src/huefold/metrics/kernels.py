"""Areas that polygons enclose by their fill rule, in compiled code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.native.arguments import array, output
from huefold.native.kernels import bind

__all__ = ["enclosed_areas"]

_Floats = NDArray[np.float64]

_CORNERS = array(np.float64, 2)
_enclosed_areas = bind(
    "hf_enclosed_areas",
    _CORNERS, _CORNERS, array(np.int64, 1), int, array(np.bool_, 1), array(np.uint8, 1), output(np.float64, 1),
    status=True,
)  # fmt: skip


def enclosed_areas(
    starts: _Floats,
    ends: _Floats,
    offsets: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    evenodd: NDArray[np.uint8],
    areas: _Floats,
) -> None:
    """Write the area that each wanted path encloses; its sides lie between two offsets.

    The plane is cut into slabs between neighbouring corners and crossings. Beyond 65,536 crossings, slabs that hold
    further ones are measured along their middle.
    """
    _enclosed_areas(starts, ends, offsets, len(offsets) - 1, wanted, evenodd, areas)
