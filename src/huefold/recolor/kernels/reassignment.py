"""Move leaves between connected groups while that lowers the weighted squared error.

`mass` (N,) and `color` (N, 3) are the leaves' weights, all positive, and weighted mean colours; `group` (N,) is
the group of each leaf; `neighbours[starts[i]:starts[i + 1]]` are the leaves adjacent to leaf i.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.native import array, bind, output

__all__ = ["reassign"]

_Floats = NDArray[np.float64]
_Counts = NDArray[np.int64]

_reassign = bind(
    "hf_reassign", array(np.float64, 1), array(np.float64, 2), output(np.int64, 1), array(np.int64, 1),
    array(np.int64, 1), int, float, int, status=True,
)  # fmt: skip


def reassign(
    mass: _Floats,
    color: _Floats,
    group: _Counts,
    starts: _Counts,
    neighbours: _Counts,
    least: float,
    passes: int,
) -> int:
    """Move leaves to the neighbouring group that takes them best, in place; return the number of moves.

    A leaf moves if that lowers the error by more than `least` and leaves its group connected and not empty.
    Ends after a pass without a move, or `passes`.
    """
    moves: int = _reassign(mass, color, group, starts, neighbours, len(mass), least, passes)
    return moves
