"""How many decimals each segment needs so that rounding shows nowhere.

Rounding moves a boundary point B(t) by D(t). To first order the coverage of a pixel changes by at most the
area that the boundary sweeps in it, the integral of ``|D x B'|`` over the part of the curve inside the pixel,
and the pixel's colour by that area times opacity and the contrast between the path's fill and what lies
beneath. This is added up over all boundaries in a pixel of the picture at twice its size; the decimals of the
segments in pixels above the tolerance grow until there are none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.crossings.kernels import CHORDS, self_crossing
from huefold.scene import Contour, Scene
from huefold.svg.contrast import boundary_contrast
from huefold.svg.grid import MAX_DECIMALS, GridContour, exact_decimals, place_segments, snap
from huefold.svg.outline import Boundaries, Samples

__all__ = ["round_paths"]

_SCALE = 2  # the contract looks at the picture at twice its original size
_TOLERANCE = 0.6 / 255.0  # of the 1/255 allowed; the rest is for second order and quadrature
_SPACING = 0.25  # pixels of the original between two samples of a boundary
_MAX_SAMPLES = 2_000_000
_SAFE_DECIMALS = 3  # an error of 0.001 pixels of the doubled picture: a quarter of 1/255 at full contrast

Rounded = tuple[GridContour, ...]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Ledger:
    """Which pixels segments visit; one entry for each segment and pixel, pixel by pixel."""

    samples: Integers  # samples on the canvas
    entry: Integers  # entry of each of those samples
    segment: Integers  # segment of each entry
    pixel: Integers  # pixel of each entry, numbered among those that are visited


def round_paths(scene: Scene) -> list[Rounded]:
    """Return the contours of every path, each segment rounded to as few decimals as it needs.

    A path whose coordinates have four decimals or fewer already keeps them all, which is what makes writing,
    reading and writing again give the same bytes.

    Parameters
    ----------
    scene : Scene
        What is going to be written.

    Returns
    -------
    contours : list of tuple of GridContour
        In the order of ``scene.paths``.
    """
    exact = [exact_decimals(path.contours) for path in scene.paths]
    loose = np.array([decimals is None for decimals in exact], dtype=np.bool_)
    if not loose.any():
        return [
            _snap_path(path.contours, decimals) for path, decimals in zip(scene.paths, exact, strict=True)
        ]
    boundaries = Boundaries.from_scene(scene)
    placing = _Placing(boundaries)
    decimals = _uncrossed(placing, _decimals(scene, boundaries, loose))
    placed = placing.place(decimals).reshape(-1, 2)
    pieces = np.split(placed, 3 * boundaries.contours[1:-1])
    rounded = []
    for k, path in enumerate(scene.paths):
        first, last = boundaries.paths[k : k + 2]
        contours = tuple(pieces[first:last]) if loose[k] else path.contours
        rounded.append(_snap_path(contours, exact_decimals(contours) if loose[k] else exact[k]))
    return rounded


def _uncrossed(placing: _Placing, decimals: Integers) -> Integers:
    """Give more decimals to outlines that cross themselves only because they are rounded."""
    boundaries = placing.boundaries
    contours = 3 * boundaries.contours
    count = len(contours) - 1
    crossing, rounded = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    self_crossing(boundaries.points[:, :3].reshape(-1, 2), contours, CHORDS, crossing)
    decimals = decimals.copy()
    while True:
        self_crossing(placing.place(decimals).reshape(-1, 2), contours, CHORDS, rounded)
        spoiled = np.repeat(rounded & ~crossing, np.diff(boundaries.contours)) & (decimals < MAX_DECIMALS)
        if not spoiled.any():
            return decimals
        decimals[spoiled] += 1


def _snap_path(contours: tuple[Contour, ...], decimals: int | None) -> Rounded:
    return tuple(snap(contour, MAX_DECIMALS if decimals is None else decimals) for contour in contours)


class _Placing:
    """Rounds all segments of a scene, again and again."""

    def __init__(self, boundaries: Boundaries) -> None:
        self.boundaries = boundaries
        first, last = boundaries.contours[:-1], boundaries.contours[1:] - 1
        around = np.arange(len(boundaries.points))
        self._previous, self._following = around - 1, around + 1
        self._previous[first], self._following[last] = last, first

    def place(self, decimals: Integers) -> NDArray[np.float64]:
        """Return on-curve point and control points of each segment, (S, 3, 2)."""
        return place_segments(self.boundaries.points, decimals, self._previous, self._following)

    def place_closed(self, decimals: Integers) -> NDArray[np.float64]:
        """Return all four points of each segment, (S, 4, 2)."""
        placed = self.place(decimals)
        return np.concatenate([placed, placed[self._following, :1]], axis=1)


def _decimals(scene: Scene, boundaries: Boundaries, loose: NDArray[np.bool_]) -> Integers:
    """Return the decimals of each segment, of which those of the paths `loose` are to be used."""
    samples = boundaries.samples(_SPACING)
    if samples.count > _MAX_SAMPLES:
        return np.full(len(boundaries.points), _SAFE_DECIMALS)
    return _needed_decimals(scene, samples, np.repeat(loose, np.diff(boundaries.path_segments)))


def _needed_decimals(scene: Scene, samples: Samples, loose: NDArray[np.bool_]) -> Integers:
    """Give more decimals to the segments that change some pixel too much, until none does."""
    position = samples.positions()
    contrast = boundary_contrast(scene, samples, position)
    ledger = _ledger(scene, samples, position, loose)
    placing = _Placing(samples.boundaries)
    decimals = np.ones(len(loose), dtype=np.int64)
    moved = loose
    before = samples.boundaries.points
    area = np.zeros(samples.count)
    while moved.any():
        after = placing.place_closed(decimals)
        moved = loose & (after != before).any(axis=(1, 2))
        samples.swept_area(after, moved, area)
        change = np.bincount(ledger.entry, (_SCALE**2 * area * contrast)[ledger.samples])
        segments = np.unique(ledger.segment[_offending(np.asarray(change, np.float64), ledger.pixel)])
        segments = segments[decimals[segments] < MAX_DECIMALS]
        decimals[segments] += 1
        before = after
        moved = np.zeros_like(loose)
        moved[segments] = True
    return decimals


def _offending(change: NDArray[np.float64], pixel: Integers) -> NDArray[np.bool_]:
    """Return the entries that have more than their share of a pixel that changes too much."""
    total = np.bincount(pixel, change)[pixel]
    sharers = np.bincount(pixel)[pixel]
    return np.asarray((total > _TOLERANCE) & (change * sharers > _TOLERANCE), dtype=np.bool_)


def _ledger(
    scene: Scene, samples: Samples, position: NDArray[np.float64], loose: NDArray[np.bool_]
) -> _Ledger:
    columns, rows = _SCALE * scene.width, _SCALE * scene.height
    segment = samples.segments()
    column, row = np.floor(_SCALE * position).T
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    kept = np.flatnonzero(inside & loose[segment])
    pixel = (row[kept] * columns + column[kept]).astype(np.int64)
    visited, entry = np.unique(pixel * len(loose) + segment[kept], return_inverse=True)
    pixel = visited // len(loose)
    number = np.cumsum(np.concatenate([[0], np.diff(pixel) != 0])) if len(pixel) else pixel
    return _Ledger(kept, entry, visited % len(loose), number)
