"""Which paths of a drawing cross themselves."""

from __future__ import annotations

import numpy as np

from huefold.bezier.crossings import crossing_contours


def crossing_paths(drawing):
    """Which paths have a contour that crosses itself. Shape (N,)."""
    arrays = drawing.arrays
    tally = np.concatenate([[0], np.cumsum(crossing_contours(arrays.points, arrays.contours))])
    return np.diff(tally[arrays.paths]) > 0
