"""The command `refine`, and what `render` and `compare` make of its drawings."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from tests.run.test_refinement import TEXT, target

from huefold import refine_drawing
from huefold.cli import main


def save(path, image):
    Image.fromarray(np.rint(image * 255).astype(np.uint8)).save(path)


@pytest.fixture
def run(capsys):
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
