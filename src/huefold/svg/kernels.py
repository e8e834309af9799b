"""Inner loops of rounding: samples along segments, the area a move sweeps, and what lies beneath boundaries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huefold.native.arguments import array, output
from huefold.native.kernels import bind

__all__ = ["Cells", "Outlines", "Paints", "contrasts", "sample", "sweep"]

_Floats = NDArray[np.float64]
_Offsets = NDArray[np.int64]

_NUMBERS, _INTEGERS, _TRUTHS = array(np.float64, 1), array(np.int64, 1), array(np.bool_, 1)
_TABLE, _CUBICS, _PLANES = array(np.float64, 2), array(np.float64, 3), output(np.float64, 3)

_sample = bind("hf_sample_cubics", _CUBICS, _INTEGERS, int, output(np.float64, 2))
_sweep = bind("hf_swept_areas", _CUBICS, _CUBICS, _INTEGERS, int, _TRUTHS, output(np.float64, 1))
_contrasts = bind(
    "hf_contrasts",
    _TABLE, _INTEGERS, _INTEGERS, int, _TABLE, _TABLE, _NUMBERS, _TRUTHS, _TRUTHS,
    float, float, _PLANES, _PLANES, int, int, output(np.float64, 1),
    status=True,
)  # fmt: skip


class Outlines(NamedTuple):
    """Samples along the outlines of N paths, contour by contour."""

    position: _Floats  # (M, 2)
    contours: _Offsets  # (C + 1,): offset of each contour in the samples
    paths: _Offsets  # (N + 1,): offset of each path in the contours


class Paints(NamedTuple):
    """What N paths are painted with."""

    least: _Floats  # (N, 3): range of the colours of each fill
    largest: _Floats
    opacity: _Floats  # (N,): largest opacity
    opaque: NDArray[np.bool_]  # (N,): whether it is opaque everywhere
    evenodd: NDArray[np.bool_]  # (N,): its fill rule


class Cells(NamedTuple):
    """Square cells of the canvas with a border of one cell, and the range of the colours in each."""

    size: float  # pixels
    margin: float  # pixels around a sample in which the boundary may enter a neighbouring cell
    low: _Floats  # (rows, columns, 3)
    high: _Floats


def sample(points: _Floats, first: _Offsets, position: _Floats) -> None:
    """Sample each cubic (S, 4, 2) at midpoints of equal parameter steps; `first` (S + 1,) says how many."""
    _sample(points, first, len(points), position)


def sweep(before: _Floats, after: _Floats, first: _Offsets, moved: NDArray[np.bool_], area: _Floats) -> None:
    """Write the area |D x B'| dt that each sample of the segments `moved` sweeps."""
    _sweep(before, after, first, len(before), moved, area)


def contrasts(outlines: Outlines, paints: Paints, cells: Cells, contrast: _Floats) -> None:
    """Bound how much coverage at each sample changes a colour channel (see `boundary_contrast`).

    The ranges of the cells start at the background, and are used up.
    """
    position, contours, paths = outlines
    size, margin, low, high = cells
    _contrasts(
        position, contours, paths, len(paths) - 1, *paints, size, margin, low, high, *low.shape[:2], contrast
    )
