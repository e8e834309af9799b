"""Regressions found by using the package as a stranger would: stops, odd files, large pictures, copies."""

from __future__ import annotations

import copy
import os
import pickle
import stat
from importlib import import_module

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

from huefold import metrics
from huefold.cli import main
from huefold.errors import ImageError, OptionError, SaliencyError, SvgError
from huefold.files import write_atomically
from huefold.images import load_image
from huefold.metrics import fidelity
from huefold.progress import CancelToken
from huefold.run.pipeline import vectorize
from huefold.saliency import painted
from huefold.scene import Path, Scene, Solid, contour_from_polygon
from huefold.svg import read_svg


def picture(height=48, width=64):
    rng = np.random.default_rng(3)
    blocks = rng.random((6, 8, 3))
    photo = np.kron(blocks, np.ones((height // 6, width // 8, 1)))
    return (photo * 255).astype(np.uint8)


# --- stopping keeps what refinement has done ---


def cancelled_at(stage, fraction):
    cancel = CancelToken()

    def stop(report):
        if report.stage == stage and report.fraction >= fraction:
            cancel.cancel()

    return vectorize(picture(), paths=12, rounds=3, progress=stop, cancel=cancel)


def test_a_stop_once_regions_are_traced_loses_no_work():
    early, late = cancelled_at("refine", 0.0), cancelled_at("refine", 0.4)
    for result in (cancelled_at("trace", 0.0), early, late):
        assert result.report.stopped == "cancelled"
        assert result.svg.count("<path") == 12  # the budget is a promise, kept also when stopped
    assert late.report.fidelity.mse < early.report.fidelity.mse


def test_a_map_that_does_not_fit_is_told_before_the_long_work():
    stages = []
    with pytest.raises(SaliencyError, match="aspect"):
        vectorize(picture(), saliency=np.ones((10, 50)), progress=lambda report: stages.append(report.stage))
    assert "segment" not in stages


# --- messages ---


@pytest.mark.parametrize("source", [b"", "empty.png"])
def test_empty_images_say_so_once(source, tmp_path):
    if isinstance(source, str):
        source = tmp_path / source
        source.touch()
    with pytest.raises(ImageError, match=r"is empty \(0 bytes\)$"):
        load_image(source)


def test_a_name_that_is_empty_or_endless():
    with pytest.raises(ImageError, match="name of the image is empty"):
        load_image("")
    with pytest.raises(ImageError, match="not a path") as caught:
        load_image("x" * 5000)
    assert len(str(caught.value)) < 200


def test_unreadable_maps_are_told_in_plain_words(tmp_path):
    (tmp_path / "notes.png").write_text("no picture")
    with pytest.raises(SaliencyError, match=r"notes\.png is not an image that can be read; give a PNG$"):
        painted(tmp_path / "notes.png", (4, 4))
    with pytest.raises(SaliencyError, match=r"is a folder, not an image that can be read$"):
        painted(tmp_path, (4, 4))
    with pytest.raises(SaliencyError, match="can be read: embedded null"):
        painted("nul\0byte.png", (4, 4))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary file, not an SVG"),
        (b"<svg", "not well-formed"),
        (b"<html/>", "<html>"),
    ],
)
def test_unreadable_drawings_are_named(tmp_path, content, words, capsys):
    drawing = tmp_path / "in.svg"
    drawing.write_bytes(content)
    with pytest.raises(SvgError, match=r"in\.svg: .*" + words):
        read_svg(drawing)
    with pytest.raises(SystemExit) as left:
        main(["render", str(drawing), "-o", str(tmp_path / "out.png")])
    said = capsys.readouterr().err
    assert (left.value.code, said.count("\n"), "in.svg" in said) == (1, 1, True)
    assert not (tmp_path / "out.png").exists()


def test_a_segmenter_of_another_kind_is_not_printed_whole():
    with pytest.raises(OptionError, match="type list") as caught:
        vectorize(picture(), segmenter=[[0] * 64] * 48)
    assert len(str(caught.value)) < 120


# --- results and files ---


def test_a_result_is_shown_in_one_short_line():
    result = vectorize(picture(), paths=2, rounds=1, preset="fast")
    assert repr(result).startswith("<Result 64x48, 2 paths, ")
    assert len(repr(result)) < 80


@pytest.mark.parametrize("copied", [lambda s: pickle.loads(pickle.dumps(s)), copy.deepcopy])
def test_copies_of_scenes_are_as_immutable_as_scenes(copied):
    square = contour_from_polygon([(0, 0), (4, 0), (4, 4), (0, 4)])
    path = Path((square,), Solid((1.0, 0.5, 0.0)), 0.5, "evenodd", "detail", "d1", "sofa")
    (other,) = copied(Scene(4, 4, (0.0, 0.0, 0.0), (path,))).paths
    assert (other.fill, other.opacity, other.fill_rule) == (path.fill, path.opacity, path.fill_rule)
    assert (other.role, other.id, other.name) == (path.role, path.id, path.name)
    np.testing.assert_array_equal(other.contours[0], square)
    with pytest.raises(ValueError, match="read-only"):
        other.contours[0][0] = 1.0


@pytest.mark.skipif(os.name != "posix", reason="sets POSIX permissions")
def test_overwriting_keeps_who_may_read(tmp_path):
    target = tmp_path / "private.svg"
    target.write_text("old")
    target.chmod(0o600)
    write_atomically(target, "new")
    assert (stat.S_IMODE(target.stat().st_mode), target.read_text()) == (0o600, "new")


# --- large pictures are measured in bands ---


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


def test_a_map_on_a_first_run_is_checked_before_kernels_are_compiled(tmp_path, monkeypatch, capsys):
    Image.fromarray(picture()).save(tmp_path / "photo.png")
    Image.new("L", (10, 90), 9).save(tmp_path / "map.png")
    monkeypatch.setattr("huefold.run.warmup.is_compiled", lambda: False)
    photo, output, drawn_map = (str(tmp_path / name) for name in ("photo.png", "o.svg", "map.png"))
    with pytest.raises(SystemExit) as left:
        main(["vectorize", photo, "-o", output, "--saliency", drawn_map])
    said = capsys.readouterr().err
    assert left.value.code == 1
    assert "aspect ratios differ" in said and "compiling" not in said
    assert not (tmp_path / "o.svg").exists()


@pytest.mark.parametrize(
    ("error", "code"),
    [("cannot cache function 'f': no locator available for file 'k.py'", 1), ("other", None)],
)
def test_no_place_for_compiled_kernels_is_told_in_one_line(monkeypatch, capsys, error, code):
    def fail(**_):
        raise RuntimeError(error)

    # By its module: the package hands out the group of commands under the same name.
    monkeypatch.setattr(import_module("huefold.cli.app").app, "main", fail)
    if code is None:
        with pytest.raises(RuntimeError, match="other"):
            main(["vectorize"])
        return
    with pytest.raises(SystemExit) as left:
        main(["vectorize"])
    said = capsys.readouterr().err
    assert (left.value.code, said.count("\n")) == (code, 1)
    assert "set NUMBA_CACHE_DIR" in said
