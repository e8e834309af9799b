"""Cubics as arrays: closed chains and their segments, points on them, halves, polygons and lengths.

A *segment* is a (4, 2) array: end, two control points, end. A *contour* is a closed chain of S segments as
`huefold.scene.Path` holds it, (3 * S, 2): each segment without its last point, which is the first of the next one.
"""

from __future__ import annotations

from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LEAST_SEGMENTS",
    "bernstein",
    "contour_of",
    "evaluate",
    "flatten",
    "is_straight",
    "lengths",
    "open_segments",
    "segments_of",
    "split",
    "straight",
    "thirds",
]

Floats: TypeAlias = NDArray[np.float64]
Number = TypeVar("Number", float, Floats)

LEAST_SEGMENTS = 3
"""Fewest segments of a contour: with two, the tracer's corners would have nowhere to go."""


def segments_of(points: Floats, contours: NDArray[np.int64] | None = None) -> Floats:
    """Return the segments (S, 4, 2) of a contour, or of several that follow each other.

    Parameters
    ----------
    points : (3 * S, 2) float64 ndarray
        Their points.
    contours : (C + 1,) int64 ndarray, optional
        Offset of each contour in the points; by default there is one.
    """
    segments = np.empty((len(points) // 3, 4, 2))
    segments[:, :3] = points.reshape(-1, 3, 2)
    offsets = np.array([0, len(points)]) if contours is None else contours
    first, last = offsets[:-1] // 3, offsets[1:] // 3
    filled = last > first
    segments[:-1, 3] = segments[1:, 0]
    segments[last[filled] - 1, 3] = segments[first[filled], 0]
    return segments


def open_segments(chain: Floats) -> Floats:
    """Return the segments (S, 4, 2) of an open chain (3 * S + 1, 2)."""
    return np.stack([chain[:-1:3], chain[1::3], chain[2::3], chain[3::3]], axis=1)


def contour_of(segments: Floats) -> Floats:
    """Return a closed chain of segments (S, 4, 2) as a contour (3 * S, 2)."""
    return segments[:, :3].reshape(-1, 2)


def bernstein(t: Floats) -> Floats:
    """Return the cubic Bernstein polynomials (..., 4) at parameters (...): the weights of a segment's points."""
    s = 1.0 - t
    return np.stack([s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t], axis=-1)


def evaluate(segments: Floats, t: Floats) -> Floats:
    """Return the points (..., T, 2) of segments (..., 4, 2) at parameters (T,) in [0, 1].

    Examples
    --------
    >>> evaluate(np.array([(0, 0), (0, 4), (4, 4), (4, 0)], float), np.array([0.0, 0.5])).tolist()
    [[0.0, 0.0], [2.0, 3.0]]
    """
    weights = bernstein(t)[..., None]
    a, b, c, d = (segments[..., None, k, :] for k in range(4))
    return np.asarray(weights[:, 0] * a + weights[:, 1] * b + weights[:, 2] * c + weights[:, 3] * d)


def flatten(segments: Floats, chords: int) -> Floats:
    """Return the polygons (S, chords, 2) of equal parameter steps; the last point of each segment is left out."""
    return evaluate(segments, np.arange(chords) / chords)


def lengths(segments: Floats, chords: int) -> Floats:
    """Return the lengths (...) of segments (..., 4, 2), each measured by so many chords."""
    steps = np.diff(evaluate(segments, np.linspace(0.0, 1.0, chords + 1)), axis=-2)
    return np.asarray(np.sqrt((steps * steps).sum(axis=-1)).sum(axis=-1))


def split(segment: Floats, t: float = 0.5) -> tuple[Floats, Floats]:
    """Return the parts of segments (..., 4, 2) before and after `t` (de Casteljau's algorithm)."""
    s = 1.0 - t
    a, b, c, d = np.moveaxis(segment, -2, 0)
    ab, bc, cd = s * a + t * b, s * b + t * c, s * c + t * d
    abc, bcd = s * ab + t * bc, s * bc + t * cd
    middle = s * abc + t * bcd
    return np.stack([a, ab, abc, middle], axis=-2), np.stack([middle, bcd, cd, d], axis=-2)


def thirds(start: Number, end: Number) -> tuple[Number, Number]:
    """Return the control points of a straight segment of even speed; of one coordinate, or of points."""
    chord = end - start
    return start + chord / 3.0, start + chord * (2.0 / 3.0)


def straight(start: Floats, end: Floats) -> Floats:
    """Return straight segments (S, 4, 2) between points (S, 2)."""
    return np.stack([start, *thirds(start, end), end], axis=1)


def is_straight(segments: Floats, tolerance: float | Floats) -> NDArray[np.bool_]:
    """Return which segments (S, 4, 2) have control points within a tolerance of their thirds, in x and in y."""
    first, second = thirds(segments[:, 0], segments[:, 3])
    off = np.maximum(np.abs(segments[:, 1] - first), np.abs(segments[:, 2] - second))
    return np.asarray(off.max(axis=1) <= tolerance, dtype=np.bool_)
