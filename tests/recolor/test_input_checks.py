"""Recoloring refuses labels before they take memory."""

from __future__ import annotations

import numpy as np
import pytest

from huefold import recolor
from huefold.errors import SegmentationError

HEIGHT, WIDTH = 30, 40


def photo():
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    rgb = np.stack([x / WIDTH, y / HEIGHT, (x - 20) ** 2 + (y - 15) ** 2 < 80], axis=2) * 0.9 + 0.05
    return rgb.astype(np.float32)


def middle():
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[10:20, 10:30] = 1.0
    return mask


PARTITION = np.repeat(np.arange(4, dtype=np.int32), WIDTH // 4)[None].repeat(HEIGHT, axis=0)


def test_labels_beyond_the_pixels_are_refused_before_memory_is_taken():
    with pytest.raises(SegmentationError, match="0 to N - 1"):
        recolor.recolor(photo(), PARTITION.astype(np.int64) + 10**12, middle(), target=2, rounds=1)
