"""Automatic saliency: contrast to what is connected to the image border."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.segmentation import slic

from huefold.cielab import lab_of_srgb
from huefold.errors import SaliencyError
from huefold.images.checks import check_picture
from huefold.native import elementary
from huefold.saliency.background import (
    Superpixels,
    background_probability,
    background_weighted_contrast,
    optimised_saliency,
)
from huefold.saliency.barrier import barrier_saliency
from huefold.saliency.checks import check_shape
from huefold.saliency.combine import normalise

__all__ = ["automatic", "centre_prior"]

WORKING_SIDE = 320
"""Longer side in pixels at which the map is computed."""
SUPERPIXELS = 250
CENTRE_STD = 0.35
"""Standard deviation of the centre prior, as a part of each side."""
STEEPNESS = 10.0
"""Of the logistic curve that sharpens the map."""


def centre_prior(shape: tuple[int, int], *, std: float = 0.3) -> NDArray[np.float32]:
    """Return a Gaussian at the centre of the image: what photographers frame.

    Parameters
    ----------
    shape : (int, int)
        Height and width.
    std : float, optional
        Standard deviation as a part of each side.

    Returns
    -------
    saliency : (H, W) float32 ndarray
        In (0, 1], largest at the centre.

    Raises
    ------
    SaliencyError
        If `shape` is not two numbers of at least 1.

    Examples
    --------
    >>> centre_prior((1, 3)).round(3)
    array([[0.539, 1. , 0.539]], dtype=float32)
    """
    check_shape(shape)
    y, x = (((np.arange(n) + 0.5) / n - 0.5) / std for n in shape)
    return elementary.exp(-0.5 * (y[:, None] ** 2 + x[None, :] ** 2)).astype(np.float32)


def superpixel_statistics(lab: NDArray[np.float64], labels: NDArray[np.integer[Any]]) -> Superpixels:
    """Mean colours, centroids, areas, border lengths and neighbours of superpixels 0..N-1."""
    height, width = labels.shape
    flat = labels.ravel()
    area = np.bincount(flat).astype(np.float64)
    mean = [np.bincount(flat, lab[..., c].ravel()) / area for c in range(3)]
    rows, columns = np.indices(labels.shape)
    centre = [np.bincount(flat, where.ravel() + 0.5) / area / max(height, width) for where in (columns, rows)]
    rim = np.ones(labels.shape, dtype=bool)
    rim[1:-1, 1:-1] = False
    border = np.bincount(flat, rim.ravel()).astype(np.float64)
    return Superpixels(np.stack(mean, axis=1), np.stack(centre, axis=1), area, border, _neighbours(labels))


def _neighbours(labels: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
    across = np.stack([labels[:, :-1].ravel(), labels[:, 1:].ravel()], axis=1)
    down = np.stack([labels[:-1].ravel(), labels[1:].ravel()], axis=1)
    pairs = np.sort(np.concatenate([across, down]).astype(np.intp), axis=1)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)


def automatic(rgb: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Estimate saliency from contrast and boundary connectivity.

    Superpixels that touch the image border along much of their colour-connected surroundings are background
    [1]_; what contrasts with the background is foreground; a quadratic optimisation over neighbours
    reconciles both. To this the minimum barrier distance to the border and the unlikeness to its colours are
    added [2]_. The sum is weighed by `centre_prior`, sharpened by a logistic curve and stretched to [0, 1].

    Parameters
    ----------
    rgb : (H, W, 3) float ndarray
        sRGB values in [0, 1].

    Returns
    -------
    saliency : (H, W) float32 ndarray
        In [0, 1]; where nothing stands out (one colour only) the centre prior is left.

    Raises
    ------
    SaliencyError
        If `rgb` is not an (H, W, 3) image of finite values.

    References
    ----------
    .. [1] W. Zhu, S. Liang, Y. Wei and J. Sun, "Saliency optimization from robust background detection", CVPR
       2014, :doi:`10.1109/CVPR.2014.360`
    .. [2] J. Zhang, S. Sclaroff, Z. Lin, X. Shen, B. Price and R. Mech, "Minimum barrier salient object
       detection at 80 FPS", ICCV 2015, :doi:`10.1109/ICCV.2015.165`

    Examples
    --------
    >>> rgb = np.full((40, 60, 3), 0.2, np.float32)
    >>> rgb[12:28, 20:40] = (0.9, 0.3, 0.1)
    >>> saliency = automatic(rgb)
    >>> bool(saliency[20, 30] > 0.9), bool(saliency[2, 2] < 0.1)
    (True, True)
    """
    check_picture(rgb, SaliencyError)
    small = _reduced(rgb)
    lab = lab_of_srgb(small)
    evidence = normalise(_robust_background(lab)) + normalise(barrier_saliency(lab))
    framed = normalise(evidence) * centre_prior(lab.shape[:2], std=CENTRE_STD)
    decided = normalise(1.0 / (1.0 + elementary.exp(-STEEPNESS * (normalise(framed) - 0.5))))
    return np.clip(_resized(decided, rgb.shape[:2]), 0.0, 1.0)


def _robust_background(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Optimised saliency of Zhu et al., painted back onto the pixels."""
    labels = slic(lab, SUPERPIXELS, compactness=10.0, start_label=0, convert2lab=False, channel_axis=2)
    _, labels = np.unique(labels, return_inverse=True)
    labels = labels.reshape(lab.shape[:2])
    superpixels = superpixel_statistics(lab, labels)
    background = background_probability(superpixels)
    contrast = background_weighted_contrast(superpixels, background)
    # Contrast is in CIELAB units; below one unit at its best it is rounding, not an object.
    foreground = (contrast - contrast.min()) / max(float(np.ptp(contrast)), 1e-3)
    return optimised_saliency(superpixels, foreground, background)[labels]


def _reduced(rgb: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    height, width = rgb.shape[:2]
    scale = min(1.0, WORKING_SIDE / max(height, width))
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    return np.stack([_resized(rgb[..., c], size) for c in range(3)], axis=2)


def _resized(channel: NDArray[np.floating[Any]], size: tuple[int, ...]) -> NDArray[np.float32]:
    """Resize with a triangle filter that widens when it shrinks, so that nothing aliases."""
    image = Image.fromarray(np.ascontiguousarray(channel, dtype=np.float32))
    return np.asarray(image.resize((size[1], size[0]), Image.Resampling.BILINEAR), dtype=np.float32)
