"""Segment Anything is fed as it was trained: ImageNet's colours, zeros beside the picture."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from huefold.segment.anything.network import Frame, framed

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def test_colours_are_normalised_and_the_rest_is_zero():
    rgb = np.full((6, 12, 3), (0.2, 0.5, 0.9), np.float32)
    pixels = framed(rgb, Frame.of(rgb.shape[:2], 24, keep_proportions=True)).numpy()
    assert pixels.shape == (1, 3, 24, 24)
    for channel, value in enumerate((0.2, 0.5, 0.9)):
        expected = (value - MEAN[channel]) / DEVIATION[channel]
        np.testing.assert_allclose(pixels[0, channel, :12], expected, rtol=1e-5)
    assert not pixels[:, :, 12:].any()
