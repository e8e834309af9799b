"""Trials: what changes of a drawing would cost, many in one picture where they do not overlap."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from huefold.parallel import in_parallel, shares
from huefold.refine.drawing import Drawing
from huefold.refine.edits import kernels
from huefold.refine.fit.fitter import Fitter
from huefold.render import SceneArrays

__all__ = ["error_increases"]

Integers = NDArray[np.int64]


def error_increases(
    drawing: Drawing,
    fitter: Fitter,
    boxes: Integers,
    candidates: Integers,
    change: Callable[[Integers], SceneArrays],
) -> NDArray[np.float64]:
    """Draw changes and measure by how much each increases the weighted squared error.

    Parameters
    ----------
    drawing, fitter
        As it is, and of the size at which the error is counted.
    boxes : (K, 4) int64 ndarray
        Left, top, right and bottom of the pixels that each change may touch; right and bottom lie outside.
    candidates : (M,) int64 ndarray
        Numbers of the changes to try, the first ones first.
    change : callable
        Makes the drawing with several changes, given their numbers; called from several threads.

    Returns
    -------
    increases : (K,) float64 ndarray
        Increase of the weighted sum of squares over the box; 0 for changes that were not tried.

    Examples
    --------
    >>> from huefold.scene import Scene
    >>> drawing = Drawing.from_scene(Scene(4, 4, (1.0, 1.0, 1.0)))
    >>> fitter = Fitter(np.ones((4, 4, 3), np.float32), None, reduction=1, canvas_width=4.0, threads=1)
    >>> black = SceneArrays.from_scene(Scene(4, 4, (0.0, 0.0, 0.0)))
    >>> boxes = np.array([[0, 0, 2, 4], [2, 0, 3, 1]])
    >>> error_increases(drawing, fitter, boxes, np.arange(2), lambda several: black)
    array([24.,  3.])
    """
    height, width = fitter.target.shape[1:]
    turns = np.full(len(boxes), -1, np.int64)
    count = kernels.group(boxes, candidates, np.full((height, width), -1, np.int32), turns)
    increases = np.zeros(len(boxes))
    now = fitter.draw(drawing)

    def take_turns(part: slice) -> None:
        alone, then = fitter.raster.alone(), np.empty_like(now)
        for turn in range(part.start, part.stop):
            tried = np.flatnonzero(turns == turn)
            alone.draw_boxes(change(tried), boxes[tried], then)
            kernels.error_increases((now, then), fitter.target, fitter.weights, boxes, tried, increases)

    threads = fitter.raster.threads
    in_parallel(take_turns, shares(count, threads), threads)
    return increases
