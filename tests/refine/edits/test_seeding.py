"""Seeds: where the error is, where the weight is, where saliency is."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from huefold.refine.edits.seeding import residual_seeds, saliency_seeds


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
