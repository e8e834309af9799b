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

from huefold.scene import Contour, Path, Scene
from huefold.svg.contrast import boundary_contrast
from huefold.svg.grid import MAX_DECIMALS, GridContour, exact_decimals, place, snap
from huefold.svg.outline import Outline, sample_counts, sample_outline, swept_area

__all__ = ["round_paths"]

_SCALE = 2.0  # the contract looks at the picture at twice its original size
_TOLERANCE = 0.6 / 255.0  # of the 1/255 allowed; the rest is for second order and quadrature
_SPACING = 0.25  # pixels of the original between two samples of a boundary
_MAX_SAMPLES = 2_000_000
_SAFE_DECIMALS = 3  # an error of 0.001 pixels of the doubled picture: a quarter of 1/255 at full contrast

Rounded = tuple[GridContour, ...]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Ledger:
    """Which pixels the segments of one path visit; one entry for each segment and pixel."""

    samples: Integers  # samples on the canvas
    entry: Integers  # entry of each of those samples
    segment: Integers  # segment of each entry
    pixel: Integers  # pixel of each entry, row by row at twice the size


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
    loose = [k for k, path in enumerate(scene.paths) if exact_decimals(path.contours) is None]
    contours = [path.contours for path in scene.paths]
    decimals = _decimals(scene, loose)
    for k in loose:
        contours[k] = _place_path(scene.paths[k], decimals[k])
    return [_snap_path(path) for path in contours]


def _snap_path(contours: tuple[Contour, ...]) -> Rounded:
    decimals = exact_decimals(contours)
    return tuple(snap(contour, MAX_DECIMALS if decimals is None else decimals) for contour in contours)


def _place_path(path: Path, decimals: Integers) -> tuple[Contour, ...]:
    ends = np.cumsum([len(contour) // 3 for contour in path.contours])[:-1]
    parts = np.split(decimals, ends)
    return tuple(place(contour, part) for contour, part in zip(path.contours, parts, strict=True))


def _decimals(scene: Scene, loose: list[int]) -> dict[int, Integers]:
    """Return the decimals of each segment of the paths `loose`."""
    counts = [sample_counts(path, _SPACING) for path in scene.paths] if loose else []
    if sum(int(count.sum()) for count in counts) > _MAX_SAMPLES:
        return {k: np.full(scene.paths[k].segments, _SAFE_DECIMALS) for k in loose}
    outlines = [sample_outline(path, count) for path, count in zip(scene.paths, counts, strict=False)]
    return _needed_decimals(scene, outlines, loose) if loose else {}


def _needed_decimals(scene: Scene, outlines: list[Outline], loose: list[int]) -> dict[int, Integers]:
    """Give more decimals to the segments that change some pixel too much, until none does."""
    contrast = boundary_contrast(scene, outlines)
    ledgers = {k: _ledger(scene, outlines[k]) for k in loose}
    pixel = np.unique(np.concatenate([ledgers[k].pixel for k in loose]), return_inverse=True)[1]
    ends = np.cumsum([len(ledgers[k].pixel) for k in loose])[:-1]
    decimals = {k: np.ones(scene.paths[k].segments, dtype=np.int64) for k in loose}
    change: dict[int, NDArray[np.float64]] = {}
    pending = loose
    while pending:
        for k in pending:
            placed = _place_path(scene.paths[k], decimals[k])
            area = _SCALE**2 * swept_area(outlines[k], scene.paths[k].contours, placed) * contrast[k]
            swept = np.bincount(ledgers[k].entry, area[ledgers[k].samples])
            change[k] = np.asarray(swept, dtype=np.float64)
        offending = np.split(_offending(np.concatenate([change[k] for k in loose]), pixel), ends)
        pending = []
        for k, offends in zip(loose, offending, strict=True):
            segments = np.unique(ledgers[k].segment[offends])
            segments = segments[decimals[k][segments] < MAX_DECIMALS]
            decimals[k][segments] += 1
            pending += [k] if len(segments) else []
    return decimals


def _offending(change: NDArray[np.float64], pixel: Integers) -> NDArray[np.bool_]:
    """Return the entries that have more than their share of a pixel that changes too much."""
    total = np.bincount(pixel, change)[pixel]
    sharers = np.bincount(pixel)[pixel]
    return np.asarray((total > _TOLERANCE) & (change * sharers > _TOLERANCE), dtype=np.bool_)


def _ledger(scene: Scene, outline: Outline) -> _Ledger:
    columns, rows = int(_SCALE) * scene.width, int(_SCALE) * scene.height
    column, row = np.floor(_SCALE * outline.position).T
    samples = np.flatnonzero((column >= 0) & (column < columns) & (row >= 0) & (row < rows))
    pixel = (row[samples] * columns + column[samples]).astype(np.int64)
    segments = int(outline.segment[-1]) + 1 if len(outline.segment) else 1
    visited, entry = np.unique(pixel * segments + outline.segment[samples], return_inverse=True)
    return _Ledger(samples, entry, visited % segments, visited // segments)
