"""Square tiles at two scales that cover an image, and the merging of their maps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from huefold.native import elementary
from huefold.saliency.combine import normalise

__all__ = ["Tile", "cut", "merge", "tiles_over"]

LARGEST_ASPECT = 4.0
"""Tiles of images longer than this are padded, so that their number stays bounded."""
SCALES = (1.0, 0.5)
"""Sides of the tiles, as shares of the short side of the image."""
OVERLAP = 0.5
"""Least overlap of neighbouring tiles, as a share of their side."""


class Tile(NamedTuple):
    """A square of the image.

    Parameters
    ----------
    x, y : int
        Top left corner, in pixels; negative where the tile is padded.
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
    """Return tiles that cover an image twice: with the length of its short side, and half of that.

    Neighbours overlap by half or more. An image longer than four times its short side gets larger tiles that
    reach over its edges.

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
    """Return the starts of tiles that cover one axis evenly."""
    if side >= length:
        return [-((side - length) // 2)]
    count = 1 + math.ceil((length - side) / (side * (1.0 - OVERLAP)))
    return [round(k * (length - side) / (count - 1)) for k in range(count)]


def cut(
    rgb: NDArray[np.floating[Any]],
    tile: Tile,
    side: int,
    mean: Sequence[float],
    std: Sequence[float],
) -> NDArray[np.float32]:
    """Return a tile as the input of a model: resized (bicubic), normalised, zero where it is padded.

    Parameters
    ----------
    rgb : (H, W, 3) float ndarray
        sRGB values in [0, 1].
    tile : Tile
    side : int
        Height and width of the result, in pixels.
    mean, std : sequence of 3 float
        Mean and standard deviation of each channel, by which it is normalised.

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
        values = (rgb[top:bottom, left:right, channel] - mean[channel]) / std[channel]
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
    """Merge the maps of all tiles into one.

    Within a scale, a pixel gets the mean, over the tiles that cover it, of map times trust. Tiles are weighted by
    a window that falls off towards their edges, so that no seam shows. Each scale's map is stretched to [0, 1],
    and so is the mean over scales.

    Parameters
    ----------
    tiles : sequence of Tile
    found : sequence of (G, G) float ndarray
        Map of each tile on a grid over it, at least 0; resized to the tile by bilinear interpolation.
    trust : sequence of float
        In [0, 1]: how likely each tile shows what is sought.
    shape : (int, int)
        Height and width of the image.

    Returns
    -------
    saliency : (H, W) float32 ndarray
        In [0, 1]; 0.5 everywhere if all values are the same.

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
    """Return the pixels that a tile covers, and its window and values there."""
    top, left, bottom, right = _inside(tile, shape)
    image = Image.fromarray(np.ascontiguousarray(grid, dtype=np.float32))
    square = np.asarray(image.resize((tile.side, tile.side), Image.Resampling.BILINEAR), dtype=np.float64)
    own = slice(top - tile.y, bottom - tile.y), slice(left - tile.x, right - tile.x)
    sines, _ = elementary.sine_and_cosine(np.pi * (np.arange(tile.side) + 0.5) / tile.side)
    ramp = sines**2 + 1e-3  # covered is never weightless
    return (slice(top, bottom), slice(left, right)), np.outer(ramp, ramp)[own], square[own]


def _inside(tile: Tile, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return top, left, bottom and right of the part of a tile that lies on the image."""
    return (
        max(0, tile.y),
        max(0, tile.x),
        min(shape[0], tile.y + tile.side),
        min(shape[1], tile.x + tile.side),
    )
