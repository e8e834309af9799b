"""Slow, obvious twins of what `huefold.bezier` does: one point at a time, by repeated interpolation."""

from __future__ import annotations

from itertools import pairwise

import numpy as np


def point_at(points, t):
    """Point of a Bezier curve of any degree at `t` (de Casteljau)."""
    points = [np.asarray(point, float) for point in points]
    while len(points) > 1:
        points = [(1 - t) * a + t * b for a, b in pairwise(points)]
    return points[0]


def cubics(contour):
    """The four points of each segment of a closed chain."""
    count = len(contour)
    return [
        [contour[k], contour[k + 1], contour[k + 2], contour[(k + 3) % count]] for k in range(0, count, 3)
    ]


def polygon(contour, sides):
    """Corners of the polygon with so many sides for each segment."""
    return np.array([point_at(cubic, i / sides) for cubic in cubics(contour) for i in range(sides)])
