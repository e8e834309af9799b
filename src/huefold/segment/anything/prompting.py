"""What the mask generator asks of a model: masks for points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Candidates", "PointPredictor", "PromptedImage"]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Masks that a model offers for a batch of points.

    Parameters
    ----------
    quality : (C,) float ndarray
        The intersection over union that the model predicts each mask to have with the truth.
    point : (C,) integer ndarray
        Which point of the batch each is for.
    logits : callable
        Indices (K,) of the masks that are wanted -> their logits, (K, H, W) float32 ndarray of the image's size;
        a mask is where they are above 0. Masks of poor quality are so never brought to full size.
    """

    quality: NDArray[np.floating[Any]]
    point: NDArray[np.integer[Any]]
    logits: Callable[[NDArray[np.intp]], NDArray[np.float32]]


class PromptedImage(Protocol):
    """An image that a model has looked at, ready for points."""

    def candidates(self, points: NDArray[np.float64]) -> Candidates:
        """Return the masks for each of `points`, (P, 2): (x, y) in pixels from the image's top left corner."""
        ...


class PointPredictor(Protocol):
    """A model that answers points with masks.

    Attributes
    ----------
    batch_size : int
        Most points to ask at once.
    """

    @property
    def batch_size(self) -> int:
        """Most points to ask at once."""
        ...

    def encode(self, rgb: NDArray[np.float32]) -> PromptedImage:
        """Take in an (H, W, 3) image of sRGB values in [0, 1]."""
        ...
