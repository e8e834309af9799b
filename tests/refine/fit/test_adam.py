"""Adam against its formula, with moments of each number and with those that a path shares."""

from __future__ import annotations

import numpy as np

from huefold.refine.fit import kernels


def test_adam_is_adam():
    rng = np.random.default_rng(1)
    values = rng.random((5, 2))
    expected, mean, square = values.copy(), np.zeros((5, 2)), np.zeros((5, 2))
    m, v = np.zeros((5, 2)), np.zeros((5, 2))
    rates = rng.random(5)
    for step in range(1, 8):
        gradient = rng.normal(size=(5, 2))
        kernels.adam(values, gradient, (mean, square), rates, float(step))
        m = 0.9 * m + 0.1 * gradient
        v = 0.99 * v + 0.01 * gradient**2
        expected -= rates[:, None] * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.99**step)) + 1e-12)
    np.testing.assert_allclose(values, expected, rtol=1e-12)


def test_outlines_share_second_moments_within_a_path():
    rng = np.random.default_rng(2)
    points, offsets, share = rng.random((7, 2)), np.array([0, 3, 7]), 0.4
    expected, mean, square = points.copy(), np.zeros((7, 2)), np.zeros(7)
    m, v = np.zeros((7, 2)), np.zeros(7)
    for step in range(1, 6):
        gradient = rng.normal(size=(7, 2))
        kernels.adam_outlines(points, gradient, (mean, square), offsets, share, 0.1, float(step))
        m = 0.9 * m + 0.1 * gradient
        v = 0.99 * v + 0.01 * (gradient**2).mean(axis=1)
        common = np.concatenate([np.full(3, v[:3].mean()), np.full(4, v[3:].mean())])
        pace = 0.1 / (np.sqrt(((1 - share) * v + share * common) / (1 - 0.99**step)) + 1e-12)
        expected -= pace[:, None] * m / (1 - 0.9**step)
    np.testing.assert_allclose(points, expected, rtol=1e-10)
