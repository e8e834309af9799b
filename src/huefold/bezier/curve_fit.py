"""Least squares fit of one cubic to points, its control points free; `fit_kernels` fits chains to a tolerance."""

from __future__ import annotations

import numpy as np

from huefold.bezier.curves import Floats, bernstein, evaluate

__all__ = ["fit_free"]


def fit_free(points: Floats) -> tuple[Floats, float]:
    """Fit the cubic (4, 2) from the first to the last of points (N, 2), at parameters by the lengths of the chords.

    Return it with the sum of the squared distances at these parameters.
    """
    chords = np.diff(points, axis=0)
    steps = np.concatenate([[0.0], np.cumsum(np.sqrt((chords * chords).sum(axis=1)))])
    t = steps / steps[-1] if steps[-1] > 0.0 else np.linspace(0.0, 1.0, len(points))
    weights = bernstein(t)
    ends = weights[:, :1] * points[0] + weights[:, 3:] * points[-1]
    controls = _two_unknowns(weights[:, 1], weights[:, 2], points - ends)
    segment = np.concatenate([points[:1], controls, points[-1:]])
    return segment, float(((evaluate(segment, t) - points) ** 2).sum())


def _two_unknowns(first: Floats, second: Floats, wanted: Floats) -> Floats:
    """Return x and y, (2, 2), for which ``first x + second y`` is nearest to `wanted`, (N, 2)."""
    # Of half their sum and half their difference the equations are nearly apart: points are mostly symmetric.
    even, odd = first + second, first - second
    a, b, c = (even * even).sum(), (even * odd).sum(), (odd * odd).sum()
    p, q = (even[:, None] * wanted).sum(axis=0), (odd[:, None] * wanted).sum(axis=0)
    share = b / a
    rest = c - share * b
    difference = (q - share * p) / rest if rest > 1e-14 * c else np.zeros(2)
    half = (p - b * difference) / a
    return np.stack([half + difference, half - difference])
