"""Automatic saliency: its parts against slow twins, odd images, and human object masks."""

from __future__ import annotations

import heapq
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.segmentation import slic

from huefold.errors import SaliencyError
from huefold.saliency import automatic, centre_prior
from huefold.saliency.automatic import superpixel_statistics
from huefold.saliency.background import (
    background_weighted_contrast,
    boundary_connectivity,
    optimised_saliency,
)
from huefold.saliency.barrier import backgroundness, barrier_distance, flattened
from huefold.saliency.kernels import barrier_scan


def exact_barrier(values: np.ndarray) -> np.ndarray:
    """For every floor, the least maximum over paths from the border that stay above the floor (Dijkstra)."""
    height, width = values.shape
    best = np.full(values.shape, np.inf)
    for floor in np.unique(values):
        top = np.full(values.shape, np.inf)
        queue = []
        for (i, j), value in np.ndenumerate(values):
            if (i in (0, height - 1) or j in (0, width - 1)) and value >= floor:
                top[i, j] = value
                queue.append((value, i, j))
        heapq.heapify(queue)
        while queue:
            reached, i, j = heapq.heappop(queue)
            if reached > top[i, j]:
                continue
            for k, m in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
                if 0 <= k < height and 0 <= m < width and values[k, m] >= floor:
                    step = max(reached, values[k, m])
                    if step < top[k, m]:
                        top[k, m] = step
                        heapq.heappush(queue, (step, k, m))
        best = np.minimum(best, top - floor)
    return best


@pytest.mark.parametrize("seed", range(4))
def test_barrier_scans_bound_the_exact_distance_closely(seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 9, (14, 17)).astype(float)
    exact = exact_barrier(values)
    few, many = barrier_scan(values, 3), barrier_scan(values, 20)
    assert (many >= exact - 1e-12).all()
    assert (few >= many - 1e-12).all()
    # On noise, the hardest case, the scans are off by a few hundredths of the range of 8.
    assert (many - exact).mean() < 0.03 * 8
    assert (many == exact).mean() > 0.8


def test_barrier_of_a_walled_square_is_the_height_of_the_wall() -> None:
    values = np.zeros((21, 25))
    values[5:15, 6:18] = 3.0
    values[7:13, 8:16] = 1.0
    distance = barrier_scan(values, 3)
    assert (distance[7:13, 8:16] == 3.0).all() and (distance[:5] == 0.0).all()
    np.testing.assert_array_equal(distance, exact_barrier(values))


@pytest.fixture(scope="module")
def scene() -> tuple[np.ndarray, object]:
    lab = np.full((40, 60, 3), (50.0, 0.0, 0.0))
    lab += np.random.default_rng(0).normal(size=lab.shape)
    lab[12:28, 20:40] = (70.0, 40.0, 10.0)
    labels = slic(lab, 24, compactness=20, start_label=0, convert2lab=False)
    labels = np.unique(labels, return_inverse=True)[1].reshape(labels.shape)
    return labels, superpixel_statistics(lab, labels)


def test_superpixel_statistics_agree_with_loops(scene: tuple) -> None:
    labels, superpixels = scene
    rim = np.ones(labels.shape, bool)
    rim[1:-1, 1:-1] = False
    for region in range(labels.max() + 1):
        rows, columns = np.nonzero(labels == region)
        assert superpixels.area[region] == len(rows)
        assert superpixels.border[region] == rim[labels == region].sum()
        np.testing.assert_allclose(
            superpixels.centre[region], [(columns.mean() + 0.5) / 60, (rows.mean() + 0.5) / 60]
        )
    horizontal = {
        tuple(sorted(p)) for p in zip(labels[:, :-1].flat, labels[:, 1:].flat, strict=True) if p[0] != p[1]
    }
    vertical = {tuple(sorted(p)) for p in zip(labels[:-1].flat, labels[1:].flat, strict=True) if p[0] != p[1]}
    assert {tuple(pair) for pair in superpixels.pairs.tolist()} == horizontal | vertical


def test_boundary_connectivity_agrees_with_its_slow_twin(scene: tuple) -> None:
    _, superpixels = scene
    count = len(superpixels.area)
    distance = np.full((count, count), np.inf)
    np.fill_diagonal(distance, 0.0)
    links = {tuple(pair) for pair in superpixels.pairs.tolist()}
    rim = np.flatnonzero(superpixels.border)
    links |= {(int(a), int(b)) for a in rim for b in rim if a < b}
    for a, b in links:
        distance[a, b] = distance[b, a] = np.linalg.norm(superpixels.color[a] - superpixels.color[b])
    for k in range(count):
        distance = np.minimum(distance, distance[:, [k]] + distance[[k], :])
    reach = np.exp(-(distance**2) / 200.0)
    expected = (reach * superpixels.border).sum(axis=1) / np.sqrt((reach * superpixels.area).sum(axis=1))
    np.testing.assert_allclose(boundary_connectivity(superpixels), expected, rtol=1e-6)


