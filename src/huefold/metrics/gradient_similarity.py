"""GMSD: how unevenly a picture's edges differ from another's."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from huefold.metrics.fidelity import checked_pictures

__all__ = ["gmsd"]

_STABLE = 170.0 / 255.0**2  # the paper's constant, for values in [0, 1]
_LUMA = (0.299, 0.587, 0.114)
_PREWITT = np.array([[1.0, 0.0, -1.0]] * 3) / 3.0


def gmsd(image: ArrayLike, other: ArrayLike) -> float:
    """Return the gradient magnitude similarity deviation of two pictures: 0 for equal ones, larger is worse.

    Parameters
    ----------
    image, other : (H, W) or (H, W, 3) array_like of float
        Values in [0, 1], both of the same shape. Colours are judged by their luma (ITU-R BT.601).

    Returns
    -------
    deviation : float
        The standard deviation over pixels of the similarity of edges, in [0, 0.5].

    Raises
    ------
    ImageError
        If the pictures have different shapes, are empty, have other than 1 or 3 channels, or hold values that are
        not floats in [0, 1].

    Notes
    -----
    Both pictures are averaged over 2 x 2 pixels and reduced by 2, as the paper does; gradients are Prewitt's.

    References
    ----------
    .. [1] W. Xue, L. Zhang, X. Mou, A. C. Bovik. Gradient magnitude similarity deviation: a highly efficient
       perceptual image quality index. IEEE Transactions on Image Processing 23(2), 2014, equations 2 to 6.
       doi:10.1109/TIP.2013.2293423

    Examples
    --------
    >>> ramp = np.linspace(0, 1, 16 * 16).reshape(16, 16)
    >>> gmsd(ramp, ramp)
    0.0
    """
    first, second = (_edges(_luma(picture)) for picture in checked_pictures(image, other, channels=(1, 3)))
    similarity = (2.0 * first * second + _STABLE) / (first**2 + second**2 + _STABLE)
    return float(similarity.std())


def _luma(picture: NDArray[np.floating]) -> NDArray[np.float64]:
    values = picture.astype(np.float64)
    if values.ndim == 2:
        return values
    return np.asarray(values[..., 0] if values.shape[2] == 1 else (values * _LUMA).sum(axis=2))


def _edges(luma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return gradient magnitudes at half size; pictures are continued by 0, as the paper's code does."""
    half = ndimage.convolve(luma, np.full((2, 2), 0.25), mode="constant")[::2, ::2]
    across, down = (ndimage.convolve(half, kernel, mode="constant") for kernel in (_PREWITT, _PREWITT.T))
    return np.asarray(np.sqrt(across * across + down * down))
