"""Gradient fills as the kernels read them, and their derivatives from the kernels' sums."""

from __future__ import annotations

import ctypes
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huefold.native import array, bind, output
from huefold.render.fills.arrays import FillGradients, GradientFills
from huefold.render.fills.structs import FillValuesStruct, GradientFillsStruct

__all__ = ["Fills", "derivatives", "hiding", "tables"]

Floats = NDArray[np.float64]

SHAPE_SUMS, STOP_SUMS = 6, 5
"""Numbers of the kernels' sums of each gradient's shape, and of each stop."""

MAP_COLUMNS = 10


class Fills(NamedTuple):
    """Gradient fills in output pixels, as the kernels read them."""

    of_path: NDArray[np.int64]  # [N] gradient of each path, -1 where solid; [0] if there are none at all
    radial: NDArray[np.uint8]  # [G]
    spread: NDArray[np.uint8]  # [G]
    maps: Floats  # [G, MAP_COLUMNS] from pixels to offsets
    stops: NDArray[np.int64]  # [G + 1] offsets into the next two
    offsets: Floats  # [T] increasing within each gradient
    paint: Floats  # [T, 4] red, green, blue, opacity


_NONE = Fills(
    of_path=np.empty(0, np.int64),
    radial=np.empty(0, np.uint8),
    spread=np.empty(0, np.uint8),
    maps=np.empty((0, MAP_COLUMNS)),
    stops=np.zeros(1, np.int64),
    offsets=np.empty(0),
    paint=np.empty((0, 4)),
)

_GRADIENTS = ctypes.POINTER(GradientFillsStruct)

_tables = bind("hf_fill_tables", _GRADIENTS, float, float, output(np.float64, 2), output(np.float64, 2))
_hiding = bind("hf_fill_hiding", _GRADIENTS, array(np.float64, 1), output(np.float64, 1))
_derivatives = bind(
    "hf_fill_derivatives", _GRADIENTS, float, float, array(np.float64, 2), array(np.float64, 2), bool,
    ctypes.POINTER(FillValuesStruct), returns=bool,
)  # fmt: skip


def tables(fills: GradientFills | None, scale: tuple[float, float]) -> Fills:
    """Return the fills as the kernels read them; `scale` is a scene unit in output pixels, by x and y."""
    if fills is None or not fills.count:
        return _NONE
    maps, paint = np.empty((fills.count, MAP_COLUMNS)), np.empty((len(fills.offsets), 4))
    _tables(GradientFillsStruct.of(fills), float(scale[0]), float(scale[1]), maps, paint)
    return Fills(
        of_path=np.ascontiguousarray(fills.paths, np.int64),
        radial=np.ascontiguousarray(fills.radial, np.uint8),
        spread=np.ascontiguousarray(fills.spread, np.uint8),
        maps=maps,
        stops=np.ascontiguousarray(fills.stops, np.int64),
        offsets=np.ascontiguousarray(fills.offsets, np.float64),
        paint=paint,
    )


def hiding(fills: GradientFills | None, opacities: Floats) -> Floats:
    """1 where all of a path's inside hides what is beneath, else below 1. Shape (N,)."""
    if fills is None:
        return opacities
    found = np.empty(len(opacities))
    _hiding(GradientFillsStruct.of(fills), np.ascontiguousarray(opacities, np.float64), found)
    return found


def derivatives(
    fills: GradientFills, scale: tuple[float, float], shape_sums: Floats, stop_sums: Floats, *, beneath: bool
) -> FillGradients:
    """Derivatives by a gradient's values from the sums of the kernels, (G, 6) and (T, 5).

    Those by the opacities of opaque stops are known only if the kernels looked `beneath` them.
    """
    shapes, offsets = np.empty((fills.count, SHAPE_SUMS)), np.empty(len(fills.offsets))
    colors, opacities = np.empty((len(offsets), 3)), np.empty(len(offsets))
    known = _derivatives(
        GradientFillsStruct.of(fills), float(scale[0]), float(scale[1]), shape_sums, stop_sums, beneath,
        FillValuesStruct(shapes, offsets, colors, opacities),
    )  # fmt: skip
    return FillGradients(
        shapes=shapes, offsets=offsets, colors=colors, opacities=opacities if known else None
    )
