"""What every picture must be that a stage works on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold.errors import HuefoldError, ImageError

__all__ = ["check_picture"]

ROUNDING = 1e-5
"""A picture that was computed in float32 may overshoot by so much; anything more is another scale."""


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
