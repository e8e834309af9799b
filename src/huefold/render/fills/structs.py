"""Structs of C for gradient fills: see kernels/fills/tables.h and kernels/scene.h."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from huefold.native import array, output
from huefold.native.structs import COUNT, POINTER, Struct
from huefold.render.fills.arrays import GradientFills

__all__ = ["FillValuesStruct", "FillsStruct", "GradientFillsStruct"]

Floats = NDArray[np.float64]


class GradientFillsStruct(Struct):
    """`GradientFills` of kernels/fills/tables.h."""

    _fields_ = [
        ("path_count", COUNT), ("count", COUNT), ("paths", POINTER), ("radial", POINTER), ("spread", POINTER),
        ("shapes", POINTER), ("transforms", POINTER), ("stops", POINTER), ("offsets", POINTER),
        ("colors", POINTER), ("opacities", POINTER),
    ]  # fmt: skip
    _arrays = {
        "paths": array(np.int64, 1), "radial": array(np.uint8, 1), "spread": array(np.uint8, 1),
        "shapes": array(np.float64, 2), "transforms": array(np.float64, 2), "stops": array(np.int64, 1),
        "offsets": array(np.float64, 1), "colors": array(np.float64, 2), "opacities": array(np.float64, 1),
    }  # fmt: skip

    @classmethod
    def of(cls, fills: GradientFills) -> GradientFillsStruct:
        """Point to the arrays of gradients, or to copies of those that C cannot read."""
        struct = cls(path_count=len(fills.paths), count=fills.count)
        whole: dict[str, DTypeLike] = {
            "paths": np.int64,
            "radial": np.uint8,
            "spread": np.uint8,
            "stops": np.int64,
        }
        for name in cls._arrays:
            values = np.ascontiguousarray(getattr(fills, name), whole.get(name, np.float64))
            struct.point(**{name: values})
        return struct


class FillValuesStruct(Struct):
    """`FillValues` of kernels/fills/tables.h."""

    _fields_ = [("shapes", POINTER), ("offsets", POINTER), ("colors", POINTER), ("opacities", POINTER)]
    _arrays = {
        "shapes": output(np.float64, 2), "offsets": output(np.float64, 1), "colors": output(np.float64, 2),
        "opacities": output(np.float64, 1),
    }  # fmt: skip

    def __init__(self, shapes: Floats, offsets: Floats, colors: Floats, opacities: Floats | None) -> None:
        super().__init__()
        self.point(shapes=shapes, offsets=offsets, colors=colors, opacities=opacities)


class FillsStruct(Struct):
    """`Fills` of kernels/scene.h."""

    _fields_ = [
        ("count", COUNT), ("of_path", POINTER), ("radial", POINTER), ("spread", POINTER), ("maps", POINTER),
        ("stops", POINTER), ("offsets", POINTER), ("paint", POINTER),
    ]  # fmt: skip
    _arrays = {
        "of_path": array(np.int64, 1), "radial": array(np.uint8, 1), "spread": array(np.uint8, 1),
        "maps": array(np.float64, 2), "stops": array(np.int64, 1), "offsets": array(np.float64, 1),
        "paint": array(np.float64, 2),
    }  # fmt: skip
