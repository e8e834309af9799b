"""GMSD against a slow twin."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.metrics.pictures import photo

from huefold.errors import ImageError
from huefold.metrics import gmsd


def slow_gmsd(first, second):
    """GMSD pixel by pixel (Xue et al. 2014)."""
    fields = []
    for picture in (first, second):
        luma = picture @ np.array([0.299, 0.587, 0.114])
        h, w = luma.shape
        padded = np.pad(luma, ((0, 1), (0, 1)))
        half = np.array(
            [[padded[i : i + 2, j : j + 2].mean() for j in range(0, w, 2)] for i in range(0, h, 2)]
        )
        around = np.pad(half, 1)
        size = np.zeros_like(half)
        for i, j in np.ndindex(half.shape):
            block = around[i : i + 3, j : j + 3]
            size[i, j] = math.hypot(
                (block[:, 0].sum() - block[:, 2].sum()) / 3, (block[0].sum() - block[2].sum()) / 3
            )
        fields.append(size)
    a, b = fields
    c = 170 / 255**2
    return ((2 * a * b + c) / (a * a + b * b + c)).std()


@pytest.mark.parametrize("shape", [(24, 31, 3), (25, 30, 3), (1, 1, 3)])
def test_gmsd_is_that_of_the_paper(shape):
    first, second = photo(4, shape), np.clip(photo(4, shape) + 0.2 * photo(5, shape), 0, 1)
    assert gmsd(first, second) == pytest.approx(slow_gmsd(first, second), abs=1e-12)
    assert gmsd(first, first) == 0.0
    assert gmsd(first, second) == pytest.approx(gmsd(second, first))


def test_gmsd_of_channels():
    first, second = photo(6), photo(7)
    grey = [np.repeat(p[..., :1], 3, axis=2) for p in (first, second)]
    assert gmsd(first[..., 0], second[..., 0]) == pytest.approx(gmsd(*grey))
    assert gmsd(first[..., :1], second[..., :1]) == pytest.approx(gmsd(*grey))
    with pytest.raises(ImageError, match="1 or 3 channels here, got 4"):
        gmsd(np.zeros((4, 4, 4)), np.zeros((4, 4, 4)))
