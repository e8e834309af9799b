"""Saliency without guidance: noise, as the method uses when nothing is given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.saliency.checks import check_shape

__all__ = ["noise"]

MEAN = 0.5
STD = 0.25


def noise(shape: tuple[int, int], *, seed: int) -> NDArray[np.float32]:
    """Return clipped Gaussian noise: no place matters more than another.

    Parameters
    ----------
    shape : (int, int)
        Height and width.
    seed : int
        Same seed and shape, same map.

    Returns
    -------
    saliency : (H, W) float32 ndarray
        Independent normal values of mean 0.5 and standard deviation 0.25, clipped to [0, 1].

    Raises
    ------
    SaliencyError
        If `shape` is not two numbers of at least 1.
    """
    check_shape(shape)
    # Not normal(MEAN, STD), which rounds once where a processor multiplies and adds in one step.
    values = MEAN + STD * np.random.default_rng(seed).standard_normal(shape)
    return np.clip(values, 0.0, 1.0).astype(np.float32)
