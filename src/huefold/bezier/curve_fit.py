"""Least squares fit of one cubic to points, its control points free; `fit_kernels` fits chains to a tolerance."""

from __future__ import annotations

import numpy as np

from huefold.bezier.curves import Floats, bernstein

__all__ = ["fit_free"]


def fit_free(points: Floats) -> tuple[Floats, float]:
    """Fit the cubic (4, 2) from the first to the last of points (N, 2), at parameters by the lengths of the chords.

    Return it with the sum of the squared distances at these parameters.
    """
    steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    t = steps / steps[-1] if steps[-1] > 0.0 else np.linspace(0.0, 1.0, len(points))
    weights = bernstein(t)
    ends = weights[:, :1] * points[0] + weights[:, 3:] * points[-1]
    controls = np.linalg.lstsq(weights[:, 1:3], points - ends, rcond=None)[0]
    segment = np.concatenate([points[:1], controls, points[-1:]])
    return segment, float(((weights @ segment - points) ** 2).sum())
