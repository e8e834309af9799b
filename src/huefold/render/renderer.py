"""The renderer of the compiled library, as Python calls it: see renderer.h."""

from __future__ import annotations

import ctypes
import weakref
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.native import array, bind, output
from huefold.native.arguments import address
from huefold.native.structs import COUNT, FLAG, NUMBER, POINTER, Struct
from huefold.render.fills.structs import FillsStruct
from huefold.render.fills.tables import Fills

__all__ = ["IMPORTANCE", "OPACITY", "PATH_SUMS", "SHAPE_SUMS", "STOP_SUMS"]
__all__ += [
    "Paint",
    "PassStruct",
    "Planes",
    "Renderer",
    "Results",
    "SceneStruct",
    "mark_boxes",
    "segment_table",
]

Floats: TypeAlias = NDArray[np.float64]
Planes: TypeAlias = NDArray[np.floating[Any]]

OPACITY, IMPORTANCE, PATH_SUMS = 3, 4, 5
"""Columns of `Results.path_sums` after those of red, green and blue, and their number."""

SHAPE_SUMS, STOP_SUMS = 6, 5


class SceneStruct(Struct):
    """`Scene` of kernels/scene.h."""

    _fields_ = (
        ("path_count", COUNT), ("points", POINTER), ("contours", POINTER), ("paths", POINTER),
        ("colors", POINTER), ("opacities", POINTER), ("hiding", POINTER), ("evenodd", POINTER),
        ("background", POINTER), ("scale_x", NUMBER), ("scale_y", NUMBER), ("fills", FillsStruct),
    )  # fmt: skip
    _arrays = {
        "points": array(np.float64, 2), "contours": array(np.int64, 1), "paths": array(np.int64, 1),
        "colors": array(np.float64, 2), "opacities": array(np.float64, 1), "hiding": array(np.float64, 1),
        "evenodd": array(np.uint8, 1), "background": array(np.float64, 1),
    }  # fmt: skip


class PassStruct(Struct):
    """`Pass` of kernels/scene.h."""

    _fields_ = (
        ("target", POINTER), ("weight", POINTER), ("image", POINTER), ("wanted", POINTER), ("backward", FLAG),
        ("from_upstream", FLAG), ("beneath", FLAG), ("loss", NUMBER),
        ("background", NUMBER * 3), ("points", POINTER), ("path_sums", POINTER),
        ("shape_sums", POINTER), ("stop_sums", POINTER),
    )  # fmt: skip
    _arrays = {
        "target": array(np.float32, 3), "weight": array(np.float32, 2, optional=True),
        "points": output(np.float64, 2), "path_sums": output(np.float64, 2), "shape_sums": output(np.float64, 2),
        "stop_sums": output(np.float64, 2),
    }  # fmt: skip


_new = bind("hf_renderer_new", int, int, bool, int, float, float, returns=int)
_free = bind("hf_renderer_free", POINTER)
_pass = bind(
    "hf_renderer_pass", POINTER, ctypes.POINTER(SceneStruct), ctypes.POINTER(PassStruct), status=True
)
_lines = bind("hf_renderer_lines", POINTER, output(np.float64, 2, optional=True), returns=int)
_probe = bind("hf_renderer_probe", POINTER, float, returns=bool)
mark_boxes = bind("hf_mark_boxes", array(np.int64, 2), int, output(np.uint64, 2), int)
"""Set the bits of all pixels in boxes, (K, 4), of a picture of so many words of 64 pixels a row."""

_segment_table = bind(
    "hf_segment_table", array(np.int64, 1), array(np.int64, 1), int, output(np.int64, 2), output(np.int32, 1)
)


@dataclass(frozen=True, slots=True, eq=False)
class Paint:
    """A scene as the renderer reads it; arrays are as in `SceneArrays`."""

    points: Floats
    contours: NDArray[np.int64]
    paths: NDArray[np.int64]
    colors: Floats
    opacities: Floats
    hiding: Floats  # (N,) 1 where all of a path's inside hides what is beneath, else below 1
    evenodd: NDArray[np.uint8]
    background: Floats
    scale: tuple[float, float]  # output pixels in a scene unit
    fills: Fills


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """What a backward pass finds."""

    loss: float
    background: Floats  # (3,)
    points: Floats  # (P, 2)
    path_sums: Floats  # (N, PATH_SUMS)
    shape_sums: Floats  # (G, SHAPE_SUMS)
    stop_sums: Floats  # (T, STOP_SUMS)


