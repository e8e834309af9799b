"""MSE, PSNR and SSIM against slow twins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.metrics.pictures import photo

from huefold.errors import ImageError
from huefold.metrics import mse, psnr, ssim


def slow_ssim(first, second):
    """SSIM of one channel, window by window (Wang et al. 2004, equations 13 to 16)."""
    reach = np.arange(-5, 6)
    window = np.exp(-(reach[:, None] ** 2 + reach[None] ** 2) / (2 * 1.5**2))
    window /= window.sum()
    values = []
    for i in range(5, first.shape[0] - 5):
        for j in range(5, first.shape[1] - 5):
            x, y = (p[i - 5 : i + 6, j - 5 : j + 6] for p in (first, second))
            mx, my = (window * x).sum(), (window * y).sum()
            vx, vy = (window * (x - mx) ** 2).sum(), (window * (y - my) ** 2).sum()
            covariance = (window * (x - mx) * (y - my)).sum()
            numerator = (2 * mx * my + 0.01**2) * (2 * covariance + 0.03**2)
            values.append(numerator / ((mx**2 + my**2 + 0.01**2) * (vx + vy + 0.03**2)))
    return np.mean(values)


def test_errors_of_known_pictures():
    grey = np.full((4, 5, 3), 0.5)
    assert mse(grey, grey + 0.1) == pytest.approx(0.01)
    assert psnr(grey, grey + 0.1) == pytest.approx(20.0)
    assert psnr(grey, grey) == math.inf
    assert mse(grey.astype(np.float32), grey) == 0.0


def test_means_are_taken_in_float64():
    first = np.full((2000, 2000), 0.1, dtype=np.float32)
    second = np.full((2000, 2000), 0.2, dtype=np.float32)
    exact = float(np.float64(np.float32(0.2)) - np.float64(np.float32(0.1))) ** 2
    assert mse(first, second) == pytest.approx(exact, rel=1e-12)


def test_weights_pick_the_pixels_that_count():
    first, second = photo(0), photo(1)
    inside = np.zeros((24, 31))
    inside[3:9, 4:20] = 1.0
    assert mse(first, second, weights=inside) == pytest.approx(mse(first[3:9, 4:20], second[3:9, 4:20]))
    assert mse(first, second, weights=np.full((24, 31), 7.0)) == pytest.approx(mse(first, second))


def test_ssim_is_that_of_the_paper():
    first, second = photo(2), np.clip(photo(2) + 0.2 * photo(3), 0, 1)
    expected = np.mean([slow_ssim(first[..., c], second[..., c]) for c in range(3)])
    assert ssim(first, second) == pytest.approx(expected, abs=1e-9)
    assert ssim(first[..., 0], second[..., 0]) == pytest.approx(
        slow_ssim(first[..., 0], second[..., 0]), abs=1e-9
    )


def test_errors_are_the_same_on_any_number_of_threads(monkeypatch):
    first, second = photo(4, (90, 40, 3)), photo(5, (90, 40, 3))
    assert ssim(first, second, threads=1) == ssim(first, second, threads=3)
    whole = mse(first, second)
    monkeypatch.setattr("huefold.metrics.fidelity.available_threads", lambda: 3)
    assert mse(first, second) == whole


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 14), st.integers(1, 14), st.integers(0, 99))
def test_ssim_of_small_pictures(height, width, seed):
    first, second = photo(seed, (height, width, 3)), photo(seed + 1, (height, width, 3))
    assert ssim(first, first) == pytest.approx(1.0)
    assert -1.0 <= ssim(first, second) < 1.0
    assert ssim(first, second) == pytest.approx(ssim(second, first))


@pytest.mark.parametrize("metric", [mse, psnr, ssim])
@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (np.zeros((4, 5, 3)), np.zeros((5, 4, 3)), r"\(4, 5, 3\) and \(5, 4, 3\)"),
        (np.zeros((4, 5, 3)), np.zeros((4, 5)), "same shape"),
        (np.zeros((0, 5, 3)), np.zeros((0, 5, 3)), "empty"),
        (np.zeros(5), np.zeros(5), r"\(H, W\)"),
        (np.zeros((4, 5, 3), dtype=np.uint8), np.zeros((4, 5, 3)), "uint8"),
        (np.full((4, 5, 3), 255.0), np.zeros((4, 5, 3)), "0, 1"),
        (np.full((4, 5, 3), np.nan), np.zeros((4, 5, 3)), "nan"),
    ],
)
def test_pictures_that_cannot_be_compared(metric, first, second, said):
    with pytest.raises(ImageError, match=said):
        metric(first, second)


@pytest.mark.parametrize(
    "weights", [np.ones((5, 4)), np.zeros((4, 5)), -np.ones((4, 5)), np.full((4, 5), np.inf)]
)
def test_weights_that_do_not_fit(weights):
    with pytest.raises(ImageError, match="weights"):
        mse(np.zeros((4, 5, 3)), np.zeros((4, 5, 3)), weights=weights)
