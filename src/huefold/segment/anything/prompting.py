"""Interface of the models that the mask generator uses: masks for points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Candidates", "PointPredictor", "PromptedImage"]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Masks that a model predicts for a batch of points.

    Parameters
    ----------
    quality : (C,) float ndarray
        Predicted intersection over union of each mask with the true one.
    point : (C,) integer ndarray
        Index of the point that each is for.
    logits : callable
        Indices (K,) of masks to their logits, (K, H, W) float32 ndarray of the image's size; a mask is where they
        are above 0. So masks of poor quality are never resized.
    """

    quality: NDArray[np.floating[Any]]
    point: NDArray[np.integer[Any]]
    logits: Callable[[NDArray[np.intp]], NDArray[np.float32]]


class PromptedImage(Protocol):
    """An image that a model has encoded."""

    def candidates(self, points: NDArray[np.float64]) -> Candidates:
        """Return the masks for each of `points`, (P, 2): (x, y) in pixels from the image's top left corner."""
        ...


class PointPredictor(Protocol):
    """A model that predicts masks for points.

    Attributes
    ----------
    batch_size : int
        Largest number of points a batch.
    """

    @property
    def batch_size(self) -> int:
        """Largest number of points a batch."""
        ...

    def encode(self, rgb: NDArray[np.float32]) -> PromptedImage:
        """Encode an (H, W, 3) image of sRGB values in [0, 1]."""
        ...
