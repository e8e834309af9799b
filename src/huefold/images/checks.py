"""Checks that stages make of pictures: their type and values, and the proportions of two that belong together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold.errors import HuefoldError, ImageError

__all__ = ["check_picture", "same_proportions"]

ROUNDING = 1e-5
"""How far values computed in float32 may lie outside [0, 1]; values further out have another scale."""
ASPECT_TOLERANCE = 0.01
"""Largest relative difference of the aspect ratios of two pictures that belong together."""


def check_picture(rgb: NDArray[np.floating[Any]], error: type[HuefoldError] = ImageError) -> None:
    """Raise unless `rgb` is an (H, W, 3) float picture of values in [0, 1].

    Parameters
    ----------
    rgb : (H, W, 3) float ndarray
        sRGB values.
    error : type, optional
        What to raise.

    Raises
    ------
    HuefoldError
        Of the kind `error`: if it is of another shape or type, empty, not finite, or has values out of [0, 1].

    Examples
    --------
    >>> check_picture(np.zeros((2, 2, 3), np.float32))
    >>> check_picture(np.full((2, 2, 3), 255.0))
    Traceback (most recent call last):
        ...
    huefold.errors.ImageError: a picture holds floats in [0, 1], got 255 to 255; divide 8-bit values by 255
    """
    shape: tuple[int, ...] = getattr(rgb, "shape", ())
    dtype = getattr(rgb, "dtype", np.dtype(object))
    if len(shape) != 3 or shape[2] != 3 or 0 in shape or dtype.kind != "f":
        raise error(
            f"an image must be a float array of shape (H, W, 3), got {dtype} of shape {shape}", given=shape
        )
    low, high = float(rgb.min()), float(rgb.max())
    if not np.isfinite([low, high]).all():
        raise error("the image holds values that are not finite numbers; replace them first")
    if low < -ROUNDING or high > 1.0 + ROUNDING:
        raise error(
            f"a picture holds floats in [0, 1], got {low:g} to {high:g}; divide 8-bit values by 255",
            given=(low, high),
        )


def same_proportions(
    width: float, height: float, other_width: float, other_height: float, *, rounded: bool = False
) -> bool:
    """Return whether two pictures have the same aspect ratio, within 1 %.

    Parameters
    ----------
    width, height, other_width, other_height : float
        Their sizes.
    rounded : bool, optional
        Whether a side may also be off by half a pixel, because one picture is the other one reduced.

    Examples
    --------
    >>> same_proportions(40, 30, 800, 601), same_proportions(40, 30, 30, 40)
    (True, False)
    """
    off_by = abs(width * other_height - height * other_width)
    half_pixel = 0.5 * max(width + other_width, height + other_height) if rounded else 0.0
    return off_by <= max(ASPECT_TOLERANCE * height * other_width, half_pixel)
