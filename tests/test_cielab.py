"""CIELAB against scikit-image, and the same bits whatever does the work."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import rgb2lab

from huefold.cielab import lab_of_srgb
from huefold.native.library import available_instructions, forced_instructions


@pytest.mark.parametrize("shape", [(3,), (0, 3), (1, 3), (5, 7, 3), (300, 3), (1, 1000, 3)])
def test_values_of_any_shape(shape):
    rgb = np.random.default_rng(0).random(shape)
    lab = lab_of_srgb(rgb)
    assert lab.shape == shape and lab.dtype == np.float64
    if rgb.size:
        np.testing.assert_allclose(lab, rgb2lab(rgb), atol=1e-10)


def test_dark_values_and_both_ends():
    grey = np.linspace(0.0, 1.0, 4096)[:, None] ** 3 * np.ones(3)
    np.testing.assert_allclose(lab_of_srgb(grey), rgb2lab(grey), atol=1e-10)
    slightly_out = np.array([[-1e-6, 0.0, 1.0 + 1e-6]])
    np.testing.assert_allclose(lab_of_srgb(slightly_out), rgb2lab(slightly_out), atol=1e-10)


def test_any_view_of_a_picture_will_do():
    rgb = np.random.default_rng(1).random((9, 8, 4), dtype=np.float32)[::-1, :, :3]
    np.testing.assert_array_equal(lab_of_srgb(rgb), lab_of_srgb(rgb.astype(np.float64).copy()))


def test_instructions_and_threads_do_not_change_the_bits():
    rgb = np.random.default_rng(2).random((40, 50, 3), dtype=np.float32)
    found = set()
    for name in available_instructions():
        with forced_instructions(name):
            found |= {lab_of_srgb(rgb, threads=threads).tobytes() for threads in (1, 2, 5)}
    assert len(found) == 1
