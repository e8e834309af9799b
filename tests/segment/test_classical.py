"""Classical segmentation: partitions as promised, thin structures, photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image
from scipy import ndimage
from skimage.draw import line_aa
from skimage.segmentation import slic

from huefold.errors import Cancelled, OptionError, SegmentationError
from huefold.progress import CancelToken, Reporter
from huefold.segment import classical
from huefold.segment.partition import flat_zones


def assert_partition(labels: np.ndarray, shape: tuple[int, int]) -> None:
    assert labels.shape == shape
    assert labels.dtype == np.int32
    assert sorted(set(labels.ravel().tolist())) == list(range(labels.max() + 1))
    for region in range(labels.max() + 1):
        assert ndimage.label(labels == region)[1] == 1, f"region {region} is not 4-connected"


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
