"""Decimals of each segment: as few as keep rounding invisible.

Rounding moves a boundary point B(t) by D(t). To first order the coverage of a pixel changes by at most the
area that the boundary sweeps in it: the integral of ``|D x B'|`` over the part of the curve inside the pixel.
The pixel's colour changes by that area times opacity and the contrast between the path's fill and what lies
beneath. This is added up over all boundaries in a pixel of the picture at twice its size. The decimals of the
segments in pixels above the tolerance grow until there are none. Then the picture is drawn with and without
rounding, and segments that still change a pixel too much get more decimals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.crossings import crossing_contours
from huefold.bezier.curves import segments_of
from huefold.render import Rasterizer, SceneArrays, rasterize
from huefold.scene import Contour, Scene
from huefold.svg.boundaries import Boundaries, Samples
from huefold.svg.contrast import boundary_contrast
from huefold.svg.coordinate_grid import MAX_DECIMALS, GridContour, exact_decimals, quantize_segments, to_grid

__all__ = ["round_paths"]

_SCALE = 2  # the contract looks at the picture at twice its original size
_ALLOWED = 1.0 / 255.0
_TOLERANCE = 0.8 * _ALLOWED  # the rest is for second order, quadrature, and the rounding of fills
_UNCHECKED_TOLERANCE = 0.6 * _ALLOWED  # of pictures too large to be drawn for a check
_CHECK_TOLERANCE = 0.75 * _ALLOWED  # curves are drawn as lines, not quite the same ones each time
_MAX_PIXELS = 16_777_216
_CHECKS = 6
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
    pixel: Integers  # number of the pixel among those that are visited


def round_paths(scene: Scene) -> list[Rounded]:
    """Return the contours of every path, each segment rounded to as few decimals as it needs.

    A path whose coordinates already have four decimals or fewer keeps them all. So writing, reading and writing
    again gives the same bytes.
    """
    exact = [exact_decimals(path.contours) for path in scene.paths]
    loose = np.array([decimals is None for decimals in exact], dtype=np.bool_)
    if not loose.any():
        return [_on_grid(path.contours, decimals) for path, decimals in zip(scene.paths, exact, strict=True)]
    boundaries = Boundaries.from_scene(scene)
    quantizer = _Quantizer(boundaries)
    placed = quantizer.points(_uncrossed(quantizer, _fineness(scene, boundaries, loose)))
    pieces = np.split(placed, 3 * boundaries.contours[1:-1])
    rounded = []
    for k, path in enumerate(scene.paths):
        first, last = boundaries.paths[k : k + 2]
        contours = tuple(map(_from_corner, pieces[first:last])) if loose[k] else path.contours
        rounded.append(_on_grid(contours, exact_decimals(contours) if loose[k] else exact[k]))
    return rounded


def _uncrossed(quantizer: _Quantizer, fineness: Integers) -> Integers:
    """Round outlines finer that cross themselves once they are rounded, unless that does not help."""
    contours = quantizer.boundaries.contours
    finer = fineness.copy()
    while True:
        crossing = np.repeat(crossing_contours(quantizer.points(finer), 3 * contours), np.diff(contours))
        raised = crossing & (finer < _FINEST)
        if not raised.any():
            return np.where(crossing, fineness, finer)
        finer[raised] += 1


def _from_corner(contour: Contour) -> Contour:
    """Start a contour at a node that is not smooth: the first control point of a contour is always written."""
    arriving = np.roll(contour[2::3], 1, axis=0)
    total = contour[1::3] + arriving - 2.0 * contour[::3]
    corners = np.flatnonzero(np.abs(total).max(axis=1) > _SMOOTH)
    return np.roll(contour, -3 * corners[0], axis=0) if len(corners) else contour


def _on_grid(contours: tuple[Contour, ...], decimals: int | None) -> Rounded:
    return tuple(to_grid(contour, MAX_DECIMALS if decimals is None else decimals) for contour in contours)


class _Quantizer:
    """Rounds all segments of a scene, again and again."""

    def __init__(self, boundaries: Boundaries) -> None:
        self.boundaries = boundaries
        first, last = boundaries.contours[:-1], boundaries.contours[1:] - 1
        around = np.arange(len(boundaries.points))
        self._previous, self._following = around - 1, around + 1
        self._previous[first], self._following[last] = last, first

    def points(self, fineness: Integers) -> NDArray[np.float64]:
        """Return the points of all contours, (3 * S, 2)."""
        segments = self.boundaries.points
        return quantize_segments(segments, fineness, self._previous, self._following).reshape(-1, 2)

    def segments(self, fineness: Integers) -> NDArray[np.float64]:
        """Return the segments, (S, 4, 2)."""
        return segments_of(self.points(fineness), 3 * self.boundaries.contours)


def _fineness(scene: Scene, boundaries: Boundaries, loose: NDArray[np.bool_]) -> Integers:
    """Return the fineness of each segment; it counts for those of the paths `loose` only."""
    samples = boundaries.samples(_SPACING)
    if samples.count > _MAX_SAMPLES:
        return np.full(len(boundaries.points), _SAFE)
    return _needed_fineness(scene, samples, np.repeat(loose, np.diff(boundaries.path_segments)))


def _needed_fineness(scene: Scene, samples: Samples, loose: NDArray[np.bool_]) -> Integers:
    """Round segments finer that change some pixel too much, until none does."""
    position = samples.positions()
    contrast = boundary_contrast(scene, samples, position)
    ledger = _ledger(scene, samples, position, loose)
    quantizer = _Quantizer(samples.boundaries)
    fineness = np.full(len(loose), 2, dtype=np.int64)
    moved = loose
    before = samples.boundaries.points
    area = np.zeros(samples.count)
    columns, rows = _SCALE * scene.width, _SCALE * scene.height
    checked = columns == round(columns) and rows == round(rows) and columns * rows <= _MAX_PIXELS
    tolerance = _TOLERANCE if checked else _UNCHECKED_TOLERANCE
    while moved.any():
        after = quantizer.segments(fineness)
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
        _check(scene, quantizer, ledger, fineness)
    return fineness


def _check(scene: Scene, quantizer: _Quantizer, ledger: _Ledger, fineness: Integers) -> None:
    """Draw the scene exactly and rounded, and round segments finer that change a pixel too much (in place)."""
    arrays = SceneArrays.from_scene(scene)
    wanted = _drawn(arrays, scene)
    for _ in range(_CHECKS):
        rounded = replace(arrays, points=quantizer.points(fineness))
        wrong = np.zeros(wanted.shape[1:], np.bool_)
        for found, plane in zip(_drawn(rounded, scene), wanted, strict=True):
            wrong |= np.abs(found - plane) > _CHECK_TOLERANCE
        segments = np.unique(ledger.segment[wrong.ravel()[ledger.place]])
        segments = segments[fineness[segments] < _FINEST]
        if not len(segments):
            return
        fineness[segments] += 1


def _drawn(arrays: SceneArrays, scene: Scene) -> NDArray[np.float32]:
    """Return the picture at twice its size as planes (3, 2 H, 2 W); with alpha, (4, 2 H, 2 W), premultiplied."""
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
