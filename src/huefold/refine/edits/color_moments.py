"""Moments of the photo's colours where paths show, for one fill of two paths.

Sums over the pixels that show a path tell the squared error that one colour leaves there, and that a linear
gradient leaves. The sums of two paths added up tell the same of the merged path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huefold.refine.drawing import Drawing
from huefold.refine.edits import moment_kernels
from huefold.refine.fills.gradients import linear_ends
from huefold.refine.fills.visible import VisibleMoments, stop_changes
from huefold.refine.fit.fitter import Fitter

__all__ = ["ColorMoments", "TwoStops"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_NOTHING = 1e-30

# Columns of the sums, with weights w and photo I; the last ones are of w |I|^2.
_MASS = 0  # w
_FIRST = slice(1, 3)  # w x, w y
_SECOND = [3, 4, 4, 5]  # w x x, w x y, w x y, w y y
_COLORS = slice(6, 15)  # for each channel w I, w x I, w y I


class TwoStops(NamedTuple):
    """A linear gradient of two stops."""

    ends: Floats  # (4,), x1, y1, x2, y2 in scene units
    colors: Floats  # (2, 3), in [0, 1]


@dataclass(frozen=True, slots=True, eq=False)
class ColorMoments:
    """Sums over what shows of each path, in whole pixels."""

    sums: Floats  # (N, 16), see `moment_kernels.color_moments`
    remaining_error: Floats  # (N,), squared error that the gradient of a path leaves, or else the best colour
    fitter: Fitter
    shows: NDArray[np.int32]  # (H, W), the path that shows, -1 for the background

    @classmethod
    def of(cls, drawing: Drawing, fitter: Fitter, shows: NDArray[np.int32]) -> ColorMoments:
        """Add up what shows of a drawing's paths."""
        sums = moment_kernels.color_moments(shows, fitter.target, fitter.weights, drawing.count)
        fills = drawing.arrays.gradients
        graded = np.zeros(drawing.count, np.bool_) if fills is None else fills.paths >= 0
        flat, linear = moment_kernels.remaining_errors(sums)
        return cls(sums, np.where(graded, linear, flat), fitter, shows)

    def cost(self, low: Integers, high: Integers) -> Floats:
        """Increase of the squared error if one linear gradient fills two paths, pair by pair."""
        return moment_kernels.gradient_costs(self.sums, self.remaining_error, np.stack([low, high], axis=1))

    def gradient(self, pair: tuple[int, int]) -> TwoStops:
        """Return the linear gradient that is best for what shows of two paths."""
        pixel = self.fitter.pixel
        mass, center, covariance, cross = _central_moments(self.sums[list(pair)].sum(axis=0, keepdims=True))
        in_units = VisibleMoments(mass, center * pixel, covariance * pixel**2, cross * pixel, np.zeros(1))
        ends = linear_ends(in_units, pixel)[0]
        mean, gram, pull = moment_kernels.two_stops(
            self.shows, pair, self.fitter.target, self.fitter.weights, ends, pixel
        )
        change = stop_changes(gram[None], pull[None])[0]
        return TwoStops(ends, np.clip(mean + change, 0.0, 1.0))


def _central_moments(sums: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Mass, centroid, covariance and cross-covariance with the colours, as in `VisibleMoments` but in pixels."""
    mass = np.maximum(sums[:, _MASS], _NOTHING)
    center = sums[:, _FIRST] / mass[:, None]
    second = sums[:, _SECOND].reshape(-1, 2, 2) / mass[:, None, None]
    colors = sums[:, _COLORS].reshape(-1, 3, 3).transpose(0, 2, 1) / mass[:, None, None]
    cross = colors[:, 1:] - center[:, :, None] * colors[:, :1]
    return mass, center, second - center[:, :, None] * center[:, None, :], cross
