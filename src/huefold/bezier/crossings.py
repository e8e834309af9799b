"""Outlines that cross themselves: one test for whoever draws, refines or judges them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.kernels import CHORDS, self_crossing

__all__ = ["crossing_contours"]


def crossing_contours(points: NDArray[np.float64], contours: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which contours cross themselves, as polygons of `CHORDS` chords to a segment.

    Parameters
    ----------
    points : (P, 2) float64 ndarray
        Closed chains of cubics, as `huefold.render.SceneArrays` holds them.
    contours : (C + 1,) int64 ndarray
        Offset of each in the points.

    Returns
    -------
    crossing : (C,) bool ndarray

    Examples
    --------
    >>> from huefold.scene import contour_from_polygon
    >>> crossing_contours(contour_from_polygon([(0, 0), (4, 4), (4, 0), (0, 4)]), np.array([0, 12]))
    array([ True])
    """
    crossing = np.zeros(len(contours) - 1, np.bool_)
    if len(crossing):
        self_crossing(points, contours, CHORDS, crossing)
    return crossing
