"""Numeric kernels of the segmentation: components, neighbouring pixels, CIELAB, merging with an indexed heap."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.native import array, bind, output

__all__ = [
    "closest_neighbours",
    "colors_of_8_bits",
    "components",
    "crossing_pairs",
    "in_reading_order",
    "lab",
    "merge_alike",
    "merge_pairs",
    "merge_regions",
    "merged",
    "neighbours",
    "region_sums",
    "rising_order",
    "roots",
    "smoothed",
    "squared_distances",
]

Ints: TypeAlias = NDArray[np.int32]
Longs: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

_INTS, _LABELS, _LONGS = array(np.int32, 1), array(np.int32, 2), array(np.int64, 1)
_FLOATS, _ROWS, _PICTURE = array(np.float64, 1), array(np.float64, 2), array(np.float64, 3)
_INTS_OUT, _LABELS_OUT = output(np.int32, 1), output(np.int32, 2)
_FLOATS_OUT, _ROWS_OUT = output(np.float64, 1), output(np.float64, 2)

_colors_of_8_bits = bind("hf_colors_of_8_bits", array(np.float32, 3), int, output(np.int64, 2))
_lab = bind("hf_lab", array(np.float32, 3), int, output(np.float64, 3), int)
_smooth = bind("hf_smooth", _PICTURE, int, int, int, float, output(np.float64, 3), int, status=True)
_connected = bind("hf_connected", array(np.int64, 2), int, int, _LABELS_OUT, returns=int)
_roots = bind("hf_roots", _INTS, int, _INTS_OUT)
_in_reading_order = bind("hf_in_reading_order", _LABELS, int, int, _LABELS_OUT, status=True)
_merged = bind("hf_merged", _INTS, int, _LABELS, int, _LABELS_OUT, status=True)
_region_sums = bind("hf_region_sums", _LABELS, _ROWS, int, int, int, _FLOATS_OUT, _ROWS_OUT)
_count_crossings = bind("hf_count_crossings", _LABELS, int, int, returns=int)
_crossing_pairs = bind("hf_crossing_pairs", _LABELS, int, int, _INTS_OUT, _INTS_OUT, _INTS_OUT, _INTS_OUT)
_neighbours = bind("hf_neighbours", _LABELS, int, int, int, int, _INTS_OUT, status=True)
_squared_distances = bind("hf_squared_distances", _ROWS, int, _INTS, _INTS, int, _FLOATS_OUT, int)
_rising_order = bind("hf_rising_order", array(np.float32, 1), int, output(np.int64, 1), status=True)
_closest_neighbours = bind(
    "hf_closest_neighbours", _LABELS, int, int, _ROWS, int, array(np.bool_, 1), int, _INTS_OUT, status=True
)
_merge_alike = bind(
    "hf_merge_alike", _FLOATS, _ROWS_OUT, int, int, _INTS, _INTS, _LONGS, int, float, float, _INTS_OUT,
    status=True,
)  # fmt: skip
_merge_pairs = bind("hf_merge_pairs", _INTS, _INTS, int, int, _INTS_OUT)
_merge_regions = bind(
    "hf_merge_regions", _FLOATS, _ROWS_OUT, int, int, _INTS, int, int, float, _INTS_OUT, status=True
)


def colors_of_8_bits(rgb: NDArray[np.float32]) -> Longs:
    """Return the 8-bit colours of an (H, W, 3) picture in [0, 1] as one number a pixel, (H, W)."""
    colors = np.empty(rgb.shape[:2], np.int64)
    _colors_of_8_bits(rgb, colors.size, colors)
    return colors


def lab(rgb: NDArray[np.float32], threads: int) -> Floats:
    """Return an (H, W, 3) sRGB picture in CIELAB: L* in [0, 100], a* and b*."""
    out = np.empty(rgb.shape)
    _lab(rgb, out.size // 3, out, threads)
    return out


def smoothed(picture: Floats, deviation: float, threads: int) -> Floats:
    """Smooth an (H, W, C) picture by a Gaussian of a standard deviation in pixels, cut off at four of these."""
    out = np.empty_like(picture)
    _smooth(picture, *picture.shape, deviation, out, threads)
    return out


def components(labels: Longs) -> Ints:
    """Number the 4-connected components of equal labels (H, W) in reading order."""
    out = np.empty(labels.shape, np.int32)
    _connected(labels, *labels.shape, out)
    return out


def crossing_pairs(labels: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """List the 4-neighbour pixel pairs whose labels differ.

    Returns (P,) int32 arrays: the smaller and the larger label, and the flat indices of the two pixels.
    """
    count = _count_crossings(labels, *labels.shape)
    low, high, pixel, partner = (np.empty(count, np.int32) for _ in range(4))
    _crossing_pairs(labels, *labels.shape, low, high, pixel, partner)
    return low, high, pixel, partner


def neighbours(labels: Ints, regions: int) -> Ints:
    """List each pair of neighbouring regions once, flat and sorted: the regions of pair e at 2 e and 2 e + 1."""
    crossings = _count_crossings(labels, *labels.shape)
    end = np.empty(2 * crossings, np.int32)
    count = _neighbours(labels, *labels.shape, regions, crossings, end)
    return end[: 2 * count]


def region_sums(labels: Ints, features: Floats, regions: int) -> tuple[Floats, Floats]:
    """Return the pixels (N,) of each region of (H, W) labels and its sums (N, F) of features (H * W, F)."""
    width = features.shape[1]
    area, total = np.empty(regions), np.empty((regions, width))
    _region_sums(labels, features, labels.size, width, regions, area, total)
    return area, total


def squared_distances(features: Floats, pixel: Ints, partner: Ints, threads: int) -> Floats:
    """Return the squared distance between the features (H * W, F) of each pair of pixels."""
    out = np.empty(len(pixel))
    _squared_distances(features, features.shape[1], pixel, partner, len(pixel), out, threads)
    return out


def rising_order(values: NDArray[np.float32]) -> Longs:
    """Return the indices that sort values (N,) of 0 or more; equal ones keep their order.

    Examples
    --------
    >>> rising_order(np.float32([0.5, 0.0, 2.0, 0.5])).tolist()
    [1, 0, 3, 2]
    """
    order = np.empty(len(values), np.int64)
    _rising_order(values, len(values), order)
    return order


def closest_neighbours(labels: Ints, mean: Floats, small: NDArray[np.bool_]) -> Ints:
    """Return for each small region the neighbour with the closest mean features (N, F), -1 for others.

    Among equally close ones it is the neighbour of the lowest number.
    """
    closest = np.empty(len(mean), np.int32)
    _closest_neighbours(labels, *labels.shape, mean, mean.shape[1], small, len(mean), closest)
    return closest


def merge_alike(
    area: Floats, total: Floats, low: Ints, high: Ints, order: Longs, size_power: float, most: float
) -> Ints:
    """Merge pairs of regions in the given order, each if its cost at that moment is at most `most`.

    `low`, `high` (P,): the regions of each pair, which may occur more than once; `order` (P,): indices into
    them. `total` is overwritten. Returns the parents; a parent never has a higher number than its
    child.
    """
    parent = np.empty(len(area), np.int32)
    _merge_alike(area, total, *total.shape, low, high, order, len(order), size_power, most, parent)
    return parent


def merge_pairs(first: Ints, second: Ints, regions: int) -> Ints:
    """Merge pairs of regions; return the parents. A parent never has a higher number than its child."""
    parent = np.empty(regions, np.int32)
    _merge_pairs(np.ascontiguousarray(first), np.ascontiguousarray(second), len(first), regions, parent)
    return parent


def merge_regions(area: Floats, total: Floats, end: Ints, target: int, size_power: float) -> Ints:
    """Merge the cheapest neighbours, a pair at a time, until `target` regions are left; return the parents.

    The cost of a pair is (n_u n_v / (n_u + n_v))^size_power |mean_u - mean_v|^2; equal costs go by edge
    number. `area` (N,), `total` (N, F): pixels and feature sums; `end` (2 E,): the regions of edge e at 2 e
    and 2 e + 1, no pair twice. `total` is overwritten. A parent never has a higher number than its child.
    """
    parent = np.empty(len(area), np.int32)
    _merge_regions(area, total, *total.shape, end, len(end) // 2, target, size_power, parent)
    return parent


def roots(parent: Ints) -> Ints:
    """Follow parents to the top; a parent never has a higher number than its child."""
    top = np.empty_like(parent)
    _roots(parent, len(parent), top)
    return top


def merged(parent: Ints, labels: Ints) -> Ints:
    """Give each pixel the top of its region's parents, renumbered as they first occur row by row."""
    out = np.empty_like(labels)
    _merged(parent, len(parent), labels, labels.size, out)
    return out


def in_reading_order(labels: Ints, count: int) -> Ints:
    """Renumber labels below `count` as they first occur row by row: 0, 1, ..."""
    renumbered = np.empty(labels.shape, np.int32)
    _in_reading_order(labels, labels.size, count, renumbered)
    return renumbered
