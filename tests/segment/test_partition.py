"""Merging of regions against slow twins, and the cleaning of partitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from huefold.segment import absorb_slivers, connected, from_labels, merge_down
from huefold.segment.kernels import merge_pairs, roots
from huefold.segment.partition import merge_grain, rising_order


def assert_partition(labels: np.ndarray, shape: tuple[int, int]) -> None:
    assert labels.shape == shape
    assert labels.dtype == np.int32
    assert sorted(set(labels.ravel().tolist())) == list(range(labels.max() + 1))
    for region in range(labels.max() + 1):
        assert ndimage.label(labels == region)[1] == 1, f"region {region} is not 4-connected"


def neighbour_pairs(labels: np.ndarray) -> set[tuple[int, int]]:
    pairs = set()
    for (i, j), here in np.ndenumerate(labels):
        for k, m in ((i + 1, j), (i, j + 1)):
            if k < labels.shape[0] and m < labels.shape[1] and labels[k, m] != here:
                pairs.add((min(here, labels[k, m]), max(here, labels[k, m])))
    return pairs


def slow_cost(labels: np.ndarray, features: np.ndarray, u: int, v: int, power: float) -> float:
    a, b = features[labels.ravel() == u], features[labels.ravel() == v]
    size = len(a) * len(b) / (len(a) + len(b))
    return size**power * ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum()


def slow_merge_down(labels: np.ndarray, features: np.ndarray, regions: int, power: float) -> np.ndarray:
    """Recompute everything at every merge."""
    labels = labels.copy()
    while len(np.unique(labels)) > regions:
        u, v = min(neighbour_pairs(labels), key=lambda pair: slow_cost(labels, features, *pair, power))
        labels[labels == v] = u
    return connected(labels)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30))
def test_merged_regions_are_those_that_pairs_connect(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs, np.int32).reshape(-1, 2).T
    found = roots(merge_pairs(first, second, 20))
    links = coo_array((np.ones(len(first)), (first, second)), shape=(20, 20))
    _, group = connected_components(links, directed=False)
    np.testing.assert_array_equal(found, [np.flatnonzero(group == number)[0] for number in group])


@settings(deadline=None)
@given(npst.arrays(np.float32, st.integers(0, 60), elements=st.floats(0.0, 2.0**100, width=32)))
def test_values_are_sorted_and_equal_ones_keep_their_order(values: np.ndarray) -> None:
    for several in (values, np.repeat(values, 2), np.round(values, 1)):
        np.testing.assert_array_equal(rising_order(several), np.argsort(several, kind="stable"))


@pytest.mark.parametrize("power", [1.0, 0.8, 0.5])
@pytest.mark.parametrize("seed", range(4))
def test_merging_agrees_with_its_slow_twin(seed: int, power: float) -> None:
    rng = np.random.default_rng(seed)
    zones = connected(rng.integers(0, 6, (9, 8)))
    features = rng.normal(size=(72, 3))
    for regions in (20, 9, 2, 1):
        merged = merge_down(zones, features, regions=regions, size_power=power)
        np.testing.assert_array_equal(merged, slow_merge_down(zones, features, regions, power))


def test_ward_linkage_raises_the_squared_error_by_its_cost() -> None:
    features = np.random.default_rng(1).normal(size=(60, 3))
    zones = connected(np.arange(60).reshape(6, 10))

    def squared_error(labels: np.ndarray) -> float:
        parts = [features[labels.ravel() == r] for r in range(labels.max() + 1)]
        return sum(((part - part.mean(axis=0)) ** 2).sum() for part in parts)

    before = merge_down(zones, features, regions=12)
    after = merge_down(before, features, regions=11)
    cheapest = min(slow_cost(before, features, u, v, 1.0) for u, v in neighbour_pairs(before))
    assert squared_error(after) - squared_error(before) == pytest.approx(cheapest)


@pytest.mark.parametrize("seed", range(3))
def test_merging_grain_agrees_with_its_slow_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.arange(56).reshape(7, 8).astype(np.int32)
    features = rng.normal(size=(56, 2)) + 0.5 * np.indices((7, 8)).reshape(2, -1).T
    pixels = [
        (i * 8 + j, k * 8 + m)
        for i in range(7)
        for j in range(8)
        for k, m in ((i, j + 1), (i + 1, j))
        if k < 7 and m < 8
    ]
    squared = [float(((features[p] - features[q]) ** 2).sum()) for p, q in pixels]
    most = 1.5 * np.median(squared)
    slow = labels.copy()
    for _, (p, q) in sorted(zip(np.float32(squared).tolist(), pixels, strict=True), key=lambda pair: pair[0]):
        u, v = slow.ravel()[p], slow.ravel()[q]
        if u != v and slow_cost(slow, features, u, v, 0.8) <= most:
            slow[slow == v] = u
    merged = merge_grain(labels, features, size_power=0.8, strength=1.5)
    assert 1 < merged.max() + 1 < 56
    np.testing.assert_array_equal(merged, connected(slow))


def test_slivers_join_the_closest_colour_and_not_the_largest_neighbour() -> None:
    labels = np.zeros((6, 9), int)
    labels[:, 5] = 1
    labels[:, 6:] = 2
    labels[2, 5] = 3
    rgb = np.zeros((6, 9, 3), np.float32)
    rgb[labels == 1] = 0.9
    rgb[labels == 2] = 0.5
    rgb[labels == 3] = 0.55
    partition = from_labels(labels, rgb, min_area=3)
    assert partition[2, 5] == partition[2, 7] != partition[2, 4]


@given(
    labels=npst.arrays(
        np.int64, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.integers(-3, 3)
    ),
    min_area=st.integers(1, 9),
)
@settings(max_examples=60, deadline=None)
def test_cleaning_leaves_only_connected_regions_of_the_least_area(labels: np.ndarray, min_area: int) -> None:
    features = np.random.default_rng(0).random((labels.size, 3))
    cleaned = absorb_slivers(connected(labels), features, min_area=min_area)
    assert_partition(cleaned, labels.shape)
    assert cleaned.max() == 0 or np.bincount(cleaned.ravel()).min() >= min_area
    assert cleaned.max() <= connected(labels).max()
