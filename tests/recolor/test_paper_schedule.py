"""Stages I and II of the preset `paper` against a slow twin that has the numbers of the paper's section 5.1.

The twin is float64 NumPy, written from equations 2 to 6. The paper gives no lambdas; docs/recoloring.md does.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from huefold.recolor import RecolorSettings, recolor
from huefold.recolor.kernels import stages_1_and_2 as kernels

LEARNING_RATE = 0.01
STAGE1_ITERATIONS, STAGE2_ITERATIONS, ROUNDS = 1000, 125, 20
MSE, TV, ENTROPY, ADJACENCY, CONSISTENCY, DIVERSITY = 1.0, 0.3, 1e-4, 1.0, 0.3, 0.01
SAME_COLOR = 0.1
SEED = 5


def picture(rows=4, columns=5, size=4, colors=5):
    """A photo of noisy squares in a few colours, a region each, and a saliency map that falls to the left."""
    rng = np.random.default_rng(17)
    partition = np.kron(np.arange(rows * columns).reshape(rows, columns), np.ones((size, size), int))
    of_square = (0.2 + 0.6 * rng.random((colors, 3)))[rng.integers(colors, size=rows * columns)]
    of_square += rng.normal(0.0, 0.03, of_square.shape)
    rgb = of_square[partition] + rng.normal(0.0, 0.03, (*partition.shape, 3))
    saliency = rng.random(partition.shape) * np.linspace(0.3, 1.0, columns * size)
    return np.clip(rgb, 0.0, 1.0), partition, saliency


# --- the twin ---


class Regions:
    """Sums over the regions of a partition, N in all."""

    def __init__(self, rgb, partition, saliency):
        member = (partition.ravel() == np.arange(partition.max() + 1)[:, None]).astype(float)
        self.area, self.count = partition.size, len(member)
        self.size, self.mass = member.sum(axis=1), member @ saliency.ravel()
        self.weighted_color = (member * saliency.ravel()) @ rgb.reshape(-1, 3)
        self.border, self.pairs = np.zeros((self.count, self.count)), 0
        self.adjacent = np.zeros((self.count, self.count), bool)
        for a, b in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
            self.pairs += partition[a].size
            smoothness = ((1.0 - saliency[a]) + (1.0 - saliency[b])) / 2.0
            for i, j, w in zip(partition[a].flat, partition[b].flat, smoothness.flat, strict=True):
                self.border[i, j] += w * (i != j)
                self.border[j, i] += w * (i != j)
                self.adjacent[i, j] |= i != j
                self.adjacent[j, i] |= i != j


class Adam:
    def __init__(self):
        self.steps, self.mean, self.square = 0, 0.0, 0.0

    def moved(self, values, gradient):
        self.steps += 1
        self.mean = 0.9 * self.mean + 0.1 * gradient
        self.square = 0.999 * self.square + 0.001 * gradient**2
        mean, square = self.mean / (1.0 - 0.9**self.steps), self.square / (1.0 - 0.999**self.steps)
        return values - LEARNING_RATE * mean / (np.sqrt(square) + 1e-8)


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def logit_gradient(regions, probability, palette, by_color):
    """Gradient in the logits: through the mixed colours, and of the entropy (eq. 4)."""
    log = np.log(np.maximum(probability, 1e-300))
    by_probability = by_color @ palette.T - ENTROPY * (regions.size / regions.area)[:, None] * (log + 1.0)
    return probability * (by_probability - (probability * by_probability).sum(axis=1, keepdims=True))


def stage1(regions, palette, logits):
    """Equation 5; palette and logits move."""
    of_palette, of_logits = Adam(), Adam()
    for _ in range(STAGE1_ITERATIONS):
        probability = softmax(logits)
        color = probability @ palette
        error = (regions.mass[:, None] * color - regions.weighted_color) / regions.area
        variation = regions.border.sum(axis=1)[:, None] * color - regions.border @ color
        by_color = 2.0 * (MSE * error + TV * variation / regions.pairs)
        logits = of_logits.moved(logits, logit_gradient(regions, probability, palette, by_color))
        palette = of_palette.moved(palette, probability.T @ by_color)
    return palette, logits


def stage2(regions, palette, logits):
    """Equation 6; only the logits move."""
    of_logits, target = Adam(), softmax(logits) @ palette
    apart = ~regions.adjacent & ~np.eye(regions.count, dtype=bool)
    pull = (CONSISTENCY * regions.adjacent - DIVERSITY * apart) / regions.count
    for _ in range(STAGE2_ITERATIONS):
        probability = softmax(logits)
        color = probability @ palette
        pairs = 4.0 * (pull.sum(axis=1)[:, None] * color - pull @ color)
        by_color = ADJACENCY * (2.0 * (color - target) + pairs)
        logits = of_logits.moved(logits, logit_gradient(regions, probability, palette, by_color))
    return logits


def closest_merges(regions, palette, logits, most, tolerance):
    """Give pairs of neighbours, closest colours first, each with its squared distance."""
    probability = softmax(logits)
    color, entry = probability @ palette, probability.argmax(axis=1)
    mass, adjacent = regions.mass.copy(), regions.adjacent.copy()
    for _ in range(most):
        near = []
        for i, j in zip(*np.nonzero(np.triu(adjacent)), strict=True):
            squared = float(((color[i] - color[j]) ** 2).sum())
            if squared <= tolerance**2 or entry[i] == entry[j]:
                near.append((squared, int(i), int(j)))
        if not near:
            return
        squared, i, j = min(near)
        yield i, j, squared
        color[i] = (mass[i] * color[i] + mass[j] * color[j]) / (mass[i] + mass[j])
        entry[i] = entry[j] if mass[j] > mass[i] else entry[i]
        mass[i] += mass[j]
        adjacent[i] |= adjacent[j]
        adjacent[:, i] |= adjacent[:, j]
        adjacent[i, i] = False
        adjacent[j] = adjacent[:, j] = False


def twin(rgb, partition, saliency, target, rounds):
    """Give the merges, each as (first, second, round, squared distance)."""
    first = partition.max() + 1
    rng = np.random.default_rng(SEED)
    palette = rng.random((3, first), dtype=np.float32).T.astype(float)  # as many colours as masks
    logits = rng.standard_normal((first, first), dtype=np.float32).astype(float)
    lowest, tolerance, merges, done = np.arange(first), SAME_COLOR, [], 0
    while len(lowest) > target:
        done += 1
        tolerance *= 1 if done <= rounds else 2
        regions = Regions(rgb, partition, saliency)
        palette, logits = stage1(regions, palette, logits)
        logits = stage2(regions, palette, logits)
        most = math.ceil((regions.count - target) / max(1, rounds - done + 1))
        owner = np.arange(regions.count)
        for i, j, squared in closest_merges(regions, palette, logits, most, tolerance):
            merges.append((int(lowest[i]), int(lowest[j]), done, squared))
            owner[owner == j] = i
        kept, labels = np.unique(owner, return_inverse=True)
        member = (owner == kept[:, None]) * regions.size
        logits = np.log(member @ softmax(logits) / member.sum(axis=1)[:, None])
        partition, lowest = labels[partition], lowest[kept]
    return merges


# --- the preset ---

TARGET, SHORT = 5, 4  # regions and rounds: the twin is slow


@pytest.fixture(scope="module")
def published():
    return twin(*picture(), TARGET, SHORT)


def merges_with(settings):
    hierarchy = recolor(*picture(), target=TARGET, rounds=SHORT, seed=SEED, settings=settings)
    return [(merge.first, merge.second, merge.round, merge.cost) for merge in hierarchy.merges]


def agree(merges, published):
    """Whether merges and distances are the same; single precision shows from the second round on."""
    if [merge[:3] for merge in merges] != [merge[:3] for merge in published]:
        return False
    distances, expected = (np.sqrt([merge[3] for merge in some]) for some in (merges, published))
    tolerance = np.where([merge[2] == 1 for merge in published], 1e-6, 5e-3)
    return bool((np.abs(distances - expected) <= tolerance).all())


def test_merges_are_those_of_the_twin(published):
    assert agree(merges_with(RecolorSettings.paper()), published)


@pytest.mark.parametrize(
    "changed",
    [
        {"weight_mse": 2 * MSE},
        {"weight_tv": 10 * TV},
        {"weight_tv": 1.1 * TV},
        {"weight_entropy": 2 * ENTROPY},
        {"weight_adjacency": 5 * ADJACENCY},
        {"consistency": 1.1 * CONSISTENCY},
        {"diversity": 2 * DIVERSITY},
        {"stage1_iterations": 900},
        {"stage2_iterations": 120},
        {"learning_rate": 0.011},
        {"convergence": 0.5},
        {"convergence": 1.0 / 128.0},
        {"palette_size": 19},
        {"prune": 0.1},
        {"init": "identity"},
        {"merge_order": "ward"},
        {"tolerance": 0.12},
        {"saliency_floor": 0.1},
        {"chroma": 1.5},
        {"reassign": True},
    ],
    ids=lambda changed: "-".join(map(str, *changed.items())),
)
def test_another_number_would_show(changed, published):
    assert not agree(merges_with(replace(RecolorSettings.paper(), **changed)), published)


def test_all_iterations_run_with_all_colours(monkeypatch):
    """No stage stops early, and no colour is dropped: 20 rounds of 1000 and 125 iterations, K = N."""
    run = []

    def counted(kernel):
        def stage(logits, *arguments):
            run.append((kernel(logits, *arguments), logits.shape[1]))
            return run[-1][0]

        return stage

    for name in ("color_stage", "smooth_stage"):
        monkeypatch.setattr(kernels, name, counted(getattr(kernels, name)))
    rgb, partition, saliency = picture(5, 5, 3, colors=1)  # of one colour: converged from early on
    recolor(rgb, partition, saliency, target=4, settings=RecolorSettings.paper())
    assert run == ROUNDS * [(STAGE1_ITERATIONS, 25), (STAGE2_ITERATIONS, 25)]


def test_merges_are_spread_over_twenty_rounds():
    """As many a round as come to the target in the last one: the paper's mean of 4.83 is its photos'."""
    rgb, partition, saliency = picture(7, 7, 3, colors=1)
    hierarchy = recolor(rgb, partition, saliency, target=7, settings=RecolorSettings.paper())
    assert np.bincount([merge.round for merge in hierarchy.merges])[1:].tolist() == 2 * [3] + 18 * [2]
