"""The whole method on small pictures: budgets, determinism, guidance, stopping, and what comes back."""

from __future__ import annotations

import io
import json
import math
import threading
import time

import numpy as np
import pytest
from PIL import Image

from huefold import metrics, recolor, render, saliency, svg
from huefold.errors import BudgetError, Cancelled, HuefoldError, OptionError, SaliencyError, SegmentationError
from huefold.files import write_atomically
from huefold.images import load_image
from huefold.progress import CancelToken
from huefold.run.pipeline import vectorize
from huefold.run.report import Report
from huefold.run.result import Result


def picture(height=48, width=64, seed=0):
    """Soft colours, a disc, a bar and some texture: enough for every stage to have work."""
    y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
    rgb = np.stack([x, y, 1 - x], axis=2) * 0.6
    rgb[(x - 0.3) ** 2 + (y - 0.5) ** 2 < 0.05] = (0.9, 0.2, 0.1)
    rgb[(x > 0.7) & (x < 0.8)] = (0.1, 0.8, 0.3)
    rgb += np.random.default_rng(seed).normal(0, 0.04, rgb.shape)
    return np.clip(rgb, 0, 1)


def fast(image, **options) -> Result:
    return vectorize(image, **({"paths": 16, "rounds": 3, "preset": "fast"} | options))


@pytest.fixture(scope="module")
def drawn() -> Result:
    return fast(picture())


@pytest.mark.parametrize("guided", [False, True])
@pytest.mark.parametrize("name", ["kmeans", "dbscan", "greedy"])
def test_other_clusterings(name, guided):
    """The hierarchy is theirs, of the same first regions, saliency and number; all else goes on as ever."""
    photo = picture()
    options = {"saliency": np.linspace(0, 1, 64) * np.ones((48, 1))} if guided else {}
    result = fast(photo, clustering=name, regions=60, seed=3, **options)
    assert len(result.scene.paths) == 16
    first = fast(photo, regions=60, seed=3, **options)
    partition = first.hierarchy.leaves
    assert np.array_equal(result.hierarchy.leaves, partition)
    assert result.hierarchy.merges != first.hierarchy.merges
    if not guided:
        rgb, noise = load_image(photo).rgb, saliency.noise((48, 64), seed=3)
        cluster = {"kmeans": recolor.kmeans, "dbscan": recolor.dbscan, "greedy": recolor.ward}[name]
        seeded = {"seed": 3} if name == "kmeans" else {}
        expected = cluster(rgb, partition, noise, target=7, saliency_floor=0.1, **seeded)
        assert result.hierarchy.merges == expected.merges


# --- the budget ---


@pytest.mark.parametrize(("paths", "covered"), [(1, 0), (2, 0), (3, 0), (16, 0), (64, 4)])
def test_the_budget_is_met_exactly(paths, covered):
    result = fast(picture(), paths=paths)
    assert result.svg.count("<path") == paths
    assert len(result.scene.paths) == paths
    counts = result.report.paths
    assert (counts.asked, counts.drawn) == (paths, paths)
    assert counts.structural + counts.detail == paths
    # Of 26 regions of this picture, four end up wholly covered and give way to details.
    assert round(0.4 * paths) - covered <= counts.structural <= round(0.4 * paths)


@pytest.mark.parametrize("ratio", [0.0, 1.0])
def test_all_details_or_all_structure(ratio):
    counts = fast(picture(), structural_ratio=ratio).report.paths
    assert (counts.structural, counts.detail) == (round(16 * ratio), 16 - round(16 * ratio))


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 2), (1, 40), (40, 1), (3, 5)])
def test_tiny_pictures_work(shape):
    rgb = np.random.default_rng(3).random((*shape, 3))
    result = fast(rgb)
    assert 0 <= result.report.paths.drawn <= 16
    assert (result.scene.height, result.scene.width) == shape
    assert result.report.fidelity.mse < 0.2


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (40, 90, 200)])
def test_a_picture_of_one_colour_is_drawn_in_it(color):
    result = fast(Image.new("RGB", (32, 24), color))
    assert result.report.paths.drawn <= 16
    np.testing.assert_allclose(
        result.render()[:, :, :3], np.broadcast_to(np.divide(color, 255), (24, 32, 3)), atol=1e-6
    )


# --- what comes back ---


def test_the_drawing_resembles_the_picture(drawn):
    rgb = picture().astype(np.float32)
    plain = float(((rgb - rgb.mean(axis=(0, 1))) ** 2).mean())
    assert drawn.report.fidelity.mse < 0.35 * plain


def test_the_report_speaks_of_the_svg_as_written(drawn):
    scene = svg.read_svg(drawn.svg)
    rgba = render.rasterize(scene, width=64, height=48)
    rgb = picture().astype(np.float32)
    report = drawn.report
    assert report.fidelity.mse == pytest.approx(metrics.mse(rgb, rgba[:, :, :3]), rel=1e-9)
    assert report.fidelity.psnr == pytest.approx(-10 * math.log10(report.fidelity.mse), rel=1e-6)
    assert report.bytes == len(drawn.svg.encode())
    assert report.nodes == sum(path.segments for path in scene.paths)
    assert list(report.seconds) == ["load", "saliency", "segment", "recolor", "trace", "refine", "write"]
    assert report.total_seconds == pytest.approx(sum(report.seconds.values()))
    assert (report.seed, report.stopped, report.notes) == (0, None, ())


