"""Numeric kernels that follow cracks (pixel edges): contours of regions and of the area a path may cover."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.native import array, bind, output

__all__ = [
    "count_chain",
    "count_components",
    "cover",
    "crack_limits",
    "fit_chain",
    "mask_contours",
    "region_contours",
    "thickness_caps",
    "trace_stacked",
]

_Ints = NDArray[np.int32]
_Floats = NDArray[np.float64]
_Lengths = NDArray[np.int64]
_Bools = NDArray[np.bool_]

_LABELS, _POINTS = array(np.int32, 2), array(np.int32, 2)
_POINTS_OUT, _LENGTHS_OUT, _FLOATS_OUT = output(np.int32, 2), output(np.int64, 1), output(np.float64, 1)

_count_components = bind("hf_count_components", _LABELS, int, int, status=True)
_count_cracks = bind("hf_count_cracks", _LABELS, int, int, int, _LENGTHS_OUT, returns=int)
_region_contours = bind(
    "hf_region_contours",
    _LABELS,
    int,
    int,
    _POINTS_OUT,
    _LENGTHS_OUT,
    _LENGTHS_OUT,
    _LENGTHS_OUT,
    status=True,
)
_mask_contours = bind("hf_contours_of_mask", _LABELS, int, int, _POINTS_OUT, _LENGTHS_OUT, status=True)
_cover = bind(
    "hf_cover", _LABELS, int, int, int, int, int, int, int, int, output(np.int32, 2), status=True
)  # fmt: skip
_crack_limits = bind("hf_crack_limits", _LABELS, int, int, int, _POINTS, int, float, int, _FLOATS_OUT)
_thickness_caps = bind("hf_thickness_caps", _LABELS, int, int, _POINTS, int, float, int, _FLOATS_OUT)
_CHAIN = (_POINTS, array(np.float64, 1), array(np.bool_, 1), array(np.bool_, 1), int, float, float)
_fit_chain = bind("hf_fit_chain", *_CHAIN, int, output(np.float64, 3, optional=True), status=True)
_trace_stacked = bind(
    "hf_trace_stacked", _LABELS, int, int, int, array(np.int64, 2), int, float, int, float, int, float, int,
    status=True,
)  # fmt: skip
_contour_counts = bind("hf_contour_counts", int, int, _LENGTHS_OUT, returns=int)
_segment_counts = bind("hf_segment_counts", int, int, _LENGTHS_OUT, returns=int)
_curve_points = bind("hf_curve_points", int, int, output(np.float64, 2))
_free_curves = bind("hf_free_curves", int, int)


def count_components(labels: _Ints) -> int:
    """Count the 4-connected components of equal labels."""
    return int(_count_components(labels, *labels.shape))


def region_contours(labels: _Ints) -> tuple[_Ints, _Lengths, _Lengths, _Lengths]:
    """Return the contours of all regions: vertices, start of each contour (and the end), its label, twice its area.

    Outer contours run clockwise on the screen and have positive area; holes are negative.
    """
    total, tops = _crack_counts(labels, -1)
    points, offsets = np.empty((total, 2), np.int32), np.empty(tops + 1, np.int64)
    owners, twice_areas = np.empty(tops, np.int64), np.empty(tops, np.int64)
    count = _region_contours(labels, *labels.shape, points, offsets, owners, twice_areas)
    return points, offsets[: count + 1], owners[:count], twice_areas[:count]


def mask_contours(mask: _Ints) -> tuple[_Ints, _Lengths]:
    """Return the contours of the pixels of `mask` that are 1: vertices, and start of each contour (and the end)."""
    total, tops = _crack_counts(mask, 1)
    points, offsets = np.empty((total, 2), np.int32), np.empty(tops + 1, np.int64)
    count = _mask_contours(mask, *mask.shape, points, offsets)
    return points[: offsets[count]], offsets[: count + 1]


def _crack_counts(labels: _Ints, only: int) -> tuple[int, int]:
    """Count cracks around the pixels of one label (of all if it is negative), and those on top of a pixel."""
    tops = np.empty(1, np.int64)
    return int(_count_cracks(labels, *labels.shape, only, tops)), int(tops[0])


def cover(rank: _Ints, level: int, top: int, left: int, rows: int, cols: int, margin: int) -> _Ints:
    """Mark (1) the pixels of a crop that the path of rank `level` paints: its region, and part of later ones."""
    mask = np.empty((rows, cols), np.int32)
    _cover(rank, *rank.shape, level, top, left, rows, cols, margin, mask)
    return mask


def crack_limits(rank: _Ints, level: int, points: _Ints, tolerance: float, reach: int) -> _Floats:
    """Return how far the outline may be from each crack of a closed contour of `cover`; 0 on the canvas border.

    Next to an earlier region that is the tolerance. Beneath a later one it is as far as the own region stays
    covered and no earlier one is hidden.
    """
    limits = np.empty(len(points))
    _crack_limits(rank, *rank.shape, level, points, len(points), tolerance, reach, limits)
    return limits


def thickness_caps(labels: _Ints, points: _Ints, share: float, limit: int) -> _Floats:
    """Return `share` of the thickness of the thinner side of each crack of an open chain, up to `limit`."""
    caps = np.empty(len(points) - 1)
    _thickness_caps(labels, *labels.shape, points, len(caps), share, limit, caps)
    return caps


def fit_chain(
    points: _Ints, tolerance: _Floats, fixed: _Bools, sharp: _Bools, canvas: tuple[float, float]
) -> _Floats:
    """Fit cubics (S, 4, 2) to a chain of cracks; see `huefold.contours.chains.fit_chain`."""
    cracks = len(tolerance)
    cubics = np.empty((2 * cracks, 4, 2))
    count = _fit_chain(points, tolerance, fixed, sharp, cracks, *canvas, 2 * cracks, cubics)
    return cubics[:count].copy()


def count_chain(
    points: _Ints, tolerance: _Floats, fixed: _Bools, sharp: _Bools, canvas: tuple[float, float], most: int
) -> int:
    """Count the segments that `fit_chain` would need; above `most`, return any number above it."""
    return int(_fit_chain(points, tolerance, fixed, sharp, len(tolerance), *canvas, most, None))


def trace_stacked(
    rank: _Ints,
    first: int,
    boxes: _Lengths,
    *,
    tolerance: float,
    most: int,
    thin_share: float,
    margin: int,
    rough: float,
    threads: int,
) -> list[tuple[_Floats, ...]]:
    """Trace the paths from level `first` of a stack on: the contours (3 * S, 2) of each.

    `boxes` (N, 4) are the first and the end row, and the first and the end column, of each path's region;
    `most` is the number of segments that a path may have, or -1. See `huefold.contours.stacked` for the others.
    """
    count = len(boxes)
    curves = _trace_stacked(
        rank, *rank.shape, first, boxes, count, tolerance, most, thin_share, margin, rough, threads
    )
    try:
        contours = np.empty(count, np.int64)
        segments = np.empty(_contour_counts(curves, count, contours), np.int64)
        points = np.empty((3 * _segment_counts(curves, count, segments), 2))
        _curve_points(curves, count, points)
    finally:
        _free_curves(curves, count)
    ends = np.cumsum(3 * segments)
    pieces = iter(np.split(points, ends[:-1]))
    return [tuple(next(pieces).copy() for _ in range(number)) for number in contours]
