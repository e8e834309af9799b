"""Smoothing against scipy, and the same bits whatever does the work."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from huefold.native.library import available_instructions, forced_instructions
from huefold.smoothing import smoothed


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 9, 3), (9, 1, 3), (2, 3, 1), (40, 50, 3)])
@pytest.mark.parametrize("deviation", [0.3, 0.5, 2.0])
def test_smoothing_is_that_of_other_libraries(shape, deviation):
    picture = np.random.default_rng(0).normal(size=shape)
    expected = ndimage.gaussian_filter(picture, (deviation, deviation, 0.0), mode="nearest")
    np.testing.assert_allclose(smoothed(picture, deviation, threads=2), expected, atol=1e-12)


def test_instructions_and_threads_do_not_change_the_bits():
    picture = np.random.default_rng(1).normal(size=(40, 50, 3))
    found = set()
    for name in available_instructions():
        with forced_instructions(name):
            found |= {smoothed(picture, 0.7, threads=threads).tobytes() for threads in (1, 2, 5)}
    assert len(found) == 1
