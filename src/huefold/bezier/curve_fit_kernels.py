"""Chains of cubics fitted to samples of a curve, in compiled code: tangents, least squares, nodes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huefold.native.arguments import array, output
from huefold.native.kernels import bind

__all__ = ["Piece", "count_piece", "fit_cubic", "fit_piece"]

_Floats = NDArray[np.float64]

_POINTS, _NUMBERS = array(np.float64, 2), array(np.float64, 1)
_PIECE = (_POINTS, _NUMBERS, int, bool, int, _NUMBERS)

_count_piece = bind("hf_count_piece", *_PIECE, int, status=True)
_fit_piece = bind("hf_fit_piece", *_PIECE, output(np.float64, 3), status=True)
_fit_cubic = bind(
    "hf_fit_cubic",
    _POINTS, _NUMBERS, int, _POINTS, _POINTS, _NUMBERS, float, output(np.float64, 2), output(np.float64, 1),
    status=True,
)  # fmt: skip


class Piece(NamedTuple):
    """Samples with no corner between, and what the cubics that are fitted to them must keep to."""

    samples: _Floats  # (m, 2): from one fixed end to the other, or once around (first = last)
    tolerance: _Floats  # (m,): largest distance from each sample to the curve
    loop: bool  # whether the samples go once around
    longest: int  # most samples that one segment may span
    canvas: _Floats  # (2,): width and height that no control point leaves


def count_piece(piece: Piece, most: int) -> int:
    """Count the segments that `fit_piece` would make of a piece; at least `most` + 1 if there are more."""
    samples, tolerance, loop, longest, canvas = piece
    return int(_count_piece(samples, tolerance, len(samples), loop, longest, canvas, most))


def fit_piece(piece: Piece) -> _Floats:
    """Fit a chain of cubics (S, 4, 2) to a piece.

    Nodes are as few as the tolerance asks for. Then the tolerance is tightened as far as that number allows, so
    that the last segment is not a remnant and none is worse than it need be.
    """
    samples, tolerance, loop, longest, canvas = piece
    cubics = np.empty((len(samples) - 1, 4, 2))
    count = _fit_piece(samples, tolerance, len(samples), loop, longest, canvas, cubics)
    return cubics[:count].copy()


def fit_cubic(
    samples: _Floats,
    tolerance: _Floats,
    ends: _Floats,
    tangents: _Floats,
    canvas: _Floats,
    goal: float,
    curve: _Floats,
) -> float:
    """Fit one cubic with given ends and end tangents into `curve` (4, 2); return its misfit (1: just fits).

    The first and last sample stand for the ends and are not measured. Both tangents point forwards. The fit
    ends once the misfit is at most `goal`, or hopeless.
    """
    misfit = np.empty(1)
    _fit_cubic(samples, tolerance, len(samples), ends, tangents, canvas, goal, curve, misfit)
    return float(misfit[0])
