"""Rounds of recoloring: Stage I, Stage II and merging, until the target number of regions is left."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huefold.parallel import available_threads
from huefold.progress import Reporter
from huefold.recolor.hierarchy import Hierarchy, Merge
from huefold.recolor.reassignment import as_leaves, merges_within, reassign
from huefold.recolor.region_merging import greedy_merges, labels_after
from huefold.recolor.regions import RegionStatistics, in_metric, region_statistics
from huefold.recolor.settings import RecolorSettings, require_whole
from huefold.recolor.stages_1_and_2 import (
    Assignment,
    carry_over,
    color_regions,
    smooth_regions,
    start_assignment,
)

__all__ = ["merge_candidates", "recolor"]

_SMALLEST_TOLERANCE = 1.0 / 255.0


def recolor(
    rgb: ArrayLike,
    partition: ArrayLike,
    saliency: ArrayLike,
    *,
    target: int,
    rounds: int = 20,
    settings: RecolorSettings | None = None,
    seed: int = 0,
    threads: int | None = None,
    report: Reporter | None = None,
) -> Hierarchy:
    """Merge the regions of a partition down to `target` by recoloring them (section 4 of the paper).

    Parameters
    ----------
    rgb : (H, W, 3) array_like
        Image, sRGB values in [0, 1].
    partition : (H, W) array_like of int
        First regions, labels 0 to N - 1, each 4-connected.
    saliency : (H, W) array_like
        A, in [0, 1].
    target : int
        Number of regions to end with.
    rounds : int, optional
        Rounds over which the merges are spread. Where candidates run out, more follow at growing tolerance.
    settings : RecolorSettings, optional
        Losses, schedule and order; None takes the defaults.
    seed : int, optional
        Of the random start (``init="random"``); nothing else is random.
    threads : int, optional
        Worker threads; one per processor by default. The result does not depend on it.
    report : Reporter, optional
        Told of every round.

    Returns
    -------
    hierarchy : Hierarchy
        ``hierarchy.cut(k)`` is the partition with k regions, for k from ``min(target, N)`` to N.

    Raises
    ------
    OptionError
        If `target` or `rounds` is not a whole number of at least 1.
    ImageError, SegmentationError, SaliencyError
        If an array has the wrong shape or impossible values.

    References
    ----------
    .. [1] Lu et al., "Semantic-guided Recoloring for Compact Image Vectorization", eqs. 2 to 6.

    Examples
    --------
    >>> grey = np.repeat(np.array([[0.0, 0.1, 0.9, 1.0]])[..., None], 3, axis=2)
    >>> recolor(grey, [[0, 1, 2, 3]], np.ones((1, 4)), target=2).cut(2)
    array([[0, 0, 1, 1]], dtype=int32)
    """
    require_whole("target", target, 1)
    require_whole("rounds", rounds, 1)
    options = settings if settings is not None else RecolorSettings()
    stats = region_statistics(rgb, partition, saliency, saliency_floor=options.saliency_floor)
    leaves = np.asarray(partition).astype(np.int32)
    merges = _all_merges(stats, target, rounds, options, seed, threads or available_threads(), report)
    if options.reassign and merges:
        merges = _reassigned(merges, stats, options)
    return Hierarchy(leaves, tuple(merges))


def _all_merges(
    stats: RegionStatistics,
    target: int,
    rounds: int,
    settings: RecolorSettings,
    seed: int,
    threads: int,
    report: Reporter | None,
) -> list[Merge]:
    merges: list[Merge] = []
    lowest_leaf = np.arange(stats.regions)
    first, tolerance, done = stats.regions, settings.tolerance, 0
    assignment = start_assignment(stats, settings, seed=seed) if first > target else None
    while assignment is not None and stats.regions > target:
        done += 1
        if done > rounds:
            tolerance = max(2.0 * tolerance, _SMALLEST_TOLERANCE)
        colored = color_regions(assignment, stats, settings, threads=threads)
        assignment = smooth_regions(colored, stats, settings, threads=threads)
        most = math.ceil((stats.regions - target) / max(1, rounds - done + 1))
        pairs, costs = merge_candidates(assignment, stats, settings, tolerance=tolerance, most=most)
        merges += [
            Merge(int(lowest_leaf[i]), int(lowest_leaf[j]), done, float(cost))
            for (i, j), cost in zip(pairs, costs, strict=True)
        ]
        labels, kept = labels_after(pairs, stats.regions)
        assignment = carry_over(assignment, stats.size, labels, prune=settings.prune)
        stats, lowest_leaf = stats.merged(labels), lowest_leaf[kept]
        if report is not None:
            report((first - stats.regions) / (first - target), f"round {done}: {stats.regions} regions")
    return merges


def _reassigned(merges: list[Merge], stats: RegionStatistics, settings: RecolorSettings) -> list[Merge]:
    """Return as many merges, round by round, that lead to the regions after reassignment instead."""
    parent = np.arange(stats.regions)
    for merge in merges:
        parent[parent == merge.second] = merge.first
    leaves = as_leaves(stats, settings.color_metric)
    group = reassign(leaves, np.unique(parent, return_inverse=True)[1].astype(np.int64))
    pairs, costs = merges_within(leaves, group)
    return [
        Merge(int(i), int(j), merge.round, float(cost))
        for (i, j), cost, merge in zip(pairs, costs, merges, strict=True)
    ]


def merge_candidates(
    assignment: Assignment, stats: RegionStatistics, settings: RecolorSettings, *, tolerance: float, most: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the merges of one round after Stage II, at most so many: pairs (M, 2) and costs (M,), cheapest first.

    Candidates are neighbours closer than `tolerance`, or with the same most-used palette colour. Pairs are
    (kept, absorbed), ``kept < absorbed``; an absorbed region does not occur again.
    """
    probability, color = assignment.mixed()
    return greedy_merges(
        in_metric(color.astype(np.float64), settings.color_metric),
        stats.weight.copy(),
        probability.argmax(axis=1),
        stats.edges,
        most=most,
        tolerance=tolerance,
        by_color=settings.merge_order == "color",
    )
