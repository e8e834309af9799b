"""Removal of nodes that the picture hardly misses.

What a node matters is measured: the two segments that meet at it give way to the one cubic nearest to both, the
picture is drawn, and the squared error counted again where it may have changed. Nodes whose surroundings do not
overlap are tried in one picture, so some dozens of pictures tell it for thousands of nodes, hidden or not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.curves import LEAST_SEGMENTS
from huefold.refine.drawing import Drawing
from huefold.refine.edits import kernels
from huefold.refine.edits.trials import error_increases
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.smooth_nodes import all_nodes
from huefold.render import SceneArrays

__all__ = ["NodeRemoval", "remove_nodes"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Truths = NDArray[np.bool_]


def remove_nodes(drawing: Drawing, fitter: Fitter, count: int, *, segments: int | None = None) -> int:
    """Remove up to `count` nodes, first those whose removal increases the squared error least.

    Contours keep at least three segments, and paths of so many `segments` or fewer keep them all. Of two
    neighbours only one goes at a time, since the removal of the other one costs something else then: call it again
    for more. Returns how many were removed.

    Examples
    --------
    >>> from huefold.bezier.arcs import circle
    >>> from huefold.scene import Path, Scene, Solid
    >>> disc = Path((circle(16.0, 16.0, 9.0, 12),), Solid((0.0, 0.0, 0.0)))
    >>> drawing = Drawing.from_scene(Scene(32, 32, (1.0, 1.0, 1.0), (disc,)))
    >>> photo = np.ones((32, 32, 3), np.float32)
    >>> remove_nodes(drawing, Fitter(photo, None, reduction=1, canvas_width=32.0, threads=1), 4)
    4
    >>> drawing.to_scene().paths[0].segments
    8
    """
    before = drawing.nodes
    drawing.arrays = NodeRemoval.of(drawing, fitter, segments=segments).without(count)
    return before - drawing.nodes


@dataclass(frozen=True, slots=True, eq=False)
class NodeRemoval:
    """What a drawing would lose without each of its nodes."""

    arrays: SceneArrays  # the drawing
    segments: int | None  # paths of so many segments or fewer keep them all
    candidates: Integers  # (M,), nodes that may go, in the order of the increase
    increase: Floats  # (M,), by how much the weighted sum of squares increases without each, ascending
    _nodes: _Nodes
    _handles: Floats

    @classmethod
    def of(cls, drawing: Drawing, fitter: Fitter, *, segments: int | None = None) -> NodeRemoval:
        """Draw it without each."""
        nodes = _Nodes.of(drawing.arrays)
        candidates = np.flatnonzero(nodes.removable(segments))
        cubics = _Cubics.of(drawing.arrays, nodes, fitter)
        increase = _increases(drawing, fitter, cubics, candidates)[candidates]
        order = np.argsort(increase, kind="stable")
        return cls(drawing.arrays, segments, candidates[order], increase[order], nodes, cubics.handles)

    def below(self, increase: float) -> int:
        """How many nodes cost less than that, each by itself."""
        return int(np.searchsorted(self.increase, increase))

    def without(self, count: int) -> SceneArrays:
        """Return the drawing without up to `count` nodes: cheapest first, no two adjacent."""
        nodes = self._nodes
        taken = np.zeros(len(nodes.contour), np.bool_)
        places = nodes.before, nodes.after, nodes.contour, nodes.path
        sizes = nodes.contour_sizes.copy(), nodes.path_sizes.copy()
        least = LEAST_SEGMENTS, LEAST_SEGMENTS if self.segments is None else self.segments
        kernels.choose_nodes(self.candidates, max(count, 0), places, sizes, least, taken)
        return _without(self.arrays, nodes, taken, self._handles)


class _Nodes(NamedTuple):
    """All nodes of a drawing, by number: point 3 * n is that of node n."""

    contour: Integers  # (K,), where each belongs
    path: Integers  # (K,)
    before: Integers  # (K,), its neighbours
    after: Integers  # (K,)
    contour_sizes: Integers  # how many nodes each contour has
    path_sizes: Integers  # and each path

    @classmethod
    def of(cls, arrays: SceneArrays) -> _Nodes:
        sizes = np.diff(arrays.contours) // 3
        contour = np.repeat(np.arange(len(sizes)), sizes)
        path_of_contour = np.repeat(np.arange(arrays.path_count), np.diff(arrays.paths))
        node, arriving = all_nodes(arrays.points, arrays.contours)
        before, after = arriving // 3, np.empty_like(node)
        after[before] = node // 3
        path = path_of_contour[contour]
        return cls(contour, path, before, after, sizes, np.bincount(path, minlength=arrays.path_count))

    def removable(self, segments: int | None) -> Truths:
        """Which nodes may go at all. Shape (K,)."""
        removable: Truths = self.contour_sizes[self.contour] > LEAST_SEGMENTS
        return removable if segments is None else removable & (self.path_sizes[self.path] > segments)


class _Cubics(NamedTuple):
    """For each node, the one cubic that the two segments beside it become without it."""

    handles: Floats  # (K, 2, 2), control points of the one cubic
    places: Integers  # (K, 5), indices of the points between both neighbours
    halves: Floats  # (K, 5, 2), where these lie when the one cubic is written as two segments
    boxes: Integers  # (K, 4), left, top, right and bottom of the pixels that may change

    @classmethod
    def of(cls, arrays: SceneArrays, nodes: _Nodes, fitter: Fitter) -> _Cubics:
        count = len(nodes.contour)
        handles, halves = np.empty((count, 2, 2)), np.empty((count, 5, 2))
        boxes = np.empty((count, 4), np.int64)
        limits = np.array([fitter.raster.width, fitter.raster.height])
        scale = limits / (arrays.width, arrays.height)
        neighbours = nodes.before, nodes.after
        threads = fitter.raster.threads
        kernels.fit_without_nodes(arrays.points, neighbours, scale, limits, handles, halves, boxes, threads)
        before, node = 3 * nodes.before, 3 * np.arange(count)
        places = np.stack([before + 1, before + 2, node, node + 1, node + 2], axis=1)
        return cls(handles, places, halves, boxes)


def _increases(drawing: Drawing, fitter: Fitter, cubics: _Cubics, candidates: Integers) -> Floats:
    """Increase of the sum of squared errors without each candidate; 0 for other nodes. Shape (K,)."""

    def change(tried: Integers) -> SceneArrays:
        points = drawing.arrays.points.copy()
        points[cubics.places[tried]] = cubics.halves[tried]
        return replace(drawing.arrays, points=points)

    return error_increases(drawing, fitter, cubics.boxes, candidates, change)


def _without(arrays: SceneArrays, nodes: _Nodes, taken: Truths, handles: Floats) -> SceneArrays:
    """The drawing without some nodes, no two of them neighbours."""
    points = arrays.points.copy()
    leaving = 3 * nodes.before[taken] + 1
    points[leaving], points[leaving + 1] = handles[taken, 0], handles[taken, 1]
    left = np.bincount(nodes.contour[~taken], minlength=len(nodes.contour_sizes))
    contours = np.concatenate([[0], np.cumsum(3 * left)])
    return replace(arrays, points=points[np.repeat(~taken, 3)], contours=contours)
