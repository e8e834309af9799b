"""Saliency from guidance: painted maps, marks, noise, and their combination."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from huefold.errors import OptionError, SaliencyError
from huefold.saliency import Box, Point, boxes, combine, noise, normalise, painted, points

UNIT = st.floats(0, 1, width=32)


def assert_map(saliency: np.ndarray, shape: tuple[int, int]) -> None:
    assert saliency.shape == shape
    assert saliency.dtype == np.float32
    assert saliency.min() >= 0 and saliency.max() <= 1


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


@given(
    x=st.tuples(st.floats(-5, 25), st.floats(-5, 25)),
    y=st.tuples(st.floats(-5, 20), st.floats(-5, 20)),
    weight=st.floats(0, 1),
)
@settings(max_examples=60, deadline=None)
def test_a_box_weighs_its_area_inside_the_image(
    x: tuple[float, float], y: tuple[float, float], weight: float
) -> None:
    wide = max(0.0, min(20.0, max(x)) - max(0.0, min(x)))
    high = max(0.0, min(15.0, max(y)) - max(0.0, min(y)))
    box = Box(x[0], y[0], x[1], y[1], weight)
    if wide * high < 1e-6:
        return
    saliency = boxes([box], (15, 20))
    assert_map(saliency, (15, 20))
    assert saliency.sum() == pytest.approx(weight * wide * high, rel=1e-4, abs=1e-4)


def test_marks_overlap_by_the_largest_weight_over_the_outside() -> None:
    saliency = boxes([(0, 0, 6, 6, 0.9), (4, 4, 10, 10, 0.4)], (12, 12), outside=0.1)
    assert saliency[5, 5] == np.float32(0.9)
    assert saliency[8, 8] == np.float32(0.4)
    assert saliency[11, 11] == np.float32(0.1)


def test_a_point_falls_off_smoothly_from_its_centre() -> None:
    saliency = points([Point(10.5, 8.5, radius=5, weight=0.8)], (20, 20))
    assert saliency[8, 10] == saliency.max() == np.float32(0.8)
    across = saliency[8, 10:]
    assert (np.diff(across) <= 0).all() and (across[5:] == 0).all()
    np.testing.assert_allclose(saliency[8, 5:16], saliency[8, 5:16][::-1], atol=1e-6)
    np.testing.assert_allclose(saliency[3:14, 10], saliency[8, 5:16], atol=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda: boxes([], (5, 5)),
        lambda: boxes([Box(1, 1, 1, 4)], (5, 5)),
        lambda: boxes([Box(6, 0, 9, 4)], (5, 5)),
        lambda: boxes([Box(0, 0, 4, 4, 1.5)], (5, 5)),
        lambda: boxes([Box(0, 0, 4, 4, float("nan"))], (5, 5)),
        lambda: boxes([Box(0, 0, float("nan"), 4)], (5, 5)),
        lambda: points([], (5, 5)),
        lambda: points([Point(2, 2, 0)], (5, 5)),
        lambda: points([Point(2, 2, -1)], (5, 5)),
        lambda: points([Point(float("nan"), 2, 1)], (5, 5)),
        lambda: points([Point(50, 2, 1)], (5, 5)),
        lambda: points([Point(2, 2, 1, -0.5)], (5, 5)),
        lambda: points([Point(2, 2, 1)], (5, 5), outside=2.0),
    ],
)
def test_marks_that_mark_nothing_are_refused(make: object) -> None:
    with pytest.raises(SaliencyError):
        make()


@given(
    maps=npst.arrays(
        np.float32, st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 5)), elements=UNIT
    )
)
@settings(max_examples=60, deadline=None)
def test_combining_stays_between_the_maps(maps: np.ndarray) -> None:
    largest = combine(list(maps))
    mean = combine(list(maps), how="weighted")
    assert_map(largest, maps.shape[1:])
    assert_map(mean, maps.shape[1:])
    np.testing.assert_array_equal(largest, maps.max(axis=0))
    assert (mean <= maps.max(axis=0) + 1e-6).all() and (mean >= maps.min(axis=0) - 1e-6).all()


def test_weights_scale_maps() -> None:
    one, other = np.full((1, 1), 1.0), np.full((1, 1), 0.6)
    assert combine([one, other], weights=[0.5, 1.0]) == np.float32(0.6)
    assert combine([one, other], how="weighted", weights=[1, 0]) == 1.0


@pytest.mark.parametrize(
    ("maps", "options", "error"),
    [
        ([], {}, SaliencyError),
        ([np.zeros((2, 2)), np.zeros((2, 3))], {}, SaliencyError),
        ([np.zeros(4)], {}, SaliencyError),
        ([np.full((2, 2), np.nan)], {}, SaliencyError),
        ([np.full((2, 2), 2.0)], {}, SaliencyError),
        ([np.zeros((2, 2))], {"how": "min"}, OptionError),
        ([np.zeros((2, 2))], {"weights": [1.0, 1.0]}, OptionError),
        ([np.zeros((2, 2))], {"weights": [-1.0]}, OptionError),
        ([np.zeros((2, 2))], {"weights": [2.0]}, OptionError),
        ([np.zeros((2, 2))], {"how": "weighted", "weights": [0.0]}, OptionError),
        ([np.zeros((2, 2))], {"how": "weighted", "weights": [np.inf]}, OptionError),
    ],
)
def test_what_cannot_be_combined_is_refused(
    maps: list[np.ndarray], options: dict, error: type[Exception]
) -> None:
    with pytest.raises(error):
        combine(maps, **options)


@given(
    values=npst.arrays(
        np.float64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.floats(-1e6, 1e6)
    ),
)
@settings(max_examples=60, deadline=None)
def test_normalising_spans_the_unit_interval_or_says_nothing(values: np.ndarray) -> None:
    saliency = normalise(values)
    assert_map(saliency, values.shape)
    if (saliency == 0.5).all():
        assert np.ptp(values) <= 1e-9 * max(1.0, np.abs(values).max()) or values.size == 1
    else:
        assert saliency.min() == 0.0 and saliency.max() == 1.0
        assert saliency.ravel()[values.argmax()] == 1.0


def test_normalising_refuses_what_is_not_finite() -> None:
    with pytest.raises(SaliencyError, match="not finite"):
        normalise(np.array([[0.0, np.nan]]))
