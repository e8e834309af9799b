"""Checks that the arrays of a scene belong together: the kernels would read beyond their ends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.render.arrays import RenderError, SceneArrays
from huefold.render.fills.arrays import GradientFills, check_layout
from huefold.render.topology import Topology

__all__ = ["SceneChecks", "is_number"]

_Content: TypeAlias = tuple[NDArray[Any], bytes]  # an array, and what it held


class SceneChecks:
    """Checks scenes, remembering the last one's offsets and codes.

    A fit draws thousands of scenes of the same offsets. They are checked once, then only compared.
    """

    def __init__(self) -> None:
        self._offsets: list[_Content] = []
        self._codes: list[_Content] = []

    def require(self, scene: SceneArrays) -> None:
        """Raise `RenderError` unless the arrays belong together."""
        offsets = (scene.contours, scene.paths, scene.evenodd)
        if not _same(offsets, self._offsets):
            Topology.of(scene)
            self._offsets = _contents(offsets)
        count, points = len(scene.paths) - 1, int(scene.contours[-1])
        expected = ((points, 2), (count, 3), (count,), (3,))
        shapes = tuple(map(_shape, (scene.points, scene.colors, scene.opacities, scene.background)))
        if shapes != expected:
            raise RenderError(
                f"{count} paths of {points} points have points {(points, 2)}, colors {(count, 3)}, opacities "
                f"{(count,)} and background (3,), got {', '.join(map(str, shapes))}"
            )
        if not (0.0 < scene.width < np.inf and 0.0 < scene.height < np.inf):
            raise RenderError(f"a canvas has a size above 0, got {scene.width} x {scene.height}")
        if scene.gradients is not None:
            self._require_fills(scene.gradients, count)

    def _require_fills(self, fills: GradientFills, paths: int) -> None:
        codes = (fills.paths, fills.stops, fills.radial, fills.spread)
        if len(fills.paths) != paths or not _same(codes, self._codes):
            check_layout(fills, paths)
            self._codes = _contents(codes)
        count, total = fills.count, int(fills.stops[-1])
        expected = ((count, 6), (count, 6), (total,), (total, 3), (total,))
        values = (fills.shapes, fills.transforms, fills.offsets, fills.colors, fills.opacities)
        shapes = tuple(map(_shape, values))
        if shapes != expected:
            raise RenderError(
                f"{count} gradients of {total} stops have shapes and transforms {(count, 6)}, offsets {(total,)}, "
                f"colors {(total, 3)} and opacities {(total,)}, got {', '.join(map(str, shapes))}"
            )


def is_number(value: object, least: float) -> bool:
    """Whether a value is a finite number, at least `least`."""
    return isinstance(value, int | float | np.integer | np.floating) and bool(least <= value < np.inf)


def _contents(arrays: Iterable[NDArray[Any]]) -> list[_Content]:
    for array in arrays:
        if not isinstance(array, np.ndarray):
            raise RenderError(f"offsets and codes of a scene are arrays, got {type(array).__name__}")
    return [(array, array.tobytes()) for array in arrays]


def _same(arrays: tuple[NDArray[Any], ...], known: list[_Content]) -> bool:
    """Whether arrays are those seen before, and hold what they held: they may have been changed in place."""
    return bool(known) and all(
        now is before and now.tobytes() == content
        for now, (before, content) in zip(arrays, known, strict=True)
    )


def _shape(values: object) -> tuple[int, ...] | None:
    """Shape of an array; None for what kernels cannot read."""
    return values.shape if isinstance(values, np.ndarray) else None
