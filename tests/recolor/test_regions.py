"""Region statistics: sums of merged regions, and arrays that are refused."""

from __future__ import annotations

import numpy as np
import pytest
from tests.recolor.pictures import checkered

from huefold.errors import ImageError, SaliencyError, SegmentationError
from huefold.recolor import (
    recolor,
    region_statistics,
)


def test_merging_statistics_equals_measuring_the_merged_partition():
    rgb, partition = checkered(4, 5)
    saliency = np.random.default_rng(6).random(partition.shape)
    labels = np.array([0, 0, 1, 1, 2, 3, 0, 1, 2, 2, 4, 4, 5, 5, 6, 4, 3, 5, 6, 6])
    merged = region_statistics(rgb, partition, saliency).merged(labels)
    measured = region_statistics(rgb, labels[partition], saliency)
    for name in ("size", "weight", "weighted_color", "weighted_square", "color_sum", "edges", "border"):
        np.testing.assert_allclose(getattr(merged, name), getattr(measured, name), err_msg=name)


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
