"""What parts of a drawing take in a file, and what a byte must save to be worth it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["BARE_BYTES", "GRADIENT_BYTES", "OPACITY_BYTES", "STOP_BYTES", "byte_worth"]

Floats = NDArray[np.float64]

NODE_BYTES = 24.0
PATH_BYTES = 40.0
"""What a segment and the rest of a path take in a file, about."""

OPACITY_BYTES = 20.0
STOP_BYTES = 40.0
BARE_BYTES = 110.0
"""What a stop's opacity, the rest of a stop, and a gradient without its stops take."""

GRADIENT_BYTES = BARE_BYTES + 2.0 * STOP_BYTES

WEAK_SHARE = 0.25
"""Of the details: a further one would be among so many of the weakest."""


def byte_worth(importance: Floats, segments: int) -> float:
    """How much a byte must save to be worth it: as much as it saves in further paths.

    Parameters
    ----------
    importance : (M,) float64 ndarray
        Rise of the loss without each of the details: a further one would save about as much as the weakest
        quarter do on average, among which it would be.
    segments : int
        Of a further path.

    Returns
    -------
    gain : float

    Examples
    --------
    >>> byte_worth(np.array([4.0, 2.0, 8.0, 16.0]), segments=8).__round__(5)
    0.00862
    """
    if not len(importance):
        return 0.0
    weakest = np.sort(importance)[: max(1, round(WEAK_SHARE * len(importance)))]
    return max(0.0, float(weakest.mean())) / (PATH_BYTES + NODE_BYTES * segments)
