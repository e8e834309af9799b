"""Bounds on how much a small change of a path's outline can change the picture, cell by cell.

The canvas is cut into square cells. The paths are painted bottom to top with intervals instead of colours, which
gives the range of what lies beneath a path in each cell. A path that covers a cell wholly and opaquely replaces
the interval by its own colours; any other path that touches the cell widens it. A boundary in a cell that a later
path covers is not visible at all.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from huefold.scene import Scene, Solid, Stop
from huefold.svg import kernels
from huefold.svg.boundaries import Samples

__all__ = ["boundary_contrast"]

_CELLS = 24_576
_SMALLEST_CELL = 4.0  # pixels
_MARGIN = 0.5  # pixels around a sample in which the boundary may enter a neighbouring cell


def boundary_contrast(scene: Scene, samples: Samples, position: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bound how much a change of coverage at each boundary sample changes a colour channel.

    Parameters
    ----------
    scene : Scene
        The drawing.
    samples : Samples
        Samples of all its paths.
    position : (M, 2) float64 ndarray
        Their positions; pixels.

    Returns
    -------
    contrast : (M,) float64 ndarray
        Opacity times the largest difference between the fill's colours and what may lie beneath, in [0, 1];
        0 where a later path hides the boundary.
    """
    size = max(_SMALLEST_CELL, math.sqrt(scene.width * scene.height / _CELLS))
    # A border of one cell stands for what lies outside the canvas.
    shape = (math.ceil(scene.height / size) + 2, math.ceil(scene.width / size) + 2, 3)
    low, high = np.empty(shape), np.empty(shape)
    # A transparent canvas may lie on anything.
    low[:] = (0.0, 0.0, 0.0) if scene.background is None else scene.background
    high[:] = (1.0, 1.0, 1.0) if scene.background is None else scene.background
    boundaries = samples.boundaries
    outlines = kernels.Outlines(position, samples.first[boundaries.contours], boundaries.paths)
    contrast = np.empty(len(position))
    kernels.contrasts(outlines, _paints(scene), kernels.Cells(size, _MARGIN, low, high), contrast)
    return contrast


def _paints(scene: Scene) -> kernels.Paints:
    least, largest, faintest, strongest = [], [], [], []
    for path in scene.paths:
        stops = (Stop(0.0, path.fill.color),) if isinstance(path.fill, Solid) else path.fill.stops
        channels = list(zip(*(stop.color for stop in stops), strict=True))
        least.append([min(channel) for channel in channels])
        largest.append([max(channel) for channel in channels])
        faintest.append(path.opacity * min(stop.opacity for stop in stops))
        strongest.append(path.opacity * max(stop.opacity for stop in stops))
    return kernels.Paints(
        least=np.array(least, np.float64).reshape(-1, 3),
        largest=np.array(largest, np.float64).reshape(-1, 3),
        opacity=np.array(strongest, np.float64),
        opaque=np.array(faintest) == 1.0,
        evenodd=np.array([path.fill_rule == "evenodd" for path in scene.paths], np.bool_),
    )
