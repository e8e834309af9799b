"""Recoloring refuses labels before they take memory."""

from __future__ import annotations

import numpy as np
import pytest
from tests.small_picture import PARTITION, middle, photo

from huefold import recolor
from huefold.errors import SegmentationError


def test_labels_beyond_the_pixels_are_refused_before_memory_is_taken():
    with pytest.raises(SegmentationError, match="0 to N - 1"):
        recolor.recolor(photo(), PARTITION.astype(np.int64) + 10**12, middle(), target=2, rounds=1)
