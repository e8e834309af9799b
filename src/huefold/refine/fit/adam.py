"""Moments of Adam for arrays of rows, kept by name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.refine.fit import kernels

__all__ = ["MEAN_DECAY", "SQUARE_DECAY", "Moments"]

Floats = NDArray[np.float64]

MEAN_DECAY = 0.9
SQUARE_DECAY = 0.99


class Moments:
    """First and second moments of everything that moves by Adam as published.

    Examples
    --------
    >>> moments = Moments()
    >>> moments.advance()
    >>> moments.moved("colors", np.zeros((1, 3)), np.array([[2.0, 0.0, -1.0]]), 0.1).round(3) + 0.0
    array([[-0.1,  0. ,  0.1]])
    """

    def __init__(self) -> None:
        self._moments: dict[str, Floats] = {}
        self.step = 0
        """How many steps were taken."""

    def advance(self) -> None:
        """Begin the next step."""
        self.step += 1

    def moved(self, name: str, values: Floats, slopes: Floats, rate: float | Floats) -> Floats:
        """Return rows of numbers one step further, (R, C); rates are one for all or one a row."""
        if name not in self._moments:
            self._moments[name] = np.zeros((2, *values.shape))
        moved = np.array(values)
        mean, square = self._moments[name]
        rates = np.broadcast_to(np.asarray(rate, np.float64), len(moved)).copy()
        kernels.adam(
            moved,
            np.ascontiguousarray(slopes),
            mean,
            square,
            rates,
            MEAN_DECAY,
            SQUARE_DECAY,
            float(self.step),
        )
        return moved

    def moved_where(
        self, name: str, free: NDArray[np.bool_], values: Floats, slopes: Floats | None, rate: float
    ) -> Floats:
        """Return numbers, (R,), of which those that are free are one step further."""
        if slopes is None or not free.any():
            return values
        return self.moved(name, values[:, None], np.where(free, slopes, 0.0)[:, None], rate)[:, 0]
