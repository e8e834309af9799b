"""How much a small change of a path's outline can change the picture, cell by cell.

The canvas is cut into square cells. Painting the paths bottom to top with intervals instead of colours gives,
for each cell, bounds of what lies beneath a path: a path that covers a cell wholly and opaquely replaces the
interval by its own colour, any other path that touches the cell widens it. Where a later path covers a cell,
a boundary in it does not show at all.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from huefold.scene import Scene
from huefold.svg import kernels
from huefold.svg.outline import Samples

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
        Where they lie; pixels.

    Returns
    -------
    contrast : (M,) float64 ndarray
        In [0, 1]: opacity times the largest difference between the fill and what may lie beneath; 0 where a
        later path hides the boundary.
    """
    size = max(_SMALLEST_CELL, math.sqrt(scene.width * scene.height / _CELLS))
    # A border of one cell stands for what lies outside the canvas.
    shape = (math.ceil(scene.height / size) + 2, math.ceil(scene.width / size) + 2, 3)
    low = np.empty(shape)
    low[:] = scene.background
    contrast = np.empty(len(position))
    kernels.contrasts(
        position,
        samples.first[samples.boundaries.contours],
        samples.boundaries.paths,
        np.array([path.fill.color for path in scene.paths]),
        np.array([path.opacity for path in scene.paths]),
        np.array([path.fill_rule == "evenodd" for path in scene.paths]),
        size,
        _MARGIN,
        low,
        low.copy(),
        contrast,
    )
    return contrast
