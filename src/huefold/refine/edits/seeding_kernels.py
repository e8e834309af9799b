"""Compiled loops of seeding: what discs gain around each pixel, and a greedy choice of them."""

from __future__ import annotations

import ctypes

import numpy as np
from numpy.typing import NDArray

from huefold.native.arguments import array, output
from huefold.native.kernels import bind

__all__ = ["choose_discs", "disc_colors", "disc_gains"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Singles = NDArray[np.float32]

_NUMBERS, _INDICES, _PLANES, _PLANE = (
    array(np.float64, 1), array(np.int64, 1), array(np.float32, 3), array(np.float32, 2),
)  # fmt: skip
_DISCS, _TO_DISCS, _TO_ROWS = array(np.int64, 2), output(np.int64, 2), output(np.float64, 2)

_disc_gains = bind(
    "hf_disc_gains", _PLANES, _PLANES, _PLANE, int, int, _INDICES, array(np.float32, 1), int, bool,
    output(np.float32, 3), int, status=True,
)  # fmt: skip
_choose_discs = bind(
    "hf_choose_discs", output(np.float32, 3), int, int, int, _NUMBERS, ctypes.c_float, _TO_DISCS, int, int,
    status=True,
)  # fmt: skip
_disc_colors = bind("hf_disc_colors", _PLANES, _PLANE, int, int, _NUMBERS, _DISCS, int, _TO_ROWS)


def disc_gains(
    target: Singles, residual: Singles, weight: Singles, radii: Floats, *, flat: bool, threads: int
) -> Singles:
    """Return the gain of discs around each pixel. Shape (R, H, W).

    Discs have the photo's mean colour if they are `flat`, or else they shift the colour. Means over boxes stand in
    for those over discs.
    """
    height, width = weight.shape
    sizes = np.array([round(2.0 * radius) for radius in radii.tolist()], np.int64)
    areas = (np.pi * radii * radii).astype(np.float32)
    gains = np.empty((len(radii), height, width), np.float32)
    _disc_gains(target, residual, weight, height, width, sizes, areas, len(radii), flat, gains, threads)
    return gains


def choose_discs(gains: Singles, radii: Floats, least: float, discs: Integers, found: int) -> int:
    """Choose discs of the largest gain greedily until there are as many as `discs` can hold, or none gains more.

    Rows of `discs`, (M, 3), are the number of a radius, row and column; `found` of them there are already. Returns
    how many there are then. Those that overlap a chosen one have less gain from then on; `gains` changes.
    """
    return int(_choose_discs(gains, *gains.shape, radii, least, discs, found, len(discs)))


def disc_colors(target: Singles, weight: Singles, radii: Floats, discs: Integers) -> Floats:
    """Return the weighted mean colours of the photo in discs, as `choose_discs` has them. Shape (M, 3)."""
    colors = np.empty((len(discs), 3))
    _disc_colors(target, weight, *weight.shape, radii, discs, len(discs), colors)
    return colors
