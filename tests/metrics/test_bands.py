"""Large pictures are measured in bands."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from huefold import metrics
from huefold.metrics import fidelity


@pytest.mark.parametrize("shape", [(40, 33), (37, 23, 3), (11, 11, 3)])
@pytest.mark.parametrize("band_pixels", [1, 100, 250])
def test_bands_do_not_change_what_is_measured(monkeypatch, shape, band_pixels):
    rng = np.random.default_rng(0)
    first, second = rng.random((2, *shape)).astype(np.float32)
    weights = rng.random(shape[:2])
    monkeypatch.setattr(fidelity, "_BAND_PIXELS", band_pixels)
    squared = (first.astype(float) - second) ** 2
    assert metrics.mse(first, second) == pytest.approx(squared.mean(), rel=1e-12)
    per_pixel = squared.reshape(*shape[:2], -1).mean(axis=2)
    weighted = np.average(per_pixel, weights=weights)
    assert metrics.mse(first, second, weights=weights) == pytest.approx(weighted, rel=1e-12)
    whole = structural_similarity(
        first.astype(float),
        second.astype(float),
        channel_axis=2 if len(shape) == 3 else None,
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert metrics.ssim(first, second) == pytest.approx(whole, rel=1e-9)
