"""MSE, PSNR and SSIM of two pictures, in float64."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huefold.errors import ImageError
from huefold.native import elementary
from huefold.native.arguments import array, output
from huefold.native.kernels import bind
from huefold.parallel import available_threads

__all__ = ["mse", "psnr", "ssim"]

_SIGMA = 1.5  # Gaussian window of Wang et al. (2004), 11 pixels wide
_REACH = 5
_LN_10 = 2.302585092994046

_SINGLE, _DOUBLE, _COUNTS = array(np.float32, 3), array(np.float64, 3), array(np.float64, 2, optional=True)
_WINDOW, _SUMS, _SIZE = array(np.float64, 1), output(np.float64, 1), (int, int, int)

_row_errors = {
    np.dtype(np.float32): bind("hf_row_errors_single", _SINGLE, _SINGLE, _COUNTS, _SUMS, *_SIZE, int),
    np.dtype(np.float64): bind("hf_row_errors_double", _DOUBLE, _DOUBLE, _COUNTS, _SUMS, *_SIZE, int),
}
_row_similarities = {
    np.dtype(np.float32): bind(
        "hf_row_similarities_single", _SINGLE, _SINGLE, _WINDOW, _SUMS, *_SIZE, int, status=True
    ),
    np.dtype(np.float64): bind(
        "hf_row_similarities_double", _DOUBLE, _DOUBLE, _WINDOW, _SUMS, *_SIZE, int, status=True
    ),
}

Picture: TypeAlias = NDArray[np.floating[Any]]


def mse(image: ArrayLike, other: ArrayLike, *, weights: ArrayLike | None = None) -> float:
    """Return the mean squared error of two pictures over all pixels and channels.

    Parameters
    ----------
    image, other : (H, W) or (H, W, C) array_like of float
        Values in [0, 1], both of the same shape.
    weights : (H, W) array_like of float, optional
        How much each pixel counts, at least 0 and not all 0 (a mask, or a saliency map); None: all alike.

    Returns
    -------
    error : float
        0 for equal pictures, at most 1.

    Raises
    ------
    ImageError
        If the pictures have different shapes, are empty, or hold values that are not floats in [0, 1]; if the
        weights do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> mse(np.zeros((2, 2, 3)), np.full((2, 2, 3), 0.5))
    0.25
    """
    first, second = checked_pictures(image, other)
    counts = None if weights is None else _checked_weights(weights, first.shape[:2])
    one, two = _comparable(first, second)
    sums = np.empty(len(one))
    _row_errors[one.dtype](one, two, counts, sums, *one.shape, available_threads())
    whole = math.prod(first.shape[:2]) if counts is None else float(counts.sum())
    return float(sums.sum() / (whole * one.shape[2]))


def psnr(image: ArrayLike, other: ArrayLike) -> float:
    """Return the peak signal-to-noise ratio of two pictures.

    Parameters
    ----------
    image, other : (H, W) or (H, W, C) array_like of float
        Values in [0, 1], both of the same shape.

    Returns
    -------
    ratio : float
        ``-10 log10(MSE)`` decibels for a peak of 1; infinite for equal pictures.

    Raises
    ------
    ImageError
        As `mse`.

    Examples
    --------
    >>> import numpy as np
    >>> round(psnr(np.zeros((2, 2, 3)), np.full((2, 2, 3), 0.1)), 9)
    20.0
    """
    error = mse(image, other)
    return decibels(error)


def decibels(error: float) -> float:
    """Return the peak signal-to-noise ratio that a mean squared error comes to, in dB."""
    return -10.0 / _LN_10 * float(elementary.log(error)) if error > 0.0 else math.inf


def ssim(image: ArrayLike, other: ArrayLike, *, threads: int | None = None) -> float:
    """Return the mean structural similarity of two pictures.

    Parameters
    ----------
    image, other : (H, W) or (H, W, C) array_like of float
        Values in [0, 1], both of the same shape.
    threads : int, optional
        How many may work at once; by default one for each processor. The outcome is the same for any number.

    Returns
    -------
    similarity : float
        1 for equal pictures, at least -1; the mean over pixels and channels.

    Raises
    ------
    ImageError
        As `mse`.

    Notes
    -----
    The settings are those of the paper [1]_: a Gaussian window of standard deviation 1.5 pixels (11 x 11),
    K1 = 0.01, K2 = 0.03, population covariance, data range 1. As in its reference code, only pixels whose
    window lies inside the picture count; pictures with a side below 11 pixels are continued by reflection
    first, so that all of their pixels count.

    References
    ----------
    .. [1] Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli. Image quality assessment: from error
       visibility to structural similarity. IEEE Transactions on Image Processing 13(4), 2004.
       doi:10.1109/TIP.2003.819861

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.linspace(0, 1, 16 * 16).reshape(16, 16)
    >>> ssim(ramp, ramp)
    1.0
    """
    first, second = (_at_least_a_window(picture) for picture in checked_pictures(image, other))
    one, two = _comparable(first, second)
    height, width, channels = one.shape
    rows, columns = height - 2 * _REACH, width - 2 * _REACH  # of pixels whose windows lie inside
    sums = np.empty(rows)
    _row_similarities[one.dtype](
        one, two, _window(), sums, height, width, channels, threads or available_threads()
    )
    return float(sums.sum() / (rows * columns * channels))


@lru_cache(maxsize=1)
def _window() -> NDArray[np.float64]:
    """Return half of the Gaussian window, from the middle on; the whole one has a sum of 1."""
    half = elementary.exp(-0.5 / _SIGMA**2 * np.arange(_REACH + 1.0) ** 2)
    return np.asarray(half / (half[0] + 2.0 * half[1:].sum()))


def _comparable(first: Picture, second: Picture) -> tuple[Picture, Picture]:
    """Return two pictures as contiguous arrays, (H, W, C), of the smallest type that the kernels have for both."""
    both = np.result_type(first, second, np.float32)
    dtype = both if both in _row_errors else np.dtype(np.float64)
    shape = (*first.shape[:2], -1)
    one, two = (np.ascontiguousarray(picture, dtype).reshape(shape) for picture in (first, second))
    return one, two


def _at_least_a_window(picture: Picture) -> Picture:
    if min(picture.shape[:2]) > 2 * _REACH:
        return picture
    margins = [(_REACH, _REACH), (_REACH, _REACH), (0, 0)][: picture.ndim]
    return np.pad(picture, margins, mode="symmetric")


def checked_pictures(
    image: ArrayLike, other: ArrayLike, *, channels: tuple[int, ...] | None = None
) -> tuple[Picture, Picture]:
    """Return two pictures as arrays; raise `ImageError` if they cannot be compared.

    `channels` are the numbers of channels that are allowed; None allows any.
    """
    first, second = np.asarray(image), np.asarray(other)
    if first.shape != second.shape:
        raise ImageError(
            f"pictures to compare must have the same shape, got {first.shape} and {second.shape}; resize one",
            shapes=(first.shape, second.shape),
        )
    if first.ndim not in (2, 3) or first.size == 0:
        raise ImageError(f"a picture has shape (H, W) or (H, W, C) and is not empty, got {first.shape}")
    if channels is not None and first.ndim == 3 and first.shape[2] not in channels:
        known = " or ".join(map(str, channels))
        raise ImageError(f"a picture has {known} channels here, got {first.shape[2]}; leave out alpha")
    return _checked_range(first), _checked_range(second)


def _checked_range(picture: NDArray[Any]) -> Picture:
    if picture.dtype.kind != "f":
        raise ImageError(f"pictures hold floats in [0, 1], got {picture.dtype}; divide 8-bit values by 255")
    low, high = float(picture.min()), float(picture.max())
    # A renderer in float32 may overshoot by a rounding error; anything more is another scale.
    if not (low >= -1e-5 and high <= 1.0 + 1e-5):
        raise ImageError(f"pictures hold floats in [0, 1], got {low:g} to {high:g}")
    return picture


def _checked_weights(weights: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    given = np.ascontiguousarray(weights, dtype=np.float64)
    if given.shape != shape:
        raise ImageError(f"weights must have the pictures' height and width {shape}, got {given.shape}")
    if not (np.isfinite(given).all() and given.min() >= 0.0 and given.sum() > 0.0):
        raise ImageError("weights must be at least 0, finite, and not all 0")
    return given
