"""LPIPS against a slow twin, and where it looks for weights."""

from __future__ import annotations

import numpy as np
import pytest
from tests.metrics.pictures import photo

from huefold.errors import ImageError, MissingExtraError, WeightsError
from huefold.metrics import lpips

STAGES = ((0, 3, 64, 11, 4, 2), (3, 64, 192, 5, 1, 2), (6, 192, 384, 3, 1, 1), (8, 384, 256, 3, 1, 1),
          (10, 256, 256, 3, 1, 1))  # fmt: skip


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Random weights of the right shapes and names, as the real ones are stored."""
    torch = pytest.importorskip("torch", reason="LPIPS needs PyTorch")
    rng = np.random.default_rng(0)
    network, linear = {}, {}
    for k, (number, before, after, side, _, _) in enumerate(STAGES):
        kernel = rng.normal(0, (before * side * side) ** -0.5, (after, before, side, side))
        network[f"features.{number}.weight"] = torch.tensor(kernel, dtype=torch.float32)
        network[f"features.{number}.bias"] = torch.tensor(rng.normal(0, 0.1, after), dtype=torch.float32)
        linear[f"lin{k}.model.1.weight"] = torch.tensor(rng.random((1, after, 1, 1)), dtype=torch.float32)
    folder = tmp_path_factory.mktemp("weights")
    torch.save(network, folder / "alexnet-owt-7be5be79.pth")
    torch.save(linear, folder / "alex.pth")
    return folder


def windows(values, side, stride, padding, fill):
    around = np.pad(values, ((0, 0), (padding, padding), (padding, padding)), constant_values=fill)
    view = np.lib.stride_tricks.sliding_window_view(around, (side, side), axis=(1, 2))
    return view[:, ::stride, ::stride]


def slow_lpips(first, second, folder):
    """LPIPS in numpy, in double precision (Zhang et al. 2018, equation 1)."""
    import torch

    network = torch.load(folder / "alexnet-owt-7be5be79.pth", weights_only=True)
    linear = torch.load(folder / "alex.pth", weights_only=True)
    sides = []
    for picture in (first, second):
        x = ((2 * picture - 1 - [-0.030, -0.088, -0.188]) / [0.458, 0.448, 0.450]).transpose(2, 0, 1)
        units = []
        for number, _, _, side, stride, padding in STAGES:
            if number in (3, 6):
                x = windows(x, 3, 2, 0, -np.inf).max(axis=(3, 4))
            kernel = network[f"features.{number}.weight"].numpy().astype(np.float64)
            bias = network[f"features.{number}.bias"].numpy().astype(np.float64)
            x = np.einsum("chwij,ocij->ohw", windows(x, side, stride, padding, 0), kernel, optimize=True)
            x = np.maximum(x + bias[:, None, None], 0)
            units.append(x / (np.sqrt((x**2).sum(axis=0)) + 1e-10))
        sides.append(units)
    gains = [linear[f"lin{k}.model.1.weight"].numpy()[0] for k in range(5)]
    return sum((g * (a - b) ** 2).sum(axis=0).mean() for g, a, b in zip(gains, *sides, strict=True))


@pytest.mark.parametrize("shape", [(31, 31, 3), (67, 50, 3)])
def test_lpips_is_that_of_the_paper(weights, shape):
    first, second = photo(8, shape), photo(9, shape)
    assert lpips(first, second, weights=weights) == pytest.approx(
        slow_lpips(first, second, weights), rel=1e-4
    )
    assert lpips(first, first, weights=weights) == 0.0


def test_lpips_says_which_weights_are_missing_and_where_it_looked(weights, tmp_path, monkeypatch):
    one = photo(8, (40, 40, 3))
    with pytest.raises(
        WeightsError, match=r"needs the weights alexnet-owt-7be5be79.pth, .*HUEFOLD_LPIPS_WEIGHTS"
    ):
        lpips(one, one, weights=tmp_path)
    monkeypatch.setenv("HUEFOLD_LPIPS_WEIGHTS", str(weights))
    assert lpips(one, one) == 0.0
    (tmp_path / "alexnet-owt-7be5be79.pth").write_bytes((weights / "alex.pth").read_bytes())
    (tmp_path / "alex.pth").write_bytes((weights / "alex.pth").read_bytes())
    with pytest.raises(WeightsError, match="not those of AlexNet"):
        lpips(one, one, weights=tmp_path)


def test_lpips_of_broken_files(tmp_path):
    pytest.importorskip("torch", reason="LPIPS needs PyTorch")
    one = photo(8, (40, 40, 3))
    (tmp_path / "alexnet-owt-7be5be79.pth").write_bytes(b"not a file of weights")
    (tmp_path / "alex.pth").write_bytes(b"")
    with pytest.raises(WeightsError, match="holds no weights"):
        lpips(one, one, weights=tmp_path)


def test_lpips_of_pictures_that_are_too_small_or_grey(weights):
    for shape in [(30, 40, 3), (40, 40), (40, 40, 4)]:
        with pytest.raises(ImageError, match="31 x 31"):
            lpips(np.zeros(shape), np.zeros(shape), weights=weights)


def test_lpips_without_pytorch_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'huefold\[lpips\]'"):
        lpips(np.zeros((40, 40, 3)), np.zeros((40, 40, 3)))
