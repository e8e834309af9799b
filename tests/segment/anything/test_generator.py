"""The generator of automatic masks: grid, filters, crops, specks, memory, and an all-knowing model."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image
from scipy import ndimage

from huefold.errors import Cancelled, OptionError, SegmentationError
from huefold.options import Options
from huefold.progress import CancelToken, Reporter
from huefold.segment import from_masks
from huefold.segment.anything import Candidates, MaskSettings, SegmentAnything, automatic_masks
from huefold.segment.anything.filters import (
    CROP_MARGIN,
    cut_by_crop,
    mask_boxes,
    overlaps,
    stability_scores,
    unsuppressed,
)
from huefold.segment.anything.grid import Crop, crops, point_grid
from huefold.segment.anything.specks import without_specks


class Oracle:
    """A model that knows the truth: for a point, the region under it, all of the view, and a shaky mask.

    The image it is shown must hold its own coordinates, which tell it where a crop lies.
    """

    def __init__(self, truth: np.ndarray, *, batch_size: int = 64, memory: int = 10**9) -> None:
        self.truth = truth
        self.batch_size = batch_size
        self.memory = memory
        self.asked: list[int] = []
        self.views: list[tuple[int, ...]] = []

    def picture(self) -> np.ndarray:
        height, width = self.truth.shape
        y, x = np.indices(self.truth.shape) / max(height, width)
        return np.stack([x, y, np.zeros_like(x)], axis=2).astype(np.float32)

    def encode(self, rgb: np.ndarray) -> Oracle:
        left, top = (round(float(v) * max(self.truth.shape)) for v in rgb[0, 0, :2])
        self.views.append((left, top, *rgb.shape[:2]))
        self.view = self.truth[top : top + rgb.shape[0], left : left + rgb.shape[1]]
        return self

    def candidates(self, points: np.ndarray) -> Candidates:
        self.asked.append(len(points))
        if len(points) > self.memory:
            raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB")
        view, owner = self.view, np.repeat(np.arange(len(points)), 3)
        column, row = np.floor(points).astype(int).T

        def logits(kept: np.ndarray) -> np.ndarray:
            found = np.empty((len(kept), *view.shape), np.float32)
            for k, index in enumerate(kept):
                inside = view == view[row[owner[index]], column[owner[index]]]
                found[k] = np.where(inside, 0.5 if index % 3 == 2 else 8.0, -8.0)
                if index % 3 == 1:
                    raise AssertionError("a mask of poor quality was brought to full size")
            return found

        return Candidates(np.tile([0.95, 0.3, 0.99], len(points)), owner, logits)


def blocks() -> np.ndarray:
    """Return 12 regions of 30x30 in an image of 90x120."""
    return np.arange(12).reshape(3, 4).repeat(30, axis=0).repeat(30, axis=1)


def test_the_whole_truth_comes_back_once_each() -> None:
    oracle = Oracle(blocks())
    found = automatic_masks(oracle.picture(), oracle, settings=MaskSettings(points_per_side=8))
    assert len(found) == 12
    owners = {tuple(np.unique(blocks()[mask]).tolist()) for mask in found.masks}
    assert owners == {(k,) for k in range(12)}
    for mask, (x, y) in zip(found.masks, found.points, strict=True):
        assert mask.sum() == 900
        assert mask[int(y), int(x)]
    np.testing.assert_array_equal(found.quality, 0.95)
    np.testing.assert_array_equal(found.stability, 1.0)


def test_unstable_and_poor_masks_are_left_out() -> None:
    oracle = Oracle(blocks())
    strict = MaskSettings(points_per_side=8, predicted_iou=0.96)  # leaves the shaky ones, which fail too
    assert len(automatic_masks(oracle.picture(), oracle, settings=strict)) == 0


def test_no_masks_still_give_a_partition() -> None:
    oracle = Oracle(blocks())
    rgb = oracle.picture()
    none = automatic_masks(rgb, oracle, settings=MaskSettings(points_per_side=2, predicted_iou=1.0))
    assert none.masks.shape == (0, 90, 120)
    assert from_masks(none.masks, rgb, regions=9).max() == 8


def test_small_things_are_found_in_the_crops() -> None:
    truth = np.zeros((400, 400), int)
    truth[145:156, 185:196] = 1  # the whole is asked at 50, 150, ..., a crop from x = 160 on at 190
    for layers in (0, 1):
        oracle = Oracle(truth)
        options = MaskSettings(points_per_side=4, crop_layers=layers, crop_downscale=1, crop_overlap=0.2)
        found = automatic_masks(oracle.picture(), oracle, settings=options)
        sizes = sorted(found.masks.sum(axis=(1, 2)).tolist())
        assert (121 in sizes) == (layers == 1), sizes


def test_masks_lie_within_their_crop_and_none_is_cut_off() -> None:
    truth = np.zeros((300, 300), int)
    truth[:, 100:200] = 1  # as high as the image: every crop cuts it
    oracle = Oracle(truth)
    options = MaskSettings(points_per_side=6, crop_layers=2, crop_downscale=1)
    found = automatic_masks(oracle.picture(), oracle, settings=options)
    assert len(oracle.views) == 1 + 4 + 16
    for mask in found.masks:
        assert mask.sum() in (30_000, 60_000)  # whole, not as a crop shows it


def test_results_do_not_depend_on_the_batch_size() -> None:
    truth = ndimage.zoom(np.random.default_rng(3).integers(0, 9, (5, 7)), 20, order=0)
    picture = Oracle(truth).picture()
    options = MaskSettings(points_per_side=7)
    whole = automatic_masks(picture, Oracle(truth), settings=options)
    for size in (1, 5, 13):
        again = automatic_masks(picture, Oracle(truth, batch_size=size), settings=options)
        np.testing.assert_array_equal(again.masks, whole.masks)
        np.testing.assert_array_equal(again.points, whole.points)


def test_out_of_memory_halves_the_batch_and_changes_nothing() -> None:
    truth, options = blocks(), MaskSettings(points_per_side=8, crop_layers=0)
    narrow = Oracle(truth, memory=9)
    found = automatic_masks(narrow.picture(), narrow, settings=options)
    assert narrow.asked[:4] == [64, 32, 16, 8]
    assert max(narrow.asked[3:]) == 8 and sum(narrow.asked[3:]) == 64
    np.testing.assert_array_equal(
        found.masks, automatic_masks(narrow.picture(), Oracle(truth), settings=options).masks
    )
    hopeless = Oracle(truth, memory=0)
    with pytest.raises(SegmentationError, match="smaller model"):
        automatic_masks(hopeless.picture(), hopeless, settings=options)
    assert hopeless.asked == [64, 32, 16, 8, 4, 2, 1]


def test_progress_rises_and_a_stop_is_obeyed() -> None:
    oracle = Oracle(blocks(), batch_size=16)
    told: list[float] = []
    token = CancelToken()
    automatic_masks(oracle.picture(), oracle, report=Reporter("segment", lambda p: told.append(p.fraction)))
    assert told == sorted(told) and told[0] == 0.0 and told[-1] == pytest.approx(1.0)
    assert len(told) > 20

    asked = len(oracle.asked)
    with pytest.raises(Cancelled):
        automatic_masks(
            oracle.picture(),
            oracle,
            report=Reporter("segment", lambda p: token.cancel() if p.fraction > 0.3 else None, token),
        )
    assert 0 < len(oracle.asked) - asked < asked // 2


@given(
    shape=st.tuples(st.integers(1, 70), st.integers(1, 90)),
    layers=st.integers(0, 3),
    overlap=st.floats(0.0, 0.9),
    per_side=st.integers(1, 9),
)
@settings(max_examples=80, deadline=None)
def test_crops_cover_the_image_and_points_lie_in_them(
    shape: tuple[int, int], layers: int, overlap: float, per_side: int
) -> None:
    options = MaskSettings(points_per_side=per_side, crop_layers=layers, crop_overlap=overlap)
    found = crops(shape, options)
    assert found[0] == Crop(0, 0, shape[1], shape[0], 0)
    for layer in {crop.layer for crop in found}:
        covered = np.zeros(shape, bool)
        for crop in (c for c in found if c.layer == layer):
            assert 0 <= crop.left < crop.right <= shape[1] and 0 <= crop.top < crop.bottom <= shape[0]
            assert crop.area == np.zeros(shape)[crop.window].size
            covered[crop.window] = True
            points = point_grid(crop, options.points_at(layer))
            assert (points > 0).all() and (points < (crop.right - crop.left, crop.bottom - crop.top)).all()
        assert covered.all()


boxes_strategy = npst.arrays(np.int64, st.tuples(st.integers(0, 25), st.just(4)), elements=st.integers(0, 12))


@given(corners=boxes_strategy, threshold=st.sampled_from([0.0, 0.3, 0.7, 1.0]), seed=st.integers(0, 99))
@settings(max_examples=150, deadline=None)
def test_suppression_agrees_with_the_definition(corners: np.ndarray, threshold: float, seed: int) -> None:
    boxes = np.concatenate([corners[:, :2], corners[:, :2] + corners[:, 2:]], axis=1)
    scores = np.random.default_rng(seed).integers(0, 5, len(boxes)) / 4.0
    left: list[int] = []
    for k in sorted(range(len(boxes)), key=lambda k: (-scores[k], k)):
        if all(plain_overlap(boxes[k], boxes[j]) <= threshold for j in left):
            left.append(k)
    kept = unsuppressed(boxes, scores, threshold)
    assert kept.tolist() == left
    if len(boxes):
        assert scores[kept[0]] == scores.max()
    for k, j in ((k, j) for k in kept for j in kept if k < j):
        assert overlaps(boxes[k], boxes[[j]])[0] <= threshold


def plain_overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Count the pixels."""
    canvas = np.zeros((2, 30, 30), bool)
    for mask, (left, top, right, bottom) in zip(canvas, (one, other), strict=True):
        mask[top:bottom, left:right] = True
    union = (canvas[0] | canvas[1]).sum()
    return float((canvas[0] & canvas[1]).sum() / union) if union else 0.0


