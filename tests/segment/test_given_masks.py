"""Given label maps, masks, and mask files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image
from scipy import ndimage

from huefold.errors import SegmentationError
from huefold.segment import from_labels, from_masks, from_segmenter, load_masks

PLAIN = np.full((20, 30, 3), 0.5, np.float32)


def rectangle(rows: slice, columns: slice) -> np.ndarray:
    mask = np.zeros((20, 30), bool)
    mask[rows, columns] = True
    return mask


def test_labels_apart_become_regions_of_their_own() -> None:
    labels = np.full((20, 30), -7)
    labels[:, 10:20] = 1_000_000
    partition = from_labels(labels, PLAIN)
    assert partition.max() == 2
    assert partition[0, 0] != partition[0, 29]


def test_diagonal_neighbours_are_not_connected() -> None:
    labels = np.kron(np.eye(2, dtype=int), np.ones((4, 4), int))
    assert from_labels(labels, np.zeros((8, 8, 3), np.float32)).max() + 1 == 4


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((20, 31), int), "30x20"),
        (np.zeros((20, 30)), "whole numbers"),
        (np.zeros((1, 20, 30), int), "30x20"),
    ],
)
def test_wrong_labels_are_refused(labels: np.ndarray, message: str) -> None:
    with pytest.raises(SegmentationError, match=message):
        from_labels(labels, PLAIN)


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 0, 2]])
def test_small_masks_lie_on_large_ones_whatever_their_order(order: list[int]) -> None:
    masks = np.stack(
        [
            rectangle(slice(0, 20), slice(0, 30)),
            rectangle(slice(4, 16), slice(4, 26)),
            rectangle(slice(8, 12), slice(8, 12)),
        ]
    )
    partition = from_masks(masks[order], PLAIN)
    assert partition.max() + 1 == 3
    assert len({partition[0, 0], partition[5, 5], partition[9, 9]}) == 3
    assert (partition == partition[9, 9]).sum() == 16


def test_uncovered_pixels_get_the_classical_regions() -> None:
    rgb = PLAIN.copy()
    rgb[:, :8] = (1.0, 0.0, 0.0)
    partition = from_masks([rectangle(slice(0, 20), slice(20, 30))], rgb)
    assert partition[0, 0] != partition[0, 10] != partition[0, 25]
    assert partition.max() + 1 == 3


def test_no_masks_and_empty_masks_are_the_classical_partition() -> None:
    rgb = np.random.default_rng(0).random((20, 30, 3), dtype=np.float32)
    none = from_masks(np.zeros((0, 20, 30), bool), rgb, regions=12)
    empty = from_masks(np.zeros((2, 20, 30), bool), rgb, regions=12)
    np.testing.assert_array_equal(none, empty)
    assert 1 <= none.max() + 1 <= 12


@given(masks=npst.arrays(bool, st.tuples(st.integers(0, 4), st.just(7), st.just(6))), seed=st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_any_masks_give_a_partition(masks: np.ndarray, seed: int) -> None:
    rgb = np.random.default_rng(seed).random((7, 6, 3), dtype=np.float32)
    partition = from_masks(masks, rgb, regions=5, min_area=1)
    assert sorted(set(partition.ravel().tolist())) == list(range(partition.max() + 1))
    for region in range(partition.max() + 1):
        inside = partition == region
        assert ndimage.label(inside)[1] == 1
        # No region straddles the edge of the mask that is on top of it.
        tops = [m for m in masks if m.any()]
        smallest = min((m for m in tops if (m & inside).any()), key=lambda m: m.sum(), default=None)
        assert smallest is None or any((m & inside).sum() == inside.sum() for m in tops)


@pytest.mark.parametrize(
    "masks",
    [
        np.zeros((2, 20, 31), bool),
        np.zeros((20, 30), bool),
        np.full((1, 20, 30), 0.5),
        np.full((1, 20, 30), 255, np.uint8),
    ],
)
def test_wrong_masks_are_refused(masks: np.ndarray) -> None:
    with pytest.raises(SegmentationError, match="masks must"):
        from_masks(masks, PLAIN)


def test_a_segmenter_may_give_labels_or_masks() -> None:
    masks = np.stack([rectangle(slice(0, 20), slice(0, 15)), rectangle(slice(0, 20), slice(15, 30))])
    by_masks = from_segmenter(lambda _: masks, PLAIN)
    by_labels = from_segmenter(lambda rgb: (np.indices(rgb.shape[:2])[1] >= 15).astype(np.uint8), PLAIN)
    np.testing.assert_array_equal(by_masks, by_labels)
    with pytest.raises(SegmentationError):
        from_segmenter(lambda _: np.zeros(3), PLAIN)


def test_masks_are_read_from_every_kind_of_file(tmp_path: Path) -> None:
    mask = rectangle(slice(2, 9), slice(3, 20))
    grey = Image.fromarray(mask.astype(np.uint8) * 255)
    cutout = Image.new("RGBA", (30, 20), (10, 10, 10, 255))
    cutout.putalpha(grey)
    grey.save(tmp_path / "a.png")
    grey.convert("1").save(tmp_path / "b.png")
    Image.fromarray(mask.astype(np.uint16) * 65535).save(tmp_path / "c.png")
    cutout.save(tmp_path / "d.png")
    grey.convert("RGB").save(tmp_path / "e.jpg", quality=95)
    (tmp_path / "notes.txt").write_text("not a mask")
    masks = load_masks(tmp_path, (20, 30))
    assert masks.shape == (5, 20, 30) and masks.dtype == bool
    for one in masks:
        np.testing.assert_array_equal(one, mask)
    np.testing.assert_array_equal(
        load_masks([tmp_path / "d.png", str(tmp_path / "a.png")], (20, 30)), masks[[3, 0]]
    )


def test_unreadable_masks_are_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    Image.new("L", (31, 20)).save(tmp_path / "wide.png")
    full = tmp_path / "full.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 30), dtype=np.uint8)).save(full)
    (tmp_path / "cut.png").write_bytes(full.read_bytes()[:300])
    (tmp_path / "empty").mkdir()
    cases = {
        "31x20": [tmp_path / "wide.png"],
        "is not an image": [tmp_path / "broken.png"],
        "cut.png is not an image": [tmp_path / "cut.png"],
        "no mask file": [tmp_path / "missing.png"],
        "no mask images": tmp_path / "empty",
        "no folder of masks": tmp_path / "nowhere",
    }
    for message, source in cases.items():
        with pytest.raises(SegmentationError, match=message) as caught:
            load_masks(source, (20, 30))
        assert "\n" not in str(caught.value)
    with pytest.raises(SegmentationError, match="no mask images"):
        load_masks([], (20, 30))
