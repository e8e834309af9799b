"""Square tiles at two scales that cover a picture, and the merging of what is found in each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from huefold.saliency.combine import normalise

__all__ = ["Tile", "cut", "merge", "tiles_over"]

LARGEST_ASPECT = 4.0
"""Of pictures longer than that, tiles are padded rather than made ever more of."""
SCALES = (1.0, 0.5)
"""Sides of the tiles, in parts of the short side of the picture."""
OVERLAP = 0.5


class Tile(NamedTuple):
    """A square of the picture.

    Parameters
    ----------
    x, y : int
        Its upper left corner, in pixels; negative where it is padded.
    side : int
        In pixels.
    scale : int
        0 for the large tiles, 1 for the small ones.

    Examples
    --------
    >>> Tile(0, 0, 32, scale=0).side
    32
    """

    x: int
    y: int
    side: int
    scale: int


def tiles_over(shape: tuple[int, int]) -> list[Tile]:
    """Return tiles that cover a picture twice: as large as its short side, and half of that.

    Neighbours overlap by half or more. A picture longer than four times its short side gets larger tiles that
    reach over its edges, so that their number stays bounded.

    Parameters
    ----------
    shape : (int, int)
        Height and width in pixels.

    Returns
    -------
    tiles : list of Tile
        Row by row, large ones first.

    Examples
    --------
    >>> [len([t for t in tiles_over((200, 300)) if t.scale == scale]) for scale in (0, 1)]
    [2, 15]
    """
    height, width = shape
    base = max(min(shape), math.ceil(max(shape) / LARGEST_ASPECT))
    tiles = []
    for scale, part in enumerate(SCALES):
        side = max(1, math.ceil(base * part))
        tiles += [Tile(x, y, side, scale) for y in _starts(height, side) for x in _starts(width, side)]
    return tiles


def _starts(length: int, side: int) -> list[int]:
    """Return where tiles begin along one axis so that they cover it evenly."""
    if side >= length:
        return [-((side - length) // 2)]
    count = 1 + math.ceil((length - side) / (side * (1.0 - OVERLAP)))
    return [round(k * (length - side) / (count - 1)) for k in range(count)]


def cut(
    rgb: NDArray[np.floating[Any]],
    tile: Tile,
    side: int,
    mean: Sequence[float],
    spread: Sequence[float],
) -> NDArray[np.float32]:
    """Return a tile as a model takes it: resized (bicubic), normalised, with zeros where it is padded.

    Parameters
    ----------
    rgb : (H, W, 3) float ndarray
        sRGB values in [0, 1].
    tile : Tile
    side : int
        Pixels of the result.
    mean, spread : sequence of 3 float
        What is taken from each channel, and what the difference is divided by.

    Returns
    -------
    pixels : (3, side, side) float32 ndarray

    Examples
    --------
    >>> cut(np.full((4, 8, 3), 0.5), Tile(0, 0, 4, 0), 2, (0.5, 0.5, 0.5), (1, 1, 1))[0]
    array([[0., 0.],
           [0., 0.]], dtype=float32)
    """
    top, left, bottom, right = _inside(tile, rgb.shape[:2])
    channels = []
    for channel in range(3):
        square = np.zeros((tile.side, tile.side), dtype=np.float32)
        values = (rgb[top:bottom, left:right, channel] - mean[channel]) / spread[channel]
        square[top - tile.y : bottom - tile.y, left - tile.x : right - tile.x] = values
        resized = Image.fromarray(square).resize((side, side), Image.Resampling.BICUBIC)
        channels.append(np.asarray(resized, dtype=np.float32))
    return np.stack(channels)


def merge(
    tiles: Sequence[Tile],
    found: Sequence[NDArray[np.floating[Any]]],
    trust: Sequence[float],
    shape: tuple[int, int],
) -> NDArray[np.float32]:
    """Merge what was found in each tile into one map.

    Within a scale, a pixel gets the mean of the tiles over it, each weighed by a window that falls off towards
    its edges (so that no seam shows), of what was found times the trust in the tile. Each scale's map is
    stretched to [0, 1], and so is their mean.

    Parameters
    ----------
    tiles : sequence of Tile
    found : sequence of (G, G) float ndarray
        For each tile, on a grid over it; not negative. Resized to the tile by bilinear interpolation.
    trust : sequence of float
        In [0, 1]: how sure it is that the tile shows what is sought.
    shape : (int, int)
        Height and width of the picture.

    Returns
    -------
    saliency : (H, W) float32 ndarray
        In [0, 1]; 0.5 everywhere if all that was found is the same.

    Examples
    --------
    >>> tiles = [Tile(0, 0, 2, scale=0), Tile(2, 0, 2, scale=0)]
    >>> merge(tiles, [np.zeros((1, 1)), np.ones((1, 1))], [1.0, 1.0], (2, 4))[0]
    array([0., 0., 1., 1.], dtype=float32)
    """
    highest = max(trust) or 1.0
    scales = []
    for scale in sorted({tile.scale for tile in tiles}):
        total, weight = np.zeros(shape), np.zeros(shape)
        for tile, grid, sure in zip(tiles, found, trust, strict=True):
            if tile.scale == scale:
                where, window, values = _placed(tile, grid, shape)
                total[where] += window * values * (sure / highest)
                weight[where] += window
        scales.append(normalise(total / weight))
    return normalise(np.mean(scales, axis=0))


def _placed(
    tile: Tile, grid: NDArray[np.floating[Any]], shape: tuple[int, int]
) -> tuple[tuple[slice, slice], NDArray[np.float64], NDArray[np.float64]]:
    """Return the pixels that a tile covers, its window there, and its values."""
    top, left, bottom, right = _inside(tile, shape)
    image = Image.fromarray(np.ascontiguousarray(grid, dtype=np.float32))
    square = np.asarray(image.resize((tile.side, tile.side), Image.Resampling.BILINEAR), dtype=np.float64)
    own = slice(top - tile.y, bottom - tile.y), slice(left - tile.x, right - tile.x)
    ramp = np.sin(np.pi * (np.arange(tile.side) + 0.5) / tile.side) ** 2 + 1e-3  # covered is never weightless
    return (slice(top, bottom), slice(left, right)), np.outer(ramp, ramp)[own], square[own]


def _inside(tile: Tile, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return the top, left, bottom and right of the part of a tile that lies on the picture."""
    return (
        max(0, tile.y),
        max(0, tile.x),
        min(shape[0], tile.y + tile.side),
        min(shape[1], tile.x + tile.side),
    )
