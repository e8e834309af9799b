"""Stacked outlines: each path continues beneath those painted over it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from huefold.contours import kernels
from huefold.contours.chains import ROUGH
from huefold.scene import Contour

__all__ = ["MARGIN", "THIN_SHARE", "stacked_contours", "stacked_outlines"]

MARGIN = 4  # working pixels that a path continues beneath later ones, where it can
THIN_SHARE = 0.45  # of a region's thickness that its outline may move: two sides never meet


def stacked_outlines(
    rank: NDArray[np.int32],
    boxes: Sequence[tuple[slice, slice]],
    *,
    first: int = 0,
    tolerance: float,
    max_segments: int | None,
    threads: int,
) -> list[tuple[Contour, ...]]:
    """Return the outlines of what paths of the stack paint, from level `first` on; see `stacked_contours`.

    Parameters
    ----------
    rank : (H, W) int32 ndarray
        Position in the stack of each pixel's region.
    boxes : sequence of tuple of 2 slice
        Rows and columns that hold the region of each path to trace.
    first : int, optional
        Position of the first of these regions; 0 is at the bottom and covers the canvas.
    tolerance : float
        Largest distance from visible cracks; working pixels.
    max_segments : int or None
        Most segments of a path: its tolerance grows until they suffice, or for 48 steps.
    threads : int
        Worker threads; the result is the same for any number.

    Returns
    -------
    outlines : list of tuple of (3 * S, 2) float64 ndarray
        For each path its contours.
    """
    edges = [(rows.start, rows.stop, columns.start, columns.stop) for rows, columns in boxes]
    return kernels.trace_stacked(
        rank,
        first,
        np.array(edges, dtype=np.int64).reshape(-1, 4),
        tolerance=tolerance,
        most=-1 if max_segments is None else max_segments,
        thin_share=THIN_SHARE,
        margin=MARGIN,
        rough=ROUGH,
        threads=threads,
    )


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
    (contours,) = stacked_outlines(
        rank, [box], first=level, tolerance=tolerance, max_segments=max_segments, threads=1
    )
    return contours
