"""Knots are taken out of outlines where the picture hardly misses them, so that nodes are where they pay.

What a knot is worth is seen, not guessed: the two segments that meet at it give way to the one cubic nearest to
both, the picture is drawn, and the squared error counted again where it may have changed. Knots whose surroundings
do not overlap are tried in one picture, so some dozens of pictures value thousands of knots, whatever lies over or
under them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.resegment import LEAST_SEGMENTS
from huefold.refine.drawing import Drawing
from huefold.refine.edits import node_removal_kernels as kernels
from huefold.refine.edits.trials import rises
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.smooth_nodes import all_knots
from huefold.render import SceneArrays

__all__ = ["Spare", "thin"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def thin(drawing: Drawing, fitter: Fitter, count: int, *, segments: int | None = None) -> int:
    """Take out knots, those first without which the squared error rises least.

    Contours keep at least three segments. Of two neighbours only one goes at a time, since the other's worth is
    known only then: call it again for more.

    Parameters
    ----------
    drawing : Drawing
        Changed in place.
    fitter : Fitter
        Of the size at which the error is counted.
    count : int
        The most knots to take out.
    segments : int, optional
        Paths of so many segments or fewer keep them all.

    Returns
    -------
    removed : int
        How many knots were taken out.

    Examples
    --------
    >>> from huefold.refine.edits.seeding import circle
    >>> from huefold.scene import Path, Scene, Solid
    >>> disc = Path((circle(16.0, 16.0, 9.0, 12),), Solid((0.0, 0.0, 0.0)))
    >>> drawing = Drawing.from_scene(Scene(32, 32, (1.0, 1.0, 1.0), (disc,)))
    >>> photo = np.ones((32, 32, 3), np.float32)
    >>> thin(drawing, Fitter(photo, None, reduction=1, canvas_width=32.0, threads=1), 4)
    4
    >>> drawing.to_scene().paths[0].segments
    8
    """
    return Spare.of(drawing, fitter, segments=segments).take(count)


@dataclass(frozen=True, slots=True, eq=False)
class Spare:
    """What a drawing would lose without each of its knots.

    Parameters
    ----------
    drawing : Drawing
        Whose knots they are.
    segments : int or None
        Paths of so many segments or fewer keep them all.
    candidates : (M,) int64 ndarray
        Knots that may go, the one first without which the squared error rises least.
    rise : (M,) float64 ndarray
        Rise of the weighted sum of squares, ascending.
    """

    drawing: Drawing
    segments: int | None
    candidates: Integers
    rise: Floats
    _knots: _Knots
    _handles: Floats

    @classmethod
    def of(cls, drawing: Drawing, fitter: Fitter, *, segments: int | None = None) -> Spare:
        """Draw it without each."""
        knots = _Knots.of(drawing.arrays)
        candidates = np.flatnonzero(knots.spare(segments))
        joins = _Joins.of(drawing.arrays, knots, fitter)
        rise = _rises(drawing, fitter, joins, candidates)[candidates]
        order = np.argsort(rise, kind="stable")
        return cls(drawing, segments, candidates[order], rise[order], knots, joins.handles)

    def below(self, rise: float) -> int:
        """How many knots are worth less, each by itself."""
        return int(np.searchsorted(self.rise, rise))

    def take(self, count: int) -> int:
        """Take out the first so many of which no two are neighbours; return how many that were."""
        if count <= 0 or not len(self.candidates):
            return 0
        knots, segments = self._knots, self.segments
        taken = np.zeros(len(knots.contour), np.bool_)
        kernels.choose(
            self.candidates, count, knots.before, knots.after,
            knots.contour, knots.path, knots.contour_sizes, knots.path_sizes,
            LEAST_SEGMENTS, LEAST_SEGMENTS if segments is None else segments, taken,
        )  # fmt: skip
        self.drawing.arrays = _without(self.drawing.arrays, knots, taken, self._handles)
        return int(np.count_nonzero(taken))


@dataclass(frozen=True, slots=True, eq=False)
class _Knots:
    """All knots of a drawing, by number: point 3 * n is that of knot n.

    Parameters
    ----------
    contour, path : (K,) int64 ndarray
        Where each belongs.
    before, after : (K,) int64 ndarray
        Its neighbours.
    contour_sizes, path_sizes : int64 ndarray
        How many knots each contour and each path has; counted down as knots go.
    """

    contour: Integers
    path: Integers
    before: Integers
    after: Integers
    contour_sizes: Integers
    path_sizes: Integers

    @classmethod
    def of(cls, arrays: SceneArrays) -> _Knots:
        sizes = np.diff(arrays.contours) // 3
        contour = np.repeat(np.arange(len(sizes)), sizes)
        path_of_contour = np.repeat(np.arange(arrays.path_count), np.diff(arrays.paths))
        knot, arriving = all_knots(arrays.points, arrays.contours)
        before, after = arriving // 3, np.empty_like(knot)
        after[before] = knot // 3
        path = path_of_contour[contour]
        return cls(contour, path, before, after, sizes, np.bincount(path, minlength=arrays.path_count))

    def spare(self, segments: int | None) -> NDArray[np.bool_]:
        """Which knots may go at all. Shape (K,)."""
        spare: NDArray[np.bool_] = self.contour_sizes[self.contour] > LEAST_SEGMENTS
        return spare if segments is None else spare & (self.path_sizes[self.path] > segments)


@dataclass(frozen=True, slots=True, eq=False)
class _Joins:
    """For each knot, what the two segments beside it would become without it.

    Parameters
    ----------
    handles : (K, 2, 2) float64 ndarray
        Control points of the one cubic.
    places : (K, 5) int64 ndarray
        The points between both neighbours: two control points, the knot, two control points.
    halves : (K, 5, 2) float64 ndarray
        Where these lie when the one cubic is written as two segments.
    boxes : (K, 4) int64 ndarray
        Left, top, right and bottom of the pixels that may change.
    """

    handles: Floats
    places: Integers
    halves: Floats
    boxes: Integers

    @classmethod
    def of(cls, arrays: SceneArrays, knots: _Knots, fitter: Fitter) -> _Joins:
        count = len(knots.contour)
        handles, halves = np.empty((count, 2, 2)), np.empty((count, 5, 2))
        boxes = np.empty((count, 4), np.int64)
        limits = np.array([fitter.raster.width, fitter.raster.height])
        scale = limits / (arrays.width, arrays.height)
        kernels.join(arrays.points, knots.before, knots.after, scale, limits, handles, halves, boxes)
        before, knot = 3 * knots.before, 3 * np.arange(count)
        places = np.stack([before + 1, before + 2, knot, knot + 1, knot + 2], axis=1)
        return cls(handles, places, halves, boxes)


def _rises(drawing: Drawing, fitter: Fitter, joins: _Joins, candidates: Integers) -> Floats:
    """How much the sum of squared errors rises without each candidate; 0 for other knots. Shape (K,)."""

    def change(tried: Integers) -> SceneArrays:
        points = drawing.arrays.points.copy()
        points[joins.places[tried]] = joins.halves[tried]
        return replace(drawing.arrays, points=points)

    return rises(drawing, fitter, joins.boxes, candidates, change)


def _without(arrays: SceneArrays, knots: _Knots, taken: NDArray[np.bool_], handles: Floats) -> SceneArrays:
    """The drawing without some knots, no two of them neighbours."""
    points = arrays.points.copy()
    leaving = 3 * knots.before[taken] + 1
    points[leaving], points[leaving + 1] = handles[taken, 0], handles[taken, 1]
    contours = np.concatenate([[0], np.cumsum(3 * knots.contour_sizes)])
    return replace(arrays, points=points[np.repeat(~taken, 3)], contours=contours)
