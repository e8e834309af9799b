"""The request and the plan: resolved once from one set of defaults, and the report shows what stages used."""

from __future__ import annotations

import inspect
import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from PIL import Image
from tests.run.test_pipeline import picture

from huefold import Session, recolor, refine, refine_drawing, segment, svg, trace, vectorize
from huefold.cli import main
from huefold.errors import OptionError
from huefold.images import load
from huefold.options import DEFAULTS, Options
from huefold.render import rasterize
from huefold.run import guidance, stages
from huefold.run.plan import plan_paths, plan_run
from huefold.run.request import Request
from huefold.saliency import prompt
from huefold.scene import Scene

MASK = np.zeros((48, 64), np.float32)
MASK[10:30, 5:25] = 1.0


def fast(**options):
    budget = {} if {"nodes", "bytes"} & set(options) else {"paths": 12}
    return vectorize(picture(), **(budget | {"rounds": 2, "preset": "fast", "threads": 1} | options))


# --- defaults and requests ---


@pytest.mark.parametrize("door", [vectorize, refine_drawing, guidance.find_guidance])
def test_signatures_have_the_defaults_of_the_schema(door):
    for name, parameter in inspect.signature(door).parameters.items():
        if name in Options.model_fields and name not in ("paths", "saliency", "segmenter"):
            assert parameter.default == getattr(DEFAULTS, name), name


def test_all_doors_resolve_to_the_same_request():
    by_flags = Request.from_flags(Options(paths="16", prompt="the cat", preset="fast"))
    by_name = Request.from_arguments(paths=16, saliency=prompt("the cat"), preset="fast")
    apart = Request.from_options(Options(paths=16, preset="fast"), saliency=prompt("the cat"))
    assert by_flags.options == by_name.options == apart.options
    assert by_flags.saliency == by_name.saliency == apart.saliency
    assert by_flags.options.saliency == "prompt"
    assert by_flags.classical and by_name.classical and not Request.from_arguments(segmenter=MASK).classical


def test_options_are_validated_once_for_a_drawing(monkeypatch):
    made = []
    before = Options.__init__

    def count(self, **values):
        made.append(values)
        before(self, **values)

    monkeypatch.setattr(Options, "__init__", count)
    fast()
    assert len(made) == 1


# --- the plan ---

