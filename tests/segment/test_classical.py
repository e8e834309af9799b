"""Segmentation: kernels against slow twins, partitions as promised, thin structures, photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from skimage.draw import line_aa
from skimage.segmentation import slic

from huefold.errors import Cancelled, OptionError, SegmentationError
from huefold.progress import CancelToken, Reporter
from huefold.segment import absorb_slivers, classical, connected, from_labels, merge_down
from huefold.segment.kernels import roots, unite
from huefold.segment.partition import flat_zones, rising_order, unite_grain


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
def test_united_regions_are_those_that_pairs_connect(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs, np.int32).reshape(-1, 2).T
    found = roots(unite(first, second, 20))
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
def test_uniting_grain_agrees_with_its_slow_twin(seed: int) -> None:
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
    united = unite_grain(labels, features, size_power=0.8, strength=1.5)
    assert 1 < united.max() + 1 < 56
    np.testing.assert_array_equal(united, connected(slow))


@given(
    rgb=npst.arrays(
        np.float32,
        st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)),
        elements=st.sampled_from(np.float32([0, 0.2, 0.7, 1])),
    ),
    regions=st.integers(1, 30),
)
@settings(max_examples=60, deadline=None)
def test_any_small_image_gives_a_partition_of_the_size_asked_for(rgb: np.ndarray, regions: int) -> None:
    partition = classical(rgb, regions=regions)
    assert_partition(partition, rgb.shape[:2])
    assert partition.max() + 1 == min(regions, flat_zones(rgb).max() + 1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (1, 300), (300, 1), (2, 2)])
def test_tiny_images(shape: tuple[int, int]) -> None:
    rgb = np.random.default_rng(0).random((*shape, 3), dtype=np.float32)
    assert_partition(classical(rgb), shape)
    assert classical(rgb).max() + 1 == min(300, shape[0] * shape[1])


def test_a_single_colour_is_a_single_region() -> None:
    assert not classical(np.full((40, 30, 3), 0.3, np.float32)).any()


@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
def test_a_line_one_pixel_wide_survives(slope: float) -> None:
    rng = np.random.default_rng(3)
    rgb = (
        (0.45 + 0.05 * rng.random((96, 128, 1)) + np.linspace(0, 0.3, 128)[None, :, None])
        .astype(np.float32)
        .repeat(3, axis=2)
    )
    rows, columns, weight = line_aa(10, 8, round(10 + slope * 67), 119)
    rgb[rows, columns] += (weight * (0.05 - rgb[rows, columns].T)).T.astype(np.float32)
    partition = classical(rgb, regions=30)
    # An anti-aliased line is a 4-connected staircase of the pixels it covers by half; its ends may be cut.
    dark = (weight >= 0.5) & (columns > 10) & (columns < 117)
    rows, columns = rows[dark], columns[dark]
    line = partition[rows, columns]
    kept = (line != partition[rows - 3, columns]) & (line != partition[rows + 3, columns])
    assert kept.mean() > 0.95


def test_specks_do_not_take_regions_from_a_large_image() -> None:
    rng = np.random.default_rng(5)
    rgb = np.linspace(0, 1, 160, dtype=np.float32)[None, :, None] * np.ones((160, 160, 3), np.float32)
    rgb[rng.integers(0, 160, 60), rng.integers(0, 160, 60)] = (1.0, 0.0, 0.0)
    partition = classical(rgb, regions=40)
    assert partition.max() + 1 == 40
    assert np.bincount(partition.ravel()).min() >= 4


def test_an_image_made_of_specks_keeps_them() -> None:
    rgb = np.zeros((64, 64, 3), np.float32)
    rgb[::4, ::4] = 1.0
    assert classical(rgb, regions=100).max() + 1 == 100


def test_repeats_itself_and_leaves_its_input_alone() -> None:
    rgb = np.random.default_rng(2).random((60, 50, 3), dtype=np.float32)
    before = rgb.copy()
    np.testing.assert_array_equal(classical(rgb, regions=50), classical(rgb, regions=50))
    np.testing.assert_array_equal(rgb, before)


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


@pytest.mark.parametrize("regions", [0, -3, 2.5, "many", True])
def test_wrong_region_counts_are_refused(regions: object) -> None:
    with pytest.raises(OptionError, match="regions must be a whole number of at least 1"):
        classical(np.zeros((4, 4, 3), np.float32), regions=regions)


@pytest.mark.parametrize(
    "rgb",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4, 4), np.float32),
        np.zeros((0, 4, 3), np.float32),
        np.zeros((4, 4, 3), np.uint8),
        np.full((4, 4, 3), np.nan, np.float32),
    ],
)
def test_what_is_not_an_image_is_refused(rgb: np.ndarray) -> None:
    with pytest.raises(SegmentationError):
        classical(rgb)


def test_reports_and_can_be_cancelled() -> None:
    seen: list[float] = []
    rgb = np.random.default_rng(2).random((20, 20, 3), dtype=np.float32)
    classical(rgb, report=Reporter("segment", lambda progress: seen.append(progress.fraction)))
    assert seen == sorted(seen) and seen[-1] == 1.0
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        classical(rgb, report=Reporter("segment", cancel=token))


def border(labels: np.ndarray) -> np.ndarray:
    edge = np.zeros(labels.shape, bool)
    edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    edge[1:] |= labels[1:] != labels[:-1]
    return edge


def recall(labels: np.ndarray, human: np.ndarray) -> float:
    near = ndimage.distance_transform_edt(~border(labels)) <= 2.0
    return float(near[border(human)].mean())


@pytest.mark.slow
def test_keeps_more_human_boundaries_than_superpixels_of_the_same_number(eval_dir: Path) -> None:
    ours, theirs = [], []
    for file in sorted((eval_dir / "bsds").glob("*.npz"))[::5]:
        rgb = np.asarray(Image.open(file.with_suffix(".jpg")).convert("RGB"), np.float32) / 255
        human = np.load(file)["a0"].astype(int)
        partition = classical(rgb, regions=300)
        assert partition.max() + 1 == 300
        superpixels = slic(rgb, 300, compactness=10, start_label=0)
        ours.append(recall(partition, human))
        theirs.append(recall(superpixels, human))
    assert np.mean(ours) > np.mean(theirs) + 0.05
    assert np.mean(ours) > 0.85
