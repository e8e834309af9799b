"""Tracing refuses what is no picture."""

from __future__ import annotations

import numpy as np
import pytest

from huefold import trace
from huefold.errors import ImageError

HEIGHT, WIDTH = 30, 40
PARTITION = np.repeat(np.arange(4, dtype=np.int32), WIDTH // 4)[None].repeat(HEIGHT, axis=0)


def test_no_picture_is_an_image_error():
    with pytest.raises(ImageError, match="float array"):
        trace.trace([[0.0]], PARTITION, width=WIDTH, height=HEIGHT)
