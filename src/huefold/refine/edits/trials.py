"""What changes of a drawing would cost: changes whose surroundings do not overlap are tried in one picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from huefold.parallel import in_parallel, shares
from huefold.refine.drawing import Drawing
from huefold.refine.edits import trial_kernels as kernels
from huefold.refine.fit.fitter import Fitter
from huefold.render import SceneArrays

__all__ = ["rises"]

Integers = NDArray[np.int64]


def rises(
    drawing: Drawing,
    fitter: Fitter,
    boxes: Integers,
    candidates: Integers,
    change: Callable[[Integers], SceneArrays],
) -> NDArray[np.float64]:
    """Draw changes and see how much the weighted squared error rises with each.

    Parameters
    ----------
    drawing : Drawing
        As it is.
    fitter : Fitter
        Of the size at which the error is counted.
    boxes : (K, 4) int64 ndarray
        Left, top, right and bottom of the pixels that each change may touch; right and bottom lie outside.
    candidates : (M,) int64 ndarray
        Numbers of the changes to try, the first ones first.
    change : callable
        Makes the drawing with several changes, given their numbers; called from several threads.

    Returns
    -------
    rises : (K,) float64 ndarray
        Rise of the weighted sum of squares over its box; 0 for changes that were not tried.

    Examples
    --------
    >>> from huefold.scene import Scene
    >>> drawing = Drawing.from_scene(Scene(4, 4, (1.0, 1.0, 1.0)))
    >>> fitter = Fitter(np.ones((4, 4, 3), np.float32), None, reduction=1, canvas_width=4.0, threads=1)
    >>> black = SceneArrays.from_scene(Scene(4, 4, (0.0, 0.0, 0.0)))
    >>> boxes = np.array([[0, 0, 2, 4], [2, 0, 3, 1]])
    >>> rises(drawing, fitter, boxes, np.arange(2), lambda several: black)
    array([24.,  3.])
    """
    height, width = fitter.target.shape[1:]
    turns = np.full(len(boxes), -1, np.int64)
    count = kernels.group(boxes, candidates, np.full((height, width), -1, np.int32), turns)
    found = np.zeros(len(boxes))
    now = fitter.draw(drawing)

    def take_turns(part: slice) -> None:
        alone = fitter.raster.alone()
        for turn in range(part.start, part.stop):
            tried = np.flatnonzero(turns == turn)
            changed = alone.draw(change(tried))
            kernels.rise(now, changed, fitter.target, fitter.weights, boxes, tried, found)

    threads = fitter.raster.threads
    in_parallel(take_turns, shares(count, threads), threads)
    return found
