"""Kernels of the segmentation against slow twins and against other libraries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import ndimage
from skimage.color import rgb2lab

from huefold.native import forced_instructions
from huefold.native.library import available_instructions
from huefold.segment import kernels
from huefold.segment.classical import classical
from huefold.segment.partition import lab_features

labels = npst.arrays(np.int32, st.tuples(st.integers(1, 7), st.integers(1, 7)), elements=st.integers(0, 5))


def crossings(labels: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of flat pixels whose labels differ, right of a pixel before below it."""
    height, width = labels.shape
    return [
        (i * width + j, k * width + m)
        for i in range(height)
        for j in range(width)
        for k, m in ((i, j + 1), (i + 1, j))
        if k < height and m < width and labels[i, j] != labels[k, m]
    ]


@settings(deadline=None)
@given(npst.arrays(np.int64, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.integers(-2, 1)))
def test_components_are_numbered_as_they_first_occur(labels: np.ndarray) -> None:
    parts = np.zeros(labels.shape, int)
    for label in np.unique(labels):
        found, _ = ndimage.label(labels == label)
        parts[found > 0] = found[found > 0] + parts.max()
    _, first, inverse = np.unique(parts, return_index=True, return_inverse=True)
    expected = np.argsort(np.argsort(first))[inverse].reshape(labels.shape)
    np.testing.assert_array_equal(kernels.components(labels), expected)


@settings(deadline=None)
@given(labels)
def test_pairs_of_pixels_and_of_regions(labels: np.ndarray) -> None:
    low, high, pixel, partner = kernels.crossing_pairs(labels)
    expected = crossings(labels)
    assert list(zip(pixel.tolist(), partner.tolist(), strict=True)) == expected
    flat = labels.ravel()
    pairs = [tuple(sorted((int(flat[p]), int(flat[q])))) for p, q in expected]
    assert list(zip(low.tolist(), high.tolist(), strict=True)) == pairs
    found = kernels.neighbours(labels, 6).reshape(-1, 2)
    assert [tuple(pair) for pair in found.tolist()] == sorted(set(pairs))


@settings(deadline=None)
@given(labels, st.integers(1, 4))
def test_sums_of_regions_and_distances_of_pixels(labels: np.ndarray, width: int) -> None:
    features = np.random.default_rng(0).normal(size=(labels.size, width))
    area, total = kernels.region_sums(labels, features, 6)
    flat = labels.ravel()
    assert area.tolist() == [(flat == region).sum() for region in range(6)]
    np.testing.assert_allclose(
        total, [features[flat == region].sum(axis=0) for region in range(6)], atol=1e-12
    )
    _, _, pixel, partner = kernels.crossing_pairs(labels)
    np.testing.assert_allclose(
        kernels.squared_distances(features, pixel, partner, 2),
        ((features[pixel] - features[partner]) ** 2).sum(axis=1),
    )


@settings(deadline=None)
@given(labels, npst.arrays(np.bool_, 6))
def test_small_regions_find_the_closest_neighbour_of_the_lowest_number(
    labels: np.ndarray, small: np.ndarray
) -> None:
    mean = np.float64([[0], [1], [2], [3], [1], [0]])
    flat, near = labels.ravel(), {region: set() for region in range(6)}
    for p, q in crossings(labels):
        near[flat[p]].add(int(flat[q]))
        near[flat[q]].add(int(flat[p]))
    expected = [
        min(near[r], key=lambda other, r=r: ((mean[r, 0] - mean[other, 0]) ** 2, other))
        if small[r] and near[r]
        else -1
        for r in range(6)
    ]
    assert kernels.closest_neighbours(labels, mean, small).tolist() == expected


@settings(deadline=None)
@given(labels)
def test_labels_are_renumbered_as_they_first_occur(labels: np.ndarray) -> None:
    first = list(dict.fromkeys(labels.ravel().tolist()))
    expected = [[first.index(label) for label in row] for row in labels.tolist()]
    assert kernels.in_reading_order(labels, 6).tolist() == expected
    parent = np.array([0, 0, 1, 3, 3, 2], np.int32)
    tops = np.array([0, 0, 0, 3, 3, 0], np.int32)
    assert kernels.roots(parent).tolist() == tops.tolist()
    np.testing.assert_array_equal(kernels.merged(parent, labels), kernels.in_reading_order(tops[labels], 6))


def test_cielab_is_that_of_other_libraries() -> None:
    rgb = np.random.default_rng(0).random((40, 50, 3), dtype=np.float32)
    rgb[:2] *= 0.05
    rgb[2, 0], rgb[2, 1] = 0.0, 1.0
    np.testing.assert_allclose(kernels.lab(rgb, 2), rgb2lab(rgb.astype(np.float64)), atol=1e-10)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 9, 3), (9, 1, 3), (2, 3, 1), (40, 50, 3)])
@pytest.mark.parametrize("deviation", [0.3, 0.5, 2.0])
def test_smoothing_is_that_of_other_libraries(shape: tuple[int, int, int], deviation: float) -> None:
    picture = np.random.default_rng(0).normal(size=shape)
    expected = ndimage.gaussian_filter(picture, (deviation, deviation, 0.0), mode="nearest")
    np.testing.assert_allclose(kernels.smoothed(picture, deviation, 2), expected, atol=1e-12)


def test_features_and_regions_are_the_same_for_any_number_of_threads_and_on_any_processor() -> None:
    rgb = np.random.default_rng(4).random((70, 90, 3), dtype=np.float32)
    features = lab_features(rgb, smoothing=0.5, threads=1)
    partition = classical(rgb, regions=40, threads=1)
    for name in available_instructions():
        with forced_instructions(name):
            for threads in (1, 2, 5):
                np.testing.assert_array_equal(lab_features(rgb, smoothing=0.5, threads=threads), features)
                np.testing.assert_array_equal(classical(rgb, regions=40, threads=threads), partition)
