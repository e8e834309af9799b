"""Settling: regions that change sides, and the metric that merging goes by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.measure import label
from tests.recolor.pictures import QUICK

from huefold.recolor import RecolorSettings, recolor, region_statistics, ward
from huefold.recolor.reassignment import Leaves, as_leaves, merges_within, reassign

GREYS = RecolorSettings(chroma=1.0).color_metric


def mosaic(rows, columns, seed):
    """Return squares of random colour, their labels and a random saliency."""
    rng = np.random.default_rng(seed)
    partition = np.kron(np.arange(rows * columns).reshape(rows, columns), np.ones((2, 2), int)).astype(
        np.int32
    )
    rgb = rng.random((rows * columns, 3))[partition] + rng.normal(0.0, 0.02, (*partition.shape, 3))
    return np.clip(rgb, 0.0, 1.0), partition, rng.random(partition.shape)


def weighted_error(rgb, saliency, regions):
    total = 0.0
    for region in range(regions.max() + 1):
        inside = regions == region
        mean = np.average(rgb[inside], axis=0, weights=saliency[inside])
        total += (saliency[inside, None] * (rgb[inside] - mean) ** 2).sum()
    return total


def are_connected(regions):
    return label(regions, connectivity=1, background=-1).max() == regions.max() + 1


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(1, 5), columns=st.integers(1, 5), seed=st.integers(0, 99), data=st.data())
def test_reassignment_never_raises_the_error_and_keeps_connected_regions(rows, columns, seed, data):
    rgb, partition, saliency = mosaic(rows, columns, seed)
    saliency = 0.01 + saliency  # so that the slight weight of pixels without saliency is nothing
    count = data.draw(st.integers(1, rows * columns))
    before = ward(rgb, partition, np.minimum(saliency, 1.0), target=count).labels(count)
    stats = region_statistics(rgb, partition, np.minimum(saliency, 1.0))
    after = reassign(as_leaves(stats, GREYS), before.astype(np.int64))
    assert after.max() + 1 == count
    assert are_connected(after[partition])
    errors = [weighted_error(rgb, np.minimum(saliency, 1.0), group[partition]) for group in (before, after)]
    assert errors[1] <= errors[0] * (1.0 + 1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_no_single_region_could_change_sides_and_lower_the_error(seed):
    """The slow twin of the exchange: every move that keeps regions connected, measured on pixels."""
    rgb, partition, saliency = mosaic(4, 5, seed)
    group = recolor(rgb, partition, saliency, target=6, rounds=3, settings=replace(QUICK, chroma=1.0)).labels(
        6
    )
    stats = region_statistics(rgb, partition, saliency, saliency_floor=QUICK.saliency_floor)
    weight = QUICK.saliency_floor + (1.0 - QUICK.saliency_floor) * saliency
    reassigned = weighted_error(rgb, weight, group[partition])
    moves = 0
    for ends in stats.edges.tolist():
        for leaf, other in (ends, ends[::-1]):
            moved = group.copy()
            moved[leaf] = group[other]
            if len(np.unique(moved)) == 6 and are_connected(moved[partition]) and (moved != group).any():
                moves += 1
                assert weighted_error(rgb, weight, moved[partition]) >= reassigned * (1.0 - 1e-6)
    assert moves > 5


def test_reassignment_takes_back_an_early_merge():
    # Greedy merging joins the two closest first and is stuck with it.
    values = np.array([0.0, 0.45, 0.55, 1.0, 1.0])
    leaves = Leaves(
        np.array([9.0, 1.0, 1.0, 9.0, 9.0]),
        values[:, None] * np.ones(3),
        np.array([[0, 1], [1, 2], [2, 3], [3, 4]]),
    )
    np.testing.assert_array_equal(reassign(leaves, np.array([0, 0, 0, 1, 1])), [0, 0, 1, 1, 1])
    np.testing.assert_array_equal(reassign(leaves, np.array([0, 1, 1, 1, 2])), [0, 1, 1, 2, 2])


def test_what_is_explained_is_the_rest_of_the_error():
    rgb, partition, saliency = mosaic(3, 4, 5)
    stats = region_statistics(rgb, partition, saliency)
    leaves = as_leaves(stats, GREYS)
    group = np.arange(12) // 4
    squares = (saliency[..., None] * rgb**2).sum()
    assert squares - leaves.explained(group) == pytest.approx(
        weighted_error(rgb, saliency, group[partition]), rel=1e-3
    )


def test_merges_within_groups_make_exactly_these_groups():
    rgb, partition, saliency = mosaic(3, 4, 8)
    leaves = as_leaves(region_statistics(rgb, partition, saliency), GREYS)
    group = np.repeat([0, 1, 2], 4)
    pairs, costs = merges_within(leaves, group)
    assert len(pairs) == 9
    assert (group[pairs[:, 0]] == group[pairs[:, 1]]).all()
    assert (costs >= 0.0).all()


def test_a_map_of_zeros_and_one_color_are_reassigned():
    flat = np.full((6, 6, 3), 0.5)
    partition = np.kron(np.arange(9).reshape(3, 3), np.ones((2, 2), int)).astype(np.int32)
    cut = recolor(
        flat, partition, np.zeros((6, 6)), target=4, settings=replace(QUICK, saliency_floor=0.0)
    ).cut(4)
    assert are_connected(cut)


def test_chroma_keeps_borders_between_colors_rather_than_greys():
    # Two greys further apart than two colours of the same lightness.
    row = np.array([[[0.2, 0.2, 0.2], [0.4, 0.4, 0.4], [0.5, 0.3, 0.4], [0.4, 0.5, 0.3]]])
    partition = np.arange(4, dtype=np.int32)[None]
    merged = {}
    for chroma in (0.5, 3.0):
        options = replace(QUICK, chroma=chroma, weight_tv=0.0, consistency=0.0)
        merged[chroma] = (
            recolor(row, partition, np.ones((1, 4)), target=3, settings=options).labels(3).tolist()
        )
    assert merged[3.0] == [0, 0, 1, 2]
    assert merged[0.5] != merged[3.0]


def test_the_paper_neither_reassigns_nor_favours_color():
    paper = RecolorSettings.paper()
    assert not paper.reassign
    np.testing.assert_allclose(paper.color_metric, np.eye(3), atol=1e-15)


def test_reassigned_regions_explain_photos_better_than_greedy_ones(eval_dir):
    """At equal counts, and under a mask, the weighted error is no larger than that of greedy merging."""
    from PIL import Image

    from huefold.segment import classical

    ratios = []
    for path in sorted((eval_dir / "object" / "images").iterdir())[:4]:
        with (
            Image.open(path) as image,
            Image.open(eval_dir / "object" / "masks" / f"{path.stem}.png") as mask,
        ):
            rgb = np.asarray(image.convert("RGB").resize((200, 150)), np.float32) / 255.0
            saliency = (np.asarray(mask.resize((200, 150), Image.Resampling.NEAREST)) == 255).astype(float)
        partition = classical(rgb, regions=200)
        weight = 0.1 + 0.9 * saliency
        ours = recolor(rgb, partition, saliency, target=26).cut(26)
        theirs = ward(rgb, partition, saliency, target=26, saliency_floor=0.1).cut(26)
        ratios.append(weighted_error(rgb, weight, ours) / weighted_error(rgb, weight, theirs))
    assert np.mean(ratios) < 1.0
