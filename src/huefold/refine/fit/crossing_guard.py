"""Keeping outlines from crossing themselves while they are fitted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.crossings import crossing_contours
from huefold.bezier.kernels import CHORDS
from huefold.refine.drawing import Drawing
from huefold.refine.fit import kernels
from huefold.refine.fit.structs import CrossingTestStruct, GuardStruct
from huefold.render import SceneArrays

__all__ = ["CELLS_PER_UNIT", "CrossingGuard", "uncross_contours"]

Truths = NDArray[np.bool_]

CELLS_PER_UNIT = 100.0
"""Grid cells per canvas unit (100: two decimals). Outlines stay simple after rounding to this grid."""

HANDLE_SHORTENINGS = LOOP_REVERSALS = 30
"""Most shortenings of handles at a crossing, and most reversals of loops, per contour."""

TRIES = 24
"""Times that the segments at a crossing go half-way back before the whole contour does."""


def uncross_contours(drawing: Drawing, cells_per_unit: float = CELLS_PER_UNIT, *, threads: int = 1) -> None:
    """Mend outlines that cross themselves, in place, changing as little as possible."""
    arrays = drawing.arrays
    points = arrays.points.copy()
    kernels.uncross(
        points, arrays.contours, CHORDS, cells_per_unit, HANDLE_SHORTENINGS, LOOP_REVERSALS, threads
    )
    drawing.arrays = replace(arrays, points=points)


class CrossingGuard:
    """Keeps the last outlines of the watched contours, which did not cross themselves.

    `watched`, (C,), are contours of `arrays`, the drawing before the fit, none of which crosses itself.
    """

    def __init__(self, arrays: SceneArrays, watched: Truths, *, cells_per_unit: float) -> None:
        sizes = np.diff(arrays.contours)
        self._contours = np.concatenate([[0], np.cumsum(sizes[watched])]).astype(np.int64)
        self._starts = arrays.contours[:-1][watched]
        self._simple = arrays.points[np.repeat(watched, sizes)]
        self._cells_per_unit = cells_per_unit

    @classmethod
    def of_all(cls, arrays: SceneArrays, *, cells_per_unit: float) -> CrossingGuard:
        """Watch all contours, none of which crosses itself."""
        watched = np.ones(len(arrays.contours) - 1, np.bool_)
        return cls(arrays, watched, cells_per_unit=cells_per_unit)

    @classmethod
    def of_simple(cls, arrays: SceneArrays, *, longest: int) -> CrossingGuard:
        """Watch contours of up to `longest` segments that do not cross themselves: the search is quadratic."""
        sizes = np.diff(arrays.contours)
        watched = sizes <= 3 * longest
        short = np.concatenate([[0], np.cumsum(sizes[watched])]).astype(np.int64)
        watched[watched] = ~crossing_contours(arrays.points[np.repeat(watched, sizes)], short)
        return cls(arrays, watched, cells_per_unit=CELLS_PER_UNIT)

    def struct(self) -> GuardStruct:
        """Return the guard as the loop in C takes it; what moves back loses its momentum."""
        struct = GuardStruct(
            count=len(self._starts), test=CrossingTestStruct(CHORDS, self._cells_per_unit), tries=TRIES
        )
        struct.point(contours=self._contours, starts=self._starts, simple=self._simple)
        return struct
