"""Merge regions greedily, cheapest neighbours first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.native import array, bind, output

__all__ = ["greedy_merges"]

_greedy_merges = bind(
    "hf_greedy_merges", output(np.float64, 2), output(np.float64, 1), output(np.int64, 1), array(np.int64, 2), int,
    float, bool, int, output(np.int64, 2), output(np.float64, 1), status=True,
)  # fmt: skip


def greedy_merges(
    color: NDArray[np.float64], mass: NDArray[np.float64], entry: NDArray[np.int64], edges: NDArray[np.int64],
    tolerance: float, by_color: bool, most: int, pairs: NDArray[np.int64], costs: NDArray[np.float64],
) -> int:  # fmt: skip
    """Merge candidates cheapest first, at most `most`; return how many pairs (kept, absorbed) were written.

    Works on `color` (N, 3), `mass` (N,) and `entry` (N,), the palette colour each region uses most, in place:
    a merged region has the mass-weighted mean colour, the entry of its heavier part, and the lower number.
    """
    merges: int = _greedy_merges(
        color, mass, entry, edges, len(edges), tolerance, by_color, most, pairs, costs
    )
    return merges
