"""K-means, DBSCAN and greedy merging."""

from __future__ import annotations

import numpy as np
import pytest
from tests.recolor.pictures import checkered

from huefold.errors import OptionError
from huefold.recolor import (
    dbscan,
    kmeans,
    recolor,
    region_statistics,
    ward,
)

METHODS = {"recolor": recolor, "ward": ward, "kmeans": kmeans, "dbscan": dbscan}


def squared_error(rgb, partition, weight=None):
    weight = np.ones(partition.shape) if weight is None else weight
    total = 0.0
    for region in range(partition.max() + 1):
        inside = partition == region
        mean = np.average(rgb[inside], axis=0, weights=weight[inside])
        total += (weight[inside, None] * (rgb[inside] - mean) ** 2).sum()
    return total


def test_ward_without_saliency_equals_the_textbook():
    """Try every pair of neighbours at every step and merge what raises the squared error least."""
    rgb, partition = checkered(3, 4, side=2, seed=9)
    hierarchy = ward(rgb, partition, np.ones(partition.shape), target=3)
    current = partition.copy()
    while current.max() + 1 > 3:
        pairs = region_statistics(rgb, current, np.ones(current.shape)).edges
        trials = [np.where(current == j, i, current) for i, j in pairs]
        trials = [np.unique(t, return_inverse=True)[1].reshape(t.shape) for t in trials]
        current = min(trials, key=lambda t: squared_error(rgb, t))
        np.testing.assert_array_equal(hierarchy.cut(current.max() + 1), current)


def test_ward_costs_are_the_increase_of_the_weighted_error():
    rgb, partition = checkered(3, 4, side=3, seed=2)
    saliency = np.random.default_rng(0).random(partition.shape)
    hierarchy = ward(rgb, partition, saliency, target=2)
    for step, merge in enumerate(hierarchy.merges):
        finer, coarser = hierarchy.cut(12 - step), hierarchy.cut(11 - step)
        rise = squared_error(rgb, coarser, saliency) - squared_error(rgb, finer, saliency)
        assert merge.cost == pytest.approx(rise, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", ["ward", "kmeans", "dbscan"])
def test_baselines_refuse_a_target_of_nothing(name):
    rgb, partition = checkered(2, 2)
    with pytest.raises(OptionError, match="target must be a whole number"):
        METHODS[name](rgb, partition, np.ones(partition.shape), target=0)
    with pytest.raises(OptionError, match="saliency_floor"):
        METHODS[name](rgb, partition, np.ones(partition.shape), target=1, saliency_floor=2.0)
