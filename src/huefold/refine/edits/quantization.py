"""Coordinate quantization: points end on a decimal grid as fine as is seen, so that files need few digits.

Two or three decimals keep a drawing to the pixel. But its outlines are off by more than a tenth of a pixel nearly
everywhere, so points may as well lie on tenths: the squared error hardly changes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.crossings import crossing_contours
from huefold.refine.context import RefinementContext
from huefold.refine.drawing import Drawing
from huefold.refine.edits.pruning import REPLACEMENTS, replace_invisible
from huefold.refine.fit.smooth_nodes import SmoothNodes

__all__ = ["grid_decimals", "quantize", "quantize_points"]

Floats = NDArray[np.float64]

MORE_DECIMALS = 2
"""Further decimals of an outline that would cross itself on the grid."""


def grid_decimals(step: float) -> int:
    """Decimals of the power of ten at or below `step`, at least 0.

    Examples
    --------
    >>> [grid_decimals(step) for step in (0.1, 0.55, 2.0, 0.02)]
    [1, 1, 0, 2]
    """
    decimals = 0
    while step < (1.0 - 1e-9) / 10**decimals:
        decimals += 1
    return decimals


def quantize(context: RefinementContext, drawing: Drawing, decimals: int) -> None:
    """Round all points in place, and replace paths that become invisible by it."""
    quantize_points(drawing, decimals)
    for _ in range(REPLACEMENTS):
        if not replace_invisible(context, drawing, fitted=False):
            break
        quantize_points(drawing, decimals)


def quantize_points(drawing: Drawing, decimals: int) -> None:
    """Round all points to so many decimals of the canvas' unit, in place.

    Smooth nodes stay smooth. An outline that would come to cross itself gets one or two decimals more, or stays as
    it is.

    Examples
    --------
    >>> from huefold.scene import Path, Scene, Solid, contour_from_polygon
    >>> ink = Solid((0.0, 0.0, 0.0))
    >>> shape = Path((contour_from_polygon([(1.04, 1), (7, 1.26), (4, 6.333)]),), ink)
    >>> drawing = Drawing.from_scene(Scene(8, 8, (1.0, 1.0, 1.0), (shape,)))
    >>> quantize_points(drawing, 1)
    >>> drawing.to_scene().paths[0].contours[0][::3].tolist()
    [[1.0, 1.0], [7.0, 1.3], [4.0, 6.3]]
    """
    arrays = drawing.arrays
    if not len(arrays.points):
        return
    smooth = SmoothNodes.existing(arrays.points, arrays.contours)
    sizes = np.diff(arrays.contours)
    crossing = crossing_contours(arrays.points, arrays.contours)
    points, pending = arrays.points, np.ones(len(sizes), np.bool_)
    for places in range(decimals, decimals + MORE_DECIMALS + 1):
        rounded = _rounded(arrays.points, smooth, places)
        fits = pending & (crossing | ~crossing_contours(rounded, arrays.contours))
        points = np.where(np.repeat(fits, sizes)[:, None], rounded, points)
        pending &= ~fits
        if not pending.any():
            break
    drawing.arrays = replace(arrays, points=points)


def _rounded(points: Floats, smooth: SmoothNodes, decimals: int) -> Floats:
    rounded = np.round(points, decimals)
    reflected = 2.0 * rounded[smooth.node] - rounded[smooth.node + 1]
    rounded[smooth.arriving] = np.round(reflected, decimals)
    return np.asarray(rounded + 0.0)  # no negative zeros
