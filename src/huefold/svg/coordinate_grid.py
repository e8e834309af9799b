"""Coordinate quantization: contours whose coordinates have a given number of decimals.

Absolute positions are rounded, and only differences of rounded positions are ever written, so the error of a
coordinate never grows along a path.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.curves import is_straight, segments_of, thirds
from huefold.scene import Contour

__all__ = ["MAX_DECIMALS", "GridContour", "exact_decimals", "quantize_segments", "to_grid"]

MAX_DECIMALS = 4

_EXACT = 1e-5  # grid units; float noise of 1e5 pixels at four decimals is a hundredth of this
_THIRD = 1e-6  # pixels; a reader's sums of relative moves stay far below
_STRAIGHT = 0.25  # grid units a control point may lie off its chord and still be called straight

_UNITS = np.array([float(10**decimals) for decimals in range(16)])
"""Grid units in a pixel, by decimals: numpy's powers differ between processors."""


@dataclass(frozen=True, slots=True, eq=False)
class GridContour:
    """A closed contour whose coordinates are whole multiples of 10**-decimals.

    Parameters
    ----------
    start : (2,) int64 ndarray
        First on-curve point, in grid units.
    segments : (S, 3, 2) int64 ndarray
        Two control points and the end of each segment that has any extent; S may be 0 (a lone point).
    straight : (S,) bool ndarray
        Which segments are lines: their control points are the thirds of the chord, whatever `segments` says.
    decimals : int
        Number of decimals of the grid.
    """

    start: NDArray[np.int64]
    segments: NDArray[np.int64]
    straight: NDArray[np.bool_]
    decimals: int


def exact_decimals(contours: tuple[Contour, ...]) -> int | None:
    """Return the fewest decimals that hold `contours` without rounding, or None if more than four are needed.

    Control points of straight segments are not counted: lines are written without them.
    """
    needed = [_written_coordinates(contour) for contour in contours]
    values = np.concatenate([np.empty(0), *needed])
    for decimals in range(MAX_DECIMALS + 1):
        scaled = values * float(10**decimals)
        if bool((np.abs(scaled - np.rint(scaled)) <= _EXACT).all()):
            return decimals
    return None


def to_grid(contour: Contour, decimals: int) -> GridContour:
    """Return `contour` in whole grid units, without the segments that have no extent there.

    Parameters
    ----------
    contour : (3 * S, 2) float64 ndarray
        Closed chain of cubics, pixels; see `quantize_segments` for one that is on the grid already.
    decimals : int
        Decimals of the grid.

    Returns
    -------
    contour : GridContour
        The contour on the grid.
    """
    points = segments_of(contour)
    grid = np.rint(points * float(10**decimals)).astype(np.int64)
    straight = is_straight(points, _THIRD) | _at_thirds_exactly(grid)
    extent = (grid[:, 3] != grid[:, 0]).any(axis=1)
    extent |= ~straight & (grid[:, 1:3] != grid[:, :1]).any(axis=(1, 2))
    return GridContour(grid[0, 0], grid[extent, 1:], straight[extent], decimals)


def quantize_segments(
    points: NDArray[np.float64],
    fineness: NDArray[np.int64],
    previous: NDArray[np.int64],
    following: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Round the points of contours, each segment to its own number of decimals.

    A point between two segments gets the more of the two.

    Parameters
    ----------
    points : (S, 4, 2) float64 ndarray
        The four points of each cubic; pixels.
    fineness : (S,) int64 ndarray
        Twice the decimals of each segment. An odd number gives one decimal more to its ends, which move a curve
        further than control points do.
    previous, following : (S,) int64 ndarray
        The segments before and after each one, around its contour.

    Returns
    -------
    quantized : (S, 3, 2) float64 ndarray
        On-curve point and control points of each segment. Handles that were opposite and equally long still are;
        curves within a quarter of a grid unit of their chord are lines.
    """
    decimals, ends = fineness // 2, (fineness + 1) // 2
    straight = is_straight(points, _THIRD) | _nearly_straight(points, decimals)
    scale = _UNITS[np.stack([np.maximum(ends, ends[previous]), decimals, decimals], axis=1)][:, :, None]
    placed = np.rint(points[:, :3] * scale) / scale
    start = placed[:, 0]
    smooth = np.flatnonzero(_smooth(points, previous) & ~straight & ~straight[previous])
    before = previous[smooth]
    handle_scale = _UNITS[np.maximum(decimals[smooth], decimals[before])][:, None]
    handle = np.rint((points[smooth, 1] - points[smooth, 0]) * handle_scale) / handle_scale
    placed[smooth, 1] = start[smooth] + handle
    placed[before, 2] = start[smooth] - handle
    placed[straight, 1], placed[straight, 2] = thirds(start[straight], start[following][straight])
    return np.asarray(placed, dtype=np.float64)


def _smooth(points: NDArray[np.float64], previous: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the handles at the start of each segment are opposite and equally long."""
    total = (points[:, 1] - points[:, 0]) + (points[previous, 2] - points[previous, 3])
    return np.asarray(np.abs(total).max(axis=1) <= _THIRD, dtype=np.bool_)


def _written_coordinates(contour: Contour) -> NDArray[np.float64]:
    points = segments_of(contour)
    curved = ~is_straight(points, _THIRD)
    return np.concatenate([points[:, 0].ravel(), points[curved, 1:3].ravel()])


def _at_thirds_exactly(grid: NDArray[np.int64]) -> NDArray[np.bool_]:
    # Only curves that are exact lines: a tolerance would change what a second writing gives.
    chord = grid[:, 3] - grid[:, 0]
    first = 3 * (grid[:, 1] - grid[:, 0]) == chord
    second = 3 * (grid[:, 2] - grid[:, 0]) == 2 * chord
    return np.asarray((first & second).all(axis=1), dtype=np.bool_)


def _nearly_straight(points: NDArray[np.float64], decimals: NDArray[np.int64]) -> NDArray[np.bool_]:
    tolerance = _STRAIGHT / _UNITS[decimals]
    chord = points[:, 3] - points[:, 0]
    length = np.sqrt((chord * chord).sum(axis=1))
    unit = chord / np.where(length > 0.0, length, 1.0)[:, None]
    offset = points[:, 1:3] - points[:, :1]
    along = offset[..., 0] * unit[:, None, 0] + offset[..., 1] * unit[:, None, 1]
    across = offset[..., 0] * unit[:, None, 1] - offset[..., 1] * unit[:, None, 0]
    # A control point beyond an end makes the curve overshoot its chord: not a line, however flat it is.
    between = ((along >= 0.0) & (along <= length[:, None])).all(axis=1)
    return np.asarray(
        between & (np.abs(across) <= tolerance[:, None]).all(axis=1) & (length > 0.0), dtype=np.bool_
    )
