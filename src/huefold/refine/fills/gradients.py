"""Gradient fills for paths that gain by them: chosen and fitted in closed form."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.refine.drawing import Drawing
from huefold.refine.fills.visible import Visible, VisibleMoments
from huefold.refine.fit.fitter import Fitter
from huefold.render import GradientFills

__all__ = [
    "BLUR",
    "STOPS",
    "FillKind",
    "directions",
    "fit_gradients",
    "linear_ends",
    "snap_opacity",
    "unfreeze_opacity",
]

FillKind: TypeAlias = Literal["solid", "linear", "auto"]
Floats = NDArray[np.float64]

REACH = 1.4
"""Half the length of a gradient, in standard deviations of what shows along it; sqrt(3) would span a rectangle."""

RADIUS = 2.0
"""Radius of a circular gradient, in standard deviations of what shows; 2 would just hold a disc."""

LEAST_PIXELS = 12.0
LEAST_STD = 0.5
"""Pixels that must show of a path for a gradient, and their standard deviation in pixels."""

BLUR = 0.1
"""Variance added to what shows, in square pixels: a path one pixel wide has no direction across."""

STOPS = 4
"""Stops of a gradient while it is fitted."""

UNFROZEN = 0.98
"""Opacity of stops that may come to fade: the gradient by an opacity of 1 does not know what lies beneath."""


def fit_gradients(drawing: Drawing, fitter: Fitter, *, least_gain: float, radial: bool = False) -> None:
    """Fill paths of one colour with gradients where two opaque stops would lower the loss.

    A gradient lowers the loss by at least `least_gain` more than a better colour would. Circular ones are tried too
    if `radial`. Paths that have a gradient keep it.
    """
    solid = _is_solid(drawing)
    if not solid.any():
        return
    visible = Visible(fitter, drawing)
    moments = visible.moments()
    best = np.where(_suits(moments, fitter), moments.flat_gain + least_gain, np.inf)
    best[~solid] = np.inf
    tried = [_linear(moments, fitter.pixel), *([_circular(moments, fitter.pixel)] if radial else [])]
    for candidate in tried:
        colors, gain = visible.solved(candidate)
        better = gain > best
        best = np.where(better, gain, best)
        _fill(drawing, better, replace(candidate, colors=colors.reshape(-1, 3)).subdivided(STOPS))


def unfreeze_opacity(drawing: Drawing) -> None:
    """Make all gradients fade a little, so that their opacities can move: Adam moves only those below 1."""
    fills = drawing.arrays.gradients
    if fills is not None:
        faded = replace(fills, opacities=np.minimum(fills.opacities, UNFROZEN))
        drawing.arrays = replace(drawing.arrays, gradients=faded)


def snap_opacity(drawing: Drawing) -> None:
    """Make stops opaque that are nearly so."""
    fills = drawing.arrays.gradients
    if fills is not None:
        opaque = np.where(fills.opacities >= UNFROZEN, 1.0, fills.opacities)
        drawing.arrays = replace(drawing.arrays, gradients=replace(fills, opacities=opaque))


def directions(moments: VisibleMoments, pixel: float) -> tuple[Floats, Floats]:
    """Return the direction along which a linear gradient explains most, and the extent of each path along it.

    A gradient along u explains ``|u . C|^2 / (u . S u)`` with the cross-covariance C and the covariance S. The
    largest value is the square of the leading singular value of ``S^(-1/2) C``.

    Returns unit vectors, (N, 2), and standard deviations of what shows along them, (N,). They and `pixel`, the size
    of a pixel, are in scene units.
    """
    floor = BLUR * (pixel * pixel)
    a, b, c = moments.covariance[:, 0, 0], moments.covariance[:, 0, 1], moments.covariance[:, 1, 1]
    # S^(-1/2) is diagonal in the axes of S.
    ux, uy, large, small = _axes(a + floor, b, c + floor)
    large, small = (1.0 / np.sqrt(np.maximum(variance, floor)) for variance in (large, small))
    cross = moments.cross_covariance
    along = large[:, None] * (ux[:, None] * cross[:, 0] + uy[:, None] * cross[:, 1])
    aside = small[:, None] * (ux[:, None] * cross[:, 1] - uy[:, None] * cross[:, 0])
    p, q, _, _ = _axes((along * along).sum(axis=1), (along * aside).sum(axis=1), (aside * aside).sum(axis=1))
    p, q = p * large, q * small
    direction = np.stack([ux * p - uy * q, uy * p + ux * q], axis=1)
    direction /= np.sqrt((direction * direction).sum(axis=1))[:, None]
    x, y = direction.T
    variance = a * x * x + 2.0 * b * x * y + c * y * y
    return direction, np.sqrt(np.maximum(variance, 0.0))


def _axes(a: Floats, b: Floats, c: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return unit eigenvectors (x, y) of matrices ((a, b), (b, c)), for the larger eigenvalues, and both of them.

    The other eigenvectors are (-y, x).
    """
    middle, half = 0.5 * (a + c), 0.5 * (a - c)
    apart = np.sqrt(half * half + b * b)
    flat = half >= 0.0
    longer = np.abs(half) + apart
    x, y = np.where(flat, longer, np.abs(b)), np.where(flat, b, np.where(b < 0.0, -longer, longer))
    size = np.sqrt(x * x + y * y)
    alike = size == 0.0  # a circle has no axes: any will do
    size[alike], x[alike] = 1.0, 1.0
    return x / size, y / size, middle + apart, middle - apart


