"""Bytes that parts of a drawing take in a file, and the loss that a byte must save."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["BARE_BYTES", "GRADIENT_BYTES", "OPACITY_BYTES", "STOP_BYTES", "loss_per_byte"]

Floats = NDArray[np.float64]

NODE_BYTES = 24.0
PATH_BYTES = 40.0
"""About what a segment and the rest of a path take in a file."""

OPACITY_BYTES = 20.0
STOP_BYTES = 40.0
BARE_BYTES = 110.0
"""What a stop's opacity, the rest of a stop, and a gradient without its stops take."""

GRADIENT_BYTES = BARE_BYTES + 2.0 * STOP_BYTES

WEAK_SHARE = 0.25
"""Share of the details among which a further one would be."""


def loss_per_byte(importance: Floats, segments: int) -> float:
    """Return by how much a byte must lower the loss: as much as in a further path.

    Parameters
    ----------
    importance : (M,) float64 ndarray
        Loss increase without each of the details. A further one is taken to be as important as the weakest quarter
        are in the mean.
    segments : int
        Of a further path.

    Returns
    -------
    loss : float

    Examples
    --------
    >>> loss_per_byte(np.array([4.0, 2.0, 8.0, 16.0]), segments=8).__round__(5)
    0.00862
    """
    if not len(importance):
        return 0.0
    weakest = np.sort(importance)[: max(1, round(WEAK_SHARE * len(importance)))]
    return max(0.0, float(weakest.mean())) / (PATH_BYTES + NODE_BYTES * segments)
