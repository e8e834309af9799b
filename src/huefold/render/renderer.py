"""The renderer of the compiled library, as Python calls it: see renderer.h."""

from __future__ import annotations

import ctypes
import weakref
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from huefold.native import array, bind, output
from huefold.render.fills.tables import Fills

__all__ = ["IMPORTANCE", "OPACITY", "Paint", "Planes", "Renderer", "Results", "segment_table"]

Floats: TypeAlias = NDArray[np.float64]
Planes: TypeAlias = NDArray[np.floating[Any]]

OPACITY, IMPORTANCE, PATH_SUMS = 3, 4, 5
"""Columns of `Results.path_sums` after those of red, green and blue, and their number."""

SHAPE_SUMS, STOP_SUMS = 6, 5

MOST_ADDRESSES = 32
"""Number of arrays whose addresses a renderer remembers."""

_Address = ctypes.c_void_p
_Number = ctypes.c_int64


class _Fills(ctypes.Structure):
    _fields_ = (
        ("count", _Number), ("of_path", _Address), ("radial", _Address), ("spread", _Address), ("maps", _Address),
        ("stops", _Address), ("offsets", _Address), ("paint", _Address),
    )  # fmt: skip


class _Scene(ctypes.Structure):
    _fields_ = (
        ("path_count", _Number), ("points", _Address), ("contours", _Address), ("paths", _Address),
        ("colors", _Address), ("opacities", _Address), ("hiding", _Address), ("evenodd", _Address),
        ("background", _Address), ("scale_x", ctypes.c_double), ("scale_y", ctypes.c_double), ("fills", _Fills),
    )  # fmt: skip


class _Pass(ctypes.Structure):
    _fields_ = (
        ("target", _Address), ("weight", _Address), ("image", _Address), ("backward", ctypes.c_bool),
        ("from_upstream", ctypes.c_bool), ("beneath", ctypes.c_bool), ("loss", ctypes.c_double),
        ("background", ctypes.c_double * 3), ("points", _Address), ("path_sums", _Address),
        ("shape_sums", _Address), ("stop_sums", _Address),
    )  # fmt: skip


_new = bind("hf_renderer_new", int, int, bool, int, float, float, returns=int)
_free = bind("hf_renderer_free", _Address)
_pass = bind("hf_renderer_pass", _Address, ctypes.POINTER(_Scene), ctypes.POINTER(_Pass), status=True)
_lines = bind("hf_renderer_lines", _Address, output(np.float64, 2, optional=True), returns=int)
_probe = bind("hf_renderer_probe", _Address, float, returns=bool)
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
        self._pointer = _new(
            width, height, dtype == np.float64, threads, float(tolerance), float(winding_penalty)
        )
        if not self._pointer:
            raise MemoryError("no memory for a renderer")
        self._addresses: dict[int, tuple[NDArray[Any], int | None]] = {}
        weakref.finalize(self, _free, self._pointer).atexit = False

    def draw(self, paint: Paint, *, image: Planes) -> None:
        """Draw into planes (3, H, W)."""
        self._run(paint, _Pass(image=_address(image)))

    def loss(self, paint: Paint, target: Planes, weight: Planes | None) -> float:
        """Return the weighted squared error."""
        task = _Pass(target=_address(target), weight=_address(weight))
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
        task = _Pass(
            target=_address(target), weight=_address(weight), image=_address(image), backward=True,
            from_upstream=from_upstream, beneath=beneath, points=_address(points), path_sums=_address(path_sums),
        )  # fmt: skip
        if len(shape_sums):
            task.shape_sums, task.stop_sums = _address(shape_sums), _address(stop_sums)
        self._run(paint, task)
        return Results(float(task.loss), np.array(task.background), points, path_sums, shape_sums, stop_sums)

    def lines(self) -> Floats:
        """Return the ends of all lines of the last pass, in output pixels. Shape (L, 4): ax, ay, bx, by."""
        found = np.empty((_lines(self._pointer, None), 4))
        _lines(self._pointer, found)
        return found

    def probe(self, rubbish: float) -> bool:
        """Return whether all memory that is kept zero is so, and fill all else with rubbish; for tests."""
        return bool(_probe(self._pointer, rubbish))

    def _run(self, paint: Paint, task: _Pass) -> None:
        fills = paint.fills
        scene = _Scene(
            len(paint.paths) - 1, _address(paint.points), self._fixed(paint.contours), self._fixed(paint.paths),
            _address(paint.colors), _address(paint.opacities), _address(paint.hiding), self._fixed(paint.evenodd),
            _address(paint.background), *paint.scale,
        )  # fmt: skip
        if len(fills.radial):
            scene.fills = _Fills(
                len(fills.radial), self._fixed(fills.of_path), self._fixed(fills.radial), self._fixed(fills.spread),
                _address(fills.maps), self._fixed(fills.stops), _address(fills.offsets), _address(fills.paint),
            )  # fmt: skip
        _pass(self._pointer, scene, task)

    def _fixed(self, values: NDArray[Any]) -> int | None:
        """Address of an array that is the same object in many passes: looking it up takes time."""
        known = self._addresses.get(id(values))
        if known is not None and known[0] is values:
            return known[1]
        if len(self._addresses) >= MOST_ADDRESSES:
            self._addresses.clear()
        self._addresses[id(values)] = values, _address(values)
        return self._addresses[id(values)][1]


def segment_table(
    contours: NDArray[np.int64],
    paths: NDArray[np.int64],
    segments: NDArray[np.int64],
    of_path: NDArray[np.int32],
) -> None:
    """List the control points of every segment, (S, 4), and its path, (S,)."""
    _segment_table(contours, paths, len(paths) - 1, segments, of_path)


def _address(values: NDArray[Any] | None) -> int | None:
    if values is None:
        return None
    if values.flags.writeable and values.size:
        return ctypes.addressof(
            ctypes.c_char.from_buffer(cast("Any", values))
        )  # far quicker than what follows
    address: int = values.ctypes.data
    return address
