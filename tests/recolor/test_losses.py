"""The kernels against a slow twin in pixel space, written straight from equations 2 to 6 in float64."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.recolor import region_statistics
from huefold.recolor.kernels import stages_1_and_2 as kernels
from huefold.recolor.stages_1_and_2 import loss_terms

STAGE1 = (1.3, 0.7, 0.05)  # mse, tv, entropy
STAGE2 = (0.9, 1.7, 0.3, 0.05)  # adjacency, consistency, diversity, entropy


class Case:
    """A small random image with a partition into 4-connected blocks, a saliency map and an assignment."""

    def __init__(self, seed, height=9, width=11, regions=6, colors=5):
        rng = np.random.default_rng(seed)
        self.rgb = rng.random((height, width, 3))
        self.saliency = rng.random((height, width))
        self.partition = grown(rng, height, width, regions)
        self.logits = rng.normal(0.0, 1.5, (regions, colors))
        self.palette = rng.random((colors, 3))
        self.target = rng.random((regions, 3))
        self.stats = region_statistics(self.rgb, self.partition, self.saliency)

    def kernel(self, stage, dtype=np.float64):
        s = self.stats
        area = s.size.sum()
        grad_logits, grad_palette = np.zeros(self.logits.shape, dtype), np.zeros(self.palette.T.shape, dtype)
        loss = kernels.loss_and_gradient(
            stage,
            self.logits.astype(dtype),
            np.ascontiguousarray(self.palette.T, dtype),
            self.target.astype(dtype),
            loss_terms(s, dtype),
            STAGE1 if stage == 1 else STAGE2,
            grad_logits,
            grad_palette,
        )
        if stage == 1:  # the kernels leave the constant of eq. 2 out
            loss += STAGE1[0] * s.weighted_square.sum() / area
        return loss, grad_logits, grad_palette.T

    def twin(self, stage):
        return (twin_stage1 if stage == 1 else twin_stage2)(self)


def grown(rng, height, width, regions):
    """Grow 4-connected regions from random pixels."""
    labels = np.full((height, width), -1)
    starts = rng.choice(height * width, regions, replace=False)
    labels.flat[starts] = np.arange(regions)
    while (labels < 0).any():
        i, j = rng.integers(height), rng.integers(width)
        di, dj = [(0, 1), (1, 0), (0, -1), (-1, 0)][rng.integers(4)]
        if labels[i, j] < 0 and 0 <= i + di < height and 0 <= j + dj < width:
            labels[i, j] = labels[i + di, j + dj]
    return labels


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def pixel_pairs(height, width):
    for i in range(height):
        for j in range(width):
            if j + 1 < width:
                yield (i, j), (i, j + 1)
            if i + 1 < height:
                yield (i, j), (i + 1, j)


def back_through_softmax(probability, gradient):
    """From d loss / d probability to d loss / d logits, with the whole Jacobian of each row."""
    rows = [(np.diag(p) - np.outer(p, p)) @ g for p, g in zip(probability, gradient, strict=True)]
    return np.array(rows)


def entropy_in_pixels(case, probability):
    """Eq. 4 and its gradient in the probabilities, one pixel at a time."""
    height, width = case.partition.shape
    loss, gradient = 0.0, np.zeros_like(probability)
    for region in case.partition.ravel():
        p = probability[region]
        loss -= (p * np.log(p)).sum() / (height * width)
        gradient[region] -= (np.log(p) + 1.0) / (height * width)
    return loss, gradient


def twin_stage1(case):
    height, width = case.partition.shape
    probability = softmax(case.logits)
    recolored = (probability @ case.palette)[case.partition]
    slope = np.zeros_like(recolored)
    error = recolored - case.rgb
    wmse = (case.saliency[..., None] * error**2).sum() / (height * width)
    slope += STAGE1[0] * 2.0 * case.saliency[..., None] * error / (height * width)
    pairs = list(pixel_pairs(height, width))
    smoothness, wtv = 1.0 - case.saliency, 0.0
    for p, q in pairs:
        weight = (smoothness[p] + smoothness[q]) / 2.0 / len(pairs)
        wtv += weight * ((recolored[p] - recolored[q]) ** 2).sum()
        slope[p] += STAGE1[1] * 2.0 * weight * (recolored[p] - recolored[q])
        slope[q] -= STAGE1[1] * 2.0 * weight * (recolored[p] - recolored[q])
    entropy, entropy_slope = entropy_in_pixels(case, probability)
    grad_probability, grad_palette = STAGE1[2] * entropy_slope, np.zeros_like(case.palette)
    for i in range(height):
        for j in range(width):
            region = case.partition[i, j]
            grad_probability[region] += case.palette @ slope[i, j]
            grad_palette += np.outer(probability[region], slope[i, j])
    loss = STAGE1 @ np.array([wmse, wtv, entropy])
    return loss, back_through_softmax(probability, grad_probability), grad_palette


def twin_stage2(case):
    weight, consistency, diversity, weight_entropy = STAGE2
    n = len(case.logits)
    adjacent = np.zeros((n, n), bool)
    for p, q in pixel_pairs(*case.partition.shape):
        i, j = case.partition[p], case.partition[q]
        if i != j:
            adjacent[i, j] = adjacent[j, i] = True
    probability = softmax(case.logits)
    color = probability @ case.palette
    loss = ((color - case.target) ** 2).sum()
    slope = 2.0 * (color - case.target)
    for i in range(n):
        for j in range(n):
            if i == j:
                continue
            factor = consistency / n if adjacent[i, j] else -diversity / n
            loss += factor * ((color[i] - color[j]) ** 2).sum()
            slope[i] += factor * 2.0 * (color[i] - color[j])
            slope[j] -= factor * 2.0 * (color[i] - color[j])
    entropy, entropy_slope = entropy_in_pixels(case, probability)
    grad_probability = weight * slope @ case.palette.T + weight_entropy * entropy_slope
    total = weight * loss + weight_entropy * entropy
    return total, back_through_softmax(probability, grad_probability), np.zeros_like(case.palette)


@pytest.mark.parametrize("stage", [1, 2])
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), regions=st.integers(1, 8), colors=st.integers(1, 9))
def test_kernels_agree_with_pixel_space(stage, seed, regions, colors):
    case = Case(seed, regions=regions, colors=colors)
    expected, found = case.twin(stage), case.kernel(stage)
    assert found[0] == pytest.approx(expected[0], rel=1e-6)
    for fast, slow in zip(found[1:], expected[1:], strict=True):
        # Rounding is relative to the largest entry where entries cancel (one colour: the gradient is zero).
        np.testing.assert_allclose(fast, slow, rtol=1e-6, atol=1e-6 * np.abs(slow).max() + 1e-14)


@pytest.mark.parametrize("stage", [1, 2])
def test_gradient_agrees_with_central_differences(stage):
    case = Case(3)
    _, grad_logits, grad_palette = case.kernel(stage)
    step = 1e-5
    for array, gradient in ((case.logits, grad_logits), (case.palette, grad_palette)):
        if stage == 2 and array is case.palette:
            continue  # the palette is frozen
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + step
            above = case.kernel(stage)[0]
            array[index] = kept - step
            below = case.kernel(stage)[0]
            array[index] = kept
            assert gradient[index] == pytest.approx((above - below) / (2.0 * step), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("stage", [1, 2])
def test_single_precision_agrees_with_double(stage):
    case = Case(5, regions=12, colors=37)
    exact, single = case.kernel(stage), case.kernel(stage, np.float32)
    assert single[0] == pytest.approx(exact[0], rel=1e-5)
    for fast, slow in zip(single[1:], exact[1:], strict=True):
        np.testing.assert_allclose(fast, slow, atol=1e-5 * max(np.abs(slow).max(), 1e-12))


def adam_twin(x, gradients, rate):
    """Kingma and Ba's algorithm 1, as printed."""
    mean, square = np.zeros_like(x), np.zeros_like(x)
    for t, gradient in enumerate(gradients, start=1):
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        x = x - rate * (mean / (1.0 - 0.9**t)) / (np.sqrt(square / (1.0 - 0.999**t)) + 1e-8)
    return x


