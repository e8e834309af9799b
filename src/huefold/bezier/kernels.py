"""Cubics in compiled code: points, derivatives, splits, one cubic for two segments, and closed chains.

Other kernels use the same functions through ``bezier/cubics.h``; most are here to be tested.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.native.arguments import array, output
from huefold.native.kernels import bind

__all__ = [
    "CHORDS",
    "bernstein",
    "chord_length",
    "derivative_at",
    "derivative_weights",
    "first_crossing",
    "fit_one_cubic",
    "flatten_contour",
    "following",
    "longest_polygon",
    "point_at",
    "power_coefficients",
    "self_crossing",
    "signed_areas",
    "split",
    "thirds",
    "weighted_point",
]

Floats: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]

CHORDS = 7
"""Sides of the polygon for each segment: enough to see a loop; odd, so that crossings midway are not at corners."""

_POINTS, _CORNERS, _OFFSETS = array(np.float64, 2), array(np.float64, 1), array(np.int64, 1)
_FOUND = output(np.float64, 1)

_weights = bind("hf_cubic_weights", float, _FOUND)
_derivative_weights = bind("hf_cubic_derivative_weights", float, _FOUND)
_weighted_point = bind("hf_cubic_weighted_point", _POINTS, int, int, _CORNERS, int, returns=float)
_point = bind("hf_cubic_point", _POINTS, int, int, float, int, returns=float)
_derivative = bind("hf_cubic_derivative", _POINTS, int, int, float, int, returns=float)
_powers = bind("hf_cubic_powers", float, float, float, float, _FOUND)
_thirds = bind("hf_cubic_thirds", float, float, _FOUND)
_split = bind("hf_cubic_split", float, float, float, float, float, _FOUND)
_length = bind("hf_cubic_length", _POINTS, int, int, int, returns=float)
_one_cubic = bind("hf_one_cubic", _POINTS, int, int, int, float, int, output(np.float64, 2))
_next_node = bind("hf_next_node", int, int, int, returns=int)
_most_corners = bind("hf_most_corners", _OFFSETS, int, int, returns=int)
_polygon = bind("hf_polygon", _POINTS, int, int, int, _FOUND, _FOUND, returns=int)
_first_crossing = bind("hf_first_crossing_sides", _CORNERS, _CORNERS, int, output(np.int64, 1), status=True)
_signed_areas = bind("hf_signed_areas", _POINTS, _OFFSETS, int, int, _FOUND, status=True)
_self_crossing = bind("hf_self_crossing", _POINTS, _OFFSETS, int, int, output(np.bool_, 1), int, status=True)


def bernstein(t: float) -> tuple[float, ...]:
    """Return the four cubic Bernstein polynomials at `t`: the weights of a segment's control points."""
    weights = np.empty(4)
    _weights(t, weights)
    return tuple(weights.tolist())


def weighted_point(points: Floats, a: int, d: int, weights: tuple[float, ...], k: int) -> float:
    """Return coordinate `k` where the Bernstein weights are `weights`, of the segment a, a + 1, a + 2, d."""
    return float(_weighted_point(points, a, d, np.array(weights), k))


def point_at(points: Floats, a: int, d: int, t: float, k: int) -> float:
    """Return coordinate `k` at `t` of the segment a, a + 1, a + 2, d: the Bernstein weights in nested form."""
    return float(_point(points, a, d, t, k))


def derivative_weights(t: float) -> tuple[float, ...]:
    """Return the weights of the three differences of control points in the derivative by `t`."""
    weights = np.empty(3)
    _derivative_weights(t, weights)
    return tuple(weights.tolist())


def derivative_at(points: Floats, a: int, d: int, t: float, k: int) -> float:
    """Return the derivative by `t` of coordinate `k` of the segment whose points are a, a + 1, a + 2 and d."""
    return float(_derivative(points, a, d, t, k))


def power_coefficients(p0: float, p1: float, p2: float, p3: float) -> tuple[float, ...]:
    """Return the coefficients of 1, t, t**2 and t**3 of one coordinate of a segment."""
    coefficients = np.empty(4)
    _powers(p0, p1, p2, p3, coefficients)
    return tuple(coefficients.tolist())


def thirds(start: float, end: float) -> tuple[float, ...]:
    """Return one coordinate of both control points of a straight segment of even speed."""
    controls = np.empty(2)
    _thirds(start, end, controls)
    return tuple(controls.tolist())


def split(p0: float, p1: float, p2: float, p3: float, t: float) -> tuple[float, ...]:
    """Return one coordinate of the five points between the ends of a segment split at `t`."""
    between = np.empty(5)
    _split(p0, p1, p2, p3, t, between)
    return tuple(between.tolist())


def chord_length(points: Floats, a: int, d: int, chords: int) -> float:
    """Return the length of the segment a, a + 1, a + 2, d, measured by so many chords."""
    return float(_length(points, a, d, chords))


def fit_one_cubic(points: Floats, a: int, b: int, d: int, cut: float, samples: int, handles: Floats) -> None:
    """Write the handles of the cubic nearest to `samples` points on each of segments a-b and b-d; b is at `cut`."""
    _one_cubic(points, a, b, d, cut, samples, handles)


def following(first: int, last: int, at: int) -> int:
    """Return the node after `at` in the closed chain that holds the points `first` to `last - 1`."""
    return int(_next_node(first, last, at))


def longest_polygon(contours: Counts, steps: int) -> int:
    """Return the most corners that a contour's polygon has, at least 1."""
    return int(_most_corners(contours, len(contours) - 1, steps))


def flatten_contour(points: Floats, first: int, last: int, steps: int, xs: Floats, ys: Floats) -> int:
    """Write points on a closed chain of cubics, `steps` a segment; return how many."""
    return int(_polygon(points, first, last, steps, xs, ys))


def first_crossing(xs: Floats, ys: Floats, count: int) -> tuple[int, int]:
    """Return the first two sides of a closed polygon that cross inside both; (-1, -1) when there are none."""
    pair = np.empty(2, np.int64)
    _first_crossing(xs, ys, count, pair)
    return int(pair[0]), int(pair[1])


def signed_areas(points: Floats, contours: Counts, steps: int, areas: Floats) -> None:
    """Write the signed area of each contour, as a polygon of `steps` sides a segment."""
    _signed_areas(points, contours, len(contours) - 1, steps, areas)


def self_crossing(
    points: Floats, contours: Counts, steps: int, crossing: NDArray[np.bool_], threads: int = 1
) -> None:
    """Mark contours that cross themselves, as polygons of `steps` sides a segment."""
    _self_crossing(points, contours, len(contours) - 1, steps, crossing, threads)
