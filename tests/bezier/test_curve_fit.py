"""Fits of cubics against general optimisers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from tests.bezier.twins import point_at

from huefold.bezier import curve_fit_kernels
from huefold.bezier.curve_fit import fit_free
from huefold.bezier.curves import evaluate


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(4, 20))
def test_no_other_control_points_come_closer(seed, count):
    points = np.random.default_rng(seed).uniform(0, 10, (count, 2))
    steps = [float(np.hypot(*(b - a))) for a, b in pairwise(points)]
    t = [sum(steps[:k]) / sum(steps) for k in range(count)]

    def error(controls):
        curve = [points[0], controls[:2], controls[2:], points[-1]]
        return sum(float(((point_at(curve, at) - p) ** 2).sum()) for at, p in zip(t, points, strict=True))

    curve, found = fit_free(points)
    np.testing.assert_array_equal(curve[[0, 3]], points[[0, -1]])
    assert found == pytest.approx(error(curve[1:3].ravel()), rel=1e-9, abs=1e-12)
    for k in range(4):
        for step in (-1e-3, 1e-3):
            assert error(curve[1:3].ravel() + step * np.eye(4)[k]) >= found - 1e-9


def test_a_point_that_repeats_is_fitted_by_itself():
    curve, error = fit_free(np.full((5, 2), 3.0))
    np.testing.assert_allclose(curve, 3.0)
    assert error == pytest.approx(0.0)


@pytest.mark.parametrize("bend", [0.0, 4.0, 12.0, 25.0])
def test_fit_is_as_close_as_a_brute_force_one(bend):
    """Least squares over both handle lengths by a general optimiser, distances by dense sampling."""
    truth = np.array([[0.0, 0.0], [10.0, bend], [30.0, -0.6 * bend], [40.0, 0.0]])
    samples = evaluate(truth, np.linspace(0, 1, 60) ** 1.3)
    samples[1:-1] += np.random.default_rng(0).uniform(-0.2, 0.2, (58, 2))
    tangents = np.array([truth[1] - truth[0], truth[3] - truth[2]])
    tangents /= np.hypot(*tangents.T)[:, None]
    t = np.linspace(0, 1, 600)

    def distances(curve):
        gaps = samples[1:-1, None] - evaluate(curve, t)
        return np.hypot(gaps[..., 0], gaps[..., 1]).min(axis=1)

    def curve_of(lengths):
        return np.array(
            [truth[0], truth[0] + lengths[0] * tangents[0], truth[3] - lengths[1] * tangents[1], truth[3]]
        )

    best = minimize(
        lambda lengths: np.sum(distances(curve_of(lengths)) ** 2), [13.0, 13.0], method="Nelder-Mead"
    )
    curve = np.empty((4, 2))
    canvas = np.array([1e9, 1e9])
    shift = np.array([100.0, 100.0])  # away from the canvas border, which would clip the handles
    misfit = curve_fit_kernels.fit_cubic(
        samples + shift, np.full(60, 0.5), truth[[0, 3]] + shift, tangents, canvas, 0.0, curve
    )
    found = distances(curve - shift)
    assert np.sqrt(np.mean(found**2)) <= 1.1 * np.sqrt(best.fun / 58) + 0.02
    assert found.max() <= 0.5 * misfit + 5e-3  # the samples are 0.07 apart
