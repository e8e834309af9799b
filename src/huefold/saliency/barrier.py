"""Minimum barrier saliency: contrast along the best path from the image border (Zhang et al. 2015).

All functions work on a CIELAB image, (H, W, 3) float64, and give maps (H, W) float64.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import grey_dilation, grey_erosion
from skimage.morphology import reconstruction

from huefold.native import elementary, linear
from huefold.saliency.kernels import barrier_scans

__all__ = ["backgroundness", "barrier_distance", "barrier_saliency", "flattened"]

Map = NDArray[np.float64]

SCANS = 3
"""Raster scans; the paper's choice."""
SMOOTHING = 0.5
"""Standard deviation in pixels of the Gaussian that smooths before the scans; it ends at four of these."""
BORDER = 0.1
"""Width of the border strips as a part of the shorter side."""
FILTER = 0.025
"""Half window of the morphological filter as a part of the longer side, for a map of mean 1."""


def barrier_saliency(lab: NDArray[np.float64]) -> Map:
    """Barrier distance plus backgroundness, flattened into plateaus; not negative, of no fixed range."""
    return flattened(_unit(barrier_distance(lab)) + _unit(backgroundness(lab)))


def barrier_distance(lab: NDArray[np.float64]) -> Map:
    """Minimum barrier distance to the image border, summed over the channels (section 3.2 of the paper)."""
    smooth = _smoothed(_smoothed(lab, 0), 1)
    channels = np.ascontiguousarray(smooth.transpose(2, 0, 1))
    return np.asarray(barrier_scans(channels, SCANS).sum(axis=0))


def _smoothed(lab: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Smooth along one axis; the picture goes on by reflection."""
    reach = round(4.0 * SMOOTHING)
    half = elementary.exp(-0.5 / SMOOTHING**2 * np.arange(reach + 1.0) ** 2)
    half /= half[0] + 2.0 * half[1:].sum()
    margins = [(reach, reach) if k == axis else (0, 0) for k in range(lab.ndim)]
    padded = np.moveaxis(np.pad(lab, margins, mode="symmetric"), axis, 0)
    count = lab.shape[axis]
    total: NDArray[np.float64] = half[0] * padded[reach : reach + count]
    for k in range(1, reach + 1):
        total += half[k] * (padded[reach - k : reach - k + count] + padded[reach + k : reach + k + count])
    return np.moveaxis(total, 0, axis)


def backgroundness(lab: NDArray[np.float64]) -> Map:
    """How unlike the border strips a pixel is: Mahalanobis distances to all but the least alike strip.

    Leaving out the largest tolerates an object that touches one side.
    """
    strip = max(1, round(BORDER * min(lab.shape[:2])))
    strips = (lab[:strip], lab[-strip:], lab[:, :strip], lab[:, -strip:])
    unlike = np.stack([_unit(_mahalanobis(lab, part.reshape(-1, lab.shape[2]))) for part in strips])
    return np.asarray(unlike.sum(axis=0) - unlike.max(axis=0))


def flattened(saliency: Map) -> Map:
    """Remove details smaller than a window but keep edges: opening and closing by reconstruction.

    The window grows with the root of the mean, as in the paper: the more is salient, the larger the details
    to drop.
    """
    mean = float(np.mean(_unit(saliency)))
    size = 2 * max(1, round(FILTER * max(saliency.shape) * np.sqrt(mean))) + 1
    opened = _reconstructed(grey_erosion(saliency, size=size), saliency, "dilation")
    return _reconstructed(grey_dilation(opened, size=size), opened, "erosion")


def _reconstructed(seed: Map, mask: Map, method: str) -> Map:
    # A window at the image border looks at mirrored pixels only, so the seed stays on its side of the mask.
    filled = reconstruction(seed, mask, method=method)  # type: ignore[no-untyped-call]
    return np.asarray(filled, dtype=np.float64)


def _mahalanobis(lab: NDArray[np.float64], samples: NDArray[np.float64]) -> Map:
    mean = samples.mean(axis=0)
    apart = (samples - mean).T
    covariance = np.array([[(one * other).mean() for other in apart] for one in apart])
    # A strip of one colour has no variance; a tenth of a CIELAB unit stands in for its standard deviation.
    inverse = linear.solved(covariance + 0.01 * np.eye(len(mean)), np.eye(len(mean)))
    offset = np.moveaxis(lab - mean, 2, 0)
    turned = (sum(share * channel for share, channel in zip(row, offset, strict=True)) for row in inverse)
    squared = sum(channel * other for channel, other in zip(offset, turned, strict=True))
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)))


def _unit(values: Map) -> Map:
    """Divide by the largest value; a map of zeros stays one."""
    top = float(values.max())
    return values / top if top > 0.0 else values
