"""Cutout outlines: neighbours share identical curves and never overlap."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.curves import contour_of
from huefold.contours import kernels
from huefold.contours.chains import ROUGH, FitLimits, Segments, count_segments, fit_chain
from huefold.contours.stacked import MARGIN, THIN_SHARE
from huefold.scene import Contour

__all__ = ["Boundaries", "cutout_contours", "shared_boundaries"]

_STEP = 1.35  # factor from one tolerance to the next while a region has too many segments
_STEPS = 24


class Boundaries(NamedTuple):
    """Boundaries of a partition as a planar graph: chains of cracks, and the contours made of them.

    Parameters
    ----------
    chains : tuple of (n + 1, 2) int32 ndarray
        Each from junction to junction, or closed; working pixels.
    junctions : (H + 1, W + 1) bool ndarray
        Vertices that no chain runs past.
    contours : tuple of list of list of tuple of int and bool
        For each label its contours, each a list of (chain, whether it runs backwards).
    """

    chains: tuple[NDArray[np.int32], ...]
    junctions: NDArray[np.bool_]
    contours: tuple[list[list[tuple[int, bool]]], ...]


def shared_boundaries(partition: NDArray[np.int32]) -> Boundaries:
    """Split the outlines of regions into chains that two regions (or one and the outside) share.

    Parameters
    ----------
    partition : (H, W) int32 ndarray
        Labels 0..N-1.

    Returns
    -------
    boundaries : Boundaries
        Each crack of the partition is in exactly one chain. Chains end where three or more regions meet
        (the outside counts as one) and at the corners of the canvas.

    Examples
    --------
    >>> boundaries = shared_boundaries(np.array([[0, 1]], dtype=np.int32))
    >>> len(boundaries.chains), boundaries.contours[1][0][-1]
    (7, (1, True))
    """
    points, offsets, owners, _ = kernels.region_contours(partition)
    junction = _junctions(partition)
    found: dict[tuple[int, ...], int] = {}
    chains: list[NDArray[np.int32]] = []
    contours: tuple[list[list[tuple[int, bool]]], ...] = tuple([] for _ in range(int(partition.max()) + 1))
    for contour, owner in enumerate(owners):
        uses = []
        for chain in _split(points[offsets[contour] : offsets[contour + 1]], junction):
            key = _key(chain, partition.shape[1])
            known = key in found
            number = found.setdefault(key, len(chains))
            uses.append((number, known))  # a neighbour has the chain on its other side: it runs backwards
            if not known:
                chains.append(chain)
        contours[owner].append(uses)
    return Boundaries(tuple(chains), junction, contours)


def _junctions(partition: NDArray[np.int32]) -> NDArray[np.bool_]:
    padded = np.pad(partition, 1, constant_values=-1)
    across = padded[1:] != padded[:-1]  # horizontal cracks
    down = padded[:, 1:] != padded[:, :-1]
    degree = across[:, 1:].astype(np.int8) + across[:, :-1] + down[1:] + down[:-1]
    junction: NDArray[np.bool_] = degree > 2
    junction[[0, 0, -1, -1], [0, -1, 0, -1]] = True
    return junction


def _split(loop: NDArray[np.int32], junction: NDArray[np.bool_]) -> Iterator[NDArray[np.int32]]:
    at = np.flatnonzero(junction[loop[:, 1], loop[:, 0]])
    first = int(at[0]) if at.size else 0
    loop = np.roll(loop, -first, axis=0)
    loop = np.concatenate([loop, loop[:1]])
    ends = np.append(at - first, len(loop) - 1) if at.size else np.array([0, len(loop) - 1])
    for start, stop in pairwise(ends):
        yield loop[start : stop + 1]


def _key(chain: NDArray[np.int32], width: int) -> tuple[int, ...]:
    """Name a chain by its end cracks (by its first of all if closed), whichever way it runs."""
    cracks = chain[:-1].astype(np.int64) + chain[1:]  # twice the midpoint: unique
    numbers = cracks[:, 1] * (2 * width + 1) + cracks[:, 0]
    if (chain[0] == chain[-1]).all():
        return (int(numbers.min()),)
    return tuple(sorted((int(numbers[0]), int(numbers[-1]))))


def cutout_contours(
    partition: NDArray[np.int32], *, tolerance: float, max_segments: int | None
) -> list[tuple[Contour, ...]]:
    """Return the outlines of all regions, made of chains that are fitted once.

    Parameters
    ----------
    partition : (H, W) int32 ndarray
        Labels 0..N-1.
    tolerance : float
        Largest distance from the cracks' midpoints; working pixels.
    max_segments : int or None
        Most segments of a region: the tolerance of its chains grows until they suffice, or for 24 steps.

    Returns
    -------
    contours : list of tuple of (3 * S, 2) float64 ndarray
        For each label the outer outline (clockwise on the screen) and its holes (the other way).

    Examples
    --------
    >>> outlines = cutout_contours(np.array([[0, 1]], dtype=np.int32), tolerance=0.75, max_segments=None)
    >>> outlines[1][0][::3].tolist()
    [[1.0, 0.0], [2.0, 0.0], [2.0, 1.0], [1.0, 1.0]]
    """
    boundaries = shared_boundaries(partition)
    factors = np.ones(len(boundaries.chains))
    if max_segments is not None:
        counts = [_count(partition, boundaries, number, tolerance, 1.0) for number in range(len(factors))]
        for _ in range(_STEPS):
            stale = _too_many(boundaries, counts, max_segments)
            if not stale:
                break
            for number in stale:
                factors[number] *= _STEP
                counts[number] = _count(partition, boundaries, number, tolerance, factors[number])
    fits = [
        fit_chain(boundaries.chains[number], **_limits(partition, boundaries, number, tolerance, factor))
        for number, factor in enumerate(factors)
    ]
    return [tuple(_assemble(uses, fits) for uses in contours) for contours in boundaries.contours]


def _too_many(boundaries: Boundaries, counts: list[int], max_segments: int) -> list[int]:
    """Return the chains that can still lose segments, of regions that have too many."""
    stale = set()
    for contours in boundaries.contours:
        used = {number for uses in contours for number, _ in uses}
        if sum(counts[number] for number in used) > max_segments:
            stale |= {number for number in used if counts[number] > 1}
    return sorted(stale)


def _count(
    partition: NDArray[np.int32], boundaries: Boundaries, number: int, tolerance: float, factor: float
) -> int:
    limits = _limits(partition, boundaries, number, tolerance, factor)
    return count_segments(boundaries.chains[number], **limits, most=sys.maxsize)


def _limits(
    partition: NDArray[np.int32], boundaries: Boundaries, number: int, tolerance: float, factor: float
) -> FitLimits:
    chain = boundaries.chains[number]
    height, width = partition.shape
    caps = kernels.thickness_caps(partition, chain, THIN_SHARE, MARGIN)
    middles = chain[:-1] + chain[1:]
    border = (np.diff(chain[:, 0]) == 0) & ((middles[:, 0] == 0) | (middles[:, 0] == 2 * width))
    border |= (np.diff(chain[:, 1]) == 0) & ((middles[:, 1] == 0) | (middles[:, 1] == 2 * height))
    limits = np.where(border, 0.0, np.minimum(tolerance, caps) * factor)
    fixed = boundaries.junctions[chain[:, 1], chain[:, 0]]
    sharp = np.full(len(limits), tolerance * factor <= ROUGH)
    return FitLimits(tolerance=limits, fixed=fixed, sharp=sharp, canvas=(width, height))


def _assemble(uses: list[tuple[int, bool]], fits: list[Segments]) -> Contour:
    return contour_of(np.concatenate([fits[n][::-1, ::-1] if reverse else fits[n] for n, reverse in uses]))
