"""Painted saliency maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.saliency.maps import assert_map

from huefold.errors import OptionError, SaliencyError
from huefold.saliency import painted


@pytest.fixture
def ramp() -> np.ndarray:
    return np.linspace(0, 255, 60 * 40).reshape(40, 60).astype(np.uint8)


def test_a_painted_map_reads_the_same_from_every_source(ramp: np.ndarray, tmp_path: Path) -> None:
    expected = ramp / np.float32(255)
    image = Image.fromarray(ramp)
    see_through = Image.new("RGBA", image.size, (90, 10, 200, 255))
    see_through.putalpha(image)
    image.save(tmp_path / "grey.png")
    image.convert("RGB").save(tmp_path / "rgb.png")
    Image.fromarray(ramp.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    see_through.save(tmp_path / "alpha.png")
    image.convert("P").save(tmp_path / "palette.png")
    files = [tmp_path / f"{name}.png" for name in ("grey", "rgb", "deep", "alpha", "palette")]
    sources = [
        *files,
        str(files[0]),
        image,
        see_through,
        ramp,
        ramp / 255.0,
        np.dstack([ramp] * 3),
        ramp[..., None],
    ]
    for source in sources:
        saliency = painted(source, (40, 60))
        assert_map(saliency, (40, 60))
        np.testing.assert_allclose(saliency, expected, atol=1e-6)


def test_alpha_counts_when_it_says_something_and_grey_when_asked_for(ramp: np.ndarray) -> None:
    rgba = np.dstack([ramp, ramp, ramp, np.full_like(ramp, 255)])
    np.testing.assert_allclose(painted(rgba, (40, 60)), ramp / 255, atol=1e-6)
    rgba[..., 3] = 255 - ramp
    np.testing.assert_allclose(painted(rgba, (40, 60)), 1 - ramp / 255, atol=1e-6)
    np.testing.assert_allclose(painted(rgba, (40, 60), channel="grey"), ramp / 255, atol=1e-6)
    with pytest.raises(SaliencyError, match="no alpha channel"):
        painted(ramp, (40, 60), channel="alpha")
    with pytest.raises(OptionError, match="channel must be"):
        painted(ramp, (40, 60), channel="red")


def test_a_rotated_file_is_turned(ramp: np.ndarray, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(ramp).save(tmp_path / "turned.png", exif=exif)
    np.testing.assert_allclose(
        painted(tmp_path / "turned.png", (60, 40)), np.rot90(ramp, -1) / 255, atol=1e-6
    )


@pytest.mark.parametrize("shape", [(80, 120), (20, 30), (41, 61), (27, 40), (200, 301), (2, 3)])
def test_a_map_of_the_same_aspect_ratio_is_resized(ramp: np.ndarray, shape: tuple[int, int]) -> None:
    saliency = painted(ramp, shape)
    assert_map(saliency, shape)
    assert saliency.mean() == pytest.approx(0.5, abs=0.02)
    assert saliency[0, 0] < 0.3 and saliency[-1, -1] > 0.7


@pytest.mark.parametrize("shape", [(60, 40), (40, 62), (400, 590), (40, 30)])
def test_a_map_of_another_aspect_ratio_is_refused_with_both_sizes(
    ramp: np.ndarray, shape: tuple[int, int]
) -> None:
    with pytest.raises(SaliencyError, match=f"60x40.*{shape[1]}x{shape[0]}") as caught:
        painted(ramp, shape)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((4, 6)), "zero everywhere"),
        (np.zeros((4, 6), np.uint8), "zero everywhere"),
        (np.full((4, 6), np.nan), "not finite"),
        (np.full((4, 6), np.inf), "not finite"),
        (np.full((4, 6), 1.5), r"must lie in \[0, 1\]"),
        (np.full((4, 6), -0.1), r"must lie in \[0, 1\]"),
        (np.ones((4, 6), int), "unsigned integers"),
        (np.ones((4, 6, 5)), "shape"),
        (np.ones(4), "shape"),
        (np.zeros((0, 6)), "shape"),
    ],
)
def test_values_that_are_not_weights_are_refused(values: np.ndarray, message: str) -> None:
    with pytest.raises(SaliencyError, match=message):
        painted(values, (4, 6))


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "empty.png").write_bytes(b"")
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60), dtype=np.uint8)).save(
        tmp_path / "full.png"
    )
    (tmp_path / "cut.png").write_bytes((tmp_path / "full.png").read_bytes()[:900])
    for name in ("text.png", "empty.png", "cut.png", ""):
        with pytest.raises(SaliencyError, match="not an image that can be read"):
            painted(tmp_path / name, (40, 60))
    with pytest.raises(SaliencyError, match="no saliency map at"):
        painted(tmp_path / "missing.png", (40, 60))
    with pytest.raises(SaliencyError, match="a path, a PIL image or an array"):
        painted(3, (40, 60))


def test_a_constant_map_above_zero_is_kept() -> None:
    np.testing.assert_allclose(painted(np.full((4, 6), 0.25), (8, 12)), 0.25)
