"""Seeds: where the error is, where the weight is, where saliency is."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from huefold.refine.edits import seeding_kernels
from huefold.refine.edits.seeding import RADII, residual_seeds, saliency_seeds


def test_the_first_seed_covers_the_largest_error():
    target = np.zeros((3, 60, 80), np.float32)
    y, x = np.mgrid[:60, :80]
    target[0, (x - 50) ** 2 + (y - 22) ** 2 < 100] = 0.8
    contours, colors = residual_seeds(np.zeros_like(target), target, None, 1, segments=6, pixel=2.0)
    ring = shapely.Polygon(contours[0][::3])
    assert ring.centroid.distance(shapely.Point(101, 45)) < 4
    assert 14 < np.ptp(contours[0][:, 0]) / 2 < 26
    assert colors[0][0] > 0.6


def test_seeds_follow_the_weight_and_stop_when_nothing_is_wrong():
    target = np.zeros((3, 40, 40), np.float32)
    target[:, 5:10, 5:10] = 1.0
    target[:, 28:36, 28:36] = 1.0
    weight = np.full((40, 40), 1e-3, np.float32)
    weight[:20] = 1.0
    contours, _ = residual_seeds(np.zeros_like(target), target, weight, 1, segments=4, pixel=1.0)
    assert contours[0].mean(axis=0).max() < 20
    nothing, colors = residual_seeds(target, target, None, 5, segments=4, pixel=1.0)
    assert nothing == []
    assert colors.shape == (0, 3)


def test_saliency_seeds_lie_where_saliency_is_and_have_the_radius():
    saliency = np.zeros((30, 40), np.float32)
    saliency[10:20, 25:35] = 0.7
    target = np.random.default_rng(2).random((3, 30, 40)).astype(np.float32)
    contours, colors = saliency_seeds(target, saliency, 50, radius=5.0, segments=4, pixel=2.0, seed=1)
    centers = np.array([contour[::3].mean(axis=0) for contour in contours])
    assert (centers >= [50, 20]).all()
    assert (centers <= [70, 40]).all()
    assert np.ptp(contours[0][::3, 0]) == pytest.approx(20.0)
    assert colors.shape == (50, 3)
    other, _ = saliency_seeds(target, saliency, 50, radius=5.0, segments=4, pixel=2.0, seed=2)
    assert not np.array_equal(contours[0], other[0])


def means(plane, radius):
    """Mean over the box around each pixel, with nothing outside of the picture."""
    return ndimage.uniform_filter(plane, round(2 * radius), mode="constant")


def gain_map(target, residual, weight, radius, flat):
    """Gain of a disc around each pixel, by sums over boxes."""
    area = np.pi * radius * radius
    weighted = np.stack([means(weight * plane, radius) for plane in (target if flat else residual)])
    gain = (weighted**2).sum(axis=0) / np.maximum(means(weight, radius), 1e-9)
    if flat:
        gain = gain + means(weight * ((residual**2).sum(axis=0) - (target**2).sum(axis=0)), radius)
    return gain * area


def greedy(gains, radii, least, count):
    """Choose discs one by one: radius, row and column."""
    discs = []
    while len(discs) < count:
        which, y, x = np.unravel_index(int(np.argmax(gains)), gains.shape)
        if gains[which, y, x] <= least:
            break
        discs.append((which, y, x))
        for other, radius in enumerate(radii):
            reach = int(radius + radii[which])
            box = gains[other, max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
            box *= np.float32(0.0 if other == which else 0.3)
    return discs


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40), st.booleans(), st.integers(1, 3))
def test_gains_are_sums_over_boxes_and_discs_the_best_one_by_one(seed, height, width, flat, threads):
    rng = np.random.default_rng(seed)
    target, residual = rng.random((3, height, width), np.float32), rng.random((3, height, width), np.float32)
    weight = rng.random((height, width), np.float32)
    radii = np.array(RADII[: int(rng.integers(1, 7))])
    gains = seeding_kernels.disc_gains(target, residual, weight, radii, flat=flat, threads=threads)
    expected = np.stack([gain_map(target, residual, weight, radius, flat) for radius in radii])
    np.testing.assert_allclose(gains, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    wanted, least = int(rng.integers(1, 9)), float(np.median(gains))
    chosen = greedy(gains.copy(), radii.tolist(), np.float32(least), wanted)
    discs = np.empty((wanted, 3), np.int64)
    first = int(rng.integers(0, wanted + 1))
    found = seeding_kernels.choose_discs(gains.copy(), radii, least, discs[:first], 0)
    found = seeding_kernels.choose_discs(gains, radii, least, discs, found)
    assert discs[:found].tolist() == [list(map(int, disc)) for disc in chosen]


@pytest.mark.parametrize("blind", [False, True])
def test_discs_have_the_mean_colour_of_what_counts(blind):
    rng = np.random.default_rng(4)
    target, weight = rng.random((3, 20, 30), np.float32), rng.random((20, 30), np.float32)
    weight[:, :15] = 0.0 if blind else weight[:, :15]
    radii, discs = np.array([1.5, 4.6]), np.array([[0, 3, 4], [1, 18, 1], [1, 10, 16]])
    colors = seeding_kernels.disc_colors(target, weight, radii, discs)
    y, x = np.mgrid[:20, :30]
    for (which, row, column), color in zip(discs, colors, strict=True):
        inside = (y - row) ** 2 + (x - column) ** 2 <= radii[which] ** 2
        weights = weight[inside] if weight[inside].any() else np.ones(inside.sum())
        expected = np.average(target[:, inside], axis=1, weights=weights)
        np.testing.assert_allclose(color, expected, rtol=1e-6)
