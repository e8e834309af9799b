"""Sums over what shows of each path, for all paths at once, by backward passes of the renderer.

With all other paths as they are, the weighted squared error is quadratic in the stop colours a_i of one path,

    loss(a) = const - 2 sum_i a_i . b_i + sum_ij a_i . a_j G_ij,
    b_i = sum w v phi_i J,    G_ij = sum w v phi_i phi_j,

over the pixels that show the path: v is the share that shows, w the weight, J the colour that would be right, and
``phi = (1 - t, t)`` the share of each stop at a place along the gradient. The renderer's gradient by stop colours
is ``sum v phi_i u`` for an upstream gradient u, so one backward pass gives such sums for any u.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huefold.refine.drawing import Drawing
from huefold.refine.fit.fitter import Fitter
from huefold.render import GradientFills, SceneArrays

__all__ = ["Visible", "VisibleMoments", "stop_changes"]

Floats = NDArray[np.float64]
Planes = NDArray[np.float32]

_SHARES = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))

_RIDGE = 1e-4
"""Added to the diagonal, as a share of the trace: if hardly one of two stops shows, both get the same colour."""

_NOTHING = 1e-30


@dataclass(frozen=True, slots=True, eq=False)
class VisibleMoments:
    """Moments of what shows of N paths, and of the colours wanted there."""

    mass: Floats  # (N,), weight of what shows; all pixels together have the mean weight, 1/3 without weights
    center: Floats  # (N, 2), its centroid, in scene units
    covariance: Floats  # (N, 2, 2), its second moments about the centroid, divided by mass
    cross_covariance: Floats  # (N, 2, 3), those of place and colours wanted
    flat_gain: Floats  # (N,), how much a better single colour lowers the loss


class Visible:
    """What shows of each path of a drawing.

    Parameters
    ----------
    fitter : Fitter
        The photo, its weights and the renderer.
    drawing : Drawing
        The paths as they are.
    """

    def __init__(self, fitter: Fitter, drawing: Drawing) -> None:
        self._fitter = fitter
        self._arrays = drawing.arrays
        weight = np.full(fitter.target.shape[1:], 1.0 / fitter.target.size, np.float32)
        self._weight: Planes = weight if fitter.weight is None else weight * fitter.weight
        self._residual: Planes = self._weight * (fitter.target - fitter.draw(drawing))

    def solved(self, fills: GradientFills) -> tuple[Floats, Floats]:
        """Fit the stop colours of a gradient of two stops for each path, instead of its one colour.

        Returns the best colours, (N, 2, 3), and how much they lower the loss, (N,), each path by itself.
        """
        gram = self._gram(fills)
        pull = self._sums(fills, self._residual)
        change = stop_changes(gram, pull)
        now = self._arrays.colors[:, None, :]
        colors = np.clip(now + change, 0.0, 1.0)
        change = colors - now
        pushed = gram[:, :, :1] * change[:, :1] + gram[:, :, 1:] * change[:, 1:]
        return colors, (2.0 * change * pull - change * pushed).sum(axis=(1, 2))

    def moments(self) -> VisibleMoments:
        """Return where paths show and how their colours should change."""
        height, width = self._weight.shape
        size = np.array([self._arrays.width, self._arrays.height])
        x = ((np.arange(width) + 0.5) / width).astype(np.float32)
        y = ((np.arange(height) + 0.5) / height).astype(np.float32)[:, None]
        planes = np.stack([self._weight, self._weight * x, self._weight * y])
        across, down = (self._ramp_to(*end) for end in ((size[0], 0.0), (0.0, size[1])))
        # Stop 1 of a ramp over the canvas sums x or y times a plane; both stops together sum the plane.
        by_x, by_y = self._sums(across, planes), self._sums(down, planes)[:, 1]
        total, by_x = by_x.sum(axis=1), by_x[:, 1]
        mass = np.maximum(total[:, 0], _NOTHING)
        center = total[:, 1:] / mass[:, None]
        second = np.stack([by_x[:, 1:], by_y[:, 1:]], axis=1) / mass[:, None, None]
        second = 0.5 * (second + second.transpose(0, 2, 1))
        pull_x, pull_y = self._sums(across, self._residual), self._sums(down, self._residual)[:, 1]
        pull = pull_x.sum(axis=1)
        first = np.stack([pull_x[:, 1], pull_y], axis=1) - center[:, :, None] * pull[:, None, :]
        return VisibleMoments(
            mass=mass,
            center=center * size,
            covariance=(second - center[:, :, None] * center[:, None, :]) * np.outer(size, size),
            cross_covariance=first * size[:, None] / mass[:, None, None],
            flat_gain=(pull * pull).sum(axis=1) / mass,
        )

    def _ramp_to(self, x: float, y: float) -> GradientFills:
        """Gradients from the origin to (x, y), one for each path."""
        count = self._arrays.path_count
        return GradientFills.linear(
            np.arange(count), np.tile([0.0, 0.0, x, y], (count, 1)), np.zeros((count, 2, 3))
        )

    def _sums(self, fills: GradientFills, planes: Planes) -> Floats:
        return _stop_sums(self._fitter, replace(self._arrays, gradients=fills), planes)

    def _gram(self, fills: GradientFills) -> Floats:
        return _gram(self._fitter, replace(self._arrays, gradients=fills), self._weight)


def stop_changes(gram: Floats, pull: Floats) -> Floats:
    """Return the changes of stop colours, (N, 2, 3), that lower the squared error most.

    `gram`, (N, 2, 2), is G of each gradient, `pull`, (N, 2, 3), sums of w v phi_i times the residual.
    """
    ridge = _RIDGE * (gram[:, 0, 0] + gram[:, 1, 1]) + _NOTHING
    a, b, c, d = gram[:, 0, 0] + ridge, gram[:, 0, 1], gram[:, 1, 0], gram[:, 1, 1] + ridge
    share = c / a
    second = (pull[:, 1] - share[:, None] * pull[:, 0]) / (d - share * b)[:, None]
    first = (pull[:, 0] - b[:, None] * second) / a[:, None]
    return np.stack([first, second], axis=1)


def _gram(fitter: Fitter, arrays: SceneArrays, weight: Planes) -> Floats:
    """G of all gradients, (G, 2, 2): a picture of phi, summed again times phi.

    Pixels on a border show several paths; what another one paints there counts as a path's own.
    """
    assert arrays.gradients is not None
    shares = replace(arrays.gradients, colors=np.tile(_SHARES, (arrays.gradients.count, 1)))
    painted = replace(arrays, gradients=shares, colors=np.ones_like(arrays.colors), background=np.zeros(3))
    image = fitter.raster.draw(painted).astype(np.float32, copy=False)
    sums = _stop_sums(fitter, painted, weight * image)[:, :, :2]
    symmetric: Floats = 0.5 * (sums + sums.transpose(0, 2, 1))
    return symmetric


def _stop_sums(fitter: Fitter, arrays: SceneArrays, planes: Planes) -> Floats:
    """Sums of v phi_i times planes, (G, 2, 3)."""
    gradients = fitter.raster.vjp(arrays, planes).fills
    assert gradients is not None
    return gradients.colors.reshape(-1, 2, 3)
