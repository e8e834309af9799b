"""What a result says of itself."""

from __future__ import annotations

import numpy as np

from huefold.run.pipeline import vectorize


def picture(height=48, width=64):
    rng = np.random.default_rng(3)
    blocks = rng.random((6, 8, 3))
    photo = np.kron(blocks, np.ones((height // 6, width // 8, 1)))
    return (photo * 255).astype(np.uint8)


def test_a_result_is_shown_in_one_short_line():
    result = vectorize(picture(), paths=2, rounds=1, preset="fast")
    assert repr(result).startswith("<Result 64x48, 2 paths, ")
    assert len(repr(result)) < 80
