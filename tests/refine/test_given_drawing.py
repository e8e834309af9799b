"""Stage III on a given drawing: what moves, what stays, and that it never gets worse."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from huefold import refine_drawing
from huefold.bezier.kernels import CHORDS
from huefold.cli import main
from huefold.errors import OptionError, SaliencyError, SvgError
from huefold.progress import CancelToken
from huefold.refine import drawing_loss, refine_given
from huefold.render import rasterize
from huefold.run import warmup
from huefold.scene import LinearGradient, Path, RadialGradient, Scene, Solid, Stop, contour_from_polygon
from huefold.svg import read_svg

WIDTH, HEIGHT = 64, 48
STEPS = 150


def box(left, top, right, bottom):
    return contour_from_polygon([(left, top), (right, top), (right, bottom), (left, bottom)])


def blob(x, y, r, segments=4):
    angle = np.arange(3 * segments) / (3 * segments) * 2 * np.pi
    reach = np.where(np.arange(3 * segments) % 3 == 0, r, r * 1.14)
    return np.stack([x + reach * np.cos(angle), y + reach * np.sin(angle)], axis=1)


def fade(shift=0.0):
    """A vertical gradient with a stop within."""
    stops = (Stop(0, (0.2, 0.3, 0.8)), Stop(0.5 + shift, (0.9, 0.9, 0.8)), Stop(1, (0.9, 0.5, 0.2)))
    return LinearGradient((0, 2 + 9 * shift), (3 * shift, 46), stops)


def glow(shift=0.0):
    """A translucent radial gradient whose focus is its centre."""
    stops = (Stop(0, (1, 1, 0.8), 0.95 - shift), Stop(1, (1, 0.6 + shift, 0), 0.05))
    return RadialGradient((40 + 5 * shift, 14), 11 + 9 * shift, stops)


def landscape(shift=0.0, background=(0.5, 0.5, 0.5)):
    """Gradients, a hole by the even-odd rule, an outline the other way round, and a translucent path."""
    ring = (box(8 + 5 * shift, 22, 28, 42), box(13, 27, 23 - 5 * shift, 37))
    paths = (
        Path((box(-1, -1, 65, 49),), fade(shift), id="sky", role="structural"),
        Path((blob(40 - 5 * shift, 14, 10),), glow(shift), id="sun", name="the sun"),
        Path(ring, Solid((0.5 + shift, 0.1, 0.2)), 0.8 - shift, "evenodd", id="ring"),
        Path((blob(46, 36 + 6 * shift, 8)[::-1],), Solid((0.1, 0.4 - shift, 0.2)), id="bush", role="detail"),
    )
    return Scene(WIDTH, HEIGHT, background, paths)


def photo_of(scene, scale=1):
    return np.ascontiguousarray(rasterize(scene, width=scale * scene.width)[..., :3])


def loss_of(scene, image):
    return float(np.mean((photo_of(scene, image.shape[1] // scene.width) - image) ** 2))


def save(path, image):
    Image.fromarray(np.rint(image * 255).astype(np.uint8)).save(path)


def test_a_drawing_finds_back_to_what_it_was():
    target, given = photo_of(landscape()), landscape(0.2)
    found = refine_given(target, given, steps=400)
    assert loss_of(found, target) < 0.01 * loss_of(given, target)
    sky, sun = found.paths[0].fill, found.paths[1].fill
    assert sky.stops[1].offset == pytest.approx(0.5, abs=0.1)
    assert sun.center == pytest.approx((40, 14), abs=0.5)
    assert sun.focus == sun.center
    assert found.paths[2].opacity == pytest.approx(0.8, abs=0.03)


def test_what_a_drawing_is_made_of_stays():
    target, given = photo_of(landscape()), landscape(0.1)
    found = refine_given(target, given, steps=STEPS)
    for before, after in zip(given.paths, found.paths, strict=True):
        kept = ("id", "name", "role", "fill_rule")
        assert [getattr(before, name) for name in kept] == [getattr(after, name) for name in kept]
        assert [len(c) for c in before.contours] == [len(c) for c in after.contours]
        assert type(before.fill) is type(after.fill)
        assert (before.opacity == 1.0) == (after.opacity == 1.0)
    assert [stop.opacity for stop in found.paths[0].fill.stops] == [1.0, 1.0, 1.0]


def test_lines_stay_lines_and_curves_move():
    target, given = photo_of(landscape()), landscape(0.2)
    found = refine_given(target, given, steps=STEPS)
    for contour, before in zip(found.paths[2].contours, given.paths[2].contours, strict=True):
        corners = contour[::3]
        np.testing.assert_allclose(contour, contour_from_polygon(corners), atol=1e-9)
        assert np.abs(corners - before[::3]).max() > 0.1
    assert np.abs(found.paths[3].contours[0] - given.paths[3].contours[0]).max() > 0.5


@pytest.mark.parametrize("threads", [2, 3])
def test_any_number_of_threads_gives_the_same_bits(threads):
    target = photo_of(landscape())
    one, other = (refine_given(target, landscape(0.2), steps=40, threads=t) for t in (1, threads))
    for a, b in zip(one.paths, other.paths, strict=True):
        assert (a.fill, a.opacity) == (b.fill, b.opacity)
        for contour, twin in zip(a.contours, b.contours, strict=True):
            np.testing.assert_array_equal(contour, twin)


def test_what_cannot_be_better_is_given_back():
    scene = landscape()
    assert refine_given(photo_of(scene), scene, steps=30) is scene


@pytest.mark.parametrize("steps", [1, 2, 7, 30])
def test_it_never_gets_worse(steps):
    rng = np.random.default_rng(steps)
    noise = rng.random((HEIGHT, WIDTH, 3)).astype(np.float32)
    given = landscape(0.1)
    assert drawing_loss(noise, refine_given(noise, given, steps=steps)) <= drawing_loss(noise, given)


def test_a_transparent_canvas_stays_transparent_and_is_fitted_over_the_background():
    black = (0.0, 0.0, 0.0)
    given = Scene(WIDTH, HEIGHT, None, landscape(0.2).paths[1:])
    target = photo_of(Scene(WIDTH, HEIGHT, black, landscape().paths[1:]))
    found = refine_given(target, given, background=black, steps=STEPS)
    assert found.background is None
    error, start = (drawing_loss(target, scene, background=black) for scene in (found, given))
    assert error < 0.1 * start


def test_an_opaque_background_moves_with_the_drawing():
    target = np.full((HEIGHT, WIDTH, 3), 0.8, np.float32)
    found = refine_given(target, Scene(WIDTH, HEIGHT, (0.2, 0.2, 0.2)), steps=200)
    assert found.background == pytest.approx((0.8, 0.8, 0.8), abs=0.01)


def test_weight_says_what_counts():
    target = np.full((HEIGHT, WIDTH, 3), 0.2, np.float32)
    target[:, 32:] = 0.8
    half = np.full((HEIGHT, WIDTH), 1e-3, np.float32)
    half[:, :32] = 1.0
    colors = [
        refine_given(target, Scene(WIDTH, HEIGHT, (0.9, 0.9, 0.9)), weight=weight, steps=200).background[0]
        for weight in (half, None)
    ]
    assert colors == pytest.approx([0.2, 0.5], abs=0.01)


def test_degenerate_gradients_and_paths_survive():
    black_to_white = (Stop(0.3, (0, 0, 0)), Stop(0.3, (1, 1, 1)), Stop(0.9, (1, 0, 0), 0.5))
    fills = [
        LinearGradient((5, 5), (5 + 1e-6, 5), black_to_white, "repeat"),
        RadialGradient((9, 9), 1e-4, black_to_white, spread="reflect"),
        RadialGradient((9, 9), 5, black_to_white, focus=(13.9, 9), focal_radius=0.09),
        RadialGradient((0.1, 0.2), 0.3, black_to_white, transform=(90, 20, -30, 50, 9, 2)),
    ]
    paths = [Path((blob(20 + 9 * k, 24, 12),), fill) for k, fill in enumerate(fills)]
    paths += [Path((), Solid((1, 0, 0))), Path((np.full((3, 2), 7.0),), Solid((1, 0, 0)), opacity=0.0)]
    given = Scene(WIDTH, HEIGHT, None, tuple(paths))
    target = np.random.default_rng(0).random((HEIGHT, WIDTH, 3)).astype(np.float32)
    found = refine_given(target, given, steps=60)
    assert drawing_loss(target, found) < drawing_loss(target, given)
    assert found.paths[0].fill.stops[0].offset == found.paths[0].fill.stops[1].offset == 0.3


def test_outlines_that_are_simple_stay_so():
    shapely = pytest.importorskip("shapely")
    rng = np.random.default_rng(4)
    target = np.repeat(np.repeat(rng.random((6, 8, 3)), 8, axis=0), 8, axis=1).astype(np.float32)
    given = Scene(
        WIDTH, HEIGHT, (0.5, 0.5, 0.5),
        tuple(Path((blob(*rng.uniform(10, 40, 2), 9, 6),), Solid((0.5, 0.5, 0.5))) for _ in range(12)),
    )  # fmt: skip
    t = np.arange(CHORDS)[:, None, None] / CHORDS  # what is looked at for crossings
    for path in refine_given(target, given, steps=STEPS).paths:
        p0, p1, p2 = (path.contours[0][k::3] for k in range(3))
        p3 = np.roll(p0, -1, axis=0)
        dots = (1 - t) ** 3 * p0 + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t**2 * p2 + t**3 * p3
        assert shapely.LinearRing(dots.transpose(1, 0, 2).reshape(-1, 2)).is_simple


# --- refine_drawing ---

TEXT = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48">'
    '<g id="structure"><rect id="a" x="9" y="9" width="30" height="20" fill="#800"/></g>'
    '<circle id="b" cx="44" cy="30" r="9" fill="#080" fill-opacity=".5"/></svg>'
)


def target():
    ours = Scene(
        WIDTH, HEIGHT, (1, 1, 1),
        (Path((box(11, 7, 42, 30),), Solid((0.6, 0.1, 0))), Path((blob(42, 33, 10),), Solid((0, 0.4, 0.2)), 0.6)),
    )  # fmt: skip
    return photo_of(ours)


@pytest.mark.slow
def test_the_report_says_what_happened():
    result = refine_drawing(TEXT, target(), preset="fast", steps=STEPS)
    report = result.report
    assert not report.kept
    assert (report.paths, report.bytes) == (2, len(result.svg.encode()))
    assert report.fidelity.psnr > report.before.psnr + 10
    assert [path.id for path in result.scene.paths] == ["a", "b"]
    assert result.scene.paths[0].role == "structural"
    assert report.fidelity.mse == pytest.approx(drawing_loss(target(), read_svg(result.svg)), rel=0.05)
    assert any("transparent" in note for note in report.notes)
    assert json.loads(json.dumps(report.to_dict()))["options"]["steps"] == STEPS
    assert list(report.seconds) == ["load", "refine", "write"]


def test_a_text_that_cannot_be_better_is_kept_to_the_letter():
    perfect = photo_of(replace(read_svg(TEXT), background=(1.0, 1.0, 1.0)))
    result = refine_drawing(TEXT, perfect, steps=20)
    assert result.report.kept
    assert result.svg == TEXT
    assert any("kept" in note for note in result.report.notes)
    assert refine_drawing(read_svg(TEXT), perfect, steps=20).svg.count("<path") == 2


def test_the_photo_may_have_another_size_but_not_another_shape():
    large = np.repeat(np.repeat(target(), 5, axis=0), 5, axis=1)
    result = refine_drawing(TEXT, large, steps=40)
    assert (result.scene.width, result.scene.height) == (WIDTH, HEIGHT)
    # Finer than twice the canvas, nothing of the photo would survive the rounding.
    assert (result.report.fidelity.width, result.report.fidelity.height) == (2 * WIDTH, 2 * HEIGHT)
    assert any("320x240 pixels laid over the canvas of 64x48" in note for note in result.report.notes)
    with pytest.raises(SvgError, match="proportions"):
        refine_drawing(TEXT, target()[:, :40], steps=5)


@pytest.mark.parametrize("steps", [0, -3, 1.5, True, 10**9])
def test_steps_are_a_whole_number(steps):
    with pytest.raises(OptionError, match="steps must be"):
        refine_drawing(TEXT, target(), steps=steps)


def test_saliency_is_followed_and_checked():
    where = np.zeros((HEIGHT, WIDTH), np.uint8)
    where[:, :32] = 255
    picture = np.full((HEIGHT, WIDTH, 3), 0.2, np.float32)
    picture[:, 32:] = 0.8
    blank = Scene(WIDTH, HEIGHT, (0.9, 0.9, 0.9))
    found = [refine_drawing(blank, picture, saliency=given, steps=200).scene for given in (where, None)]
    # At the default focus, what matters has four fifths of the weight: the best colour is 0.8 * 0.2 + 0.2 * 0.8.
    assert [scene.background[0] for scene in found] == pytest.approx([0.32, 0.5], abs=0.01)
    with pytest.raises(SaliencyError):
        refine_drawing(TEXT, target(), saliency=np.ones((5, 50), np.uint8), steps=5)


def test_a_time_limit_and_cancel_keep_the_best():
    begin = time.monotonic()
    limited = refine_drawing(TEXT, target(), steps=100_000, time_limit=0.5)
    assert time.monotonic() - begin < 5
    assert limited.report.stopped == "time limit"
    assert limited.report.fidelity.psnr > limited.report.before.psnr
    cancel = CancelToken()

    def watch(progress):
        if progress.stage == "refine" and progress.fraction > 0:
            cancel.cancel()

    stopped = refine_drawing(TEXT, target(), steps=100_000, progress=watch, cancel=cancel)
    assert stopped.report.stopped == "cancelled"
    assert stopped.report.fidelity.psnr >= stopped.report.before.psnr


# --- the command ---


@pytest.fixture
def run(capsys, monkeypatch):
    monkeypatch.setattr(warmup, "is_compiled", lambda: True)

    def run_main(*arguments):
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return left.value.code, captured.out, captured.err

    return run_main


@pytest.fixture
def files(tmp_path):
    (tmp_path / "in.svg").write_text(TEXT)
    save(tmp_path / "photo.png", target())
    return tmp_path


def test_the_command_writes_what_python_gives(run, files):
    out, report = files / "out.svg", files / "r.json"
    code, stdout, stderr = run(
        "refine", files / "in.svg", files / "photo.png", "-o", out, "--steps", 60, "--report", report
    )
    assert (code, stdout) == (0, "")
    assert out.read_text() == refine_drawing(files / "in.svg", files / "photo.png", steps=60).svg
    assert json.loads(report.read_text())["paths"] == 2
    assert "PSNR" in stderr.splitlines()[-1]
    assert sorted(path.name for path in files.iterdir()) == ["in.svg", "out.svg", "photo.png", "r.json"]


def test_what_a_drawing_loses_is_told_even_when_quiet(run, files):
    text = (files / "in.svg").read_text().replace("</svg>", '<text x="3" y="9">Sale</text></svg>')
    (files / "texts.svg").write_text(text)
    arguments = (files / "texts.svg", files / "photo.png", "-o", files / "o.svg", "-q", "--steps", 2)
    assert run("refine", *arguments) == (0, "", "warning: <text> is not supported and not drawn\n")


def test_the_command_is_quiet_when_asked_and_writes_to_standard_output(run, files):
    code, stdout, stderr = run("refine", files / "in.svg", files / "photo.png", "-o", "-", "-q", "--steps", 9)
    assert (code, stderr) == (0, "")
    assert stdout.startswith("<svg")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("in.svg", "photo.png", "-o", "in.svg"), 2, "would be overwritten"),
        (("in.svg", "photo.png", "-o", "out.png"), 2, "is an SVG"),
        (("in.svg", "photo.png", "-o", "out.svg", "--steps", "few"), 2, "steps must be"),
        (("-", "-", "-o", "out.svg"), 2, "standard input"),
        (("photo.png", "photo.png", "-o", "out.svg"), 1, "not an SVG"),
        (("in.svg", "in.svg", "-o", "out.svg"), 1, "is an SVG already"),
        (("none.svg", "photo.png", "-o", "out.svg"), 1, "none.svg"),
    ],
)
def test_mistakes_are_told_in_one_line(run, files, monkeypatch, arguments, code, message):
    monkeypatch.chdir(files)
    before = sorted(files.iterdir())
    found, stdout, stderr = run("refine", *arguments)
    assert (found, stdout) == (code, "")
    errors = [line for line in stderr.splitlines() if line.startswith("huefold: error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert sorted(files.iterdir()) == before


def test_what_is_not_drawn_is_told_in_one_line(run, files):
    drawing = files / "words.svg"
    drawing.write_text(TEXT.replace("</svg>", "<text>a</text><text>b</text></svg>"))
    for arguments in (
        ("refine", drawing, files / "photo.png", "-o", files / "o.svg", "--steps", 5),
        ("render", drawing, "-o", files / "o.png"),
        ("compare", files / "photo.png", drawing),
    ):
        code, _, stderr = run(*arguments)
        assert code == 0
        told = [line for line in stderr.splitlines() if line.startswith("warning: ")]
        assert len(told) == 1
        assert "text" in told[0]


def test_render_keeps_a_transparent_canvas_and_compare_lays_it_over_the_background(run, files):
    assert run("render", files / "in.svg", "-o", files / "o.png")[0] == 0
    with Image.open(files / "o.png") as picture:
        assert picture.mode == "RGBA"
        assert picture.getpixel((1, 1))[3] == 0
        assert picture.getpixel((20, 20)) == (136, 0, 0, 255)
    mses = [
        json.loads(run("compare", files / "photo.png", files / "in.svg", "--json", "--background", color)[1])[
            "mse"
        ]
        for color in ("white", "black")
    ]
    assert mses[0] < 0.05 < mses[1]
