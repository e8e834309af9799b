"""Assignment of palette colours to regions: its start, Stage I, Stage II, and what is left of it after merges."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import DTypeLike, NDArray

from huefold.native import elementary
from huefold.recolor.kernels import stages_1_and_2 as kernels
from huefold.recolor.regions import RegionStatistics
from huefold.recolor.settings import RecolorSettings

__all__ = ["Assignment", "carry_over", "color_regions", "loss_terms", "smooth_regions", "start_assignment"]

_IDENTITY_PROBABILITY = 0.99  # of a region's own colour at the start: confident, yet its logits still move


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """A palette and each region's soft choice among its colours.

    Parameters
    ----------
    palette : (3, K) float32 ndarray
        One row per channel.
    logits : (N, K) float32 ndarray
        Their softmax over K is the assignment.
    """

    palette: NDArray[np.float32]
    logits: NDArray[np.float32]

    def mixed(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the assignment probabilities (N, K) and the region colours (N, 3)."""
        probability = np.empty_like(self.logits)
        color = np.empty((len(self.logits), 3), np.float32)
        kernels.mix(self.logits, self.palette, probability, color)
        return probability, color

    def copy(self) -> Assignment:
        """Return one whose arrays can be optimised without touching these."""
        return Assignment(self.palette.copy(), self.logits.copy())


def start_assignment(stats: RegionStatistics, settings: RecolorSettings, *, seed: int) -> Assignment:
    """Return the assignment that the first round starts from (`settings.init`)."""
    size = settings.palette_size or stats.regions
    if settings.init == "random":
        rng = np.random.default_rng(seed)
        palette = rng.random((3, size), dtype=np.float32)
        return Assignment(palette, rng.standard_normal((stats.regions, size), dtype=np.float32))
    means = stats.mean_color
    largest = np.sort(np.argsort(-stats.size, kind="stable")[:size])
    entries = means[largest]
    own = ((means[:, None] - entries) ** 2).sum(axis=2).argmin(axis=1)
    own[largest] = np.arange(len(largest))
    odds = max(1, len(largest) - 1) * _IDENTITY_PROBABILITY / (1.0 - _IDENTITY_PROBABILITY)
    logits = np.zeros((stats.regions, len(largest)), np.float32)
    logits[np.arange(stats.regions), own] = elementary.log(odds)
    return Assignment(np.ascontiguousarray(entries.T, dtype=np.float32), logits)


def color_regions(
    assignment: Assignment, stats: RegionStatistics, settings: RecolorSettings, *, threads: int = 1
) -> Assignment:
    """Return the assignment after Stage I (eqs. 2 to 5): it follows the image where that is salient."""
    result = assignment.copy()
    weights = (float(settings.weight_mse), float(settings.weight_tv), float(settings.weight_entropy))
    schedule = _schedule(settings, settings.stage1_iterations)
    kernels.color_stage(result.logits, result.palette, loss_terms(stats), weights, schedule, threads)
    return result


def smooth_regions(
    assignment: Assignment, stats: RegionStatistics, settings: RecolorSettings, *, threads: int = 1
) -> Assignment:
    """Return the assignment after Stage II (eq. 6): adjacent regions move towards shared colours.

    The palette is frozen; the colours of `assignment`, from Stage I, are the targets C*.
    """
    result = assignment.copy()
    target = assignment.mixed()[1]
    weights = (
        float(settings.weight_adjacency),
        float(settings.consistency),
        float(settings.diversity),
        float(settings.weight_entropy),
    )
    schedule = _schedule(settings, settings.stage2_iterations)
    terms = loss_terms(stats)
    kernels.smooth_stage(result.logits, result.palette, target, terms, weights, schedule, threads)
    return result


def carry_over(
    assignment: Assignment, size: NDArray[np.float64], labels: NDArray[np.int64], *, prune: float
) -> Assignment:
    """Return the assignment with which the merged regions start the next round.

    A merged region's assignment is the size-weighted mean of its parts' (so its colour is the mean of
    theirs); palette colours that no region uses with more than `prune` are dropped.
    """
    probability = assignment.mixed()[0].astype(np.float64)
    count = int(labels.max()) + 1
    merged = np.zeros((count, probability.shape[1]))
    np.add.at(merged, labels, probability * size[:, None])
    merged /= np.bincount(labels, size)[:, None]
    carried = Assignment(assignment.palette, elementary.log(merged).astype(np.float32))
    if prune == 0.0:
        return carried
    used = merged.max(axis=0) > min(prune, 0.5 * merged.max())
    return replace(
        carried,
        palette=np.ascontiguousarray(carried.palette[:, used]),
        logits=np.ascontiguousarray(carried.logits[:, used]),
    )


def loss_terms(stats: RegionStatistics, dtype: DTypeLike = np.float32) -> kernels.Regions:
    """Return what the losses know of the regions, by the numbers of pixels and of their pairs."""
    area = stats.size.sum()
    return kernels.Regions(
        a=(stats.weight / area).astype(dtype),
        b=(stats.weighted_color / area).astype(dtype),
        edges=np.ascontiguousarray(stats.edges),
        border=(stats.border / max(stats.pairs, 1)).astype(dtype),
        share=(stats.size / area).astype(dtype),
    )


def _schedule(settings: RecolorSettings, iterations: int) -> tuple[float, int, float]:
    return float(settings.learning_rate), int(iterations), float(settings.convergence or 0.0)
