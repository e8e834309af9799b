"""How many decimals each path needs so that rounding shows nowhere.

Rounding moves a boundary point B(t) by D(t). To first order the coverage of a pixel changes by at most the
area that the boundary sweeps in it, the integral of ``|D x B'|`` over the part of the curve inside the pixel,
and the pixel's colour by that area times opacity and the contrast between the path's fill and what lies
beneath. This is added up over all boundaries in a pixel of the picture at twice its size; the decimals of the
paths in pixels above the tolerance grow until there are none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.scene import Path, Scene
from huefold.svg.contrast import boundary_contrast
from huefold.svg.grid import MAX_DECIMALS, GridContour, exact_decimals, place, snap
from huefold.svg.outline import Outline, sample_counts, sample_outline, swept_area

__all__ = ["round_paths"]

_SCALE = 2.0  # the contract looks at the picture at twice its original size
_TOLERANCE = 0.75 / 255.0  # of the 1/255 allowed; the rest is for second order and quadrature
_SPACING = 0.25  # pixels of the original between two samples of a boundary
_MAX_SAMPLES = 2_000_000
_SAFE_DECIMALS = 3  # an error of 0.001 pixels of the doubled picture: a quarter of 1/255 at full contrast

Rounded = tuple[GridContour, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Ledger:
    """Which pixels the boundaries of the loose paths visit; one entry for each path and pixel."""

    samples: list[NDArray[np.int64]]  # for each path: samples on the canvas
    entry: list[NDArray[np.int64]]  # for each path: local entry of each of those samples
    owner: NDArray[np.int64]  # [E], path of the entry
    pixel: NDArray[np.int64]  # [E], compressed index of the pixel


def round_paths(scene: Scene) -> list[Rounded]:
    """Return the contours of every path, each path rounded to as few decimals as it needs.

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
    loose = [k for k, decimals in enumerate(exact) if decimals is None]
    counts = [sample_counts(path, _SPACING) for path in scene.paths]
    if loose and sum(int(count.sum()) for count in counts) <= _MAX_SAMPLES:
        outlines = [sample_outline(path, count) for path, count in zip(scene.paths, counts, strict=True)]
        needed = _needed_decimals(scene, outlines, loose)
    else:
        needed = dict.fromkeys(loose, _SAFE_DECIMALS)
    return [
        _snap_path(path, needed[k] if fixed is None else fixed, simplify=fixed is None)
        for k, (path, fixed) in enumerate(zip(scene.paths, exact, strict=True))
    ]


def _snap_path(path: Path, decimals: int, *, simplify: bool) -> Rounded:
    return tuple(snap(contour, decimals, simplify=simplify) for contour in path.contours)


def _needed_decimals(scene: Scene, outlines: list[Outline], loose: list[int]) -> dict[int, int]:
    """Give more decimals to the paths that change some pixel too much, until none does."""
    contrast = boundary_contrast(scene, outlines)
    ledger = _ledger(scene, outlines, loose)
    change = np.zeros(len(ledger.owner))
    decimals = dict.fromkeys(loose, 1)
    pending = loose
    while pending:
        for k in pending:
            before = scene.paths[k].contours
            after = tuple(place(contour, decimals[k]) for contour in before)
            area = _SCALE**2 * swept_area(outlines[k], before, after) * contrast[k]
            change[ledger.owner == k] = np.bincount(ledger.entry[k], area[ledger.samples[k]])
        offending = set(ledger.owner[_offending(change, ledger.pixel)].tolist())
        pending = [k for k in loose if k in offending and decimals[k] < MAX_DECIMALS]
        for k in pending:
            decimals[k] += 1
    return decimals


def _offending(change: NDArray[np.float64], pixel: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the entries that have more than their share of a pixel that changes too much."""
    total = np.bincount(pixel, change)[pixel]
    sharers = np.bincount(pixel)[pixel]
    return np.asarray((total > _TOLERANCE) & (change * sharers > _TOLERANCE), dtype=np.bool_)


def _ledger(scene: Scene, outlines: list[Outline], loose: list[int]) -> _Ledger:
    columns, rows = _SCALE * scene.width, _SCALE * scene.height
    nothing = np.zeros(0, dtype=np.int64)
    samples, entry = [nothing] * len(outlines), [nothing] * len(outlines)
    owners, pixels = [nothing], [nothing]
    for k in loose:
        column, row = np.floor(_SCALE * outlines[k].position).T
        samples[k] = np.flatnonzero((column >= 0) & (column < columns) & (row >= 0) & (row < rows))
        index = (row * columns + column)[samples[k]].astype(np.int64)
        visited, entry[k] = np.unique(index, return_inverse=True)
        owners.append(np.full(len(visited), k))
        pixels.append(visited)
    compressed = np.unique(np.concatenate(pixels), return_inverse=True)[1]
    return _Ledger(samples, entry, np.concatenate(owners), compressed)