@given(masks=npst.arrays(bool, st.tuples(st.integers(0, 4), st.integers(1, 9), st.integers(1, 8))))
@settings(max_examples=60, deadline=None)
def test_boxes_are_the_smallest(masks: np.ndarray) -> None:
    for mask, (left, top, right, bottom) in zip(masks, mask_boxes(masks), strict=True):
        y, x = np.nonzero(mask)
        expected = (x.min(), y.min(), x.max() + 1, y.max() + 1) if len(x) else (0, 0, 0, 0)
        assert (left, top, right, bottom) == expected


def test_stability_is_the_overlap_of_the_two_masks() -> None:
    logits = np.random.default_rng(0).normal(size=(6, 9, 8)) * 2
    for score, one in zip(stability_scores(logits, 0.7), logits, strict=True):
        inner, outer = one > 0.7, one > -0.7
        assert score == (inner & outer).sum() / (inner | outer).sum()
    assert stability_scores(np.full((1, 2, 2), -9.0), 1.0).tolist() == [0.0]


def test_only_sides_that_are_not_the_images_own_cut_a_mask() -> None:
    shape, crop = (200, 300), Crop(0, 0, 170, 120, 1)
    boxes = np.array([[0, 0, 100, 50], [0, 0, 160, 50], [30, 40, 100, 101], [30, 40, 140, 95]])
    assert cut_by_crop(boxes, crop, shape).tolist() == [False, True, True, False]
    whole = Crop(0, 0, 300, 200, 0)
    assert not cut_by_crop(boxes, whole, shape).any()


