"""Rounds, merging, hierarchy, statistics and baselines of recoloring."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.measure import label

from huefold.errors import Cancelled, ImageError, OptionError, SaliencyError, SegmentationError
from huefold.progress import CancelToken, Reporter
from huefold.recolor import (
    Hierarchy,
    Merge,
    RecolorSettings,
    dbscan,
    kmeans,
    recolor,
    region_statistics,
    ward,
)
from huefold.recolor.assignment import carry_over, color_regions, smooth_regions, start_assignment
from huefold.recolor.rounds import merge_candidates

QUICK = RecolorSettings(stage1_iterations=40, stage2_iterations=20)
METHODS = {"recolor": recolor, "ward": ward, "kmeans": kmeans, "dbscan": dbscan}


def checkered(rows, columns, side=4, seed=0):
    """Return squares of random colour with noise, and their labels."""
    rng = np.random.default_rng(seed)
    partition = np.kron(np.arange(rows * columns).reshape(rows, columns), np.ones((side, side), int))
    colors = rng.random((rows * columns, 3))
    rgb = np.clip(colors[partition] + rng.normal(0.0, 0.02, (*partition.shape, 3)), 0.0, 1.0)
    return rgb.astype(np.float32), partition.astype(np.int32)


def squared_error(rgb, partition, weight=None):
    weight = np.ones(partition.shape) if weight is None else weight
    total = 0.0
    for region in range(partition.max() + 1):
        inside = partition == region
        mean = np.average(rgb[inside], axis=0, weights=weight[inside])
        total += (weight[inside, None] * (rgb[inside] - mean) ** 2).sum()
    return total


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


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_cuts_are_nested_and_merges_in_order(data):
    rows, columns = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    count = rows * columns
    rgb, partition = checkered(rows, columns, side=2, seed=data.draw(st.integers(0, 99)))
    target = data.draw(st.integers(1, count))
    rounds = data.draw(st.integers(1, 4))
    hierarchy = recolor(
        rgb, partition, np.ones(partition.shape), target=target, rounds=rounds, settings=QUICK
    )
    assert [m.round for m in hierarchy.merges] == sorted(m.round for m in hierarchy.merges)
    for regions in range(target, count):
        coarse, fine = hierarchy.labels(regions), hierarchy.labels(regions + 1)
        assert len(set(zip(fine.tolist(), coarse.tolist(), strict=True))) == regions + 1
        merge = hierarchy.merges[count - regions - 1]
        assert fine[merge.first] != fine[merge.second]
        assert coarse[merge.first] == coarse[merge.second]
    np.testing.assert_array_equal(hierarchy.cut(count), partition)


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


def test_total_variation_draws_low_salience_colors_together():
    rgb, partition = checkered(5, 5)
    spread = []
    for value in (0.05, 0.95):
        stats = region_statistics(rgb, partition, np.full(partition.shape, value))
        options = RecolorSettings(weight_tv=1.0)
        colored = color_regions(start_assignment(stats, options, seed=0), stats, options).mixed()[1]
        i, j = stats.edges.T
        spread.append(np.linalg.norm(colored[i] - colored[j], axis=1).mean())
    assert spread[0] < 0.7 * spread[1]


def test_stage2_draws_neighbours_together():
    rgb, partition = checkered(5, 5)
    stats = region_statistics(rgb, partition, np.ones(partition.shape))
    options = RecolorSettings(consistency=20.0, convergence=None)
    before = start_assignment(stats, options, seed=0)
    i, j = stats.edges.T
    colors = [a.mixed()[1] for a in (before, smooth_regions(before, stats, options))]
    near = [np.linalg.norm(c[i] - c[j], axis=1).mean() for c in colors]
    assert near[1] < 0.95 * near[0]


def test_stage1_recovers_mean_colors_where_all_is_salient():
    rgb, partition = checkered(4, 4)
    stats = region_statistics(rgb, partition, np.ones(partition.shape))
    options = RecolorSettings(weight_entropy=0.0)
    colored = color_regions(start_assignment(stats, options, seed=0), stats, options).mixed()[1]
    np.testing.assert_allclose(colored, stats.mean_color, atol=0.01)


def test_same_seed_same_merges_and_another_seed_matters():
    rgb, partition = checkered(5, 6)
    saliency = np.full(partition.shape, 0.5)
    options = replace(QUICK, init="random")
    runs = [
        recolor(rgb, partition, saliency, target=10, settings=options, seed=seed).merges for seed in (4, 4, 5)
    ]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


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


def test_ward_costs_are_the_rise_of_the_weighted_error():
    rgb, partition = checkered(3, 4, side=3, seed=2)
    saliency = np.random.default_rng(0).random(partition.shape)
    hierarchy = ward(rgb, partition, saliency, target=2)
    for step, merge in enumerate(hierarchy.merges):
        finer, coarser = hierarchy.cut(12 - step), hierarchy.cut(11 - step)
        rise = squared_error(rgb, coarser, saliency) - squared_error(rgb, finer, saliency)
        assert merge.cost == pytest.approx(rise, rel=1e-5, abs=1e-6)


def test_merging_statistics_equals_measuring_the_merged_partition():
    rgb, partition = checkered(4, 5)
    saliency = np.random.default_rng(6).random(partition.shape)
    labels = np.array([0, 0, 1, 1, 2, 3, 0, 1, 2, 2, 4, 4, 5, 5, 6, 4, 3, 5, 6, 6])
    merged = region_statistics(rgb, partition, saliency).merged(labels)
    measured = region_statistics(rgb, labels[partition], saliency)
    for name in ("size", "weight", "weighted_color", "weighted_square", "color_sum", "edges", "border"):
        np.testing.assert_allclose(getattr(merged, name), getattr(measured, name), err_msg=name)


def test_carried_colors_are_the_mean_of_their_parts():
    rgb, partition = checkered(3, 3)
    stats = region_statistics(rgb, partition, np.ones(partition.shape))
    options = replace(QUICK, init="random")
    before = color_regions(start_assignment(stats, options, seed=2), stats, options)
    size, labels = np.arange(1.0, 10.0), np.array([0, 0, 1, 0, 2, 2, 3, 3, 4])
    after = carry_over(before, size, labels, prune=0.0).mixed()[1]
    color = before.mixed()[1]
    expected = [np.average(color[labels == k], axis=0, weights=size[labels == k]) for k in range(5)]
    np.testing.assert_allclose(after, expected, atol=1e-6)


def test_pruning_drops_only_unused_colors():
    rgb, partition = checkered(3, 3)
    stats = region_statistics(rgb, partition, np.ones(partition.shape))
    start = start_assignment(stats, replace(QUICK, palette_size=None), seed=0)
    crowded = replace(
        start,
        palette=np.concatenate([start.palette, np.zeros((3, 4), np.float32)], axis=1),
        logits=np.concatenate([start.logits, np.full((9, 4), -20.0, np.float32)], axis=1),
    )
    carried = carry_over(crowded, stats.size, np.arange(9), prune=0.01)
    assert carried.palette.shape == (3, 9)
    np.testing.assert_allclose(carried.mixed()[1], start.mixed()[1], atol=1e-4)


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


def test_hierarchy_is_plain_json():
    rgb, partition = checkered(3, 3)
    hierarchy = recolor(rgb, partition, np.ones(partition.shape), target=4, settings=QUICK)
    found = json.loads(json.dumps(hierarchy.to_dict()))
    assert found["finest"] == 9 and found["coarsest"] == 4 and len(found["merges"]) == 5
    assert sum(found["leaf_sizes"]) == partition.size


@pytest.mark.parametrize("regions", [0, 1, 4])
def test_a_cut_that_is_not_there(regions):
    hierarchy = Hierarchy(np.array([[0, 1, 2]], np.int32), (Merge(0, 1, 1, 0.1),))
    with pytest.raises(OptionError, match="2 to 3 regions"):
        hierarchy.cut(regions)


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


@pytest.mark.parametrize("name", ["ward", "kmeans", "dbscan"])
def test_baselines_refuse_a_target_of_nothing(name):
    rgb, partition = checkered(2, 2)
    with pytest.raises(OptionError, match="target must be a whole number"):
        METHODS[name](rgb, partition, np.ones(partition.shape), target=0)
    with pytest.raises(OptionError, match="saliency_floor"):
        METHODS[name](rgb, partition, np.ones(partition.shape), target=1, saliency_floor=2.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"weight_tv": -1.0},
        {"weight_mse": float("nan")},
        {"tolerance": "small"},
        {"stage1_iterations": 1.5},
        {"palette_size": 0},
        {"learning_rate": 2.0},
        {"convergence": -0.1},
        {"init": "zero"},
        {"merge_order": "size"},
        {"saliency_floor": 1.1},
        {"prune": 0.9},
        {"chroma": -1.0},
        {"reassign": "yes"},
    ],
)
def test_settings_that_cannot_be(changes):
    (name,) = changes
    with pytest.raises(OptionError, match=name) as caught:
        RecolorSettings(**changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("rgb", "partition", "saliency", "error"),
    [
        (np.zeros((2, 2)), np.zeros((2, 2), int), np.zeros((2, 2)), ImageError),
        (np.full((2, 2, 3), np.nan), np.zeros((2, 2), int), np.zeros((2, 2)), ImageError),
        (np.zeros((2, 2, 3)), np.zeros((2, 3), int), np.zeros((2, 2)), SegmentationError),
        (np.zeros((2, 2, 3)), np.zeros((2, 2)), np.zeros((2, 2)), SegmentationError),
        (np.zeros((2, 2, 3)), np.array([[0, 2], [0, 2]]), np.zeros((2, 2)), SegmentationError),
        (np.zeros((2, 2, 3)), np.array([[0, -1], [0, 1]]), np.zeros((2, 2)), SegmentationError),
        (np.zeros((2, 2, 3)), np.zeros((2, 2), int), np.zeros((3, 2)), SaliencyError),
        (np.zeros((2, 2, 3)), np.zeros((2, 2), int), np.full((2, 2), 1.5), SaliencyError),
        (np.zeros((2, 2, 3)), np.zeros((2, 2), int), np.full((2, 2), -0.01), SaliencyError),
        (np.zeros((2, 2, 3)), np.zeros((2, 2), int), np.full((2, 2), np.nan), SaliencyError),
    ],
)
def test_arrays_that_cannot_be(rgb, partition, saliency, error):
    with pytest.raises(error):
        recolor(rgb, partition, saliency, target=1)


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
