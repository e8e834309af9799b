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

from huefold.scene import Path, Scene
from huefold.svg.outline import Outline

__all__ = ["boundary_contrast"]

_CELLS = 24_576
_SMALLEST_CELL = 4.0  # pixels
_MARGIN = 0.5  # pixels around a sample in which the boundary may enter a neighbouring cell


class _Cells:
    """A grid of square cells over the canvas, with a border of one cell for what lies outside."""

    def __init__(self, width: int, height: int) -> None:
        self.size = max(_SMALLEST_CELL, math.sqrt(width * height / _CELLS))
        self.columns = math.ceil(width / self.size) + 2
        self.rows = math.ceil(height / self.size) + 2

    def locate(self, position: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the flat index of the cell of each position, (M,)."""
        column = np.clip(np.floor(position[:, 0] / self.size) + 1, 0, self.columns - 1)
        row = np.clip(np.floor(position[:, 1] / self.size) + 1, 0, self.rows - 1)
        return np.asarray(row * self.columns + column, dtype=np.int64)

    def touched(self, outline: Outline) -> NDArray[np.bool_]:
        """Return the cells that the boundary enters, or nearly so."""
        mask = np.zeros(self.rows * self.columns, dtype=np.bool_)
        for shift in ((-_MARGIN, -_MARGIN), (-_MARGIN, _MARGIN), (_MARGIN, -_MARGIN), (_MARGIN, _MARGIN)):
            mask[self.locate(outline.position + np.array(shift))] = True
        return mask

    def inside(self, outline: Outline, *, evenodd: bool) -> NDArray[np.bool_]:
        """Return the cells whose centre lies inside; only those not touched are to be trusted."""
        y = outline.position[:, 1] / self.size + 0.5
        row = np.clip(np.floor(y), -1, self.rows - 1).astype(np.int64)
        next_row = row[outline.following]
        crossing = np.flatnonzero(row != next_row)
        # Samples are closer together than cells are high, so a step crosses one row of centres at most.
        crossed = np.maximum(row[crossing], next_row[crossing])
        sign = np.sign(next_row[crossing] - row[crossing])
        column = np.clip(np.ceil(outline.position[crossing, 0] / self.size + 0.5), 0, self.columns).astype(
            np.int64
        )
        winding = np.zeros((self.rows, self.columns + 1), dtype=np.int64)
        np.add.at(winding, (crossed, column), sign)
        winding = np.cumsum(winding, axis=1)[:, :-1]
        return np.asarray((winding % 2 != 0 if evenodd else winding != 0).ravel(), dtype=np.bool_)


def boundary_contrast(scene: Scene, outlines: list[Outline]) -> list[NDArray[np.float64]]:
    """Bound how much a change of coverage at each boundary sample changes a colour channel.

    Parameters
    ----------
    scene : Scene
        The drawing.
    outlines : list of Outline
        Samples of each path, in the order of ``scene.paths``.

    Returns
    -------
    contrast : list of (M,) float64 ndarray
        For each path, in [0, 1]: opacity times the largest difference between the fill and what may lie
        beneath; 0 where a later path hides the boundary.
    """
    cells = _Cells(scene.width, scene.height)
    where = [cells.locate(outline.position) for outline in outlines]
    low = np.tile(np.array(scene.background), (cells.rows * cells.columns, 1))
    high = low.copy()
    contrast: list[NDArray[np.float64]] = []
    covered: list[NDArray[np.bool_]] = []
    for path, outline, cell in zip(scene.paths, outlines, where, strict=True):
        color = np.array(path.fill.color)
        span = np.maximum(color - low[cell], high[cell] - color).max(axis=1, initial=0.0)
        contrast.append(path.opacity * span)
        covered.append(_paint(cells, path, outline, low, high))
    hidden = np.zeros(cells.rows * cells.columns, dtype=np.bool_)
    for k in range(len(outlines) - 1, -1, -1):
        contrast[k][hidden[where[k]]] = 0.0
        hidden |= covered[k]
    return contrast


def _paint(
    cells: _Cells, path: Path, outline: Outline, low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Paint the intervals; return the cells that the path covers wholly and opaquely."""
    color = np.array(path.fill.color)
    touched = cells.touched(outline)
    whole = cells.inside(outline, evenodd=path.fill_rule == "evenodd") & ~touched
    mixed = touched if path.opacity == 1.0 else touched | whole
    low[mixed] = np.minimum(low[mixed], color)
    high[mixed] = np.maximum(high[mixed], color)
    if path.opacity < 1.0:
        return np.zeros_like(whole)
    low[whole] = high[whole] = color
    return whole
