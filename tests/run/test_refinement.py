"""`refine_drawing`: a text or a drawing in, a text and a report out."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pytest
from tests.refine.test_given_drawing import HEIGHT, STEPS, WIDTH, blob, box, photo_of

from huefold import refine_drawing
from huefold.errors import OptionError, SaliencyError, SvgError
from huefold.progress import CancelToken
from huefold.refine import drawing_loss
from huefold.scene import Path, Scene, Solid
from huefold.svg import read_svg

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
