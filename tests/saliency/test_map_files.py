"""Saliency maps of odd ranges, and from files that cannot be read."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from huefold import saliency
from huefold.errors import SaliencyError
from huefold.saliency import painted

HEIGHT, WIDTH = 30, 40


def middle():
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[10:20, 10:30] = 1.0
    return mask


def test_pictures_of_whole_numbers_of_no_known_range_are_no_map():
    wide = Image.fromarray((middle() * 255).astype(np.int32))
    with pytest.raises(SaliencyError, match="int32"):
        saliency.painted(wide, (HEIGHT, WIDTH))


def test_any_finite_range_is_stretched():
    np.testing.assert_array_equal(saliency.normalise(np.array([[-1e308, 0.0, 1e308]])), [[0.0, 0.5, 1.0]])
    with pytest.raises(SaliencyError, match="has pixels, got an array of shape"):
        saliency.normalise(np.zeros((0, 3)))


def test_unreadable_maps_are_told_in_plain_words(tmp_path):
    (tmp_path / "notes.png").write_text("no picture")
    with pytest.raises(SaliencyError, match=r"notes\.png is not an image that can be read; give a PNG$"):
        painted(tmp_path / "notes.png", (4, 4))
    with pytest.raises(SaliencyError, match=r"is a folder, not an image that can be read$"):
        painted(tmp_path, (4, 4))
    with pytest.raises(SaliencyError, match="can be read: embedded null"):
        painted("nul\0byte.png", (4, 4))