RUNS = {
    "plain": {},
    "followed": {"saliency": MASK, "focus": 0.7},
    "contained": {"contained": True},
    "many": {"paths": 200, "preset": "fast"},
    "segments": {"segments_per_path": 5},
    "nodes": {"nodes": 150},
    "few nodes": {"nodes": 14},
    "bytes": {"bytes": 6000},
    "given": {"segmenter": (np.arange(64) // 8) * np.ones((48, 1), int), "nodes": 100},
    "paper": {"preset": "paper", "time_limit": 2.0},
    "greedy": {"clustering": "greedy"},
}


@pytest.mark.parametrize("name", RUNS)
def test_the_report_shows_what_the_stages_used(monkeypatch, name):
    used = {}

    def watch(module, function, stage):
        before = getattr(module, function)

        def watched(*arguments, **options):
            used.setdefault(stage, []).append(options)
            return before(*arguments, **options)

        monkeypatch.setattr(module, function, watched)

    watch(stages, "load_image", "load")
    watch(segment, "classical", "segment")
    watch(recolor, "recolor", "recolor")
    watch(recolor, "ward", "recolor")
    watch(trace, "trace", "trace")
    watch(refine, "refine", "refine")
    result = fast(**RUNS[name])
    plan = json.loads(json.dumps(result.report.plan, allow_nan=False))
    assert plan["load"] == {"pixels": used["load"][0]["max_pixels"], "background": [1.0, 1.0, 1.0]}
    if name != "given":
        assert plan["segment"]["regions"] in [given["regions"] for given in used["segment"]]
    # A search makes several fits, with a plan each; the report has that of the drawing.
    asked, regions = result.report.paths.asked, plan["recolor"]["regions"]
    fit = max(k for k, given in enumerate(used["refine"]) if given["paths"] == asked)
    traced, fitted = used["trace"][fit], used["refine"][fit]
    merged = next(given for given in used["recolor"] if given["target"] == regions)
    if "settings" in merged:
        assert plan["recolor"]["settings"] == asdict(merged["settings"])
        assert (plan["recolor"]["rounds"], plan["recolor"]["seed"]) == (merged["rounds"], merged["seed"])
    else:
        assert plan["recolor"]["settings"]["saliency_floor"] == merged["saliency_floor"]
    assert plan["trace"]["tolerance"] == traced["tolerance"]
    assert plan["trace"]["max_segments"] == traced["max_segments"]
    assert plan["refine"]["settings"] == asdict(fitted["settings"])
    assert (plan["refine"]["settings"]["containment_weight"] > 0.0) == (fitted["regions"] is not None)
    for key in ("paths", "fills", "seed"):
        assert plan["refine"][key] == fitted[key]
    assert plan["threads"] == fitted["threads"] == 1


def test_what_is_followed_changes_the_plan_by_its_share():
    plan = plan_run(Options())
    assert plan.for_guidance(followed=False, share=1.0) is plan
    followed = plan.for_guidance(followed=True, share=0.25)
    before, after = plan.refine.settings, followed.refine.settings
    assert followed.recolor.settings == replace(plan.recolor.settings, saliency_floor=0.0)
    assert (after.draft_pixels, after.path_pixels) == (4 * before.draft_pixels, 4 * before.path_pixels)
    assert after.detail_radius == before.detail_radius / 2
    fixed = plan_run(Options(segments_per_path=4)).for_guidance(followed=True, share=0.25)
    assert fixed.refine.settings.detail_radius is None


def test_a_search_keeps_the_photo_and_given_regions():
    options = Options(nodes=300)
    classical, given = Request(options), Request(options, segmenter=MASK)
    quick = plan_paths(classical, 500, quick=True)
    assert quick.load == plan_run(options).load
    assert quick.segment == plan_run(Options(paths=500)).segment
    assert quick.trace.tolerance == plan_run(Options(preset="fast")).trace.tolerance
    assert plan_paths(given, 500, quick=False).segment == plan_run(options).segment


@pytest.mark.parametrize(("paths", "coarsest"), [(1, 2), (2, 3), (128, 3)])
def test_levels_reach_from_coarse_to_fine(paths, coarsest):
    plan = plan_run(Options(paths=paths)).for_levels()
    assert (plan.recolor.regions, plan.segment.regions) == (coarsest, 400)
    assert plan_run(Options(paths=1000)).for_levels().segment.regions == 800


@pytest.mark.parametrize("ratio", [0.0, 0.4])
def test_levels_of_the_published_recipe_reach_down_to_three_regions(ratio):
    plan = plan_run(Options(preset="paper", structural_ratio=ratio)).for_levels()
    assert plan.recolor.regions == 3


# --- nothing twice ---


@pytest.fixture
def decoded(monkeypatch):
    """Names of the photos that were decoded."""
    names = []
    before = load.raster_from_file

    def count(source, *, name, fit):
        names.append(name)
        return before(source, name=name, fit=fit)

    monkeypatch.setattr(load, "raster_from_file", count)
    return names


@pytest.fixture
def rendered(monkeypatch):
    """Scenes that were rendered at working size, once the drawing is finished."""
    scenes = []

    def count(scene, **options):
        scenes.append(scene)
        return rasterize(scene, **options)

    monkeypatch.setattr("huefold.render.rasterize", count)
    return scenes


def test_the_command_decodes_a_photo_once(tmp_path, capsys, decoded):
    photo, report = tmp_path / "photo.png", tmp_path / "r.json"
    Image.fromarray((picture() * 255).astype(np.uint8)).save(photo)
    flags = ["--preset", "fast", "--paths", "8", "--rounds", "2", "--report", str(report)]
    with pytest.raises(SystemExit) as left:
        main(["vectorize", str(photo), "-o", str(tmp_path / "o.svg"), *flags])
    assert left.value.code == 0
    assert decoded == [str(photo)]
    seconds = json.loads(report.read_text())["seconds"]
    shown = [line.split()[0] for line in capsys.readouterr().err.splitlines()]
    assert list(dict.fromkeys(shown))[:7] == list(seconds)
    assert next(iter(seconds)) == "load" and seconds["load"] > 0.0
    decoded.clear()
    drawing = [str(tmp_path / "o.svg"), str(photo), "-o", str(tmp_path / "closer.svg")]
    with pytest.raises(SystemExit) as left:
        main(["refine", *drawing, "-q", "--steps", "5", "--report", str(report)])
    assert left.value.code == 0
    assert decoded == [str(photo)]
    assert next(iter(json.loads(report.read_text())["seconds"])) == "load"


@pytest.mark.parametrize("options", [{}, {"saliency": {"it": MASK}}, {"nodes": 120}])
def test_a_finished_drawing_is_rendered_once(rendered, options):
    result = fast(**options)
    finished = [scene for scene in rendered if scene is result.scene]
    assert len(finished) == 1
    assert len(rendered) == len({id(scene) for scene in rendered})
    if "nodes" not in options:
        assert len(rendered) == 1


def test_a_refined_drawing_and_the_given_one_are_rendered_once_each(rendered):
    drawn = fast()
    rendered.clear()
    closer = refine_drawing(drawn.svg, picture(), steps=20, preset="fast")
    assert len(rendered) == 2 - closer.report.kept
    rendered.clear()
    blank = svg.write_svg(Scene(64, 48, (0.5, 0.5, 0.5)))
    kept = refine_drawing(blank, np.full((48, 64, 3), 128, np.uint8), steps=1)
    assert len(rendered) == 2 - kept.report.kept
    assert kept.report.plan["steps"] == 1


def test_a_resumed_drawing_reports_the_work_that_was_left():
    session = Session(picture())
    options = Options(paths=16, rounds=2, preset="fast")
    first = session.draw(options)
    again = session.draw(options, resume=first.scene)
    whole, rest = (result.report.plan["refine"]["settings"] for result in (first, again))
    assert rest["structure_iterations"] < whole["structure_iterations"]
    with pytest.raises(OptionError, match="canvas"):
        session.draw(options, resume=Scene(10, 10, (1, 1, 1)))
