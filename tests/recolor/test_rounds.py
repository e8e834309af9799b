"""Rounds of recoloring: the target is met, merges are nested, salient regions stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage.measure import label
from tests.recolor.pictures import QUICK, checkered

from huefold.errors import Cancelled, OptionError
from huefold.progress import CancelToken, Reporter
from huefold.recolor import (
    RecolorSettings,
    dbscan,
    kmeans,
    recolor,
    region_statistics,
    ward,
)
from huefold.recolor.rounds import merge_candidates
from huefold.recolor.stages_1_and_2 import start_assignment

METHODS = {"recolor": recolor, "ward": ward, "kmeans": kmeans, "dbscan": dbscan}


def is_connected(partition):
    return label(partition, connectivity=1, background=-1).max() == partition.max() + 1


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("target", [1, 2, 7, 29, 30, 31, 1000])
def test_every_method_ends_at_exactly_the_target(name, target):
    rgb, partition = checkered(5, 6)
    saliency = np.random.default_rng(1).random(partition.shape)
    hierarchy = METHODS[name](rgb, partition, saliency, target=target)
    assert hierarchy.coarsest == min(target, 30)
    for regions in range(hierarchy.coarsest, 31):
        cut = hierarchy.cut(regions)
        assert cut.dtype == np.int32
        np.testing.assert_array_equal(np.unique(cut), np.arange(regions))
        assert is_connected(cut)


@pytest.mark.parametrize("order", ["ward", "color"])
@pytest.mark.parametrize("init", ["identity", "random"])
@pytest.mark.parametrize("tolerance", [0.0, 0.05, 2.0])
@pytest.mark.parametrize(("palette_size", "prune"), [(None, 0.0), (3, 0.0), (None, 0.4)])
def test_all_settings_reach_the_target(order, init, tolerance, palette_size, prune):
    rgb, partition = checkered(4, 4)
    options = replace(
        QUICK, merge_order=order, init=init, tolerance=tolerance, palette_size=palette_size, prune=prune
    )
    saliency = np.full(partition.shape, 0.5)
    hierarchy = recolor(rgb, partition, saliency, target=5, rounds=3, settings=options)
    assert hierarchy.coarsest == 5
    assert is_connected(hierarchy.cut(5))


def test_rounds_share_the_merges():
    rgb, partition = checkered(5, 6)
    hierarchy = recolor(rgb, partition, np.ones(partition.shape), target=7, rounds=10, settings=QUICK)
    per_round = np.bincount([m.round for m in hierarchy.merges])[1:]
    assert len(per_round) == 10
    assert per_round.max() - per_round.min() <= 1


def test_rounds_go_on_where_candidates_ran_out():
    rgb, partition = checkered(3, 3)
    options = replace(QUICK, tolerance=0.0, init="identity", consistency=0.0)
    hierarchy = recolor(rgb, partition, np.ones(partition.shape), target=2, rounds=2, settings=options)
    assert hierarchy.coarsest == 2
    assert max(m.round for m in hierarchy.merges) > 2


@pytest.mark.parametrize("name", METHODS)
def test_low_salience_merges_first(name):
    rgb, partition = checkered(6, 6, seed=3)
    left = np.zeros(partition.shape)
    left[:, : partition.shape[1] // 2] = 1.0
    floor = {} if name == "recolor" else {"saliency_floor": 0.02}
    if name == "recolor":
        floor = {"settings": RecolorSettings(saliency_floor=0.02)}
    counts = []
    for saliency in (left, 1.0 - left):
        cut = METHODS[name](rgb, partition, saliency, target=14, **floor).cut(14)
        counts.append(len(np.unique(cut[:, : partition.shape[1] // 2])))
    assert counts[0] > counts[1] + (0 if name in {"dbscan", "kmeans"} else 4)


def test_same_seed_same_merges_and_another_seed_matters():
    rgb, partition = checkered(5, 6)
    saliency = np.full(partition.shape, 0.5)
    options = replace(QUICK, init="random")
    runs = [
        recolor(rgb, partition, saliency, target=10, settings=options, seed=seed).merges for seed in (4, 4, 5)
    ]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_candidates_share_a_color_or_are_close():
    rgb, partition = checkered(4, 4)
    stats = region_statistics(rgb, partition, np.ones(partition.shape))
    assignment = start_assignment(stats, QUICK, seed=0)
    color = assignment.mixed()[1]
    as_seen = replace(QUICK, chroma=1.0)
    pairs, costs = merge_candidates(assignment, stats, as_seen, tolerance=0.3, most=1)
    distance = {(i, j): np.linalg.norm(color[i] - color[j]) for i, j in stats.edges.tolist()}
    close = {pair: d for pair, d in distance.items() if d <= 0.3}
    assert close
    best = min(close, key=lambda pair: close[pair])  # all squares have the same size
    assert tuple(pairs[0]) == best
    assert costs[0] == pytest.approx(close[best] ** 2 * 16 * 16 / 32, rel=1e-5)


def test_an_all_black_map_and_a_plain_image_still_merge():
    rgb, partition = checkered(4, 4)
    options = RecolorSettings.paper()
    options = replace(options, stage1_iterations=20, stage2_iterations=10)
    for image in (rgb, np.zeros_like(rgb)):
        hierarchy = recolor(image, partition, np.zeros(partition.shape), target=3, settings=options)
        assert hierarchy.coarsest == 3
        assert all(np.isfinite(m.cost) for m in hierarchy.merges)


def test_one_pixel():
    hierarchy = recolor(np.ones((1, 1, 3)), [[0]], [[1.0]], target=1)
    assert hierarchy.merges == ()
    assert hierarchy.cut(1).tolist() == [[0]]


def test_progress_reaches_one_and_cancelling_stops():
    rgb, partition = checkered(4, 4)
    seen = []
    recolor(
        rgb, partition, np.ones(partition.shape), target=4, rounds=3, settings=QUICK,
        report=Reporter("recolor", seen.append),
    )  # fmt: skip
    assert [p.fraction for p in seen] == sorted(p.fraction for p in seen)
    assert seen[-1].fraction == 1.0 and seen[-1].message == "round 3: 4 regions"
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        recolor(
            rgb, partition, np.ones(partition.shape), target=4, settings=QUICK,
            report=Reporter("recolor", None, token),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": 0}, "target must be a whole number"),
        ({"target": 2.5}, "target must be a whole number"),
        ({"rounds": 0}, "rounds must be a whole number"),
    ],
)
def test_counts_that_cannot_be(changes, message):
    rgb, partition = checkered(2, 2)
    with pytest.raises(OptionError, match=message):
        recolor(rgb, partition, np.ones(partition.shape), **({"target": 2} | changes))


def test_object_masks_guide_real_photos(eval_dir):
    """Painting the object lowers the error inside it, at the same number of regions."""
    from PIL import Image

    from huefold.segment import classical

    ratios = []
    for path in sorted((eval_dir / "object" / "images").iterdir())[:3]:
        with Image.open(path) as image:
            rgb = np.asarray(image.convert("RGB").resize((160, 120)), np.float32) / 255.0
        with Image.open(eval_dir / "object" / "masks" / f"{path.stem}.png") as mask:
            inside = np.asarray(mask.resize((160, 120), Image.Resampling.NEAREST)) == 255
        partition = classical(rgb, regions=120)
        errors = []
        for saliency in (inside.astype(float), np.full(inside.shape, 0.5)):
            cut = recolor(rgb, partition, saliency, target=30).cut(30)
            means = np.stack([np.bincount(cut.ravel(), rgb[..., c].ravel()) for c in range(3)], axis=1)
            means /= np.bincount(cut.ravel())[:, None]
            errors.append(((rgb - means[cut]) ** 2)[inside].mean())
        ratios.append(errors[0] / errors[1])
    assert np.mean(ratios) < 0.9