def linear_ends(moments: VisibleMoments, pixel: float) -> Floats:
    """Return x1, y1, x2, y2 in scene units of the linear gradients that suit some paths. Shape (N, 4)."""
    direction, std = directions(moments, pixel)
    half = np.maximum(REACH * std, pixel)[:, None] * direction
    ends: Floats = np.concatenate([moments.center - half, moments.center + half], axis=1)
    return ends


def _is_solid(drawing: Drawing) -> NDArray[np.bool_]:
    fills = drawing.arrays.gradients
    return np.ones(drawing.count, bool) if fills is None else fills.paths < 0


def _suits(moments: VisibleMoments, fitter: Fitter) -> NDArray[np.bool_]:
    """Whether enough shows of each path for a gradient."""
    std = np.sqrt(np.maximum(np.trace(moments.covariance, axis1=1, axis2=2), 0.0))
    enough = moments.mass > LEAST_PIXELS / fitter.target.size
    suits: NDArray[np.bool_] = enough & (std > LEAST_STD * fitter.pixel)
    return suits


def _linear(moments: VisibleMoments, pixel: float) -> GradientFills:
    ends = linear_ends(moments, pixel)
    return GradientFills.linear(np.arange(len(ends)), ends, np.zeros((len(ends), 2, 3)))


def _circular(moments: VisibleMoments, pixel: float) -> GradientFills:
    plain = _linear(moments, pixel)
    variance = np.maximum(0.5 * np.trace(moments.covariance, axis1=1, axis2=2), 0.0)
    radius = np.maximum(RADIUS * np.sqrt(variance), pixel)[:, None]
    shapes = np.concatenate([moments.center, radius, moments.center, np.zeros_like(radius)], axis=1)
    return replace(plain, radial=np.ones(plain.count, np.uint8), shapes=shapes)


def _fill(drawing: Drawing, paths: NDArray[np.bool_], fills: GradientFills) -> None:
    """Fill some paths as `fills` does, which has one gradient for each path."""
    now = drawing.arrays.gradients
    new = fills.reordered(np.where(paths, np.arange(drawing.count), -1))
    new = new if now is None else now.overlaid(new)
    drawing.arrays = replace(drawing.arrays, gradients=new if new.count else None)
