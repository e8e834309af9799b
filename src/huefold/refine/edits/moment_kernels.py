"""Compiled loops of colour moments: sums over what shows of paths, and what one fill of two paths costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.native.arguments import array, output
from huefold.native.kernels import bind

__all__ = ["color_moments", "gradient_costs", "remaining_errors", "two_stops"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Singles = NDArray[np.float32]
Shown = NDArray[np.int32]

MOMENTS = 16
"""Sums over what shows of a path, for its colour and its gradient."""

_NUMBERS, _TO_NUMBERS = array(np.float64, 1), output(np.float64, 1)
_ROWS, _TO_ROWS, _PAIRS = array(np.float64, 2), output(np.float64, 2), array(np.int64, 2)
_PLANES, _PLANE, _SHOWN = array(np.float32, 3), array(np.float32, 2), array(np.int32, 2)

_color_moments = bind("hf_color_moments", _SHOWN, _PLANES, _PLANE, int, int, int, _TO_ROWS)
_remaining_errors = bind("hf_remaining_errors_of_paths", _ROWS, int, _TO_ROWS)
_gradient_costs = bind("hf_gradient_costs", _ROWS, _NUMBERS, _PAIRS, int, _TO_NUMBERS)
_two_stops = bind(
    "hf_two_stops",
    _SHOWN,
    int,
    int,
    int,
    int,
    _PLANES,
    _PLANE,
    _NUMBERS,
    float,
    _TO_NUMBERS,
    _TO_ROWS,
    _TO_ROWS,
)


def color_moments(shows: Shown, target: Singles, weight: Singles, count: int) -> Floats:
    """Return sums over what shows of each path. Shape (N, 16).

    With weights w and photo I they are of w, w x, w y, w x x, w x y, w y y, of w I, w x I and w y I by channel,
    and of w |I|^2.
    """
    sums = np.empty((count, MOMENTS))
    _color_moments(shows, target, weight, *shows.shape, count, sums)
    return sums


def remaining_errors(sums: Floats) -> tuple[Floats, Floats]:
    """Return the squared errors that the best colours leave, and that the best linear gradients do. Shapes (N,)."""
    errors = np.empty((len(sums), 2))
    _remaining_errors(sums, len(sums), errors)
    flat, linear = np.ascontiguousarray(errors.T)
    return flat, linear


def gradient_costs(sums: Floats, errors: Floats, pairs: Integers) -> Floats:
    """Return by how much squared errors increase if one linear gradient fills each pair of paths. Shape (M,)."""
    costs = np.empty(len(pairs))
    _gradient_costs(sums, errors, pairs, len(pairs), costs)
    return costs


def two_stops(
    shows: Shown, pair: tuple[int, int], target: Singles, weight: Singles, ends: Floats, pixel: float
) -> tuple[Floats, Floats, Floats]:
    """Return what the stops of a gradient over two paths are fitted to.

    The mean colour, (3,); sums of weights and shares of both stops, (2, 2); and sums of weights, shares and the
    difference from the mean, (2, 3).
    """
    mean, gram, pull = np.empty(3), np.empty((2, 2)), np.empty((2, 3))
    _two_stops(shows, *shows.shape, *pair, target, weight, ends, pixel, mean, gram, pull)
    return mean, gram, pull
