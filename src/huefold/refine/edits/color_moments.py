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
from huefold.refine.fills.gradients import BLUR, linear_ends
from huefold.refine.fills.visible import VisibleMoments, stop_changes
from huefold.refine.fit.fitter import Fitter

__all__ = ["ColorMoments", "TwoStops"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_NOTHING = 1e-30

# Columns of the sums, with weights w and photo I.
_MASS = 0  # w
_FIRST = slice(1, 3)  # w x, w y
_SECOND = [3, 4, 4, 5]  # w x x, w x y, w x y, w y y
_COLORS = slice(6, 15)  # for each channel w I, w x I, w y I
_FLAT_COLORS = slice(6, 15, 3)  # w I
_SQUARES = 15  # w |I|^2


class TwoStops(NamedTuple):
    """A linear gradient of two stops."""

    ends: Floats  # (4,), x1, y1, x2, y2 in scene units
    colors: Floats  # (2, 3), in [0, 1]


@dataclass(frozen=True, slots=True, eq=False)
class ColorMoments:
    """Sums over what shows of each path, in whole pixels."""

    sums: Floats  # (N, 16), columns as named above
    remaining_error: Floats  # (N,), squared error that the gradient of a path leaves, or else the best colour
    fitter: Fitter
    shows: NDArray[np.int32]  # (H, W), the path that shows, -1 for the background

    @classmethod
    def of(cls, drawing: Drawing, fitter: Fitter, shows: NDArray[np.int32]) -> ColorMoments:
        """Add up what shows of a drawing's paths."""
        height, width = shows.shape
        weight = fitter.weights.ravel().astype(np.float64)
        x, y = np.tile(np.arange(width) + 0.5, height), np.repeat(np.arange(height) + 0.5, width)
        photo = fitter.target.reshape(3, -1).astype(np.float64)
        planes = [weight * place for place in (1.0, x, y, x * x, x * y, y * y)]
        planes += [plane * channel for channel in photo for plane in planes[:3]]
        planes.append(weight * (photo * photo).sum(axis=0))
        label = shows.ravel() + 1
        columns = [np.bincount(label, plane, drawing.count + 1)[1:] for plane in planes]
        sums: Floats = np.stack(columns, axis=1).astype(np.float64)
        fills = drawing.arrays.gradients
        graded = np.zeros(drawing.count, np.bool_) if fills is None else fills.paths >= 0
        flat, linear = _remaining_errors(sums)
        return cls(sums, np.where(graded, linear, flat), fitter, shows)

    def cost(self, low: Integers, high: Integers) -> Floats:
        """Increase of the squared error if one linear gradient fills two paths, pair by pair."""
        merged = _remaining_errors(self.sums[low] + self.sums[high])[1]
        increase: Floats = merged - self.remaining_error[low] - self.remaining_error[high]
        return increase

    def gradient(self, pair: tuple[int, int]) -> TwoStops:
        """Return the linear gradient that is best for what shows of two paths."""
        pixel = self.fitter.pixel
        mass, center, covariance, cross = _central_moments(self.sums[list(pair)].sum(axis=0, keepdims=True))
        in_units = VisibleMoments(mass, center * pixel, covariance * pixel**2, cross * pixel, np.zeros(1))
        ends = linear_ends(in_units, pixel)[0]
        rows, columns = np.nonzero((self.shows == pair[0]) | (self.shows == pair[1]))
        along = ends[2:] - ends[:2]
        places = pixel * np.stack([columns + 0.5, rows + 0.5], axis=1) - ends[:2]
        share = np.clip(places @ along / (along @ along), 0.0, 1.0)
        stops = np.stack([1.0 - share, share])
        # Not times 1: the product of a matrix with itself, below, has other last digits.
        weighted = stops if self.fitter.weight is None else stops * self.fitter.weight[rows, columns]
        photo = self.fitter.target[:, rows, columns].T.astype(np.float64)
        mean = (weighted.sum(axis=0) @ photo) / max(float(weighted.sum()), _NOTHING)
        change = stop_changes((weighted @ stops.T)[None], (weighted @ (photo - mean))[None])[0]
        return TwoStops(ends, np.clip(mean + change, 0.0, 1.0))


def _central_moments(sums: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Mass, centroid, covariance and cross-covariance with the colours, as in `VisibleMoments` but in pixels."""
    mass = np.maximum(sums[:, _MASS], _NOTHING)
    center = sums[:, _FIRST] / mass[:, None]
    second = sums[:, _SECOND].reshape(-1, 2, 2) / mass[:, None, None]
    colors = sums[:, _COLORS].reshape(-1, 3, 3).transpose(0, 2, 1) / mass[:, None, None]
    cross = colors[:, 1:] - center[:, :, None] * colors[:, :1]
    return mass, center, second - center[:, :, None] * center[:, None, :], cross


def _remaining_errors(sums: Floats) -> tuple[Floats, Floats]:
    """Squared error that the best colour leaves, and that the best linear gradient without ends leaves.

    A gradient explains mass times the larger eigenvalue of ``S^-1 C C'`` (see `directions`).
    """
    mass, _, covariance, cross = _central_moments(sums)
    flat = sums[:, _SQUARES] - (sums[:, _FLAT_COLORS] ** 2).sum(axis=1) / mass
    a, b, c = covariance[:, 0, 0] + BLUR, covariance[:, 0, 1], covariance[:, 1, 1] + BLUR
    p, q, r = (np.einsum("nc,nc->n", cross[:, i], cross[:, j]) for i, j in ((0, 0), (0, 1), (1, 1)))
    size = np.maximum(a * c - b * b, _NOTHING)
    half = 0.5 * (c * p - 2.0 * b * q + a * r) / size
    leading = half + np.sqrt(np.maximum(half * half - (p * r - q * q) / size, 0.0))
    return flat, flat - mass * leading
