"""How many decimals each segment needs so that rounding shows nowhere.

Rounding moves a boundary point B(t) by D(t). To first order the coverage of a pixel changes by at most the
area that the boundary sweeps in it, the integral of ``|D x B'|`` over the part of the curve inside the pixel,
and the pixel's colour by that area times opacity and the contrast between the path's fill and what lies
beneath. This is added up over all boundaries in a pixel of the picture at twice its size; the decimals of the
segments in pixels above the tolerance grow until there are none. Then the picture is drawn with and without
rounding, and what still changes a pixel too much is rounded finer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.kernels import CHORDS, self_crossing
from huefold.render import Rasterizer, SceneArrays, rasterize
from huefold.scene import Contour, Scene
from huefold.svg.contrast import boundary_contrast
from huefold.svg.grid import MAX_DECIMALS, GridContour, exact_decimals, place_segments, snap
from huefold.svg.outline import Boundaries, Samples

__all__ = ["round_paths"]

_SCALE = 2  # the contract looks at the picture at twice its original size
_ALLOWED = 1.0 / 255.0
_TOLERANCE = 0.8 * _ALLOWED  # the rest is for second order, quadrature, and the rounding of fills
_UNCHECKED_TOLERANCE = 0.6 * _ALLOWED  # of pictures too large to be drawn for a look
_LOOK_TOLERANCE = 0.75 * _ALLOWED  # curves are drawn as lines, a little otherwise each time
_MAX_PIXELS = 16_777_216
_LOOKS = 6
_FINEST = 2 * MAX_DECIMALS
_SMOOTH = 1e-6  # pixels; grids are far coarser
_SPACING = 0.25  # pixels of the original between two samples of a boundary
_MAX_SAMPLES = 2_000_000
_SAFE = 6  # three decimals: 0.001 pixels of the doubled picture, a quarter of 1/255 at full contrast

Rounded = tuple[GridContour, ...]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Ledger:
    """Which pixels segments visit; one entry for each segment and pixel, pixel by pixel."""

    samples: Integers  # samples on the canvas
    entry: Integers  # entry of each of those samples
    segment: Integers  # segment of each entry
    place: Integers  # pixel of each entry: row times width and column
    pixel: Integers  # the same, numbered among those that are visited


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
    placed = placing.place(_uncrossed(placing, _fineness(scene, boundaries, loose))).reshape(-1, 2)
    pieces = np.split(placed, 3 * boundaries.contours[1:-1])
    rounded = []
    for k, path in enumerate(scene.paths):
        first, last = boundaries.paths[k : k + 2]
        contours = tuple(map(_from_corner, pieces[first:last])) if loose[k] else path.contours
        rounded.append(_snap_path(contours, exact_decimals(contours) if loose[k] else exact[k]))
    return rounded


def _uncrossed(placing: _Placing, fineness: Integers) -> Integers:
    """Round outlines finer that cross themselves where they are rounded, unless that does not help."""
    boundaries = placing.boundaries
    contours = 3 * boundaries.contours
    sizes = np.diff(boundaries.contours)
    crossing = np.zeros(len(sizes), np.bool_)
    finer = fineness.copy()
    while True:
        self_crossing(placing.place(finer).reshape(-1, 2), contours, CHORDS, crossing)
        raised = np.repeat(crossing, sizes) & (finer < _FINEST)
        if not raised.any():
            return np.where(np.repeat(crossing, sizes), fineness, finer)
        finer[raised] += 1


def _from_corner(contour: Contour) -> Contour:
    """Start a contour at a knot that is not smooth: where it starts, its first control point is written anyway."""
    arriving = np.roll(contour[2::3], 1, axis=0)
    total = contour[1::3] + arriving - 2.0 * contour[::3]
    corners = np.flatnonzero(np.abs(total).max(axis=1) > _SMOOTH)
    return np.roll(contour, -3 * corners[0], axis=0) if len(corners) else contour


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

    def place(self, fineness: Integers) -> NDArray[np.float64]:
        """Return on-curve point and control points of each segment, (S, 3, 2)."""
        return place_segments(self.boundaries.points, fineness, self._previous, self._following)

    def place_closed(self, fineness: Integers) -> NDArray[np.float64]:
        """Return all four points of each segment, (S, 4, 2)."""
        placed = self.place(fineness)
        return np.concatenate([placed, placed[self._following, :1]], axis=1)


def _fineness(scene: Scene, boundaries: Boundaries, loose: NDArray[np.bool_]) -> Integers:
    """Return the fineness of each segment, of which those of the paths `loose` are to be used."""
    samples = boundaries.samples(_SPACING)
    if samples.count > _MAX_SAMPLES:
        return np.full(len(boundaries.points), _SAFE)
    return _needed_fineness(scene, samples, np.repeat(loose, np.diff(boundaries.path_segments)))


def _needed_fineness(scene: Scene, samples: Samples, loose: NDArray[np.bool_]) -> Integers:
    """Round the segments finer that change some pixel too much, until none does."""
    position = samples.positions()
    contrast = boundary_contrast(scene, samples, position)
    ledger = _ledger(scene, samples, position, loose)
    placing = _Placing(samples.boundaries)
    fineness = np.full(len(loose), 2, dtype=np.int64)
    moved = loose
    before = samples.boundaries.points
    area = np.zeros(samples.count)
    columns, rows = _SCALE * scene.width, _SCALE * scene.height
    checked = columns == round(columns) and rows == round(rows) and columns * rows <= _MAX_PIXELS
    tolerance = _TOLERANCE if checked else _UNCHECKED_TOLERANCE
    while moved.any():
        after = placing.place_closed(fineness)
        moved = loose & (after != before).any(axis=(1, 2))
        samples.swept_area(after, moved, area)
        change = np.bincount(ledger.entry, (_SCALE**2 * area * contrast)[ledger.samples])
        offending = _offending(np.asarray(change, np.float64), ledger.pixel, tolerance)
        segments = np.unique(ledger.segment[offending])
        segments = segments[fineness[segments] < _FINEST]
        fineness[segments] += 1
        before = after
        moved = np.zeros_like(loose)
        moved[segments] = True
    if checked:
        _mend(scene, placing, ledger, fineness)
    return fineness


def _mend(scene: Scene, placing: _Placing, ledger: _Ledger, fineness: Integers) -> None:
    """Draw the scene as it is and rounded, and round finer what made a pixel change too much (in place)."""
    arrays = SceneArrays.from_scene(scene)
    wanted = _seen(arrays, scene)
    for _ in range(_LOOKS):
        rounded = replace(arrays, points=placing.place(fineness).reshape(-1, 2))
        wrong = np.zeros(wanted.shape[1:], np.bool_)
        for seen, plane in zip(_seen(rounded, scene), wanted, strict=True):
            wrong |= np.abs(seen - plane) > _LOOK_TOLERANCE
        segments = np.unique(ledger.segment[wrong.ravel()[ledger.place]])
        segments = segments[fineness[segments] < _FINEST]
        if not len(segments):
            return
        fineness[segments] += 1


def _seen(arrays: SceneArrays, scene: Scene) -> NDArray[np.float32]:
    """Return the picture at twice its size as planes (3, 2 H, 2 W); with alpha, (4, 2 H, 2 W), times alpha."""
    width, height = round(_SCALE * scene.width), round(_SCALE * scene.height)
    if not arrays.transparent:
        return Rasterizer(width, height).draw(arrays)
    image = rasterize(arrays, width=width, height=height)
    image[:, :, :3] *= image[:, :, 3:]
    return image.transpose(2, 0, 1)


def _offending(change: NDArray[np.float64], pixel: Integers, tolerance: float) -> NDArray[np.bool_]:
    """Return the entries that have more than their share of a pixel that changes too much."""
    total = np.bincount(pixel, change)[pixel]
    sharers = np.bincount(pixel)[pixel]
    return np.asarray((total > tolerance) & (change * sharers > tolerance), dtype=np.bool_)


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
    return _Ledger(kept, entry, visited % len(loose), pixel, number)
