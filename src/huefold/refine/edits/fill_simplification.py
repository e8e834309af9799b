"""Simplification of gradients: inner stops, fading or whole gradients go where the error hardly increases.

What each matters is measured as in node removal: the picture is drawn without it, and the squared error counted
again. It goes where it lowers the error by less than its bytes must.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huefold.refine.drawing import Drawing
from huefold.refine.edits.layers import path_boxes
from huefold.refine.edits.trials import error_increases
from huefold.refine.fills.byte_costs import BARE_BYTES, OPACITY_BYTES, STOP_BYTES
from huefold.refine.fit.fitter import Fitter
from huefold.render import GradientFills, SceneArrays

__all__ = ["simplify_fills"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Truths = NDArray[np.bool_]

MOST_ROUNDS = 8
"""Rounds in which each gradient loses at most one thing."""

_KEEP, _FLAT, _OPAQUE, _STOP = 0, 1, 2, 3
_NOTHING = 1e-30


def simplify_fills(
    drawing: Drawing, fitter: Fitter, *, loss_per_byte: float, least_gain: float = 0.0
) -> None:
    """Remove inner stops, fading or whole gradients where that hardly increases the loss.

    The loss may increase by `loss_per_byte` for each byte that a file becomes shorter, and by `least_gain` anyway.

    Examples
    --------
    >>> from huefold.bezier.arcs import circle
    >>> from huefold.scene import LinearGradient, Path, Scene, Stop
    >>> stops = Stop(0.0, (0, 0, 0)), Stop(0.5, (0.5, 0.5, 0.5)), Stop(1.0, (1, 1, 1))
    >>> disc = Path((circle(16.0, 16.0, 9.0, 8),), LinearGradient((7.0, 16.0), (25.0, 16.0), stops))
    >>> drawing = Drawing.from_scene(Scene(32, 32, (1.0, 1.0, 1.0), (disc,)))
    >>> photo = np.ascontiguousarray(Fitter(np.zeros((32, 32, 3), np.float32), None, reduction=1,
    ...     canvas_width=32.0, threads=1).draw(drawing).transpose(1, 2, 0))
    >>> fitter = Fitter(photo, None, reduction=1, canvas_width=32.0, threads=1)
    >>> simplify_fills(drawing, fitter, loss_per_byte=1e-9)
    >>> drawing.arrays.gradients.offsets
    array([0., 1.])
    """
    fills = drawing.arrays.gradients
    if fills is None:
        return
    drawing.arrays = _unshared(drawing.arrays, fills)
    pending = np.ones(np.count_nonzero(fills.paths >= 0), np.bool_)
    fixed = _Fixed(path_boxes(drawing.arrays, fitter.raster), _flat_colors(drawing, fitter))
    for _ in range(MOST_ROUNDS):
        if not pending.any():
            break
        pending = _round(drawing, fitter, fixed, pending, loss_per_byte, least_gain)


def _unshared(arrays: SceneArrays, fills: GradientFills) -> SceneArrays:
    """The same drawing, in which each gradient fills one path."""
    used = np.bincount(fills.paths[fills.paths >= 0], minlength=fills.count)
    if (used == 1).all():
        return arrays
    graded = np.flatnonzero(fills.paths >= 0)
    parts = [fills.reordered([path]) for path in graded]
    alone = parts[0]
    for part in parts[1:]:
        alone = alone.joined(part)
    paths = np.full(len(fills.paths), -1)
    paths[graded] = np.arange(len(graded))
    return replace(arrays, gradients=replace(alone, paths=paths))


class _Fixed(NamedTuple):
    """What stays the same while gradients become simpler."""

    boxes: Integers  # (N, 4), the pixels that hold each path
    flat: Floats  # (N, 3), the best single colour for what shows of it


def _round(
    drawing: Drawing, fitter: Fitter, fixed: _Fixed, pending: Truths, loss_per_byte: float, least_gain: float
) -> Truths:
    """Simplify each pending gradient by one change, if there is one; return which of those left have changed."""
    fills = drawing.arrays.gradients
    assert fills is not None
    tried = _Changes.of(fills, pending)
    path = np.full(fills.count, -1)
    path[fills.paths[fills.paths >= 0]] = np.flatnonzero(fills.paths >= 0)
    boxes = fixed.boxes[path]

    def change(some: Integers) -> SceneArrays:
        codes = np.zeros(fills.count, np.int64)
        codes[tried.gradient[some]] = tried.code[some]
        return _changed(drawing.arrays, fills, codes, fixed.flat)

    order = np.arange(len(tried.code))
    increase = error_increases(drawing, fitter, boxes[tried.gradient], order, change) / fitter.target.size
    margin = np.maximum(loss_per_byte * tried.saved, least_gain) - increase
    codes = np.zeros(fills.count, np.int64)
    for index in np.argsort(margin, kind="stable"):  # the last one stays: that with the largest margin
        if margin[index] > 0.0:
            codes[tried.gradient[index]] = tried.code[index]
    drawing.arrays = _changed(drawing.arrays, fills, codes, fixed.flat)
    left: Truths = codes[codes != _FLAT] != _KEEP
    return left


class _Changes(NamedTuple):
    """What may be removed from gradients."""

    gradient: Integers  # (M,), from which
    code: Integers  # (M,), what: all of it, its fading, or its k-th stop (`_STOP` + k)
    saved: Floats  # (M,), about how many bytes a file becomes shorter

    @classmethod
    def of(cls, fills: GradientFills, pending: Truths) -> _Changes:
        fading = np.add.reduceat(fills.opacities < 1.0, fills.stops[:-1], dtype=np.int64)
        rows = []
        for gradient in np.flatnonzero(pending):
            first, last = fills.stops[gradient : gradient + 2]
            clear = OPACITY_BYTES * fading[gradient]
            rows.append((gradient, _FLAT, BARE_BYTES + STOP_BYTES * (last - first) + clear))
            if fading[gradient]:
                rows.append((gradient, _OPAQUE, clear))
            for stop in range(first + 1, last - 1):
                more = OPACITY_BYTES if fills.opacities[stop] < 1.0 else 0.0
                rows.append((gradient, _STOP + stop - first, STOP_BYTES + more))
        gradients, codes, saved = zip(*rows, strict=True)
        return cls(np.array(gradients, np.int64), np.array(codes, np.int64), np.array(saved, np.float64))


def _changed(arrays: SceneArrays, fills: GradientFills, codes: Integers, flat: Floats) -> SceneArrays:
    """The drawing with gradients that lack what `codes` say, one code each."""
    sizes = np.diff(fills.stops)
    code = np.repeat(codes, sizes)
    place = np.arange(len(code)) - np.repeat(fills.stops[:-1], sizes)
    kept = code != _STOP + place
    simpler = replace(
        fills,
        stops=np.concatenate([[0], np.cumsum(sizes - (codes >= _STOP))]).astype(np.int64),
        offsets=fills.offsets[kept],
        colors=fills.colors[kept],
        opacities=np.where(code == _OPAQUE, 1.0, fills.opacities)[kept],
    )
    gone = (fills.paths >= 0) & (codes[fills.paths] == _FLAT)
    rest = simpler.reordered(np.where(gone, -1, np.arange(len(gone))))
    colors = np.where(gone[:, None], flat, arrays.colors)
    return replace(arrays, colors=colors, gradients=rest if rest.count else None)


def _flat_colors(drawing: Drawing, fitter: Fitter) -> Floats:
    """The best single colour for what shows of each path. Shape (N, 3)."""
    opaque = replace(drawing.arrays, gradients=None)
    ones = np.broadcast_to(fitter.weights, fitter.target.shape)
    mass = fitter.raster.vjp(opaque, ones).colors
    sums = fitter.raster.vjp(opaque, fitter.weights * fitter.target).colors
    best: Floats = np.clip(sums / np.maximum(mass, _NOTHING), 0.0, 1.0)
    return best
