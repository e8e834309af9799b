"""Saliency from boxes and points that the user places on the image."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huefold.errors import SaliencyError
from huefold.native import elementary
from huefold.saliency.checks import check_shape, check_weight

__all__ = ["Box", "Point", "RegionAt", "boxes", "points"]


class Box(NamedTuple):
    """A rectangle that matters.

    Parameters
    ----------
    x0, y0, x1, y1 : float
        Two opposite corners, in pixels of the map, x to the right and y down; clipped to the image.
    weight : float, optional
        In [0, 1].
    """

    x0: float
    y0: float
    x1: float
    y1: float
    weight: float = 1.0


class Point(NamedTuple):
    """A spot that matters, with a soft edge.

    Parameters
    ----------
    x, y : float
        Centre, in pixels of the map, x to the right and y down.
    radius : float
        Distance at which the weight is 0, in pixels; above 0.
    weight : float, optional
        In [0, 1].
    """

    x: float
    y: float
    radius: float
    weight: float = 1.0


class RegionAt(NamedTuple):
    """A point that stands for the region of like colour around it, which `huefold.vectorize` finds.

    Parameters
    ----------
    x, y : float
        In pixels of the photo, x to the right and y down.
    """

    x: float
    y: float


def boxes(marks: Iterable[Box], shape: tuple[int, int], *, outside: float = 0.0) -> NDArray[np.float32]:
    """Return the map that has each box's weight inside it.

    A pixel that a box covers in part gets that part of its weight; where boxes overlap the largest weight
    counts.

    Parameters
    ----------
    marks : iterable of Box
        At least one; plain tuples ``(x0, y0, x1, y1)`` or ``(x0, y0, x1, y1, weight)`` will do.
    shape : (int, int)
        Height and width of the map.
    outside : float, optional
        Least value anywhere, in [0, 1].

    Returns
    -------
    saliency : (H, W) float32 ndarray
        In [0, 1].

    Raises
    ------
    SaliencyError
        If there is no box, a box is empty, lies outside the image, or has a weight outside [0, 1].

    Examples
    --------
    >>> boxes([Box(1, 0, 2.5, 1, weight=0.8)], (1, 4))
    array([[0. , 0.8, 0.4, 0. ]], dtype=float32)
    """
    saliency = _empty_map(shape, outside)
    given = [Box(*mark) for mark in marks]
    if not given:
        raise SaliencyError("no box is given; give at least one (x0, y0, x1, y1)")
    for box in given:
        check_weight(box.weight, f"the weight of box {tuple(box)}")
        columns = _overlap(box.x0, box.x1, shape[1])
        rows = _overlap(box.y0, box.y1, shape[0])
        if not (columns.any() and rows.any()):
            corners = ", ".join(f"{edge:g}" for edge in box[:4])
            raise SaliencyError(
                f"box {corners} covers nothing of the {shape[1]}x{shape[0]} image; check its corners", box=box
            )
        np.maximum(saliency, box.weight * np.outer(rows, columns), out=saliency)
    return saliency.astype(np.float32)


def points(marks: Iterable[Point], shape: tuple[int, int], *, outside: float = 0.0) -> NDArray[np.float32]:
    """Return the map with a soft spot at each point.

    The weight falls off as ``weight * (1 + cos(pi d / radius)) / 2`` with the distance d of the pixel's
    centre, and is 0 from the radius on; where spots overlap the largest value counts.

    Parameters
    ----------
    marks : iterable of Point
        At least one; plain tuples ``(x, y, radius)`` or ``(x, y, radius, weight)`` will do.
    shape : (int, int)
        Height and width of the map.
    outside : float, optional
        Least value anywhere, in [0, 1].

    Returns
    -------
    saliency : (H, W) float32 ndarray
        In [0, 1].

    Raises
    ------
    SaliencyError
        If there is no point, a radius is not above 0, a spot touches no pixel's centre, or a weight lies
        outside [0, 1].

    Examples
    --------
    >>> points([Point(1.5, 0.5, radius=2)], (1, 4))
    array([[0.5, 1. , 0.5, 0. ]], dtype=float32)
    """
    saliency = _empty_map(shape, outside)
    given = [Point(*mark) for mark in marks]
    if not given:
        raise SaliencyError("no point is given; give at least one (x, y, radius)")
    for point in given:
        check_weight(point.weight, f"the weight of point {tuple(point)}")
        if not (point.radius > 0.0 and all(map(math.isfinite, point))):
            raise SaliencyError(
                f"a point needs finite numbers and a radius above 0, got {tuple(point)}", point=point
            )
        dx = np.arange(shape[1]) + 0.5 - point.x
        dy = np.arange(shape[0]) + 0.5 - point.y
        distance = np.minimum(np.sqrt(dy[:, None] ** 2 + dx[None, :] ** 2) / point.radius, 1.0)
        if (distance >= 1.0).all():
            raise SaliencyError(
                f"point {tuple(point)} touches no pixel of the {shape[1]}x{shape[0]} image; check it",
                point=point,
            )
        cosine = elementary.sine_and_cosine(np.pi * distance)[1]
        np.maximum(saliency, point.weight * 0.5 * (1.0 + cosine), out=saliency)
    return saliency.astype(np.float32)


def _empty_map(shape: tuple[int, int], outside: float) -> NDArray[np.float64]:
    check_shape(shape)
    check_weight(outside, "the value outside the marks")
    return np.full(shape, float(outside))


def _overlap(a: float, b: float, count: int) -> NDArray[np.float64]:
    """How much of each unit interval [k, k + 1], k < count, lies between a and b."""
    low, high = min(a, b), max(a, b)
    k = np.arange(count)
    return np.asarray(np.clip(np.minimum(high, k + 1.0) - np.maximum(low, k), 0.0, 1.0))
