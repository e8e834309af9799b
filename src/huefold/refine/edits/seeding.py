"""Seeding of details: where the error is largest, at the size that repairs most of it, or by saliency alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.arcs import circle
from huefold.refine.edits import seeding_kernels

__all__ = ["Seeds", "residual_seeds", "saliency_seeds"]

Floats = NDArray[np.float64]
Planes = NDArray[np.float32]

RADII = (1.5, 2.2, 3.2, 4.6, 6.8, 10.0, 15.0, 22.0, 33.0, 48.0, 70.0)
"""Radii tried for new details, in pixels of the reduced photo."""

Seeds = tuple[list[Floats], Floats]
"""Contours, each (3 * S, 2) in scene units, and their colours, (M, 3), in [0, 1]."""


def residual_seeds(
    image: Planes,
    target: Planes,
    weight: Planes | None,
    count: int,
    *,
    segments: int,
    pixel: float,
    reference: float | None = None,
    least_gain: float = 0.0,
    threads: int = 1,
) -> Seeds:
    """Choose opaque discs that lower the weighted squared error most.

    A disc of the photo's weighted mean colour gains ``sum(w |e|^2) - (sum(w |I|^2) - |sum(w I)|^2 / sum(w))`` with
    weights w, residuals e and photo I; box sums stand in for disc sums. Discs are taken greedily, and the gain of
    those that overlap one is lowered. When no disc gains by itself any more, the others go where a shift of colour
    would gain most, ``|sum(w e)|^2 / sum(w)``, as starting points for a fit.

    Parameters
    ----------
    image, target : (3, H, W) float32 ndarray
        The drawing so far and the photo.
    weight : (H, W) float32 ndarray or None
        How much each pixel counts.
    count : int
        Number of seeds wanted.
    segments : int
        Of each circle, if its radius is `reference` pixels; others have more or fewer, by the square root of their
        radius. Without a reference all have the same.
    pixel : float
        Size of a pixel in scene units.
    least_gain : float, optional
        Least gain of a disc, as a loss (sum over 3 * H * W).
    threads : int, optional
        Worker threads; the result is the same to the bit for any number.

    Returns
    -------
    contours, colors : Seeds
        Largest gain first, possibly fewer than `count`; best colours.
    """
    height, width = image.shape[1:]
    residual = target - image
    weights = np.ones((height, width), np.float32) if weight is None else weight
    radii = np.array([r for r in RADII if r == RADII[0] or 2 * r < min(height, width)])
    discs = np.empty((count, 3), np.int64)
    found, least = 0, least_gain * 3 * height * width
    for flat in (True, False):
        if found < count:
            gains = seeding_kernels.disc_gains(target, residual, weights, radii, flat=flat, threads=threads)
            found = seeding_kernels.choose_discs(gains, radii, least, discs, found)
    discs = discs[:found]
    contours = [
        circle(
            (x + 0.5) * pixel, (y + 0.5) * pixel, radius * pixel, _segments_for(segments, radius, reference)
        )
        for (_, y, x), radius in zip(discs.tolist(), radii[discs[:, 0]].tolist(), strict=True)
    ]
    return contours, seeding_kernels.disc_colors(target, weights, radii, discs)


def saliency_seeds(
    target: Planes,
    saliency: NDArray[np.float32],
    count: int,
    *,
    radius: float,
    segments: int,
    pixel: float,
    seed: int,
) -> Seeds:
    """Draw circles with probability proportional to saliency (section 4.4 of the paper).

    Each has the radius, in pixels, and starts with the colour of the photo, `target`, at its centre. Where saliency
    is zero everywhere, all pixels are alike.
    """
    rng = np.random.default_rng(seed)
    chance = saliency.astype(np.float64).ravel()
    if chance.sum() <= 0.0:
        chance = np.ones_like(chance)
    spots = rng.choice(chance.size, size=count, p=chance / chance.sum())
    rows, columns = np.divmod(spots, saliency.shape[1])
    shifts = rng.random((2, count))
    contours = [
        circle((x + dx) * pixel, (y + dy) * pixel, radius * pixel, segments)
        for x, y, dx, dy in zip(columns, rows, *shifts, strict=True)
    ]
    return contours, target[:, rows, columns].T.astype(np.float64)


def _segments_for(segments: int, radius: float, reference: float | None) -> int:
    """Segments of a circle of some radius: more for larger ones, by the square root."""
    if reference is None:
        return segments
    return min(max(round(segments * math.sqrt(radius / reference)), segments // 2), 2 * segments)
