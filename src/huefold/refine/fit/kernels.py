"""Compiled parts of fitting: steps of Adam, smooth nodes, straight lines, mending contours that cross themselves.

The fit loop calls most of them in C; see loop.h.
"""

from __future__ import annotations

import ctypes

import numpy as np
from numpy.typing import NDArray

from huefold.native.arguments import array, output
from huefold.native.kernels import bind
from huefold.refine.fit.structs import FillVariablesStruct, GuardStruct
from huefold.render.fills.structs import FillValuesStruct, GradientFillsStruct

__all__ = [
    "adam",
    "adam_outlines",
    "fold_lines",
    "guard_contours",
    "move_fills",
    "smooth_asymmetry",
    "smooth_gradient",
    "smooth_to_handles",
    "smooth_to_points",
    "uncross",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Truths = NDArray[np.bool_]

_NUMBERS, _INDICES, _POINTS = array(np.float64, 1), array(np.int64, 1), array(np.float64, 2)
_TO_NUMBERS, _TO_POINTS = output(np.float64, 1), output(np.float64, 2)
_LINES = array(np.int64, 2)

_adam = bind("hf_adam_rows", _TO_POINTS, _POINTS, _TO_POINTS, _TO_POINTS, _NUMBERS, int, int, int)
_adam_outlines = bind(
    "hf_adam_outline_points", _TO_POINTS, _POINTS, _TO_POINTS, _TO_NUMBERS, _INDICES, int, float, float, int
)
_to_handles = bind("hf_smooth_to_handles", _INDICES, _INDICES, int, _TO_POINTS)
_to_points = bind(
    "hf_smooth_to_points", _INDICES, _INDICES, int, _TO_POINTS, array(np.float64, 2, optional=True), float
)
_gradient = bind("hf_smooth_gradient", _INDICES, _INDICES, int, _TO_POINTS)
_asymmetry = bind("hf_smooth_asymmetry", _INDICES, _INDICES, int, _POINTS, _TO_POINTS)
_fold = bind("hf_fold_lines", _LINES, int, _TO_POINTS)
_uncross = bind("hf_uncross", _TO_POINTS, _INDICES, int, int, float, int, int, int, status=True)
_guard = bind(
    "hf_guard_contours", ctypes.POINTER(GuardStruct), _TO_POINTS, output(np.float64, 2, optional=True),
    output(np.bool_, 1), int, status=True,
)  # fmt: skip
_VALUES = ctypes.POINTER(FillValuesStruct)
_move_fills = bind(
    "hf_move_gradient_fills", ctypes.POINTER(FillVariablesStruct), ctypes.POINTER(GradientFillsStruct),
    _VALUES, _VALUES, _VALUES, int, float, float, _VALUES,
)  # fmt: skip


def adam(
    values: Floats, gradient: Floats, moments: tuple[Floats, Floats], rates: Floats, step: float
) -> None:
    """Do one step of Adam on rows of numbers, (R, C), each row with its own learning rate.

    `values` and both `moments` (mean and square) are changed in place.
    """
    _adam(values, gradient, *moments, rates, *values.shape, int(step))


def adam_outlines(
    points: Floats,
    gradient: Floats,
    moments: tuple[Floats, Floats],
    offsets: Integers,
    share: float,
    rate: float,
    step: float,
) -> None:
    """Do one step of Adam on outlines, (P, 2), where the points of a path share part of their second moments.

    `points` and both `moments`, means (P, 2) and squares (P,), are changed in place. `offsets`, (N + 1,), say where
    each path begins in the points; `share` is the weight of the mean over its path.
    """
    _adam_outlines(points, gradient, *moments, offsets, len(offsets) - 1, share, rate, int(step))


def smooth_to_handles(node: Integers, arriving: Integers, points: Floats) -> None:
    """Put the mean handle of each smooth node in the place of both its control points, in place."""
    _to_handles(node, arriving, len(node), points)


def smooth_to_points(
    node: Integers, arriving: Integers, points: Floats, asymmetry: Floats | None = None, share: float = 1.0
) -> None:
    """Undo `smooth_to_handles`, in place; middles lie off their nodes by a share of `asymmetry`, (J, 2)."""
    _to_points(node, arriving, len(node), points, asymmetry, share)


def smooth_gradient(node: Integers, arriving: Integers, gradient: Floats) -> None:
    """Make the gradient by points, (P, 2), that by nodes and handles, in place."""
    _gradient(node, arriving, len(node), gradient)


def smooth_asymmetry(node: Integers, arriving: Integers, points: Floats) -> Floats:
    """Return the vector from each node to the middle of both its control points. Shape (J, 2)."""
    asymmetry = np.empty((len(node), 2))
    _asymmetry(node, arriving, len(node), points, asymmetry)
    return asymmetry


def fold_lines(lines: Integers, gradient: Floats) -> None:
    """Pass the gradient, (P, 2), by control points of lines, (L, 4), on to the ends, in place."""
    _fold(lines, len(lines), gradient)


def uncross(
    points: Floats,
    contours: Integers,
    steps: int,
    cells_per_unit: float,
    shortenings: int,
    reversals: int,
    threads: int = 1,
) -> None:
    """Mend contours that cross themselves, in place: handles at the crossing are shortened, then loops reversed.

    Contours are polygons of `steps` sides a segment. They must not cross themselves when rounded to a grid
    of `cells_per_unit` either. Handles of each pair of segments that cross are shortened up to `shortenings` times,
    then the loop between them is reversed up to `reversals` times, which ends the crossing.
    """
    _uncross(points, contours, len(contours) - 1, steps, cells_per_unit, shortenings, reversals, threads)


def guard_contours(guard: GuardStruct, points: Floats, mean: Floats | None, threads: int) -> Truths:
    """Mend watched contours of a drawing that began to cross themselves; return which, (C,).

    Segments that cross go half-way back, again and again. `points`, (P, 2), are changed in place, and so is what
    the guard remembers of them. Rows of `mean`, (P, 2), become 0 where points went back.
    """
    moved = np.empty(guard.count, np.bool_)
    _guard(guard, points, mean, moved, threads)
    return moved


def move_fills(
    variables: FillVariablesStruct,
    fills: GradientFillsStruct,
    gradient: FillValuesStruct,
    moments: tuple[FillValuesStruct, FillValuesStruct],
    step: int,
    rates: tuple[float, float],
    moved: FillValuesStruct,
) -> None:
    """Do one step of Adam on gradient fills, whose values then are `moved`; both `moments` are changed.

    `rates` are those of ends, centres and radii, in scene units, and of stops.
    """
    _move_fills(variables, fills, gradient, *moments, step, *rates, moved)
