"""Drawing one photo several times: what is kept changes nothing, and what is resumed holds its budget."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from tests.run.test_pipeline import picture

from huefold import Session, refine, render, saliency, vectorize
from huefold.errors import BudgetError, ImageError, OptionError
from huefold.options import Options
from huefold.scene import LinearGradient, Scene, Solid


def options(**values) -> Options:
    return Options(**({"paths": 16, "rounds": 3, "preset": "fast"} | values))


KEPT_APART = ("paths", "rounds", "preset", "focus", "seed", "fills", "contained", "clustering")


def fresh(photo, asked: Options, **sources) -> str:
    given = {name: getattr(asked, name) for name in KEPT_APART}
    return vectorize(photo, **given, **sources).svg


@pytest.mark.slow
def test_a_drawing_is_the_same_whatever_was_drawn_before():
    photo = picture()
    mask = np.zeros(photo.shape[:2], np.float32)
    mask[10:30, 5:25] = 1.0
    session = Session(photo)
    for asked, sources in [
        (options(), {}),
        (options(paths=24), {}),
        (options(), {"saliency": mask}),
        (options(focus=0.9), {"saliency": mask}),
        (options(seed=3), {"saliency": {"thing": (saliency.Box(5, 5, 20, 20), 0.8)}}),
        (options(preset="balanced", paths=12), {"saliency": "auto"}),
        (options(contained=True), {}),
        (options(clustering="greedy"), {}),
        (options(contained=True, clustering="greedy"), {}),
        (options(), {}),
        (options(), {"saliency": mask}),
    ]:
        assert session.draw(asked, **sources).svg == fresh(photo, asked, **sources)


def test_a_changed_array_is_another_source():
    photo = picture()
    session = Session(photo)
    mask = np.zeros(photo.shape[:2], np.float32)
    mask[:, :20] = 1.0
    left = session.draw(options(focus=1.0), saliency=mask)
    mask[:, :20], mask[:, -20:] = 0.0, 1.0
    right = session.draw(options(focus=1.0), saliency=mask)
    assert left.saliency[0, 0] == right.saliency[0, -1] == 1.0
    assert left.svg != right.svg


def test_a_changed_file_is_read_again(tmp_path):
    photo, path = picture(), tmp_path / "map.png"
    session = Session(photo)
    height, width = photo.shape[:2]
    for columns in (slice(0, 20), slice(-20, None)):
        values = np.zeros((height, width), np.uint8)
        values[:, columns] = 255
        Image.fromarray(values).save(path)
        drawn = session.draw(options(), saliency=str(path))
        assert np.array_equal(drawn.saliency > 0.5, values > 127)


@pytest.mark.slow
def test_stages_that_did_not_change_are_not_repeated():
    session = Session(picture())

    def stages(asked: Options) -> set[str]:
        seen = []
        session.draw(asked, progress=seen.append)
        return {report.stage for report in seen}

    assert {"load", "segment", "saliency", "recolor", "refine"} <= stages(options())
    assert stages(options()) == {"trace", "refine", "write"}
    assert stages(options(paths=20)) == {"recolor", "trace", "refine", "write"}
    assert {"segment", "recolor"} <= stages(options(regions=40))


def test_notes_come_with_every_drawing():
    image = Image.fromarray((255 * picture()).astype(np.uint8)).convert("P")
    image.info["transparency"] = 0
    session = Session(image)
    notes = [session.draw(options()).report.notes for _ in range(2)]
    assert notes[0] == notes[1]


@pytest.mark.slow
def test_an_open_file_is_read_once_for_all_presets():
    content = io.BytesIO()
    Image.fromarray((255 * picture(600, 800)).astype(np.uint8)).save(content, "PNG")
    session = Session(io.BytesIO(content.getvalue()))
    for preset in ("fast", "balanced"):
        drawn = session.draw(options(preset=preset, paths=4, time_limit=0.01))
        assert drawn.report.width == 800
    with pytest.raises(ImageError, match="open as text"):
        Session(io.StringIO("photo")).draw(options())


@pytest.mark.parametrize("paths", [1, 6, 15, 16, 17, 40])
def test_a_resumed_drawing_holds_the_new_budget(paths):
    session = Session(picture())
    first = session.draw(options())
    again = session.draw(options(paths=paths), resume=first.scene)
    counts = again.report.paths
    assert counts.drawn == paths == counts.structural + counts.detail
    assert counts.structural <= round(0.4 * paths)
    assert len({path.id for path in again.scene.paths}) == paths
    roles = [path.role for path in again.scene.paths]
    assert roles == sorted(roles, reverse=True), "structure lies beneath details"


@pytest.mark.slow
def test_resuming_comes_close_to_drawing_anew():
    session = Session(picture(96, 128))
    few, many = (session.draw(options(paths=n)) for n in (24, 32))
    up = session.draw(options(paths=32), resume=few.scene)
    down = session.draw(options(paths=24), resume=many.scene)
    assert up.report.fidelity.psnr > few.report.fidelity.psnr
    assert up.report.fidelity.psnr > many.report.fidelity.psnr - 1.0
    assert down.report.fidelity.psnr > few.report.fidelity.psnr - 1.0


def test_resuming_is_deterministic():
    first = Session(picture()).draw(options())
    drawn = [
        Session(picture()).draw(options(paths=20, threads=threads), resume=first.scene).svg
        for threads in (1, 2)
    ]
    assert drawn[0] == drawn[1]


def test_gradients_go_where_paths_have_one_colour():
    session = Session(picture())
    first = session.draw(options(fills="linear"))
    assert any(isinstance(path.fill, LinearGradient) for path in first.scene.paths)
    again = session.draw(options(), resume=first.scene)
    assert all(isinstance(path.fill, Solid) for path in again.scene.paths)


def test_an_edited_drawing_can_be_resumed():
    session = Session(picture())
    first = session.draw(options()).scene
    edited = Scene(first.width, first.height, first.background, first.paths[::-2])
    again = session.draw(options(), resume=edited)
    assert again.report.paths.drawn == 16
    nothing_left = session.draw(options(), resume=Scene(first.width, first.height, first.background))
    assert nothing_left.report.paths.drawn == 16


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"paths": None, "nodes": 200}, "budget of paths"),
        ({"segments_per_path": 5}, "segments a path"),
    ],
)
def test_what_cannot_be_resumed_is_told(asked, said):
    session = Session(picture())
    given = {"rounds": 3, "preset": "fast"} | {k: v for k, v in asked.items() if v is not None}
    with pytest.raises(OptionError, match=said):
        session.draw(Options(**given), resume=Scene(64, 48, (1, 1, 1)))


def test_the_drawing_of_another_photo_is_told():
    with pytest.raises(OptionError, match="canvas of 10x10, the photo 64x48"):
        Session(picture()).draw(options(), resume=Scene(10, 10, (1, 1, 1)))


def test_too_many_details_to_start_from_are_told():

    first = Session(picture()).draw(options()).scene
    details = [path for path in first.paths if path.role == "detail"]
    rgb = picture().astype(np.float32)
    with pytest.raises(BudgetError, match="paths to start from"):
        refine.refine(rgb, Scene(64, 48, (1, 1, 1)), rgb[..., 0], paths=2, details=details)


def test_levels_have_every_cut():
    session = Session(picture())
    levels = session.levels(options())
    assert levels.coarsest == 3
    assert levels.finest > 50
    assert np.unique(levels.cut(7)).size == 7
    assert session.levels(options()) is levels


def test_a_result_can_be_drawn_at_another_width():
    drawn = Session(picture()).draw(options())
    assert drawn.render(width=32).shape == render.rasterize(drawn.scene, width=32).shape


def test_traced_regions_are_shown_before_refinement_begins():
    session = Session(picture())
    seen = []
    first = session.draw(options(), progress=seen.append)
    shown = [report for report in seen if report.scene is not None]
    assert shown[0].stage == "trace"
    assert len(shown[0].scene.paths) == first.report.paths.structural
    again = []
    session.draw(options(paths=20), resume=first.scene, progress=again.append)
    assert next(report.stage for report in again if report.scene is not None) == "refine"
