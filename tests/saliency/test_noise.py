"""Noise as saliency."""

from __future__ import annotations

import numpy as np
import pytest
from tests.saliency.maps import assert_map

from huefold.errors import SaliencyError
from huefold.saliency import Box, boxes, noise, painted


def test_noise_is_seeded_clipped_and_centred() -> None:
    saliency = noise((300, 400), seed=1)
    assert_map(saliency, (300, 400))
    np.testing.assert_array_equal(saliency, noise((300, 400), seed=1))
    assert (saliency != noise((300, 400), seed=2)).mean() > 0.9
    assert saliency.mean() == pytest.approx(0.5, abs=0.005)
    assert 0 < (saliency == 1.0).mean() < 0.05
    assert abs(np.corrcoef(saliency[:, 1:].ravel(), saliency[:, :-1].ravel())[0, 1]) < 0.02


@pytest.mark.parametrize("shape", [(0, 4), (4,), (2, 3, 4)])
def test_maps_without_pixels_are_refused(shape: tuple[int, ...]) -> None:
    for make in (
        lambda: noise(shape, seed=0),
        lambda: boxes([Box(0, 0, 1, 1)], shape),
        lambda: painted(np.ones((2, 2)), shape),
    ):
        with pytest.raises(SaliencyError, match="at least 1"):
            make()
