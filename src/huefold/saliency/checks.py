"""What every saliency map must be, and the one-line errors that say so."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold.errors import SaliencyError

__all__ = ["check_rgb", "check_shape", "check_weight"]


def check_shape(shape: tuple[int, ...]) -> None:
    """Raise `SaliencyError` unless `shape` is a height and a width of at least 1."""
    if len(shape) != 2 or min(shape) < 1:
        raise SaliencyError(
            f"a saliency map has a height and a width of at least 1, got shape {tuple(shape)}"
        )


def check_rgb(rgb: NDArray[np.floating[Any]]) -> None:
    """Raise `SaliencyError` unless `rgb` is an (H, W, 3) float image of finite values."""
    if rgb.ndim != 3 or rgb.shape[2] != 3 or 0 in rgb.shape or rgb.dtype.kind != "f":
        raise SaliencyError(
            f"an image must be a float array of shape (H, W, 3), got {rgb.dtype} of shape {rgb.shape}"
        )
    if not np.isfinite(rgb).all():
        raise SaliencyError("the image holds values that are not finite numbers; replace them first")


def check_weight(weight: float, what: str) -> None:
    """Raise `SaliencyError` unless `weight` lies in [0, 1]."""
    if not 0.0 <= weight <= 1.0:
        raise SaliencyError(f"{what} must lie in [0, 1], got {weight!r}", given=weight)
