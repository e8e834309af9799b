"""Saliency has the numbers that papers give: background detection (Zhu 2014), barriers (Zhang 2015), noise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from huefold.saliency import automatic, noise
from huefold.saliency.background import (
    Superpixels,
    background_probability,
    boundary_connectivity,
    optimised_saliency,
)
from huefold.saliency.barrier import backgroundness, barrier_distance
from huefold.saliency.kernels import barrier_scan


@pytest.fixture(scope="module")
def superpixels():
    """Those of a grid of 4 x 5 squares of 6 pixels, each of one of a few colours."""
    rng = np.random.default_rng(3)
    labels = np.arange(20).reshape(4, 5)
    on_border = np.ones((4, 5), bool)
    on_border[1:-1, 1:-1] = False
    across = np.stack([labels[:, :-1].ravel(), labels[:, 1:].ravel()], axis=1)
    down = np.stack([labels[:-1].ravel(), labels[1:].ravel()], axis=1)
    color = rng.normal((50.0, 0.0, 0.0), 8.0, (20, 3))
    centre = np.stack(np.meshgrid(np.arange(5), np.arange(4)), axis=-1).reshape(-1, 2) / 5 + 0.1
    border = 6.0 * on_border.ravel() * rng.integers(1, 3, 20)
    return Superpixels(color, centre, np.full(20, 36.0), border, np.concatenate([across, down]))


def test_background_begins_at_a_boundary_connectivity_of_1(superpixels):
    connectivity = boundary_connectivity(superpixels)
    expected = 1.0 - np.exp(-(connectivity**2) / (2.0 * 1.0**2))
    np.testing.assert_allclose(background_probability(superpixels), expected)


def test_neighbours_are_at_least_a_tenth_alike(superpixels):
    """At the minimum of equation 10 no derivative is left."""
    foreground, background = np.random.default_rng(2).random((2, 20))
    found = optimised_saliency(superpixels, foreground, background)
    derivative = background * found + foreground * (found - 1.0)
    for a, b in superpixels.pairs:
        apart = np.sum((superpixels.color[a] - superpixels.color[b]) ** 2)
        pull = (np.exp(-apart / (2.0 * 10.0**2)) + 0.1) * (found[a] - found[b])
        derivative[a] += pull
        derivative[b] -= pull
    np.testing.assert_allclose(derivative, 0.0, atol=1e-8)


def test_the_barrier_is_scanned_three_times():
    lab = 40.0 * np.random.default_rng(5).random((40, 50, 3))
    smooth = gaussian_filter(lab, (0.5, 0.5, 0.0), mode="nearest")

    def scanned(times):
        return sum(barrier_scan(np.ascontiguousarray(smooth[..., c]), times) for c in range(3))

    np.testing.assert_allclose(barrier_distance(lab), scanned(3))
    assert not np.allclose(scanned(2), scanned(3))


def test_border_strips_are_a_tenth_of_the_shorter_side():
    lab = np.random.default_rng(6).normal((50.0, 0.0, 0.0), 5.0, (40, 60, 3))
    lab[14:28, 20:45] += (20.0, 10.0, 0.0)
    unlike = []
    for strip in (lab[:4], lab[-4:], lab[:, :4], lab[:, -4:]):
        samples = strip.reshape(-1, 3)
        offset = lab - samples.mean(axis=0)
        inverse = np.linalg.inv(np.cov(samples.T, bias=True) + 0.01 * np.eye(3))
        distance = np.sqrt(np.einsum("ijk,kl,ijl->ij", offset, inverse, offset))
        unlike.append(distance / distance.max())
    np.testing.assert_allclose(
        backgroundness(lab), np.sum(unlike, axis=0) - np.max(unlike, axis=0), rtol=1e-6
    )


def test_the_map_is_sharpened_by_a_logistic_curve_of_slope_10():
    """Where nothing stands out, what is sharpened is the centre prior, as wide as 0.35 of each side."""
    y, x = (((np.arange(n) + 0.5) / n - 0.5) / 0.35 for n in (60, 80))
    prior = np.exp(-0.5 * (y[:, None] ** 2 + x**2))
    stretched = (prior - prior.min()) / np.ptp(prior)
    sharp = 1.0 / (1.0 + np.exp(-10.0 * (stretched - 0.5)))
    expected = (sharp - sharp.min()) / np.ptp(sharp)
    np.testing.assert_allclose(automatic(np.full((60, 80, 3), 0.3, np.float32)), expected, atol=1e-5)


def test_noise_has_a_quarter_of_the_range_as_its_standard_deviation():
    """Ours, as the paper on recoloring gives none: two of its deviations lie on each side of the mean."""
    values = noise((200, 300), seed=1)
    np.testing.assert_allclose(np.quantile(values, [0.1587, 0.5, 0.8413]), [0.25, 0.5, 0.75], atol=0.005)