def test_the_report_survives_json(drawn):
    again = json.loads(json.dumps(drawn.report.to_dict(), allow_nan=False))
    assert again["paths"] == {"asked": 16, "drawn": 16, "structural": 6, "detail": 10, "gradients": 0}
    assert again["options"]["preset"] == "fast"
    assert again["fidelity"]["width"] == 64
    assert isinstance(drawn.report, Report)


def test_hierarchy_and_saliency_come_along(drawn):
    assert drawn.hierarchy.leaves.shape == drawn.saliency.shape == (48, 64)
    assert drawn.hierarchy.coarsest == drawn.report.paths.structural + 1  # the background
    assert len(np.unique(drawn.hierarchy.cut(7))) == 7
    assert 0 <= drawn.saliency.min() <= drawn.saliency.max() <= 1
    json.dumps(drawn.hierarchy.to_dict(), allow_nan=False)


def test_render_and_notebook_display(drawn):
    assert drawn.render(width=32).shape == (24, 32, 4)
    assert drawn._repr_svg_() == drawn.svg


def test_coordinates_are_those_of_the_original():
    large = Image.fromarray((picture() * 255).astype(np.uint8)).resize((1600, 1200), Image.Resampling.BICUBIC)
    result = fast(large, paths=8)
    assert (result.scene.width, result.scene.height) == (1600, 1200)
    assert result.report.fidelity.width < 1600
    assert any("worked on at" in note for note in result.report.notes)
    reach = max(float(contour.max()) for path in result.scene.paths for contour in path.contours)
    assert reach > 1000


def test_transparency_is_noted():
    rgba = np.dstack([picture(), np.ones((48, 64))])
    rgba[:10, :10, 3] = 0
    result = fast(rgba, background="black")
    assert result.report.notes == ("transparent pixels laid over the background #000000",)


# --- the same again ---


def test_same_seed_same_bytes_on_any_number_of_threads():
    rgb = picture(seed=5)
    texts = {fast(rgb, threads=threads, seed=7).svg for threads in (1, 2, 3)}
    assert len(texts) == 1


def test_another_seed_gives_another_drawing(drawn):
    assert fast(picture(), seed=1).svg != drawn.svg


def test_the_kind_of_source_does_not_matter(tmp_path):
    pixels = (picture() * 255).astype(np.uint8)
    path = tmp_path / "photo.png"
    Image.fromarray(pixels).save(path)
    texts = {
        fast(source, paths=4).svg
        for source in (pixels, path, path.read_bytes(), io.BytesIO(path.read_bytes()))
    }
    assert len(texts) == 1


# --- guidance and regions ---


def test_paths_gather_where_the_map_is_bright():
    rgb = picture(seed=2)
    left, right = np.full((48, 64), 0.02), np.full((48, 64), 0.02)
    left[:, :32] = right[:, 32:] = 1.0
    errors = {}
    for name, weights in (("left", left), ("right", right)):
        result = fast(rgb, paths=24, saliency=weights)
        squared = (result.render()[:, :, :3] - rgb) ** 2
        errors[name] = squared[:, :32].mean(), squared[:, 32:].mean()
    assert errors["left"][0] < errors["right"][0]
    assert errors["right"][1] < errors["left"][1]


@pytest.mark.parametrize("kind", ["auto", "noise", "path", "text", "pillow", "callable", "larger", "uint8"])
def test_every_kind_of_saliency(tmp_path, kind):
    weights = (np.arange(64) * 4).astype(np.uint8) * np.ones((48, 1), dtype=np.uint8)
    path = tmp_path / "map.png"
    Image.fromarray(weights).save(path)
    sources = {
        "path": path,
        "text": str(path),
        "pillow": Image.fromarray(weights),
        "callable": lambda rgb: rgb[:, :, 0],
        "larger": np.kron(weights, np.ones((2, 2), dtype=np.uint8)),
        "uint8": weights,
    }
    result = fast(picture(), paths=4, saliency=sources.get(kind, kind))
    assert result.saliency.shape == (48, 64)
    assert result.saliency.dtype == np.float32
    if kind in ("path", "text", "pillow", "uint8"):
        np.testing.assert_allclose(result.saliency, weights / 255, atol=1e-6)


@pytest.mark.parametrize(
    ("saliency", "message"),
    [
        (np.ones((64, 48)), "aspect"),
        (np.full((48, 64), np.nan), "finite"),
        ("no/such/map.png", "no/such/map.png"),
        (lambda _: np.ones(3), "shape"),
    ],
)
def test_maps_that_do_not_fit(saliency, message):
    with pytest.raises(SaliencyError, match=message):
        fast(picture(), saliency=saliency)


