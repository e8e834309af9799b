"""Adam: moments of everything that moves, kept by name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.refine.fit import kernels

__all__ = ["AdamMoments"]

Floats = NDArray[np.float64]


class AdamMoments:
    """First and second moments of all variables of a fit.

    References
    ----------
    .. [1] D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.

    Examples
    --------
    >>> moments = AdamMoments()
    >>> moments.advance()
    >>> moments.moved("colors", np.zeros((1, 3)), np.array([[2.0, 0.0, -1.0]]), 0.1).round(3) + 0.0
    array([[-0.1,  0. ,  0.1]])
    """

    def __init__(self) -> None:
        self._moments: dict[str, tuple[Floats, Floats]] = {}
        self._step = 0

    @property
    def step(self) -> int:
        """Number of the step that has begun; the first is 1."""
        return self._step

    def advance(self) -> None:
        """Begin the next step."""
        self._step += 1

    def moved(self, name: str, values: Floats, gradient: Floats, rate: float | Floats) -> Floats:
        """Return rows of numbers one step further, (R, C); rates are one for all or one a row."""
        moments = self._of(name, values.shape, values.shape)
        moved = np.array(values)
        rates = np.full(len(moved), rate, np.float64)
        kernels.adam(moved, np.ascontiguousarray(gradient), moments, rates, float(self._step))
        return moved

    def moved_where(
        self, name: str, free: NDArray[np.bool_], values: Floats, gradient: Floats | None, rate: float
    ) -> Floats:
        """Return numbers, (R,), of which those that are free are one step further."""
        if gradient is None or not free.any():
            return values
        return self.moved(name, values[:, None], np.where(free, gradient, 0.0)[:, None], rate)[:, 0]

    def moved_outlines(
        self,
        name: str,
        points: Floats,
        gradient: Floats,
        offsets: NDArray[np.int64],
        share: float,
        rate: float,
    ) -> Floats:
        """Return points, (P, 2), one step further; those of a path share part of their second moments.

        `offsets`, (N + 1,), say where each path begins; `share`, in [0, 1], is how much the mean over it counts.
        """
        moments = self._of(name, points.shape, points.shape[:1])
        moved = np.array(points)
        kernels.adam_outlines(moved, gradient, moments, offsets, share, rate, float(self._step))
        return moved

    def momentum(self, name: str) -> Floats | None:
        """First moments of some rows, to be changed in place; None before their first step."""
        return self._moments[name][0] if name in self._moments else None

    def pair(self, name: str, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
        """Return the first and second moments of numbers of a name, arrays that kernels change."""
        return self._of(name, shape, shape)

    def _of(self, name: str, mean: tuple[int, ...], square: tuple[int, ...]) -> tuple[Floats, Floats]:
        if name not in self._moments:
            self._moments[name] = np.zeros(mean), np.zeros(square)
        return self._moments[name]
