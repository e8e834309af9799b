"""Checks of shapes and weights of saliency maps."""

from __future__ import annotations

from huefold.errors import SaliencyError

__all__ = ["check_shape", "check_weight"]


def check_shape(shape: tuple[int, ...]) -> None:
    """Raise `SaliencyError` unless `shape` is a height and a width of at least 1."""
    if len(shape) != 2 or min(shape) < 1:
        raise SaliencyError(
            f"a saliency map has a height and a width of at least 1, got shape {tuple(shape)}"
        )


def check_weight(weight: float, what: str) -> None:
    """Raise `SaliencyError` unless `weight` lies in [0, 1]."""
    if not 0.0 <= weight <= 1.0:
        raise SaliencyError(f"{what} must lie in [0, 1], got {weight!r}", given=weight)
