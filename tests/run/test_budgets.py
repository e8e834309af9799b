"""Budgets of nodes, bytes and PSNR, and drawings with a fixed number of segments a path."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold import metrics, render, svg
from huefold.cli import main
from huefold.errors import BudgetError, BudgetMissedError, Cancelled, OptionError
from huefold.options import Options
from huefold.progress import CancelToken
from huefold.run.budget_search import MOST_PATHS, Budget, PathSearch
from huefold.run.budgets import spend
from huefold.run.pipeline import vectorize
from huefold.run.writing import Written
from huefold.scene import Path, Scene, Solid, contour_from_polygon


def picture(height=48, width=64, seed=0):
    y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
    rgb = np.stack([x, y, 1 - x], axis=2) * 0.6
    rgb[(x - 0.3) ** 2 + (y - 0.5) ** 2 < 0.05] = (0.9, 0.2, 0.1)
    rgb[(x > 0.7) & (x < 0.8)] = (0.1, 0.8, 0.3)
    rgb += np.random.default_rng(seed).normal(0, 0.04, rgb.shape)
    return np.clip(rgb, 0, 1)


def fast(**options):
    return vectorize(picture(), **({"rounds": 2, "preset": "fast", "threads": 1} | options))


def measured(text):
    """PSNR of a file, by nothing but the public renderer."""
    drawn = render.rasterize(svg.read_svg(text), width=64, height=48)[..., :3]
    return metrics.psnr(picture().astype(np.float32), drawn)


# --- the whole method ---


@pytest.mark.parametrize("nodes", [4, 30, 150, 401])
def test_nodes_are_never_exceeded_and_are_used(nodes):
    result = fast(nodes=nodes)
    scene = svg.read_svg(result.svg)
    found = sum(path.segments for path in scene.paths)
    assert found == result.report.nodes == result.report.budget.found
    assert nodes - max(16, 0.08 * nodes) <= found <= nodes
    assert result.report.paths.drawn == len(scene.paths) >= 1
    assert (result.report.budget.kind, result.report.budget.asked, result.report.budget.met) == (
        "nodes", nodes, True)  # fmt: skip


@pytest.mark.parametrize(("nodes", "fewer"), [(17, True), (18, False)])
def test_structure_has_no_surplus_of_nodes_where_none_is_taken_out(nodes, fewer):
    rows, columns = np.mgrid[:96, :96] - 47.5
    star = np.hypot(rows, columns) < 34 + 10 * np.sin(16 * np.arctan2(rows, columns))
    traced = []

    def watch(report):
        if report.stage == "trace" and report.scene is not None:
            traced.append(max(path.segments for path in report.scene.paths))

    photo = np.where(star[..., None], (0.9, 0.8, 0.1), (0.1, 0.1, 0.4))
    vectorize(photo, nodes=nodes, preset="fast", rounds=1, structural_ratio=1.0, segmenter=star.astype(int),
              progress=watch, threads=1)  # fmt: skip
    assert traced
    assert (max(traced) <= 17) == fewer


@pytest.mark.parametrize("size", [400, 2500, 9000])
def test_bytes_are_never_exceeded_and_are_used(size):
    result = fast(bytes=size)
    assert size - max(400, 0.1 * size) <= len(result.svg.encode()) <= size
    assert result.report.bytes == result.report.budget.found == len(result.svg.encode())


@pytest.mark.slow
@pytest.mark.parametrize("goal", [17.0, 22.0])
def test_the_psnr_is_reached_by_the_file_with_few_paths(goal):
    result = fast(psnr=goal)
    assert measured(result.svg) >= goal
    assert result.report.fidelity.psnr == pytest.approx(measured(result.svg), rel=1e-9)
    drawn = result.report.paths.drawn
    assert measured(fast(paths=max(1, drawn // 2)).svg) < goal
    assert result.report.budget.fits <= 7


@pytest.mark.slow
def test_quick_fits_only_predict():
    result = vectorize(picture(), psnr=20, rounds=2, preset="balanced", threads=1)
    assert result.report.options["preset"] == "balanced"
    assert measured(result.svg) >= 20
    assert result.report.budget.fits >= 2


def test_a_budget_that_cannot_be_met_is_told():
    with pytest.raises(
        BudgetError, match=r"a budget of 50 bytes is too small: the background alone takes \d+"
    ):
        fast(bytes=50)
    flat = np.full((12, 16, 3), 0.5)
    flat[0, 0] = 0.501
    with pytest.raises(BudgetError, match=r"PSNR of 99 dB was not reached: \d+ paths give \d+"):
        vectorize(flat, psnr=99, rounds=2, preset="fast", threads=1)


def test_plain_pictures_need_no_paths():
    result = vectorize(np.full((12, 16, 3), 128, np.uint8), psnr=40, rounds=2, preset="fast")
    assert result.report.fidelity.psnr >= 40
    assert result.report.paths.drawn <= 1


def test_the_report_of_an_exact_drawing_is_json():
    result = vectorize(np.zeros((12, 16, 3), np.uint8), psnr=40, rounds=2, preset="fast")
    assert result.report.budget.found == math.inf
    told = json.loads(json.dumps(result.report.to_dict(), allow_nan=False))
    assert told["budget"]["found"] is told["fidelity"]["psnr"] is None


@pytest.mark.slow
def test_same_budget_same_bytes_whatever_the_threads():
    assert fast(nodes=200, threads=1).svg == fast(nodes=200, threads=2).svg


@pytest.mark.parametrize("budget", [{"nodes": 200}, {"bytes": 3000}, {"psnr": 60}])
def test_a_time_limit_keeps_what_holds(budget):
    result = fast(**budget, time_limit=1e-3)
    assert result.report.stopped == "time limit"
    assert result.report.budget.met == ("psnr" not in budget)
    if "psnr" in budget:
        assert "stopped before 60 dB were reached" in result.report.notes
    else:
        assert result.report.budget.found <= result.report.budget.asked


@pytest.mark.slow
@pytest.mark.parametrize("nodes", [300, 600])
def test_knots_go_before_paths_where_a_budget_of_nodes_was_stopped(nodes):
    whole = fast(nodes=nodes)
    cancel = CancelToken()

    def stop(report):
        if report.stage == "refine" and report.fraction > 0.1:
            cancel.cancel()

    stopped = fast(nodes=nodes, progress=stop, cancel=cancel)
    assert stopped.report.stopped == "cancelled"
    assert stopped.report.nodes <= nodes
    assert stopped.report.paths.drawn > 0.9 * whole.report.paths.drawn


def test_a_fit_that_was_stopped_half_way_does_not_replace_a_better_one():
    box = Path((contour_from_polygon([(0, 0), (4, 0), (4, 4), (0, 4)]),), Solid((0, 0, 0)))
    drawn = []

    def write(scene):
        return Written("<svg>" + len(scene.paths) * "<path/>", scene, 30.0 if len(drawn) < 2 else 20.0, BLANK)

    def draw(_, quick):
        drawn.append(quick)
        return write(Scene(4, 4, (1, 1, 1), (box,) * (10 if len(drawn) < 2 else 8)))

    found = spend(
        Budget("nodes", 33), draw, write, lambda scene: np.ones(len(scene.paths)), lambda _: 20.0,
        stopped=lambda: len(drawn) > 1,
    )  # fmt: skip
    assert drawn == [True, True]
    assert found.paths == 3


def test_a_quick_fit_is_kept_where_the_one_after_it_was_stopped():
    box = Path((contour_from_polygon([(0, 0), (4, 0), (4, 4), (0, 4)]),), Solid((0, 0, 0)))
    drawn = []

    def write(scene):
        return Written("<svg>" + len(scene.paths) * "<path/>", scene, 30.0 if drawn[-1] else 20.0, BLANK)

    def draw(_, quick):
        drawn.append(quick)
        return write(Scene(4, 4, (1, 1, 1), (box,) * (10 if quick else 8)))

    found = spend(
        Budget("nodes", 40), draw, write, lambda scene: np.ones(len(scene.paths)), lambda _: 20.0,
        stopped=lambda: False in drawn,
    )  # fmt: skip
    assert drawn[-1] is False
    assert found.quick
    assert found.written.nodes == 40


@pytest.mark.slow
def test_a_cancel_in_a_later_fit_keeps_the_first():
    token, refined = CancelToken(), []

    def watch(progress):
        if progress.stage == "refine" and progress.fraction >= 1.0:
            refined.append(progress)
        if refined and progress.stage == "recolor":
            token.cancel()

    result = fast(psnr=60, progress=watch, cancel=token)
    assert result.report.stopped == "cancelled"
    assert result.report.budget.fits == 1
    before = CancelToken()
    before.cancel()
    with pytest.raises(Cancelled):
        fast(nodes=100, cancel=before)


@pytest.mark.slow
def test_the_command_line(tmp_path, capsys):
    out, report = tmp_path / "out.svg", tmp_path / "out.json"
    np.save(tmp_path / "unused.npy", np.zeros(1))
    from PIL import Image

    Image.fromarray((255 * picture()).astype(np.uint8)).save(tmp_path / "photo.png")
    arguments = [
        "vectorize",
        str(tmp_path / "photo.png"),
        "-o",
        str(out),
        "--preset",
        "fast",
        "--rounds",
        "2",
    ]
    with pytest.raises(SystemExit) as done:
        main([*arguments, "--nodes", "120", "--report", str(report), "--segments-per-path", "5"])
    assert done.value.code == 0
    assert "of 120 nodes" in capsys.readouterr().err
    found = json.loads(report.read_text())
    assert found["budget"] | {"fits": 0} == {
        "kind": "nodes", "asked": 120, "found": found["nodes"], "met": True, "fits": 0}  # fmt: skip
    assert found["options"]["paths"] is None
    assert {path.segments for path in svg.read_svg(out).paths} == {5}
    with pytest.raises(SystemExit) as failed:
        main([*arguments, "--nodes", "120", "--paths", "9"])
    assert failed.value.code == 2
    assert "a drawing has one budget, got paths and nodes" in capsys.readouterr().err


# --- options ---


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"nodes": 3}, "nodes must be a whole number from 4 to 10000000, got 3"),
        ({"bytes": 0}, "bytes must be a whole number from 1 to 1000000000, got 0"),
        ({"psnr": math.inf}, "psnr must be a number of dB above 0, at most 100, got inf"),
        ({"nodes": 50, "psnr": 20}, "one budget, got nodes and psnr"),
        ({"paths": 128, "bytes": 999}, "one budget, got paths and bytes"),
    ],
)
def test_bad_budgets(values, said):
    with pytest.raises(BudgetError, match=said):
        Options(**values)


def test_budgets_that_are_none_are_not_given():
    assert Options(paths=64, nodes=None).budget is None
    assert Options(nodes=64).budget == ("nodes", 64)
    with pytest.raises(OptionError, match="segments-per-path must be a whole number from 3 to 100, got 2"):
        Options(segments_per_path=2)


# --- the search, on drawings that are numbers ---

BLANK = np.zeros((4, 4, 3), np.float32)
BOX = contour_from_polygon([(0, 0), (4, 0), (4, 4), (0, 4)])


class Model:
    """A method whose PSNR and nodes follow a law, and that counts what it is asked."""

    def __init__(self, slope=1.4, base=15.0, offset=0.5, most=10**9):
        self.slope, self.base, self.offset, self.most = slope, base, offset, most
        self.asked = []

    def fidelity(self, scene):
        return self.base + self.slope * math.log2(len(scene.paths) + 1)

    def write(self, scene):
        return Written("<svg>" + '<path d="zzz"/>' * len(scene.paths), scene, self.fidelity(scene), BLANK)

    def draw(self, paths, quick):
        self.asked.append((paths, quick))
        drawn = min(paths, self.most)
        written = self.write(Scene(4, 4, (1, 1, 1), (Path((BOX,), Solid((0, 0, 0))),) * drawn))
        return replace(written, psnr=written.psnr - (self.offset if quick else 0.0))

    def spend(self, kind, limit, **options):
        return spend(
            Budget(kind, limit), self.draw, self.write, lambda scene: np.arange(len(scene.paths)) + 1.0,
            self.fidelity, **options,
        )  # fmt: skip


def test_a_search_keeps_the_picture_of_its_last_fit_only():
    model, drawn = Model(), []

    def draw(paths, quick):
        assert all(written.drawn is None for written in drawn)
        drawn.append(model.draw(paths, quick))
        return drawn[-1]

    PathSearch(Budget("psnr", 22.0), draw, bool).run(quick=True)
    assert [written.drawn is not None for written in drawn] == [False] * (len(drawn) - 1) + [True]
    assert len(drawn) > 2


@settings(max_examples=80, deadline=None)
@given(st.floats(0.7, 2.5), st.floats(-0.5, 2.0), st.floats(16.0, 26.0), st.booleans())
def test_the_fewest_paths_of_a_law_are_found(slope, offset, goal, quick):
    model = Model(slope, 14.0, offset)
    fewest = math.ceil(2 ** ((goal - 14.0) / slope) - 1 - 1e-9)
    if fewest > MOST_PATHS:
        with pytest.raises(BudgetError, match="was not reached"):
            model.spend("psnr", goal, quick=quick)
        return
    found = model.spend("psnr", goal, quick=quick)
    assert found.met
    assert found.written.psnr >= goal
    assert len(found.written.scene.paths) <= fewest + 1
    assert found.fits == len(model.asked) <= 10


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["nodes", "bytes"]), st.integers(20, 30_000), st.booleans())
def test_limits_hold_and_are_used(kind, limit, quick):
    model = Model()
    found = model.spend(kind, limit, quick=quick)
    used = found.written.spent(kind)
    step = {"nodes": 4, "bytes": 15}[kind]
    assert (
        limit - max(2 * step, 0.02 * limit) <= used <= limit or len(found.written.scene.paths) == MOST_PATHS
    )


def test_a_plain_picture_ends_the_search():
    model = Model(most=20)
    assert len(model.spend("nodes", 5000).written.scene.paths) == 20
    asked = len(model.asked)
    with pytest.raises(BudgetError, match="20 paths give 21"):
        model.spend("psnr", 40)
    assert len(model.asked) - asked <= 3


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("goal", [22.5, 24.0, 24.5])
def test_a_psnr_is_found_where_more_paths_do_harm(goal, quick):
    """The PSNR rises to 25 dB at 400 paths and falls beyond, and a tenth of the paths is never drawn."""

    class Humped(Model):
        def fidelity(self, scene):
            return 25.0 - 1.5 * abs(math.log2(max(len(scene.paths), 1) / 400))

        def draw(self, paths, quick):
            return super().draw(round(0.9 * paths), quick)

    found = Humped(offset=0.0).spend("psnr", goal, quick=quick)
    assert found.met
    assert found.written.psnr >= goal
    assert found.fits <= 10


def test_a_missed_psnr_is_work_that_failed():
    with pytest.raises(BudgetMissedError) as missed:
        Model(most=20).spend("psnr", 40)
    assert missed.value.exit_code == 1
    assert isinstance(missed.value, BudgetError)


# --- segments ---


@pytest.mark.parametrize("segments", [3, 4, 9])
def test_segments_are_fixed_in_the_file(segments):
    result = fast(paths=14, segments_per_path=segments)
    assert [path.segments for path in svg.read_svg(result.svg).paths] == [segments] * 14
