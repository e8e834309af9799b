"""Samples along the boundaries of paths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.scene import Contour, Path

__all__ = ["Outline", "sample_counts", "sample_outline", "swept_area"]


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """Points along all contours of a path, midpoints of equal parameter steps.

    Parameters
    ----------
    position : (M, 2) float64 ndarray
        Pixels of the original image.
    following : (M,) int64 ndarray
        Index of the next sample of the same contour.
    segment : (M,) int64 ndarray
        Index of the sample's segment among all segments of the path.
    t : (M,) float64 ndarray
        Bezier parameter in [0, 1].
    step : (M,) float64 ndarray
        Length of the parameter interval that the sample stands for.
    """

    position: NDArray[np.float64]
    following: NDArray[np.int64]
    segment: NDArray[np.int64]
    t: NDArray[np.float64]
    step: NDArray[np.float64]


def sample_counts(path: Path, spacing: float) -> NDArray[np.int64]:
    """Return the number of samples of each segment that are about `spacing` pixels apart at most."""
    points = _segment_points(path.contours)
    length = np.hypot(*np.moveaxis(np.diff(points, axis=1), -1, 0)).sum(axis=1)
    return np.asarray(np.maximum(1, np.ceil(length / spacing)), dtype=np.int64)


def sample_outline(path: Path, counts: NDArray[np.int64]) -> Outline:
    """Return `counts` samples of each segment of `path`."""
    segment = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    t = (np.arange(len(segment)) - first[segment] + 0.5) / counts[segment]
    position = _bezier(_segment_points(path.contours)[segment], t)
    following = np.arange(1, len(segment) + 1)
    begin = 0
    for contour in path.contours:
        end = begin + len(contour) // 3
        following[first[end - 1] + counts[end - 1] - 1] = first[begin]
        begin = end
    return Outline(position, following, segment, t, 1.0 / counts[segment])


def swept_area(
    outline: Outline, before: tuple[Contour, ...], after: tuple[Contour, ...]
) -> NDArray[np.float64]:
    """Return the area, to first order, that each sample's piece sweeps when `before` becomes `after`.

    Parameters
    ----------
    outline : Outline
        Samples of `before`.
    before, after : tuple of (3 * S, 2) float64 ndarray
        Contours with the same segments; pixels.

    Returns
    -------
    area : (M,) float64 ndarray
        ``|D x B'| dt`` with D = the displacement of the curve B, square pixels.
    """
    old, new = _segment_points(before), _segment_points(after)
    displacement = _bezier((new - old)[outline.segment], outline.t)
    velocity = _bezier_velocity(np.diff(0.5 * (old + new), axis=1)[outline.segment], outline.t)
    cross = displacement[:, 0] * velocity[:, 1] - displacement[:, 1] * velocity[:, 0]
    return np.asarray(np.abs(cross) * outline.step, dtype=np.float64)


def _segment_points(contours: tuple[Contour, ...]) -> NDArray[np.float64]:
    """Return the four points of every segment, (S, 4, 2)."""
    chains = [contour.reshape(-1, 3, 2) for contour in contours]
    closed = [np.concatenate([chain, np.roll(chain[:, :1], -1, axis=0)], axis=1) for chain in chains]
    return np.concatenate([np.empty((0, 4, 2)), *closed])


def _bezier(points: NDArray[np.float64], t: NDArray[np.float64]) -> NDArray[np.float64]:
    s = 1.0 - t
    weights = np.stack([s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t], axis=1)
    return np.asarray(np.einsum("mk,mkc->mc", weights, points), dtype=np.float64)


def _bezier_velocity(edges: NDArray[np.float64], t: NDArray[np.float64]) -> NDArray[np.float64]:
    s = 1.0 - t
    weights = 3.0 * np.stack([s * s, 2.0 * s * t, t * t], axis=1)
    return np.asarray(np.einsum("mk,mkc->mc", weights, edges), dtype=np.float64)
