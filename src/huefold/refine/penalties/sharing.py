"""What all penalties of outlines share: their arrays for the kernels, and the division of paths among threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.parallel import in_parallel, shares
from huefold.render import SceneArrays

__all__ = ["for_shares_of_paths", "outlines_of", "pixels_per_unit"]

ENOUGH_POINTS = 2048
"""Points from which on other threads are worth waking."""

Outlines: TypeAlias = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]


def outlines_of(arrays: SceneArrays) -> Outlines:
    """Points, contours and paths, as the kernels take them."""
    return arrays.points, arrays.contours, arrays.paths


def pixels_per_unit(arrays: SceneArrays, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Pixels of a picture of some shape for each unit of the canvas, in x and y. Shape (2,)."""
    height, width = shape
    return np.array([width / arrays.width, height / arrays.height])


def for_shares_of_paths(add: Callable[[int, int], None], arrays: SceneArrays, threads: int) -> None:
    """Call `add` with the first and last path (excluded) of each share of a drawing's paths, on several threads."""
    threads = threads if len(arrays.points) >= ENOUGH_POINTS else 1
    in_parallel(lambda part: add(part.start, part.stop), shares(arrays.path_count, threads), threads)