def test_contrast_agrees_with_loops(scene: tuple) -> None:
    _, superpixels = scene
    background = np.random.default_rng(1).random(len(superpixels.area))
    expected = [
        sum(
            np.linalg.norm(superpixels.color[p] - superpixels.color[q])
            * np.exp(-(np.linalg.norm(superpixels.centre[p] - superpixels.centre[q]) ** 2) / (2 * 0.25**2))
            * background[q]
            * superpixels.area[q]
            for q in range(len(background))
        )
        / superpixels.area.sum()
        for p in range(len(background))
    ]
    np.testing.assert_allclose(background_weighted_contrast(superpixels, background), expected)


def test_optimised_saliency_is_the_minimum_of_its_energy(scene: tuple) -> None:
    _, superpixels = scene
    rng = np.random.default_rng(2)
    foreground, background = rng.random((2, len(superpixels.area)))

    def energy(s: np.ndarray) -> float:
        smooth = 0.0
        for a, b in superpixels.pairs:
            alike = np.exp(-np.sum((superpixels.color[a] - superpixels.color[b]) ** 2) / 200.0) + 0.1
            smooth += alike * (s[a] - s[b]) ** 2
        return float((background * s**2).sum() + (foreground * (s - 1) ** 2).sum() + smooth)

    best = optimised_saliency(superpixels, foreground, background)
    least = energy(best)
    for _ in range(50):
        assert energy(best + 0.01 * rng.normal(size=best.shape)) > least
    assert best.min() >= -1e-9 and best.max() <= 1 + 1e-9


def test_backgroundness_tolerates_an_object_on_one_side() -> None:
    rng = np.random.default_rng(0)
    lab = rng.normal(size=(50, 60, 3))
    lab[30:, 20:40] += (30.0, 20.0, 0.0)
    unlike = backgroundness(lab)
    assert unlike[30:, 20:40].mean() > 5 * unlike[:25].mean()


def test_flattening_drops_specks_and_keeps_edges() -> None:
    saliency = np.zeros((80, 100))
    saliency[20:60, 30:70] = 1.0
    speckled = saliency.copy()
    speckled[5, 5] = 1.0
    speckled[40, 50] = 0.0
    np.testing.assert_allclose(flattened(speckled), saliency)


def test_an_object_stands_out_where_it_is() -> None:
    rng = np.random.default_rng(4)
    rgb = (np.array([0.2, 0.4, 0.25]) + 0.03 * rng.normal(size=(120, 160, 3))).clip(0, 1).astype(np.float32)
    inside = np.zeros((120, 160), bool)
    inside[45:85, 55:95] = True
    rgb[inside] = (0.9, 0.5, 0.1)
    saliency = automatic(rgb)
    assert saliency.dtype == np.float32 and saliency.shape == (120, 160)
    assert saliency[inside].mean() > 0.8
    assert saliency[~inside].mean() < 0.15
    np.testing.assert_array_equal(saliency, automatic(rgb))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 200), (700, 5)])
def test_odd_images_give_finite_maps(shape: tuple[int, int]) -> None:
    for rgb in (
        np.random.default_rng(0).random((*shape, 3), dtype=np.float32),
        np.full((*shape, 3), 0.4, np.float32),
    ):
        saliency = automatic(rgb)
        assert saliency.shape == shape
        assert np.isfinite(saliency).all() and saliency.min() >= 0 and saliency.max() <= 1


def test_a_single_colour_leaves_the_centre_prior() -> None:
    saliency = automatic(np.full((40, 60, 3), 0.3, np.float32))
    assert saliency[20, 30] > 0.95 and saliency[0, 0] < 0.05
    np.testing.assert_allclose(saliency, saliency[::-1, ::-1], atol=1e-5)


def test_what_is_not_an_image_is_refused() -> None:
    for rgb in (np.zeros((4, 4)), np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), np.nan)):
        with pytest.raises(SaliencyError):
            automatic(rgb)


def max_f(saliency: np.ndarray, truth: np.ndarray) -> float:
    scores = []
    for threshold in np.linspace(0.02, 0.98, 25):
        found = saliency >= threshold
        hit = (found & truth).sum()
        precision, recall = hit / max(found.sum(), 1), hit / truth.sum()
        scores.append(1.3 * precision * recall / max(0.3 * precision + recall, 1e-9))
    return max(scores)


@pytest.mark.slow
def test_finds_objects_better_than_the_centre_prior(eval_dir: Path) -> None:
    ours, prior = [], []
    for file in sorted((eval_dir / "object" / "images").iterdir())[::3]:
        rgb = np.asarray(Image.open(file).convert("RGB"), np.float32) / 255
        mask = np.asarray(Image.open(next((eval_dir / "object" / "masks").glob(file.stem + ".*"))))
        known = mask != 128
        ours.append(max_f(automatic(rgb)[known], mask[known] == 255))
        prior.append(max_f(centre_prior(mask.shape)[known], mask[known] == 255))
    assert np.mean(ours) > np.mean(prior) + 0.05


def test_barrier_distance_sums_the_channels() -> None:
    lab = np.zeros((30, 30, 3))
    lab[10:20, 10:20] = (10.0, 20.0, -30.0)
    assert barrier_distance(lab)[15, 15] == pytest.approx(60.0, rel=0.02)
