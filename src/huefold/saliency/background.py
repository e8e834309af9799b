"""Robust background detection: contrast to what is connected to the image border (Zhu et al. 2014).

All functions work on superpixels: mean colours (N, 3) in CIELAB, centres (N, 2) in units of the longer side,
areas (N,) and border lengths (N,) in pixels, and the pairs of neighbours (E, 2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import shortest_path

from huefold.native import elementary, linear

__all__ = ["Superpixels", "background_probability", "background_weighted_contrast", "optimised_saliency"]

Vector = NDArray[np.float64]

SIGMA_COLOR = 10.0
"""CIELAB units: up to about this distance two colours count as alike (the paper's sigma_clr)."""
SIGMA_SPACE = 0.25
"""Of the longer side: how far contrast reaches (the paper's sigma_spa)."""
SIGMA_BOUNDARY = 1.0
"""Boundary connectivity above which a region is background (the paper's sigma_bndCon)."""
FLOOR = 0.1
"""Least smoothness between neighbours, which erases small specks (the paper's mu)."""


@dataclass(frozen=True, slots=True)
class Superpixels:
    """Statistics of the superpixels of an image.

    Parameters
    ----------
    color : (N, 3) float64 ndarray
        Mean CIELAB colours.
    centre : (N, 2) float64 ndarray
        Centroids, in units of the longer side of the image.
    area, border : (N,) float64 ndarray
        Pixels, and pixels on the image border.
    pairs : (E, 2) intp ndarray
        Neighbours, each pair once.
    """

    color: Vector
    centre: Vector
    area: Vector
    border: Vector
    pairs: NDArray[np.intp]


def _pairwise(points: Vector) -> Vector:
    return np.asarray(np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2)))


def _links(superpixels: Superpixels) -> NDArray[np.intp]:
    """Neighbours, and every two superpixels of the border: an object may cut the background in two."""
    on_border = np.flatnonzero(superpixels.border > 0)
    a, b = np.triu_indices(len(on_border), k=1)
    both = np.stack([on_border[a], on_border[b]], axis=1)
    return np.unique(np.concatenate([superpixels.pairs, both]), axis=0)


def boundary_connectivity(superpixels: Superpixels) -> Vector:
    """Length along the image border over the root of the area, both softly by geodesic colour distance.

    Equations 3 to 6 of the paper; borders and areas count in pixels, so superpixels of unequal size are
    weighed rightly. In units in which a full border pixel row of a square region of background has
    connectivity above 1.
    """
    color = _pairwise(superpixels.color)
    links = _links(superpixels)
    count = len(superpixels.area)
    # Explicit zeros would read as missing edges.
    step = np.maximum(color[links[:, 0], links[:, 1]], 1e-9)
    graph = coo_array((step, (links[:, 0], links[:, 1])), shape=(count, count)).tocsr()
    geodesic = shortest_path(graph, method="D", directed=False)
    reach = elementary.exp(-(geodesic**2) / (2.0 * SIGMA_COLOR**2))
    border, area = ((reach * size).sum(axis=1) for size in (superpixels.border, superpixels.area))
    return np.asarray(border / np.sqrt(area))


def background_probability(superpixels: Superpixels) -> Vector:
    """Probability (N,) that a superpixel is background (equation 9)."""
    connectivity = boundary_connectivity(superpixels)
    return np.asarray(1.0 - elementary.exp(-(connectivity**2) / (2.0 * SIGMA_BOUNDARY**2)))


def background_weighted_contrast(superpixels: Superpixels, background: Vector) -> Vector:
    """Colour contrast (N,) to nearby superpixels, counted as far as those are background (equation 8)."""
    near = elementary.exp(-(_pairwise(superpixels.centre) ** 2) / (2.0 * SIGMA_SPACE**2))
    weight = near * (background * superpixels.area)[None, :]
    return np.asarray((_pairwise(superpixels.color) * weight).sum(axis=1) / superpixels.area.sum())


def optimised_saliency(superpixels: Superpixels, foreground: Vector, background: Vector) -> Vector:
    """Saliency (N,) that minimises equation 10: background 0, foreground 1, neighbours of a colour alike."""
    count = len(superpixels.area)
    color = _pairwise(superpixels.color)
    smooth = np.zeros((count, count))
    a, b = superpixels.pairs[:, 0], superpixels.pairs[:, 1]
    smooth[a, b] = smooth[b, a] = elementary.exp(-(color[a, b] ** 2) / (2.0 * SIGMA_COLOR**2)) + FLOOR
    laplacian = np.diag(smooth.sum(axis=1)) - smooth
    system = laplacian + np.diag(background + foreground + 1e-9)  # solvable even without any evidence
    return linear.solved(system, foreground)