def test_given_regions_are_used():
    labels = np.zeros((48, 64), dtype=np.int32)
    labels[:, 20:] = 1
    labels[30:] = 2
    for source in (labels, labels == np.arange(3)[:, None, None], lambda _: labels):
        result = fast(picture(), paths=8, segmenter=source)
        assert result.report.regions == 3
        assert result.report.paths.structural == 2  # and one region is the background
        assert result.report.paths.drawn == 8


def test_the_region_at_the_bottom_is_the_background():
    """No path fills the canvas; the background has the colour of what lies beneath everything else."""
    photo = np.full((48, 64, 3), (40, 90, 200), np.uint8)
    photo[10:30, 20:50] = (250, 240, 10)
    labels = (photo[..., 0] > 100).astype(np.int32)
    for fills in ("solid", "linear"):
        drawn = fast(photo, paths=3, segmenter=labels, fills=fills, structural_ratio=0.5)
        red, green, blue = (round(255 * value) for value in drawn.scene.background)
        assert (red, green, blue) == pytest.approx((40, 90, 200), abs=2)
        assert drawn.report.paths.structural == 1
        assert metrics.path_areas(drawn.scene, np.ones((1, 48, 64))).max() < 0.5 * 48 * 64


def test_labels_of_the_original_size_are_reduced():
    large = np.kron(picture(), np.ones((20, 20, 1)))
    labels = np.zeros(large.shape[:2], dtype=np.int32)
    labels[:, 640:] = 1
    result = fast(large, paths=4, segmenter=labels)
    assert result.report.regions == 2
    assert result.hierarchy.leaves.shape == result.saliency.shape


def test_segmenters_that_do_not_fit():
    with pytest.raises(SegmentationError):
        fast(picture(), segmenter=np.zeros((3, 3), dtype=int))
    with pytest.raises(OptionError, match="'magic'"):
        fast(picture(), segmenter="magic")


# --- stopping ---


def test_progress_runs_through_all_stages_in_order():
    seen = []
    result = fast(picture(), progress=seen.append)
    assert list(dict.fromkeys(report.stage for report in seen)) == list(result.report.seconds)
    for stage in result.report.seconds:
        fractions = [report.fraction for report in seen if report.stage == stage]
        assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    assert any(report.scene is not None for report in seen if report.stage == "refine")


@pytest.mark.parametrize("stage", ["load", "segment", "saliency", "recolor"])
def test_cancelled_before_there_is_a_drawing(stage):
    cancel = CancelToken()

    def stop(report):
        if report.stage == stage:
            cancel.cancel()

    with pytest.raises(Cancelled):
        fast(picture(), progress=stop, cancel=cancel)


def test_cancelled_while_refining_keeps_the_best_so_far():
    cancel = CancelToken()

    def stop(report):
        if report.stage == "refine" and report.fraction > 0:
            cancel.cancel()

    result = fast(picture(), preset="best", progress=stop, cancel=cancel)
    assert result.report.stopped == "cancelled"
    assert any("ended early" in note for note in result.report.notes)
    assert 1 <= result.svg.count("<path") <= 16


@pytest.mark.slow
def test_cancelled_from_another_thread():
    cancel = CancelToken()
    timer = threading.Timer(0.7, cancel.cancel)
    timer.start()
    begin = time.monotonic()
    try:
        result = vectorize(np.kron(picture(), np.ones((6, 6, 1))), preset="best", cancel=cancel)
    except Cancelled:
        pass
    else:
        assert result.report.stopped == "cancelled"
    assert time.monotonic() - begin < 20


def test_the_time_limit_ends_refinement():
    large = np.kron(picture(), np.ones((6, 6, 1)))
    result = vectorize(large, paths=64, preset="best", time_limit=0.5)
    assert result.report.stopped == "time limit"
    assert result.report.seconds["refine"] < 5
    assert 1 <= result.svg.count("<path") <= 64


# --- mistakes and files ---


@pytest.mark.parametrize("paths", [0, -3, "abc"])
def test_budgets_that_make_no_sense(paths):
    with pytest.raises(BudgetError):
        vectorize(picture(), paths=paths)


def test_options_are_checked_before_the_photo_is_read():
    with pytest.raises(OptionError, match="structural-ratio"):
        vectorize("no such photo.png", structural_ratio=2)


def test_saving_is_all_or_nothing(tmp_path, drawn, monkeypatch):
    path = tmp_path / "out.svg"
    path.write_text("before")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(HuefoldError, match="cannot be written: No space left"):
        drawn.save(path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
    monkeypatch.undo()
    drawn.save(path)
    assert path.read_text(encoding="utf-8") == drawn.svg
    assert list(tmp_path.iterdir()) == [path]


def test_saving_through_a_link_keeps_the_link(tmp_path):
    target, link = tmp_path / "a.svg", tmp_path / "b.svg"
    target.write_text("old")
    link.symlink_to(target)
    write_atomically(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_working_on_a_loaded_photo_at_its_size():
    photo = load_image("sample:coffee", max_pixels=6000)
    result = fast(photo.rgb, paths=6)
    assert result.svg.count("<path") == 6
