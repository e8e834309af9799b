"""Stage I, Stage II, and what is left of an assignment after merges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.recolor.pictures import QUICK, checkered

from huefold.recolor import (
    RecolorSettings,
    region_statistics,
)
from huefold.recolor.stages_1_and_2 import carry_over, color_regions, smooth_regions, start_assignment


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