def test_stage1_takes_the_steps_of_adam():
    case = Case(11)
    logits, palette = case.logits.copy(), np.ascontiguousarray(case.palette.T)
    steps = 7
    kernels.color_stage(logits, palette, loss_terms(case.stats, np.float64), STAGE1, (0.01, steps, 0.0))
    grads = []
    start = case.logits.copy(), case.palette.copy()
    for _ in range(steps):
        _, grad_logits, grad_palette = case.twin(1)
        grads.append((grad_logits, grad_palette))
        case.logits = adam_twin(start[0], [g[0] for g in grads], 0.01)
        case.palette = adam_twin(start[1], [g[1] for g in grads], 0.01)
    np.testing.assert_allclose(logits, case.logits, rtol=1e-9)
    np.testing.assert_allclose(palette.T, case.palette, rtol=1e-9)


def test_stage2_takes_the_steps_of_adam_and_leaves_the_palette():
    case = Case(12)
    logits, palette = case.logits.copy(), np.ascontiguousarray(case.palette.T)
    steps = 7
    terms = loss_terms(case.stats, np.float64)
    kernels.smooth_stage(logits, palette, case.target, terms, STAGE2, (0.01, steps, 0.0))
    start, grads = case.logits.copy(), []
    for _ in range(steps):
        grads.append(case.twin(2)[1])
        case.logits = adam_twin(start, grads, 0.01)
    np.testing.assert_allclose(logits, case.logits, rtol=1e-9)
    np.testing.assert_array_equal(palette.T, case.palette)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 16, 33, 300])
def test_softmax_survives_extreme_logits(size):
    rng = np.random.default_rng(size)
    logits = rng.normal(0.0, 60.0, (4, size)).astype(np.float32)
    palette = rng.random((3, size), dtype=np.float32)
    probability, color = np.empty_like(logits), np.empty((4, 3), np.float32)
    kernels.mix(logits, palette, probability, color)
    np.testing.assert_allclose(probability, softmax(logits.astype(float)), atol=2e-6)
    np.testing.assert_allclose(color, probability.astype(float) @ palette.T.astype(float), atol=2e-6)


def test_a_converged_stage_stops_early():
    case = Case(2)
    palette, terms = np.ascontiguousarray(case.palette.T), loss_terms(case.stats, np.float64)
    run = kernels.color_stage(case.logits, palette, terms, (1.0, 0.1, 1e-4), (0.01, 5000, 1e-3))
    assert 10 <= run < 5000 and run % 10 == 0
