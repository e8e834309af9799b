"""Bounding boxes of outlines: exact ones, and quick ones by control points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.scene import Contour

__all__ = ["Box", "disjoint", "hull_box", "is_rectangle", "tight_box", "within"]

Box: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom
Floats: TypeAlias = NDArray[np.float64]


def hull_box(contours: Sequence[Contour]) -> Box | None:
    """Return a box around all control points, which holds the outline; None if there are none."""
    if not contours:
        return None
    low = np.min([contour.min(axis=0) for contour in contours], axis=0)
    high = np.max([contour.max(axis=0) for contour in contours], axis=0)
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def tight_box(contours: Sequence[Contour]) -> Box | None:
    """Return the smallest box around outlines; None if there are none.

    Parameters
    ----------
    contours : sequence of (3 * S, 2) ndarray
        Closed chains of cubics.

    Examples
    --------
    >>> tight_box([np.array([(0, 0), (0, 4), (4, 4), (4, 0), (3, 0), (1, 0)], float)])
    (0.0, 0.0, 4.0, 3.0)
    """
    if not contours:
        return None
    reached = np.concatenate([_extremes(contour) for contour in contours])
    low, high = reached.min(axis=0), reached.max(axis=0)
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def _extremes(contour: Contour) -> Floats:
    """Return the on-curve points and, per axis, the points where a cubic turns; shape (N, 2)."""
    p0, p1, p2 = contour[::3], contour[1::3], contour[2::3]
    p3 = np.roll(p0, -1, axis=0)
    a, b, c = p3 - p0 + 3.0 * (p1 - p2), 2.0 * (p0 - 2.0 * p1 + p2), p1 - p0  # B'/3 = a t^2 + b t + c
    with np.errstate(all="ignore"):
        root = np.sqrt(np.maximum(b * b - 4.0 * a * c, 0.0))
        q = -0.5 * (b + np.copysign(root, b))
        turns = np.nan_to_num(np.stack([q / a, c / q]), nan=0.0, posinf=0.0, neginf=0.0)
    t = np.clip(turns, 0.0, 1.0)
    u = 1.0 - t
    points = u**3 * p0 + 3.0 * u**2 * t * p1 + 3.0 * u * t**2 * p2 + t**3 * p3
    return np.concatenate([p0, points.reshape(-1, 2)])


def disjoint(one: Box, other: Box) -> bool:
    """Whether two boxes have no area in common."""
    return one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]


def within(inner: Box, outer: Box, slack: float = 1e-6) -> bool:
    """Whether a box lies inside another one, up to `slack`."""
    return (
        inner[0] >= outer[0] - slack
        and inner[1] >= outer[1] - slack
        and inner[2] <= outer[2] + slack
        and inner[3] <= outer[3] + slack
    )


def is_rectangle(contours: Sequence[Contour]) -> bool:
    """Whether outlines are a single rectangle along the axes, of four straight sides."""
    if len(contours) != 1 or len(contours[0]) != 12:
        return False
    corners = contours[0][::3]
    step = np.roll(corners, -1, axis=0) - corners
    straight = corners + step / 3.0, corners + step * (2.0 / 3.0)
    slack = 1e-9 * max(1.0, float(np.abs(corners).max()))
    if any(np.abs(contours[0][k::3] - at).max() > slack for k, at in enumerate(straight, 1)):
        return False
    flat = np.abs(step) <= slack
    return bool((flat.sum(axis=1) == 1).all() and (flat[:, 0] != np.roll(flat[:, 0], 1)).all())
