"""MSE and SSIM against numpy and scikit-image, for any kind of picture."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from huefold import metrics
from huefold.native.library import available_instructions, forced_instructions


@pytest.mark.parametrize("shape", [(40, 33), (37, 23, 3), (11, 11, 3), (12, 90, 1), (13, 14, 5)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("instructions", available_instructions())
def test_pictures_of_any_kind(shape, dtype, instructions):
    rng = np.random.default_rng(0)
    first, second = rng.random((2, *shape)).astype(dtype)
    weights = rng.random(shape[:2])
    first, second = first[:, ::-1], np.asfortranarray(second)  # not contiguous
    squared = (first.astype(float) - second) ** 2
    per_pixel = squared.reshape(*shape[:2], -1).mean(axis=2)
    whole = structural_similarity(
        first.astype(float),
        second.astype(float),
        channel_axis=2 if len(shape) == 3 else None,
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    with forced_instructions(instructions):
        assert metrics.mse(first, second) == pytest.approx(squared.mean(), rel=1e-12)
        weighted = np.average(per_pixel, weights=weights)
        assert metrics.mse(first, second, weights=weights) == pytest.approx(weighted, rel=1e-12)
        assert metrics.ssim(first, second) == pytest.approx(whole, rel=1e-9)


@pytest.mark.parametrize("dtypes", [(np.float32, np.float64), (np.float16, np.float32)])
def test_pictures_of_two_kinds(dtypes):
    first, second = (
        np.random.default_rng(k).random((20, 22, 3)).astype(kind) for k, kind in enumerate(dtypes)
    )
    wide = first.astype(float), second.astype(float)
    assert metrics.mse(first, second) == metrics.mse(*wide)
    assert metrics.ssim(first, second) == metrics.ssim(*wide)
