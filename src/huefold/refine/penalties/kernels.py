"""Compiled penalties: occluded area, visible length, and area outside of the assigned region; see penalties.h."""

from __future__ import annotations

import ctypes
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.native import array, bind, output
from huefold.native.structs import COUNT, NUMBER, POINTER, Struct

__all__ = [
    "SIDES",
    "OutlinesStruct",
    "PenaltiesStruct",
    "PenaltyStateStruct",
    "RegionsStruct",
    "add_penalties",
    "assign_regions",
]

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Labels: TypeAlias = NDArray[np.int32]
Weights: TypeAlias = NDArray[np.float32]

Outlines: TypeAlias = tuple[Floats, Integers, Integers]
Tree: TypeAlias = tuple[Labels, Integers, Integers, NDArray[np.bool_]]

SIDES = 6
"""Sides of the polygon that stands for a segment in the length penalty."""


class OutlinesStruct(Struct):
    """`PenaltyOutlines` of penalties.h."""

    _fields_: ClassVar = [("points", POINTER), ("contours", POINTER), ("paths", POINTER)]
    _arrays: ClassVar = {
        "points": array(np.float64, 2),
        "contours": array(np.int64, 1),
        "paths": array(np.int64, 1),
    }

    def __init__(self, outlines: Outlines) -> None:
        super().__init__()
        points, contours, paths = outlines
        self.point(points=points, contours=contours, paths=paths)


class PenaltiesStruct(Struct):
    """`Penalties` of penalties.h, at first none: with pictures of a shape, and pixels to a unit of the canvas."""

    _fields_: ClassVar = [
        ("height", COUNT), ("width", COUNT), ("scale_x", NUMBER), ("scale_y", NUMBER), ("weight", POINTER),
        ("top", POINTER), ("occlusion", NUMBER), ("margin", NUMBER), ("length", NUMBER), ("border", NUMBER),
        ("softness", NUMBER), ("leaves", POINTER), ("spans", POINTER), ("colors", POINTER),
        ("assigned", POINTER), ("costs", POINTER), ("similar", NUMBER),
    ]  # fmt: skip
    _arrays: ClassVar = {
        "weight": array(np.float32, 2), "top": array(np.int32, 2), "leaves": array(np.int32, 2),
        "spans": array(np.int64, 2), "colors": array(np.float64, 2), "assigned": array(np.int64, 1),
        "costs": array(np.float64, 1),
    }  # fmt: skip

    def __init__(self, weight: Weights, scale: Floats) -> None:
        height, width = weight.shape
        super().__init__(height=height, width=width, scale_x=scale[0], scale_y=scale[1])
        self.point(weight=weight)


class RegionsStruct(Struct):
    """`PenaltyRegions` of penalties.h: the leaves, parents and sizes of regions, and which are in the cut."""

    _fields_: ClassVar = [
        ("leaves", POINTER), ("parents", POINTER), ("sizes", POINTER), ("cut", POINTER), ("count", COUNT),
    ]  # fmt: skip
    _arrays: ClassVar = {
        "leaves": array(np.int32, 2), "parents": array(np.int64, 1), "sizes": array(np.int64, 1),
        "cut": array(np.bool_, 1),
    }  # fmt: skip

    def __init__(self, tree: Tree) -> None:
        leaves, parents, sizes, cut = tree
        super().__init__(count=len(parents))
        self.point(leaves=leaves, parents=parents, sizes=sizes, cut=cut)


class PenaltyStateStruct(Struct):
    """`PenaltyState` of state.h."""

    _fields_: ClassVar = [
        ("penalties", POINTER), ("regions", POINTER), ("structural_cost", NUMBER), ("detail_cost", NUMBER),
        ("structural", COUNT), ("top", POINTER), ("assigned", POINTER), ("costs", POINTER), ("planes", POINTER),
        ("codes", POINTER), ("solid", POINTER), ("opaque", NUMBER), ("every", COUNT),
    ]  # fmt: skip
    _arrays: ClassVar = {
        "top": output(np.int32, 2), "assigned": output(np.int64, 1), "costs": output(np.float64, 1),
        "planes": output(np.float32, 3), "codes": output(np.float64, 2), "solid": output(np.float64, 1),
    }  # fmt: skip


_add_penalties = bind(
    "hf_add_penalties", ctypes.POINTER(PenaltiesStruct), ctypes.POINTER(OutlinesStruct), int, int,
    output(np.float64, 2), int,
)  # fmt: skip
_assign_regions = bind(
    "hf_assign_regions", array(np.int32, 2), int, ctypes.POINTER(RegionsStruct), int, int, float, float,
    output(np.int64, 1), output(np.float64, 1), status=True,
)  # fmt: skip


def add_penalties(penalties: PenaltiesStruct, outlines: Outlines, gradient: Floats, threads: int) -> None:
    """Add the gradient of all penalties of a drawing, (P, 2), on several threads."""
    paths = len(outlines[2]) - 1
    _add_penalties(penalties, OutlinesStruct(outlines), 0, paths, gradient, threads)


def assign_regions(
    top: Labels,
    tree: Tree,
    structural: int,
    each_costs: tuple[float, float],
    assigned: Integers,
    costs: Floats,
) -> None:
    """Write the region that each path belongs to by where it shows, and what its area outside of that costs.

    `tree` is the leaves, parents and sizes of regions, and which of them are in the cut. For the first `structural`
    paths it is the region of the cut with most of what shows, for others the region of the whole hierarchy with the
    greatest intersection over union. Where nothing shows it is region 0 and no cost. `each_costs` are those of a
    structural path and of a detail.
    """
    _assign_regions(
        top, top.size, RegionsStruct(tree), len(assigned), structural, *each_costs, assigned, costs
    )
