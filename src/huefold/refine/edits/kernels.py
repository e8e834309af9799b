"""Compiled loops of edits: what changes cost, which nodes can go, and what joins two paths.

Rows of `boxes` are left, top, right and bottom of pixels; right and bottom lie outside. `layers` are what each path
fills (1 for each pixel of its box, path after path), where each path begins in that, and the boxes of the paths.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold.native.arguments import array, output
from huefold.native.kernels import bind
from huefold.native.structs import COUNT, NUMBER, POINTER, Struct

__all__ = [
    "BLOCKED",
    "BRIDGE",
    "FILLED",
    "FREE",
    "MergeScene",
    "build_bridge",
    "choose_nodes",
    "error_increases",
    "fill_layers",
    "fill_mask",
    "find_free",
    "fit_without_nodes",
    "group",
    "kept_share",
    "merge_costs",
    "merge_increase",
    "merge_mask",
    "paint",
    "path_boxes",
    "similar_pairs",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Singles = NDArray[np.float32]
Shown = NDArray[np.int32]
Truths = NDArray[np.bool_]
LayersOfPaths = tuple[NDArray[np.uint8], Integers, Integers]

BLOCKED = 0
"""A pixel where the merged path would hide what shows now."""

FREE = 1
"""A pixel where later paths hide the merged path, or where it shows its own colour; neither path fills it."""

FILLED = 2
"""A free pixel that a path of the pair fills."""

BRIDGE = 3
"""A free pixel that became part of a bridge."""

_NUMBERS, _INDICES, _MARKS = array(np.float64, 1), array(np.int64, 1), array(np.bool_, 1)
_ROWS, _BOXES, _BYTES = array(np.float64, 2), array(np.int64, 2), array(np.uint8, 1)
_PLANES, _PLANE, _SHOWN = array(np.float32, 3), array(np.float32, 2), array(np.int32, 2)
_STATE, _INSIDE = array(np.uint8, 2), array(np.bool_, 2)
_TO_NUMBERS, _TO_INDICES, _TO_MARKS = output(np.float64, 1), output(np.int64, 1), output(np.bool_, 1)
_TO_ROWS, _TO_BOXES, _TO_STACK = output(np.float64, 2), output(np.int64, 2), output(np.float64, 3)
_TO_SHOWN, _TO_STATE, _TO_INSIDE = output(np.int32, 2), output(np.uint8, 2), output(np.bool_, 2)


# --- trials ---

_group = bind("hf_group_changes", _BOXES, _INDICES, int, _TO_SHOWN, int, _TO_INDICES, returns=int)
_compare = bind(
    "hf_compare_errors", _PLANES, _PLANES, _PLANES, _PLANE, int, int, _BOXES, _INDICES, int, _TO_NUMBERS, int
)


def group(boxes: Integers, candidates: Integers, occupied: Shown, turns: Integers) -> int:
    """Give each candidate a turn so that boxes of one turn do not overlap; return how many turns there are.

    `occupied`, (H, W) and -1 everywhere, is scratch space.
    """
    return int(_group(boxes, candidates, len(candidates), occupied, occupied.shape[1], turns))


def error_increases(
    pictures: tuple[Singles, Singles],
    target: Singles,
    weight: Singles,
    boxes: Integers,
    tried: Integers,
    increases: Floats,
    threads: int = 1,
) -> None:
    """Write by how much the weighted squared error of the second of two pictures is larger, box by box."""
    height, width = weight.shape
    _compare(*pictures, target, weight, width, height, boxes, tried, len(tried), increases, threads)


# --- node removal ---

_fit_without = bind(
    "hf_fit_without_nodes", _ROWS, _INDICES, _INDICES, int, _NUMBERS, _INDICES, _TO_STACK, _TO_STACK, _TO_BOXES,
    int,
)  # fmt: skip
_choose_nodes = bind(
    "hf_choose_nodes", _INDICES, int, int, _INDICES, _INDICES, _INDICES, _INDICES, _TO_INDICES, _TO_INDICES, int,
    int, _TO_MARKS,
)  # fmt: skip


def fit_without_nodes(
    points: Floats,
    neighbours: tuple[Integers, Integers],
    scale: Floats,
    limits: Integers,
    handles: Floats,
    halves: Floats,
    boxes: Integers,
    threads: int = 1,
) -> None:
    """Fit one cubic of the same ends to the two segments at each node, by least squares over both.

    `neighbours` are the nodes before and after each node. `handles` takes the control points of the cubic,
    `halves` the five points between its ends when it is split where the node was along the outline, `boxes`
    the pixels that any of the old and new control polygons touch. There are `scale` pixels to a unit in x
    and y, and `limits` in all.
    """
    before, after = neighbours
    _fit_without(points, before, after, len(before), scale, limits, handles, halves, boxes, threads)


def choose_nodes(
    order: Integers,
    count: int,
    nodes: tuple[Integers, Integers, Integers, Integers],
    sizes: tuple[Integers, Integers],
    least: tuple[int, int],
    taken: Truths,
) -> None:
    """Mark up to `count` nodes in `order`, no two of them neighbours.

    `nodes` are the nodes before and after each node, its contour and its path. `sizes` are the numbers of nodes of
    contours and of paths, which are counted down; each keeps at least as many as `least` says.
    """
    _choose_nodes(order, len(order), count, *nodes, *sizes, *least, taken)


# --- layers ---

_paint = bind("hf_paint", _BYTES, _INDICES, _BOXES, int, int, int, _INDICES, _TO_SHOWN)
_free_pixels = bind(
    "hf_free_pixels",
    _BYTES,
    _INDICES,
    _BOXES,
    int,
    _SHOWN,
    int,
    int,
    int,
    int,
    _INDICES,
    _TO_SHOWN,
    _TO_STATE,
)


class _PathsToFill(Struct):
    """Outlines of a drawing, of which each path is drawn alone; as in fill_layers.c."""

    _fields_ = (
        ("points", POINTER), ("contours", POINTER), ("paths", POINTER), ("evenodd", POINTER), ("count", COUNT),
        ("unit_x", NUMBER), ("unit_y", NUMBER), ("tolerance", NUMBER), ("winding_penalty", NUMBER),
    )  # fmt: skip
    _arrays = {"points": _ROWS, "contours": _INDICES, "paths": _INDICES, "evenodd": _BYTES}


_fill_layers = bind(
    "hf_fill_layers", ctypes.POINTER(_PathsToFill), _BOXES, _INDICES, output(np.uint8, 1), int, status=True
)
_path_boxes = bind("hf_path_boxes", _ROWS, _INDICES, int, _NUMBERS, int, int, _TO_BOXES)


def paint(layers: LayersOfPaths, low: int, high: int, box: Integers, shown: Shown) -> None:
    """Write which path shows in each pixel of a box if `low` and `high` were left out; -1 is the background."""
    filled, offsets, boxes = layers
    _paint(filled, offsets, boxes, len(boxes), low, high, box, shown)


def find_free(
    layers: LayersOfPaths,
    shows: Shown,
    pair: tuple[int, int, int],
    box: Integers,
    beneath: Shown,
    state: NDArray[np.uint8],
) -> None:
    """Write where in a box a merged path may lie, and what shows without its parts.

    `pair` is the lower path, the upper one, and the one of them in whose place the merged path is painted.
    """
    filled, offsets, boxes = layers
    _free_pixels(filled, offsets, boxes, len(boxes), shows, shows.shape[1], *pair, box, beneath, state)


def fill_layers(
    outlines: tuple[Floats, Integers, Integers, NDArray[np.uint8]],
    unit: tuple[float, float],
    precision: tuple[float, float],
    boxes: Integers,
    offsets: Integers,
    filled: NDArray[np.uint8],
    threads: int,
) -> None:
    """Mark the pixels of its box that each path covers by more than half, from its offset in `filled` on.

    `outlines` are points, offsets of contours and of paths, and which paths are filled by the even-odd rule, as
    `SceneArrays` has them. `unit` is the size of a pixel in x and y, `precision` the renderer's tolerance and
    winding penalty.
    """
    points, contours, paths, evenodd = outlines
    given = _PathsToFill(
        count=len(boxes), unit_x=unit[0], unit_y=unit[1], tolerance=precision[0], winding_penalty=precision[1]
    )
    given.point(points=points, contours=contours, paths=paths, evenodd=evenodd)
    _fill_layers(given, boxes, offsets, filled, threads)


def path_boxes(points: Floats, offsets: Integers, scale: Floats, shape: tuple[int, int]) -> Integers:
    """Return the boxes of the pixels of a canvas that hold each path; at least one pixel each. Shape (N, 4).

    `offsets`, (N + 1,), say where each path begins in the points. There are `scale` pixels to a unit in x and y.
    """
    boxes = np.empty((len(offsets) - 1, 4), np.int64)
    _path_boxes(points, offsets, len(boxes), scale, shape[1], shape[0], boxes)
    return boxes


# --- merging ---


class MergeScene(Struct):
    """A drawing in pixels beside the photo, in which pairs are looked for; as in merging.h.

    Made by `of`, which keeps the arrays.
    """

    _fields_ = [
        *((name, POINTER) for name in (
            "filled", "offsets", "boxes", "shows", "target", "weight", "colors", "mass", "sums", "errors",
        )),
        *((name, COUNT) for name in (
            "count", "structural", "height", "width", "reach", "around", "thickness",
        )),
        ("least_kept", NUMBER),
        ("chroma", NUMBER),
    ]  # fmt: skip

    _arrays = {
        "filled": _BYTES, "offsets": _INDICES, "boxes": _BOXES, "shows": _SHOWN, "target": _PLANES,
        "weight": _PLANE, "colors": _ROWS, "mass": _NUMBERS, "sums": _ROWS, "errors": _NUMBERS,
    }  # fmt: skip

    @classmethod
    def of(cls, arrays: dict[str, NDArray[Any]], **numbers: float) -> MergeScene:
        """Return the scene of these arrays and numbers, named as in C; what is left out is NULL or 0."""
        scene = cls(**numbers)
        scene.point(**arrays)
        return scene


_SCENE = ctypes.POINTER(MergeScene)
_similar_pairs = bind(
    "hf_similar_pairs", _SCENE, _MARKS, float, output(np.int64, 2, optional=True), returns=int
)
_merge_costs = bind("hf_merge_costs", _SCENE, _BOXES, int, _TO_ROWS, int, status=True)
_merge_mask = bind("hf_merge_mask", _SCENE, _INDICES, _TO_INDICES, _TO_MARKS, status=True)
_bridge = bind("hf_bridge", _TO_STATE, _SHOWN, int, int, int, int, int, int, status=True)
_mask = bind("hf_mask", _STATE, int, int, int, _TO_INSIDE, status=True)
_kept_share = bind("hf_kept_share", _INSIDE, _SHOWN, int, int, int, returns=float)
_merge_increase = bind(
    "hf_merge_increase", _SCENE, _NUMBERS, int, _INDICES, _SHOWN, _INSIDE, _SHOWN, returns=float
)


def similar_pairs(scene: MergeScene, plain: Truths, limit: float) -> Integers:
    """Return the pairs of paths near each other for which one fill costs less than `limit`. Shape (M, 2).

    `plain`, (N,), are the paths that may merge; of two structural ones neither does.
    """
    pairs = np.empty((_similar_pairs(scene, plain, limit, None), 2), np.int64)
    _similar_pairs(scene, plain, limit, pairs)
    return pairs


def merge_costs(scene: MergeScene, pairs: Integers, threads: int) -> Floats:
    """Return about what it costs that pairs merge, infinite where they cannot, and costs of hue. Shape (M, 2)."""
    costs = np.empty((len(pairs), 2))
    _merge_costs(scene, pairs, len(pairs), costs, threads)
    return costs


def merge_mask(scene: MergeScene, pair: Sequence[int]) -> tuple[Integers, Truths] | None:
    """Return what a pair would fill, a box (4,) and which of its pixels (h, w), or None if it cannot merge."""
    box, inside = np.empty(4, np.int64), np.empty(scene.height * scene.width, np.bool_)
    if not _merge_mask(scene, np.array(pair, np.int64), box, inside):
        return None
    height, width = int(box[3] - box[1]), int(box[2] - box[0])
    return box, inside[: height * width].reshape(height, width)


def build_bridge(
    state: NDArray[np.uint8], top: Shown, small: int, large: int, reach: int, thickness: int
) -> int:
    """Lay a bridge along the shortest way from what shows of one path to what shows of the other.

    The way leads over at most `reach` free pixels; those within `thickness` become `BRIDGE`. `top` is what shows in
    the box of `state`. Returns the place of the end in the box, or -1 if there is no way.
    """
    return int(_bridge(state, top, *state.shape, small, large, reach, thickness)) - 1


def fill_mask(state: NDArray[np.uint8], row: int, column: int, inside: Truths) -> None:
    """Mark the connected pixels that a merged path fills from one place on, and what they enclose."""
    height, width = state.shape
    _mask(state, height, width, int(row) * width + int(column), inside)


def kept_share(inside: Truths, top: Shown, path: int) -> float:
    """Share of what shows of a path in a box that lies inside."""
    return float(_kept_share(inside, top, *top.shape, path))


def merge_increase(
    inside: Truths,
    shown: tuple[Shown, Shown],
    kept: int,
    colors: Floats,
    mean: Floats,
    photo: tuple[Singles, Singles],
    box: Integers,
) -> float:
    """Increase of the weighted squared error when a merged path in one colour takes the place of `kept`.

    `shown` is what shows in the box now, and without both paths. The last row of `colors` is the background, which
    -1 stands for. `photo` is the photo and its weights.
    """
    (top, beneath), (target, weight) = shown, photo
    height, width = weight.shape
    scene = MergeScene.of(
        {"colors": colors, "target": target, "weight": weight},
        count=len(colors) - 1, height=height, width=width,
    )  # fmt: skip
    return float(_merge_increase(scene, mean, kept, box, top, inside, beneath))