class Renderer:
    """Draws at one size, keeping its buffers from pass to pass; not safe for use from several threads at once."""

    def __init__(
        self,
        width: int,
        height: int,
        dtype: np.dtype[Any],
        *,
        threads: int,
        tolerance: float,
        winding_penalty: float,
    ) -> None:
        self.pointer = _new(
            width, height, dtype == np.float64, threads, float(tolerance), float(winding_penalty)
        )
        if not self.pointer:
            raise MemoryError("no memory for a renderer")
        weakref.finalize(self, _free, self.pointer).atexit = False

    def draw(self, paint: Paint, *, image: Planes, wanted: NDArray[np.uint64] | None = None) -> None:
        """Draw into planes (3, H, W), of which only the pixels that are `wanted` count: bits, (H, words)."""
        self._run(paint, PassStruct(image=_address(image), wanted=_address(wanted)))

    def loss(self, paint: Paint, target: Planes, weight: Planes | None) -> float:
        """Return the weighted squared error."""
        task = PassStruct(target=_address(target), weight=_address(weight))
        self._run(paint, task)
        return float(task.loss)

    def differentiate(
        self,
        paint: Paint,
        target: Planes,
        weight: Planes | None = None,
        *,
        image: Planes | None = None,
        beneath: bool = False,
        from_upstream: bool = False,
    ) -> Results:
        """Return the loss and its sums; with `from_upstream`, `target` holds the gradient by the image instead."""
        points, path_sums = np.empty(paint.points.shape), np.empty((len(paint.colors), PATH_SUMS))
        shape_sums = np.empty((len(paint.fills.radial), SHAPE_SUMS))
        stop_sums = np.empty((len(paint.fills.offsets), STOP_SUMS))
        task = PassStruct(
            target=_address(target), weight=_address(weight), image=_address(image), backward=True,
            from_upstream=from_upstream, beneath=beneath, points=_address(points), path_sums=_address(path_sums),
        )  # fmt: skip
        if len(shape_sums):
            task.shape_sums, task.stop_sums = _address(shape_sums), _address(stop_sums)
        self._run(paint, task)
        return Results(float(task.loss), np.array(task.background), points, path_sums, shape_sums, stop_sums)

    def lines(self) -> Floats:
        """Return the ends of all lines of the last pass, in output pixels. Shape (L, 4): ax, ay, bx, by."""
        found = np.empty((_lines(self.pointer, None), 4))
        _lines(self.pointer, found)
        return found

    def probe(self, rubbish: float) -> bool:
        """Return whether all memory that is kept zero is so, and fill all else with rubbish; for tests."""
        return bool(_probe(self.pointer, rubbish))

    def _run(self, paint: Paint, task: PassStruct) -> None:
        fills = paint.fills
        scene = SceneStruct(
            len(paint.paths) - 1, _address(paint.points), _address(paint.contours), _address(paint.paths),
            _address(paint.colors), _address(paint.opacities), _address(paint.hiding), _address(paint.evenodd),
            _address(paint.background), *paint.scale,
        )  # fmt: skip
        if len(fills.radial):
            scene.fills = FillsStruct(
                len(fills.radial), _address(fills.of_path), _address(fills.radial), _address(fills.spread),
                _address(fills.maps), _address(fills.stops), _address(fills.offsets), _address(fills.paint),
            )  # fmt: skip
        _pass(self.pointer, scene, task)


def segment_table(
    contours: NDArray[np.int64],
    paths: NDArray[np.int64],
    segments: NDArray[np.int64],
    of_path: NDArray[np.int32],
) -> None:
    """List the control points of every segment, (S, 4), and its path, (S,)."""
    _segment_table(contours, paths, len(paths) - 1, segments, of_path)


def _address(values: NDArray[Any] | None) -> int | None:
    return None if values is None else address(values)
