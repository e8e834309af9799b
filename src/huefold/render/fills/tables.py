"""Gradient fills as the kernels read them, and their derivatives from the kernels' sums."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.render.fills.arrays import FillGradients, GradientFills
from huefold.render.kernels import layout
from huefold.render.kernels.records import Fills

__all__ = ["derivatives", "hiding", "tables"]

Floats = NDArray[np.float64]

STEEPEST = 1e100
"""Largest change of the offset a pixel: shorter gradients are a step anyway, and numbers stay finite."""

FLATTEST = 1e-12
"""Least distance of a focal point from the outer circle, squared, in radii."""

_NONE = Fills(
    of_path=np.empty(0, np.int64),
    radial=np.empty(0, np.uint8),
    spread=np.empty(0, np.uint8),
    maps=np.empty((0, layout.MAP_COLUMNS)),
    stops=np.zeros(1, np.int64),
    offsets=np.empty(0),
    paint=np.empty((0, 4)),
)


def tables(fills: GradientFills | None, scale: tuple[float, float]) -> Fills:
    """Return the fills as the kernels read them; `scale` is a scene unit in output pixels, by x and y."""
    if fills is None or not fills.count:
        return _NONE
    maps = np.where(fills.radial[:, None] != 0, _radial(fills, scale), _linear(fills, scale))
    # Copies: kernels are compiled anew for arrays that are read-only.
    return Fills(
        of_path=np.array(fills.paths, np.int64),
        radial=np.array(fills.radial, np.uint8),
        spread=np.array(fills.spread, np.uint8),
        maps=np.clip(np.nan_to_num(maps, posinf=STEEPEST, neginf=-STEEPEST), -STEEPEST, STEEPEST),
        stops=np.array(fills.stops, np.int64),
        offsets=np.array(fills.offsets, np.float64),
        paint=np.column_stack([fills.colors, fills.opacities]),
    )


def hiding(fills: GradientFills | None, opacities: Floats) -> Floats:
    """1 where all of a path's inside hides what is beneath, else below 1. Shape (N,)."""
    if fills is None:
        return opacities
    found: Floats = opacities * np.append(_least(fills), 1.0)[fills.paths]
    return found


def _least(fills: GradientFills) -> Floats:
    """The least opacity among the stops of each gradient. Shape (G,)."""
    if not fills.count:
        return np.empty(0)
    least: Floats = np.minimum.reduceat(fills.opacities, fills.stops[:-1])
    return least


def derivatives(
    fills: GradientFills, scale: tuple[float, float], shape_sums: Floats, stop_sums: Floats, *, beneath: bool
) -> FillGradients:
    """Derivatives by a gradient's values from the sums of the kernels, (G, 6) and (T, 5).

    Those by the opacities of opaque stops are known only if the kernels looked `beneath` them.
    """
    radial = fills.radial[:, None] != 0
    reach = np.where(fills.radial != 0, fills.shapes[:, 2] - fills.shapes[:, 5], 1.0)[:, None]
    shapes = np.where(radial, shape_sums / reach, _linear_chain(fills, scale, shape_sums))
    return FillGradients(
        shapes=shapes,
        offsets=stop_sums[:, layout.STOP_OFFSET].copy(),
        colors=stop_sums[:, layout.STOP_RED : layout.STOP_BLUE + 1].copy(),
        opacities=_opacity_gradients(fills, stop_sums[:, layout.STOP_OPACITY], beneath=beneath),
    )


def _opacity_gradients(fills: GradientFills, sums: Floats, *, beneath: bool) -> Floats | None:
    """Derivatives by the stops' opacities, as far as they are known."""
    if beneath:
        return sums.copy()
    fades = _least(fills) < 1.0
    return np.where(np.repeat(fades, np.diff(fills.stops)), sums, 0.0) if fades.any() else None


def _linear(fills: GradientFills, scale: tuple[float, float]) -> Floats:
    """Row ``(t0, tx, ty)`` with ``t = t0 + tx x + ty y`` in output pixels: ``t = (p - start) . e / |e|^2``."""
    start = fills.shapes[:, :2]
    along = fills.shapes[:, 2:4] - start
    with np.errstate(all="ignore"):  # rows of radial gradients are not used
        length = np.hypot(*along.T)[:, None]
        change = along / length / length
        first = -(start * change).sum(axis=1, keepdims=True)
    return np.concatenate([first, change / np.array(scale), np.zeros((fills.count, 7))], axis=1)


def _radial(fills: GradientFills, scale: tuple[float, float]) -> Floats:
    """Map from output pixels to the cone of circles; units are the difference of the radii.

    Six numbers map a pixel to its place relative to the apex, (m0 x + m1 y + m2, m3 x + m4 y + m5). Then come h,
    the vector from the focus to the centre; 1 - |h|^2; and the offset of the apex.
    """
    center, focus = fills.shapes[:, :2], fills.shapes[:, 3:5]
    a, b, c, d, e, f = fills.transforms.T
    with np.errstate(all="ignore"):  # rows of linear gradients are not used
        reach = fills.shapes[:, 2] - fills.shapes[:, 5]
        apex = -fills.shapes[:, 5] / reach
        hx, hy = ((center - focus) / reach[:, None]).T
        qx, qy = (focus + apex[:, None] * (center - focus)).T
        unit = (a * d - b * c) * reach
        rows = (
            d / unit / scale[0], -c / unit / scale[1], (c * f - d * e) / unit - qx / reach,
            -b / unit / scale[0], a / unit / scale[1], (b * e - a * f) / unit - qy / reach,
            hx, hy, np.maximum(1.0 - hx * hx - hy * hy, FLATTEST), apex,
        )  # fmt: skip
    return np.stack(rows, axis=1)


def _linear_chain(fills: GradientFills, scale: tuple[float, float], sums: Floats) -> Floats:
    """With p = position - start: dt/dend = (p - 2 t e) / |e|^2, dt/dstart = -e / |e|^2 - dt/dend."""
    start = fills.shapes[:, :2]
    along = fills.shapes[:, 2:4] - start
    with np.errstate(all="ignore"):  # rows of radial gradients are not used
        length = np.hypot(*along.T)[:, None]
        along, length = along / length, 1.0 / length
        total = sums[:, :1]
        place = sums[:, 1:3] / np.array(scale) - start * total
        across = place - 2.0 * (place * along).sum(axis=1, keepdims=True) * along
        by_end = across * length * length
        by_start = -along * total * length - by_end
    return np.concatenate([by_start, by_end, np.zeros((fills.count, 2))], axis=1)