@given(mask=npst.arrays(bool, st.tuples(st.integers(1, 14), st.integers(1, 14))), min_area=st.integers(0, 12))
@settings(max_examples=150, deadline=None)
def test_specks_go_and_nothing_else_does(mask: np.ndarray, min_area: int) -> None:
    given_mask = mask.copy()
    # Far from the mask there is room, so that what lies around it is no hole.
    wide = np.pad(mask, 20)
    cleaned = without_specks(wide, min_area)
    np.testing.assert_array_equal(mask, given_mask)
    np.testing.assert_array_equal(cleaned, plainly_cleaned(wide, min_area))
    np.testing.assert_array_equal(without_specks(cleaned, min_area), cleaned)
    assert cleaned.any() == mask.any()


def plainly_cleaned(mask: np.ndarray, min_area: int) -> np.ndarray:
    """Flood each component by itself, over the whole image."""
    filled = mask.copy()
    for hole in components(~mask):
        if hole.sum() < min_area:
            filled |= hole
    islands = components(filled)
    largest = max((island.sum() for island in islands), default=0)
    kept = [island for island in islands if island.sum() >= min_area]
    if not kept:
        kept = [next(island for island in islands if island.sum() == largest)] if islands else []
    return np.any(kept, axis=0) if kept else np.zeros_like(mask)


def components(mask: np.ndarray) -> list[np.ndarray]:
    numbered, count = ndimage.label(mask, np.ones((3, 3)))
    return [numbered == k for k in range(1, count + 1)]


def test_the_defaults_are_those_of_the_methods_experiments() -> None:
    published = {
        "points_per_side": 32,
        "predicted_iou": 0.86,
        "stability": 0.85,
        "stability_offset": 1.0,
        "nms": 0.7,
        "crop_layers": 1,
        "crop_downscale": 2,
        "crop_overlap": 512 / 1500,
        "min_area": 100,
    }
    assert asdict(MaskSettings()) == published
    assert SegmentAnything().settings == MaskSettings()
    assert (Options().sam_points, Options().sam_crops) == (32, 1)
    assert CROP_MARGIN == 20


class Fixed:
    """A model that answers the first point of the whole image with given masks, and nothing else."""

    def __init__(self, logits: np.ndarray, quality: float = 0.9) -> None:
        self.given, self.quality, self.batch_size = logits.astype(np.float32), quality, 64
        self.asked: list[int] = []

    def encode(self, _: np.ndarray) -> Fixed:
        self.asked.append(0)
        return self

    def candidates(self, points: np.ndarray) -> Candidates:
        count = len(self.given) if self.asked == [0] else 0
        self.asked[-1] += len(points)
        best = self.quality - 0.001 * np.arange(count)
        return Candidates(best, np.zeros(count, int), lambda kept: self.given[kept])

    def masks(self) -> np.ndarray:
        return automatic_masks(np.zeros((*self.given.shape[1:], 3), np.float32), self).masks


