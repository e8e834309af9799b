"""Gradient fills for the paths of a drawing, where they are worth it: chosen and fitted in closed form."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.refine.drawing import Drawing
from huefold.refine.fills.visible import Moments, Visible
from huefold.refine.fit.fitter import Fitter
from huefold.render import GradientFills

__all__ = [
    "BLUR",
    "STOPS",
    "FillKind",
    "directions",
    "linear_ends",
    "loosen",
    "shade",
    "tighten",
]

FillKind: TypeAlias = Literal["solid", "linear", "auto"]
Floats = NDArray[np.float64]

REACH = 1.4
"""Half the length of a gradient, in standard deviations along it of what shows; sqrt(3) would span a rectangle."""

RADIUS = 2.0
"""Radius of a circular gradient, in standard deviations of what shows; 2 would just hold a disc."""

LEAST_PIXELS = 12.0
LEAST_SPREAD = 0.5  # standard deviation, in pixels
BLUR = 0.1
"""Of a squared pixel: what is one pixel wide has no direction across."""

STOPS = 4
"""Of each gradient while it is fitted."""

LOOSE = 0.98
"""Opacity of stops that may come to fade: what is opaque does not know what is beneath."""


def shade(drawing: Drawing, fitter: Fitter, *, least_gain: float, radial: bool = False) -> None:
    """Fill paths of one colour with gradients where two opaque stops would lower the loss.

    Parameters
    ----------
    drawing : Drawing
        Changed in place: paths that have a gradient keep it.
    fitter : Fitter
        The photo.
    least_gain : float
        How much more than a better colour a gradient must lower the loss, path by path.
    radial : bool, optional
        Try circular gradients too and take what gains more.
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


def loosen(drawing: Drawing) -> None:
    """Let all gradients fade a little, so that their opacities can move: they are all that Adam moves below 1."""
    fills = drawing.arrays.gradients
    if fills is not None:
        looser = replace(fills, opacities=np.minimum(fills.opacities, LOOSE))
        drawing.arrays = replace(drawing.arrays, gradients=looser)


def tighten(drawing: Drawing) -> None:
    """Make stops opaque that are nearly so."""
    fills = drawing.arrays.gradients
    if fills is not None:
        opaque = np.where(fills.opacities >= LOOSE, 1.0, fills.opacities)
        drawing.arrays = replace(drawing.arrays, gradients=replace(fills, opacities=opaque))


def directions(moments: Moments, pixel: float) -> tuple[Floats, Floats]:
    """Along which direction a linear gradient explains most, and how far each path shows along it.

    A gradient along u explains ``|u . trend|^2 / (u . covariance u)``, whose largest value is the square of the
    leading singular value of ``covariance^(-1/2) trend``.

    Parameters
    ----------
    moments : Moments
        Of N paths.
    pixel : float
        Size of a pixel in scene units.

    Returns
    -------
    direction : (N, 2) float64 ndarray
        Of length 1.
    spread : (N,) float64 ndarray
        Standard deviation of what shows along it, in scene units.
    """
    blurred = moments.covariance + BLUR * pixel**2 * np.eye(2)
    values, vectors = np.linalg.eigh(blurred)
    floor = BLUR * pixel**2
    root = vectors / np.sqrt(np.maximum(values, floor))[:, None, :] @ vectors.transpose(0, 2, 1)
    leading = np.linalg.svd(root @ moments.trend)[0][:, :, :1]
    direction = (root @ leading)[:, :, 0]
    direction /= np.hypot(*direction.T)[:, None]
    variance = np.einsum("ni,nij,nj->n", direction, moments.covariance, direction)
    return direction, np.sqrt(np.maximum(variance, 0.0))


def linear_ends(moments: Moments, pixel: float) -> Floats:
    """Where linear gradients that suit some paths begin and end.

    Parameters
    ----------
    moments : Moments
        Of N paths.
    pixel : float
        Size of a pixel in scene units.

    Returns
    -------
    ends : (N, 4) float64 ndarray
        x1, y1, x2, y2 in scene units.
    """
    direction, spread = directions(moments, pixel)
    half = np.maximum(REACH * spread, pixel)[:, None] * direction
    ends: Floats = np.concatenate([moments.center - half, moments.center + half], axis=1)
    return ends


def _is_solid(drawing: Drawing) -> NDArray[np.bool_]:
    fills = drawing.arrays.gradients
    return np.ones(drawing.count, bool) if fills is None else fills.paths < 0


def _suits(moments: Moments, fitter: Fitter) -> NDArray[np.bool_]:
    """Whether enough shows of each path for a gradient to be seen, and to be known."""
    deviation = np.sqrt(np.maximum(np.trace(moments.covariance, axis1=1, axis2=2), 0.0))
    enough = moments.mass > LEAST_PIXELS / fitter.target.size
    suits: NDArray[np.bool_] = enough & (deviation > LEAST_SPREAD * fitter.pixel)
    return suits


def _linear(moments: Moments, pixel: float) -> GradientFills:
    ends = linear_ends(moments, pixel)
    return GradientFills.linear(np.arange(len(ends)), ends, np.zeros((len(ends), 2, 3)))


def _circular(moments: Moments, pixel: float) -> GradientFills:
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
