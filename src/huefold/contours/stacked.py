"""Stacked outlines: each path continues beneath those painted over it."""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.curves import contour_of
from huefold.contours import kernels
from huefold.contours.chains import ROUGH, FitLimits, count_segments, fit_chain
from huefold.scene import Contour

__all__ = ["MARGIN", "THIN_SHARE", "border_ends", "stacked_contours"]

MARGIN = 4  # working pixels that a path continues beneath later ones, where it can
THIN_SHARE = 0.45  # of a region's thickness that its outline may move: two sides never meet
_STEP = 1.15  # factor from one tolerance to the next while a path has too many segments
_STEPS = 48  # to a tolerance that no outline needs


class _Chain(NamedTuple):
    points: NDArray[np.int32]  # (n + 1, 2), closed
    thickness: NDArray[np.float64]  # (n,), upper limits of the tolerance


def stacked_contours(
    rank: NDArray[np.int32],
    level: int,
    box: tuple[slice, slice],
    *,
    tolerance: float,
    max_segments: int | None,
) -> tuple[Contour, ...]:
    """Return the outline of what the path at `level` of the stack paints.

    Only borders with earlier regions are visible, and are followed within the tolerance. Beneath later regions
    the outline is free, as long as it hides its own region and no earlier one.

    Parameters
    ----------
    rank : (H, W) int32 ndarray
        Position in the stack of each pixel's region.
    level : int
        Position of the region to trace; 0 is at the bottom and covers the canvas.
    box : tuple of 2 slice
        Rows and columns that hold the region.
    tolerance : float
        Largest distance from visible cracks; working pixels.
    max_segments : int or None
        Most segments: the tolerance grows until they suffice, or for 48 steps.

    Returns
    -------
    contours : tuple of (3 * S, 2) float64 ndarray
        The outer outline, and a hole for each enclosed part where earlier regions are visible; working pixels.

    Examples
    --------
    >>> rank = np.array([[0, 1, 0]], dtype=np.int32)
    >>> box = slice(0, 1), slice(0, 3)
    >>> (outline,) = stacked_contours(rank, 0, box, tolerance=0.75, max_segments=None)
    >>> outline[::3].tolist()
    [[0.0, 0.0], [3.0, 0.0], [3.0, 1.0], [0.0, 1.0]]
    """
    chains = _cover_chains(rank, level, box)

    def enough(step: int, most: int) -> bool:
        return _count(rank, level, chains, tolerance, _STEP**step, most) <= most

    step = 0
    if max_segments is not None and not enough(0, max_segments):
        low, step = 0, _STEPS
        most = max(max_segments, _count(rank, level, chains, tolerance, _STEP**_STEPS, sys.maxsize))
        while step - low > 1:
            middle = (low + step) // 2
            low, step = (low, middle) if enough(middle, most) else (middle, step)
    return tuple(
        contour_of(fit_chain(chain.points, **_limits(rank, level, chain, tolerance, _STEP**step)))
        for chain in chains
    )


def _count(
    rank: NDArray[np.int32], level: int, chains: list[_Chain], tolerance: float, factor: float, most: int
) -> int:
    """Count the segments of all chains; above `most`, return any number above it."""
    count = 0
    for chain in chains:
        limits = _limits(rank, level, chain, tolerance, factor)
        count += count_segments(chain.points, **limits, most=most - count)
        if count > most:
            break
    return count


def _cover_chains(rank: NDArray[np.int32], level: int, box: tuple[slice, slice]) -> list[_Chain]:
    height, width = rank.shape
    if level == 0:
        mask, top, left = np.ones((height, width), dtype=np.int32), 0, 0
    else:
        top, left = max(0, box[0].start - MARGIN), max(0, box[1].start - MARGIN)
        rows, cols = min(height, box[0].stop + MARGIN) - top, min(width, box[1].stop + MARGIN) - left
        mask = kernels.cover(rank, level, top, left, rows, cols, MARGIN)
    points, offsets = kernels.mask_contours(mask)
    chains = []
    for start, stop in pairwise(offsets):
        loop = np.concatenate([points[start:stop], points[start : start + 1]])
        thickness = kernels.thickness_caps(mask, loop, THIN_SHARE, MARGIN)
        chains.append(_Chain(loop + np.array([left, top], dtype=np.int32), thickness))
    return chains


def _limits(rank: NDArray[np.int32], level: int, chain: _Chain, tolerance: float, factor: float) -> FitLimits:
    height, width = rank.shape
    limits = kernels.crack_limits(rank, level, chain.points[:-1], tolerance * factor, MARGIN + 1)
    free = limits != tolerance * factor
    limits = np.where(free, limits, np.minimum(limits, chain.thickness * factor))
    fixed = border_ends(chain.points, limits == 0.0)
    sharp = ~free & (factor * tolerance <= ROUGH)
    return FitLimits(tolerance=limits, fixed=fixed, sharp=sharp, canvas=(width, height))


def border_ends(points: NDArray[np.int32], border: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the vertices of a closed chain where it reaches the canvas border, leaves it, or turns with it."""
    steps = np.diff(points, axis=0)
    turns = (steps != np.roll(steps, 1, axis=0)).any(axis=1)
    ends = (border != np.roll(border, 1)) | (border & turns)
    return np.append(ends, ends[0])