def rectangle(height: int, width: int, *, level: float = 9.0) -> np.ndarray:
    logits = np.full((200, 200), -9.0)
    logits[20 : 20 + height, 20 : 20 + width] = level
    return logits


def test_by_default_so_many_points_are_asked() -> None:
    model = Fixed(rectangle(50, 50)[None])
    model.masks()
    assert model.asked == [32**2, 16**2, 16**2, 16**2, 16**2]


@pytest.mark.parametrize(("quality", "count"), [(0.8601, 1), (0.8599, 0)])
def test_by_default_masks_of_this_quality_are_kept(quality: float, count: int) -> None:
    assert len(Fixed(rectangle(50, 50)[None], quality).masks()) == count


@pytest.mark.parametrize(
    ("sure", "unsure", "count"), [(85, 0.99, 1), (84, 0.99, 0), (84, 1.01, 1), (85, -0.99, 1), (84, -0.99, 0)]
)
def test_by_default_masks_of_this_stability_are_kept(sure: int, unsure: float, count: int) -> None:
    logits = rectangle(50, 100, level=unsure)
    logits[20:70, 20 : 20 + sure] = 9.0
    assert len(Fixed(logits[None]).masks()) == count


@pytest.mark.parametrize(("width", "count"), [(69, 2), (70, 2), (71, 1)])
def test_by_default_boxes_that_share_so_much_are_the_same(width: int, count: int) -> None:
    assert len(Fixed(np.stack([rectangle(50, 100), rectangle(50, width)])).masks()) == count


@pytest.mark.parametrize(("width", "stays"), [(9, False), (10, True)])
def test_by_default_specks_of_this_size_go(width: int, stays: bool) -> None:
    hole, island = rectangle(100, 100), rectangle(60, 60)
    hole[40:50, 40 : 40 + width] = -9.0
    island[100:110, 100 : 100 + width] = 9.0
    assert (Fixed(hole[None]).masks().sum() < 100 * 100) == stays
    assert (Fixed(island[None]).masks().sum() > 60 * 60) == stays


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"points_per_side": 0}, "points_per_side must be a whole number from 1 to 256, got 0"),
        ({"points_per_side": 2.5}, "points_per_side must be a whole number"),
        ({"crop_layers": True}, "crop_layers must be a whole number"),
        ({"predicted_iou": 1.5}, "predicted_iou must be a number from 0 to 1, got 1.5"),
        ({"nms": float("nan")}, "nms must be a number from 0 to 1"),
        ({"stability_offset": -1.0}, "stability_offset"),
        ({"crop_overlap": 1.0}, "crop_overlap must be below 1"),
        ({"min_area": -1}, "min_area"),
    ],
)
def test_wrong_settings_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        MaskSettings(**values)


def test_only_images_are_taken() -> None:
    with pytest.raises(SegmentationError, match="float array"):
        automatic_masks(np.zeros((4, 4), np.float32), Oracle(blocks()))


def boundary(labels: np.ndarray) -> np.ndarray:
    edge = np.zeros(labels.shape, bool)
    edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    edge[1:] |= labels[1:] != labels[:-1]
    return edge


def boundary_scores(found: np.ndarray, truth: np.ndarray, reach: float = 2.0) -> tuple[float, float]:
    """Return precision and recall of a partition's boundaries within `reach` pixels."""
    mine, true = boundary(found), boundary(truth)
    precision = (ndimage.distance_transform_edt(~true)[mine] <= reach).mean()
    recall = (ndimage.distance_transform_edt(~mine)[true] <= reach).mean()
    return float(precision), float(recall)


@pytest.mark.slow
def test_human_segmentations_are_recovered(eval_dir: Path) -> None:
    folder = eval_dir / "bsds"
    f_scores = []
    for file in sorted(folder.glob("*.npz"))[:3]:
        truth = np.load(file)["a0"].astype(int)
        photo = next(path for path in folder.glob(f"{file.stem}.*") if path.suffix in (".jpg", ".png"))
        rgb = np.asarray(Image.open(photo).convert("RGB"), dtype=np.float32) / 255.0
        oracle = Oracle(truth)
        found = automatic_masks(oracle.picture(), oracle, settings=MaskSettings(points_per_side=20))
        partition = from_masks(found.masks, rgb, regions=100)
        assert sorted(set(partition.ravel().tolist())) == list(range(partition.max() + 1))
        precision, recall = boundary_scores(partition, truth)
        f_scores.append(2 * precision * recall / (precision + recall))
    assert np.mean(f_scores) > 0.9, f_scores
