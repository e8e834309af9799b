"""Bounding boxes of contours: exact ones, and quick ones by control points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from huefold.bezier.curves import Floats, bernstein, is_straight, segments_of

__all__ = ["Box", "disjoint", "hull_box", "is_rectangle", "tight_box", "within"]

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def hull_box(contours: Sequence[Floats]) -> Box | None:
    """Return a box around all control points, which holds the curves; None if there are none."""
    return _box(contours)


def tight_box(contours: Sequence[Floats]) -> Box | None:
    """Return the smallest box around contours; None if there are none.

    Examples
    --------
    >>> tight_box([np.array([(0, 0), (0, 4), (4, 4), (4, 0), (3, 0), (1, 0)], float)])
    (0.0, 0.0, 4.0, 3.0)
    """
    return _box([_extremes(contour) for contour in contours])


def _box(points: Sequence[Floats]) -> Box | None:
    if not points:
        return None
    every = np.concatenate(points)
    (left, top), (right, bottom) = every.min(axis=0).tolist(), every.max(axis=0).tolist()
    return left, top, right, bottom


def _extremes(contour: Floats) -> Floats:
    """Return the on-curve points and, per axis, the points where a segment turns; shape (N, 2)."""
    segments = segments_of(contour)
    p0, p1, p2, p3 = segments.transpose(1, 0, 2)
    # B'/3 = a t^2 + b t + c, for arrays; `power_coefficients` is compiled, for numbers.
    a, b, c = p3 - p0 + 3.0 * (p1 - p2), 2.0 * (p0 - 2.0 * p1 + p2), p1 - p0
    with np.errstate(all="ignore"):
        root = np.sqrt(np.maximum(b * b - 4.0 * a * c, 0.0))
        q = -0.5 * (b + np.copysign(root, b))
        turns = np.nan_to_num(np.stack([q / a, c / q]), nan=0.0, posinf=0.0, neginf=0.0)
    weights = bernstein(np.clip(turns, 0.0, 1.0))  # both coordinates have parameters of their own
    points = (weights * segments.transpose(0, 2, 1)).sum(axis=-1)
    return np.concatenate([p0, points.reshape(-1, 2)])


def disjoint(one: Box, other: Box) -> bool:
    """Whether two boxes have no area in common."""
    return one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]


def within(inner: Box, outer: Box, tolerance: float = 1e-6) -> bool:
    """Whether a box lies inside another one, up to `tolerance`."""
    return (
        inner[0] >= outer[0] - tolerance
        and inner[1] >= outer[1] - tolerance
        and inner[2] <= outer[2] + tolerance
        and inner[3] <= outer[3] + tolerance
    )


def is_rectangle(contours: Sequence[Floats]) -> bool:
    """Whether contours are a single rectangle along the axes, of four straight sides."""
    if len(contours) != 1 or len(contours[0]) != 12:
        return False
    segments = segments_of(contours[0])
    tolerance = 1e-9 * max(1.0, float(np.abs(segments[:, 0]).max()))
    if not is_straight(segments, tolerance).all():
        return False
    flat = np.abs(segments[:, 3] - segments[:, 0]) <= tolerance
    return bool((flat.sum(axis=1) == 1).all() and (flat[:, 0] != np.roll(flat[:, 0], 1)).all())
