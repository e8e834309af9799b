"""Seeding of details: where the error is largest, at the size that repairs most of it, or by saliency alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from huefold.bezier.arcs import circle
from huefold.parallel import in_parallel

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
    radii = [r for r in RADII if r == RADII[0] or 2 * r < min(height, width)]
    kinds = partial(_flat_gain, target, residual, weights), partial(_shift_gain, residual, weights)
    gain_maps = [partial(_gain_map, kind, radii, threads) for kind in kinds]
    discs = _best_discs(gain_maps, radii, count, floor=least_gain * 3 * height * width)
    rows, columns = np.mgrid[:height, :width]
    contours = [
        circle(
            (x + 0.5) * pixel, (y + 0.5) * pixel, radius * pixel, _segments_for(segments, radius, reference)
        )
        for x, y, radius in discs
    ]
    colors = [_best_color(image, residual, weights, _disc(rows, columns, *disc)) for disc in discs]
    return contours, np.clip(np.array(colors, np.float64).reshape(-1, 3), 0.0, 1.0)


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


def _best_discs(
    gain_maps: Sequence[Callable[[], Planes]], radii: list[float], count: int, *, floor: float
) -> list[tuple[int, int, float]]:
    """Choose discs greedily by the first kind of gain, and by the next kind once none gains more than `floor`.

    A kind makes its (R, H, W) map when it is its turn, which the later ones rarely have. Discs are (x, y, radius).
    """
    discs: list[tuple[int, int, float]] = []
    for make in gain_maps:
        if len(discs) == count:
            break
        gains = make()
        for disc in discs:
            _discount(gains, radii, *disc)
        flat = gains.reshape(len(radii), -1)
        while len(discs) < count:
            which, spot = np.unravel_index(int(np.argmax(flat)), flat.shape)
            if flat[which, spot] <= floor:
                break
            y, x = divmod(int(spot), gains.shape[2])
            discs.append((x, y, radii[int(which)]))
            _discount(gains, radii, *discs[-1])
    return discs


def _gain_map(kind: Callable[[float], Planes], radii: list[float], threads: int) -> Planes:
    """Gain of discs around each pixel, radius by radius. Shape (R, H, W)."""
    return np.stack(in_parallel(kind, radii, threads))


def _flat_gain(target: Planes, residual: Planes, weights: Planes, radius: float) -> Planes:
    """Gain of an opaque disc of the photo's mean colour around each pixel."""
    shrink = np.pi * radius * radius  # box means to disc sums
    total, moments = _box_moments(target, weights, radius)
    excess = _box_mean(weights * ((residual * residual).sum(axis=0) - (target * target).sum(axis=0)), radius)
    squares = (moments * moments).sum(axis=0)
    gain: Planes = np.asarray((excess + squares / np.maximum(total, 1e-9)) * shrink, np.float32)
    return gain


def _shift_gain(residual: Planes, weights: Planes, radius: float) -> Planes:
    """Gain of a shift of colour in a disc around each pixel."""
    total, moments = _box_moments(residual, weights, radius)
    squares = (moments * moments).sum(axis=0)
    gain: Planes = np.asarray(squares / np.maximum(total, 1e-9) * (np.pi * radius * radius), np.float32)
    return gain


def _box_moments(planes: Planes, weights: Planes, radius: float) -> tuple[Planes, Planes]:
    """Mean weight, and weighted means of planes, in the box around each pixel."""
    moments = np.stack([_box_mean(weights * plane, radius) for plane in planes])
    return _box_mean(weights, radius), moments


def _box_mean(values: Planes, radius: float) -> Planes:
    mean: Planes = ndimage.uniform_filter(values, round(2 * radius), mode="constant")
    return mean


def _disc(
    rows: NDArray[np.int64], columns: NDArray[np.int64], x: int, y: int, radius: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pixels whose centres lie in a disc around pixel (y, x)."""
    reach = int(radius) + 1
    box = np.s_[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
    near = (rows[box] - y) ** 2 + (columns[box] - x) ** 2 <= radius * radius
    return rows[box][near], columns[box][near]


def _best_color(
    image: Planes, residual: Planes, weights: Planes, inside: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> NDArray[np.float32]:
    """Weighted mean of the photo over some pixels."""
    share = weights[inside]
    share = (
        share / max(float(share.sum()), 1e-9) if share.sum() > 0 else np.full_like(share, 1.0 / len(share))
    )
    color: NDArray[np.float32] = ((image + residual)[(slice(None), *inside)] * share).sum(axis=1)
    return color


def _discount(gains: Planes, radii: list[float], x: int, y: int, radius: float) -> None:
    """Lower the gain of discs that would overlap one just placed."""
    for index, other in enumerate(radii):
        reach = int(radius + other)
        box = gains[index, max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        box *= 0.0 if other == radius else 0.3
