"""Compiled loops of the penalties: occluded area, visible length, and area outside of the assigned region.

`outlines` are the points, contours and paths of a drawing, in units of the canvas. `canvas` is the path that shows
in each pixel, how much the pixel counts, and how many pixels there are to a unit in x and y. Loops look at paths
`begin` to `end - 1` and add to `gradient`, the gradient by points in units of the canvas.
"""

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
    "RegionsStruct",
    "add_containment",
    "add_length",
    "add_occlusion",
    "add_penalties",
    "assign_regions",
    "assign_regions_and_costs",
    "path_codes",
    "read_codes",
]

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Labels: TypeAlias = NDArray[np.int32]
Weights: TypeAlias = NDArray[np.float32]

Outlines: TypeAlias = tuple[Floats, Integers, Integers]
Canvas: TypeAlias = tuple[Labels, Weights, Floats]
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


_PENALTIES, _OUTLINES = ctypes.POINTER(PenaltiesStruct), ctypes.POINTER(OutlinesStruct)
_REGIONS = ctypes.POINTER(RegionsStruct)

_add_penalties = bind("hf_add_penalties", _PENALTIES, _OUTLINES, int, int, output(np.float64, 2), int)
_path_codes = bind("hf_path_codes", output(np.float64, 2), int)
_read_codes = bind("hf_read_codes", array(np.float32, 3), int, int, output(np.int32, 2), int)
_assign_regions = bind(
    "hf_assign_regions", array(np.int32, 2), int, _REGIONS, int, int, output(np.int64, 1), status=True
)
_assign_regions_and_costs = bind(
    "hf_assign_regions_and_costs", array(np.int32, 2), int, _REGIONS, int, int, float, float,
    output(np.int64, 1), output(np.float64, 1), status=True,
)  # fmt: skip


def add_penalties(penalties: PenaltiesStruct, outlines: Outlines, gradient: Floats, threads: int) -> None:
    """Add the gradient of all penalties of a drawing, on several threads."""
    paths = len(outlines[2]) - 1
    _add_penalties(penalties, OutlinesStruct(outlines), 0, paths, gradient, threads)


def add_occlusion(
    outlines: Outlines, begin: int, end: int, canvas: Canvas, margin: float, cost: float, gradient: Floats
) -> None:
    """Add the gradient of `cost` times the area that paths have deeper than `margin` under later ones.

    Only places of the outline contribute that lie under a later path, and so does the place one margin inside.
    """
    top, weight, scale = canvas
    penalties = PenaltiesStruct(weight, scale)
    penalties.point(top=top)
    penalties.occlusion, penalties.margin = cost, margin
    _add_penalties(penalties, OutlinesStruct(outlines), begin, end, gradient, 1)


def add_length(
    outlines: Outlines, begin: int, end: int, canvas: Canvas, border: float, softness: float, cost: float,
    gradient: Floats,
) -> None:  # fmt: skip
    """Add the gradient of `cost` times the length in pixels of the outlines that show, as polygons.

    `border` and `softness` are in pixels. Sides not much longer than `softness` count by their square.
    """
    top, weight, scale = canvas
    penalties = PenaltiesStruct(weight, scale)
    penalties.point(top=top)
    penalties.length, penalties.border, penalties.softness = cost, border, softness
    _add_penalties(penalties, OutlinesStruct(outlines), begin, end, gradient, 1)


def add_containment(
    outlines: Outlines, begin: int, end: int, canvas: Canvas, regions: tuple[Integers, Floats],
    assigned: tuple[Integers, Floats], similar: float, gradient: Floats,
) -> None:  # fmt: skip
    """Add the gradient of the area that paths have outside of their assigned regions, times its cost.

    `regions` are the spans and mean colours of all regions, the leaves first; `assigned` is the region of each path
    and its cost. The first array of `canvas` is here the leaf at each pixel. A place outside counts the more,
    the more its leaf differs in colour from the assigned region: half at a distance of `similar`.
    """
    leaves, weight, scale = canvas
    penalties = PenaltiesStruct(weight, scale)
    penalties.point(
        leaves=leaves, spans=regions[0], colors=regions[1], assigned=assigned[0], costs=assigned[1]
    )
    penalties.similar = similar
    _add_penalties(penalties, OutlinesStruct(outlines), begin, end, gradient, 1)


def path_codes(codes: Floats) -> None:
    """Write the numbers of paths as colours, (N, 3)."""
    _path_codes(codes, len(codes))


def read_codes(planes: Weights, count: int, top: Labels, threads: int = 1) -> None:
    """Read which of `count` paths each pixel of a picture in `path_codes` shows; -1 where none or several."""
    _read_codes(planes, top.size, count, top, threads)


def assign_regions(top: Labels, tree: Tree, structural: int, assigned: Integers) -> None:
    """Write the region that each path belongs to by where it shows; -1 where nothing does.

    `tree` is the leaves, parents and sizes of regions, and which of them are in the cut. For the first `structural`
    paths it is the region of the cut with most of what shows, for others the region of the whole hierarchy
    with the greatest intersection over union.
    """
    _assign_regions(top, top.size, RegionsStruct(tree), len(assigned), structural, assigned)


def assign_regions_and_costs(
    top: Labels, tree: Tree, structural: int, prices: tuple[float, float], assigned: Integers, costs: Floats
) -> None:
    """Write the region of each path as `assign_regions`, and what its area outside of that costs.

    `prices` are the costs of a structural path and of a detail. Where nothing shows it is region 0 and no cost.
    """
    regions = RegionsStruct(tree)
    _assign_regions_and_costs(
        top, top.size, regions, len(assigned), structural, prices[0], prices[1], assigned, costs
    )
