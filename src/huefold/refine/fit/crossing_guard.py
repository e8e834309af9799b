"""Keeping outlines from crossing themselves while they are fitted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.crossings import crossing_contours
from huefold.bezier.kernels import CHORDS
from huefold.refine.drawing import Drawing
from huefold.refine.fit import kernels
from huefold.refine.fit.structs import GuardStruct
from huefold.render import SceneArrays

__all__ = ["CELLS_PER_UNIT", "CrossingGuard", "backtrack", "uncross_contours"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
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


def backtrack(
    points: Floats, simple: Floats, contours: Integers, cells_per_unit: float, threads: int
) -> Truths:
    """Move contours that cross themselves back, in place, to where they do not, as little as it takes.

    `simple`, (P, 2), holds the same points before any contour crossed itself. Contours must not cross themselves
    either when rounded to a grid of `cells_per_unit`. Returns which contours went back. Shape (C,).

    Examples
    --------
    >>> line = [(0, 0), (1, 0), (2, 0), (3, 0), (3, 1), (3, 2), (3, 3), (2, 3), (1, 3), (0, 3), (0, 2), (0, 1)]
    >>> simple = np.array(line, np.float64)
    >>> points = simple.copy()
    >>> points[:2] += (9.0, 0.0)
    >>> backtrack(points, simple, np.array([0, 12]), 100.0, 1), bool((points != simple).any())
    (array([ True]), True)
    """
    count = len(contours) - 1
    moved = np.empty(count, np.bool_)
    kernels.backtrack(points, simple, contours, 0, count, CHORDS, cells_per_unit, TRIES, moved, threads)
    return moved


class CrossingGuard:
    """Keeps the last outlines of the watched contours, which did not cross themselves.

    `watched`, (C,), are contours of `arrays`, the drawing before the fit, none of which crosses itself.
    """

    def __init__(self, arrays: SceneArrays, watched: Truths, *, cells_per_unit: float, threads: int) -> None:
        sizes = np.diff(arrays.contours)
        self._contours = np.concatenate([[0], np.cumsum(sizes[watched])]).astype(np.int64)
        self._starts = arrays.contours[:-1][watched]
        self._simple = arrays.points[np.repeat(watched, sizes)]
        self._cells_per_unit, self._threads = cells_per_unit, threads

    @classmethod
    def of_all(cls, arrays: SceneArrays, *, cells_per_unit: float, threads: int) -> CrossingGuard:
        """Watch all contours, none of which crosses itself."""
        watched = np.ones(len(arrays.contours) - 1, np.bool_)
        return cls(arrays, watched, cells_per_unit=cells_per_unit, threads=threads)

    @classmethod
    def of_simple(cls, arrays: SceneArrays, *, longest: int, threads: int) -> CrossingGuard:
        """Watch contours of up to `longest` segments that do not cross themselves: the search is quadratic."""
        sizes = np.diff(arrays.contours)
        watched = sizes <= 3 * longest
        short = np.concatenate([[0], np.cumsum(sizes[watched])]).astype(np.int64)
        watched[watched] = ~crossing_contours(arrays.points[np.repeat(watched, sizes)], short)
        return cls(arrays, watched, cells_per_unit=CELLS_PER_UNIT, threads=threads)

    def struct(self) -> GuardStruct:
        """Return the guard as the loop in C takes it: what was moved back loses its momentum there."""
        struct = GuardStruct(
            count=len(self._starts), steps=CHORDS, cells_per_unit=self._cells_per_unit, tries=TRIES
        )
        struct.point(contours=self._contours, starts=self._starts, simple=self._simple)
        return struct
