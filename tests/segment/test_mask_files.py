"""Masks from image files of any depth."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from huefold import segment
from huefold.errors import SegmentationError

HEIGHT, WIDTH = 30, 40


def middle():
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[10:20, 10:30] = 1.0
    return mask


def test_deep_masks_are_read_by_their_own_range(tmp_path):
    deep = np.where(middle() > 0, 40_000, 20_000).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "a.png")
    np.testing.assert_array_equal(segment.load_masks(tmp_path, (HEIGHT, WIDTH))[0], middle() > 0)
    Image.fromarray((deep // 20).astype(np.uint16)).save(tmp_path / "a.png")
    with pytest.raises(
        SegmentationError, match="brighter than half of 65535, the brightest is 2000; scale it"
    ):
        segment.load_masks(tmp_path, (HEIGHT, WIDTH))
    Image.fromarray(middle()).save(tmp_path / "a.tif")
    (tmp_path / "a.png").unlink()
    np.testing.assert_array_equal(segment.load_masks(tmp_path, (HEIGHT, WIDTH))[0], middle() > 0)
