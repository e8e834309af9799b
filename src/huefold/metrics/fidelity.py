"""MSE, PSNR and SSIM of two pictures, in float64."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.metrics import structural_similarity

from huefold.errors import ImageError
from huefold.parallel import available_threads, in_parallel

__all__ = ["mse", "psnr", "ssim"]

_SIGMA = 1.5  # Gaussian window of Wang et al. (2004); scikit-image cuts it off at 3.5 sigma: 11 pixels
_REACH = 5
_BAND_PIXELS = 1 << 16

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
    total = 0.0
    for band in _bands(0, first.shape[0], first.shape[1]):
        squared = _squared_error(first[band], second[band])
        total += float(squared.sum()) if counts is None else float(np.sum(squared * counts[band]))
    return total / (math.prod(first.shape[:2]) if counts is None else float(counts.sum()))


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
    return -10.0 * math.log10(error) if error > 0.0 else math.inf


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
    height, width = first.shape[:2]

    def share(band: slice) -> float:
        reach = slice(band.start - _REACH, band.stop + _REACH)
        return float((band.stop - band.start) * _mean_similarity(first[reach], second[reach]))

    bands = _bands(_REACH, height - _REACH, width)  # the rows whose windows lie inside
    total = sum(in_parallel(share, bands, threads or available_threads()))
    return float(total / (height - 2 * _REACH))


def _mean_similarity(first: Picture, second: Picture) -> float:
    similarity = structural_similarity(  # type: ignore[no-untyped-call]
        first.astype(np.float64),
        second.astype(np.float64),
        channel_axis=2 if first.ndim == 3 else None,
        data_range=1.0,
        gaussian_weights=True,
        sigma=_SIGMA,
        use_sample_covariance=False,
    )
    return float(similarity)


def _bands(start: int, stop: int, width: int) -> Iterator[slice]:
    """Rows from `start` to `stop`, a few at a time: a large picture's intermediate results fill gigabytes."""
    rows = max(1, _BAND_PIXELS // width)
    for top in range(start, stop, rows):
        yield slice(top, min(top + rows, stop))


def _squared_error(first: Picture, second: Picture) -> NDArray[np.float64]:
    """Return the mean over channels of the squared difference, (H, W)."""
    squared = (first.astype(np.float64) - second.astype(np.float64)) ** 2
    return squared if squared.ndim == 2 else squared.mean(axis=2)


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
    array = np.asarray(weights, dtype=np.float64)
    if array.shape != shape:
        raise ImageError(f"weights must have the pictures' height and width {shape}, got {array.shape}")
    if not (np.isfinite(array).all() and array.min() >= 0.0 and array.sum() > 0.0):
        raise ImageError("weights must be at least 0, finite, and not all 0")
    return array
