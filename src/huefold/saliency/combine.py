"""Combine saliency maps, and normalise any map to [0, 1]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from huefold.errors import OptionError, SaliencyError

__all__ = ["combine", "normalise"]

_HUGE = 1e300


def normalise(values: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Stretch a map linearly so that its smallest value becomes 0 and its largest 1.

    Parameters
    ----------
    values : (H, W) float ndarray
        Finite values of any range.

    Returns
    -------
    saliency : (H, W) float32 ndarray
        In [0, 1]; a constant map carries no guidance and becomes 0.5 everywhere.

    Raises
    ------
    SaliencyError
        If there is no value, or one is not finite.

    Examples
    --------
    >>> normalise(np.array([[2.0, 3.0, 4.0]]))
    array([[0. , 0.5, 1. ]], dtype=float32)
    >>> normalise(np.zeros((1, 2)))
    array([[0.5, 0.5]], dtype=float32)
    """
    if not np.size(values):
        raise SaliencyError(f"a saliency map has pixels, got an array of shape {np.shape(values)}")
    if not np.isfinite(values).all():
        raise SaliencyError("a saliency map holds values that are not finite numbers; replace them first")
    wide = np.asarray(values, dtype=np.float64)
    wide = wide / max(1.0, float(np.abs(wide).max()) / _HUGE)  # a difference must not overflow
    low, high = float(wide.min()), float(wide.max())
    # Differences at the level of rounding are no guidance either; stretching them would show noise as
    # objects.
    if high - low <= 1e-9 * max(1.0, abs(low), abs(high)):
        return np.full(wide.shape, 0.5, dtype=np.float32)
    return np.clip((wide - low) / (high - low), 0.0, 1.0).astype(np.float32)


def combine(
    maps: Sequence[NDArray[np.floating[Any]]],
    *,
    how: Literal["max", "weighted"] = "max",
    weights: Sequence[float] | None = None,
) -> NDArray[np.float32]:
    """Combine saliency maps of one size.

    Parameters
    ----------
    maps : sequence of (H, W) float ndarray
        At least one, each in [0, 1].
    how : {"max", "weighted"}, optional
        ``"max"``: a pixel matters as much as in the map where it matters most (after each map is scaled by
        its weight). ``"weighted"``: the mean of the maps by weight.
    weights : sequence of float, optional
        One per map, not negative; equal weights of 1 when not given. With ``"max"`` they must lie in [0, 1].

    Returns
    -------
    saliency : (H, W) float32 ndarray
        In [0, 1].

    Raises
    ------
    SaliencyError
        If there is no map, the sizes differ, or values lie outside [0, 1].
    OptionError
        If `how` is unknown, or the weights are too few, negative, or all zero.

    Examples
    --------
    >>> left, right = np.array([[1.0, 0.0]]), np.array([[0.0, 0.5]])
    >>> combine([left, right])
    array([[1. , 0.5]], dtype=float32)
    >>> combine([left, right], how="weighted", weights=[3, 1])
    array([[0.75 , 0.125]], dtype=float32)
    """
    stack = _stacked(maps)
    scale = _checked_weights(weights, len(stack), how)
    if how == "max":
        return np.asarray((scale[:, None, None] * stack).max(axis=0), dtype=np.float32)
    mean: NDArray[np.float64] = ((scale / scale.sum())[:, None, None] * stack).sum(axis=0)
    return np.clip(mean, 0.0, 1.0).astype(np.float32)


def _stacked(maps: Sequence[NDArray[np.floating[Any]]]) -> NDArray[np.float64]:
    if len(maps) == 0:
        raise SaliencyError("there is no saliency map to combine; give at least one")
    shapes = {np.shape(one) for one in maps}
    if len(shapes) > 1:
        raise SaliencyError(
            f"saliency maps must have one size, got shapes {sorted(shapes)}", given=sorted(shapes)
        )
    stack = np.stack([np.asarray(one, dtype=np.float64) for one in maps])
    if stack.ndim != 3:
        raise SaliencyError(
            f"a saliency map is a 2D array, got shape {stack.shape[1:]}", given=stack.shape[1:]
        )
    if not ((stack >= 0.0) & (stack <= 1.0)).all():  # NaN fails both
        raise SaliencyError("saliency values must lie in [0, 1]; use normalise() first")
    return stack


def _checked_weights(weights: Sequence[float] | None, count: int, how: str) -> NDArray[np.float64]:
    if how not in ("max", "weighted"):
        raise OptionError(f'how must be "max" or "weighted", got {how!r}', given=how)
    scale = np.ones(count) if weights is None else np.asarray(weights, dtype=np.float64)
    if scale.shape != (count,):
        raise OptionError(f"give one weight per map: {count} maps, got weights {weights!r}", given=weights)
    top = 1.0 if how == "max" else np.inf
    if not ((scale >= 0.0) & (scale <= top) & np.isfinite(scale)).all() or scale.sum() <= 0.0:
        bound = "in [0, 1]" if how == "max" else "not negative"
        raise OptionError(f"weights must be {bound} and not all zero, got {weights!r}", given=weights)
    return scale
