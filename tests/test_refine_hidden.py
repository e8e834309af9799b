"""What lies hidden beneath later paths: where that is, what it costs, and that it is drawn back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.crossings.kernels import CHORDS
from huefold.errors import OptionError
from huefold.metrics import path_areas
from huefold.refine import RefineSettings, kernels, refine
from huefold.refine.drawing import Drawing
from huefold.refine.fitting import Fitter
from huefold.refine.hidden import MARGIN, Hidden, top_paths
from huefold.refine.recipes import Job, put_on_grid
from huefold.refine.seeding import circle
from huefold.refine.watch import Watch
from huefold.render import Rasterizer, SceneArrays, rasterize
from huefold.scene import Path, Scene, Solid, contour_from_polygon

RED, GREEN = Solid((1.0, 0.0, 0.0)), Solid((0.0, 1.0, 0.0))


def box(x0, y0, x1, y1, fill=RED):
    return Path((contour_from_polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]),), fill)


def slopes_of(scene, *, cost=1.0, weight=None, size=(40, 30)):
    """Return the derivative of the hidden cost by points, and the arrays."""
    arrays = SceneArrays.from_scene(scene)
    hidden = Hidden(Rasterizer(*size), weight, cost)
    hidden.look(arrays)
    slopes = np.zeros_like(arrays.points)
    hidden.add_slopes(arrays, slopes)
    return slopes, arrays


def area_of(arrays, path):
    areas = np.empty(len(arrays.contours) - 1)
    kernels.signed_areas(arrays.points, arrays.contours, CHORDS, areas)
    return float(areas[arrays.paths[path] : arrays.paths[path + 1]].sum())


def test_top_paths():
    scene = Scene(6, 2, (1, 1, 1), (box(0, 0, 3, 2), box(2, 0, 4.5, 2, GREEN)))
    top = top_paths(Rasterizer(6, 2), SceneArrays.from_scene(scene))
    assert top.tolist() == [[0, 0, 1, 1, -1, -1]] * 2


def test_top_paths_of_many():
    """Each of 4096 pixels shows its own path."""
    places = [(k % 64, k // 64) for k in range(4096)]
    scene = Scene(64, 64, (0, 0, 0), tuple(box(x, y, x + 1, y + 1) for x, y in places))
    top = top_paths(Rasterizer(64, 64), SceneArrays.from_scene(scene))
    assert (top.ravel() == np.arange(4096)).all()


@settings(deadline=None, max_examples=30)
@given(
    x=st.floats(14, 26), y=st.floats(12, 18), radius=st.floats(4, 6.5), segments=st.integers(3, 9),
    scale=st.sampled_from([1, 2]),
)  # fmt: skip
def test_slopes_are_those_of_the_hidden_area(x, y, radius, segments, scale):
    """A disc that another path hides wholly: by finite differences of its area, over the canvas' area."""
    disc = Path((circle(x, y, radius, segments),), RED)
    slopes, arrays = slopes_of(
        Scene(40, 30, (0, 0, 0), (disc, box(0, 0, 40, 30, GREEN))), size=(40 * scale, 30 * scale)
    )
    for point in range(len(disc.contours[0])):
        for axis in range(2):
            moved = [replace(arrays, points=arrays.points.copy()) for _ in range(2)]
            moved[0].points[point, axis] -= 0.01
            moved[1].points[point, axis] += 0.01
            expected = (area_of(moved[1], 0) - area_of(moved[0], 0)) / 0.02 / (40 * 30)
            assert slopes[point, axis] == pytest.approx(expected, rel=0.1, abs=0.05 * radius / 1200)
    assert not slopes[len(disc.contours[0]) :].any()


def test_what_shows_and_what_keeps_to_the_margin_costs_nothing():
    beneath = box(5, 5, 20 + 0.75 * MARGIN, 25)
    slopes, _ = slopes_of(Scene(40, 30, (0, 0, 0), (beneath, box(20, 0, 40, 30, GREEN))))
    assert not slopes.any()
    further, _ = slopes_of(Scene(40, 30, (0, 0, 0), (box(5, 5, 25, 25), box(20, 0, 40, 30, GREEN))))
    assert further[:12, 0].sum() > 0.0  # its right side is drawn back to the left


def test_weight_counts():
    scene = Scene(40, 30, (0, 0, 0), (box(5, 5, 25, 25), box(20, 0, 40, 30, GREEN)))
    whole, _ = slopes_of(scene)
    half, _ = slopes_of(scene, weight=np.full((30, 40), 0.5, np.float32))
    assert half == pytest.approx(0.5 * whole)


@pytest.mark.parametrize("cost", [0.0, 1e-4])
def test_fitting_draws_back_what_is_hidden(cost):
    """A path runs far beneath another one: with a cost only a margin of it stays, and the picture stays."""
    scene = Scene(60, 40, (0, 0, 0), (box(5, 8, 45, 32), box(20, 4, 56, 36, GREEN)))
    photo = rasterize(scene)[..., :3]
    drawing = Drawing.from_scene(scene)
    fitter = Fitter(photo, None, reduction=1, canvas_width=60, threads=1, hidden_cost=cost)
    fitter.fit(drawing, 400, point_rate=0.8, color_rate=0.01)
    area = area_of(drawing.arrays, 0)
    shown, margin = 15 * 24, MARGIN * 24
    if cost:
        assert shown < area < shown + 3 * margin
    else:
        assert area == pytest.approx(40 * 24, rel=0.05)
    assert fitter.loss(drawing) < 1e-5


def test_cost_is_checked():
    for cost in (-1.0, float("nan"), float("inf")):
        with pytest.raises(OptionError, match="hidden_cost"):
            RefineSettings(hidden_cost=cost)


def test_no_hidden_path_is_left_in_a_drawing():
    """A structural path that another one covers gives way to a detail: the budget is met by paths that show."""
    rows, columns = np.mgrid[:48, :64]
    photo = np.zeros((48, 64, 3), np.float32)
    photo[..., 0] = (rows // 8 + columns // 8) % 2
    photo[10:40, 10:40] = (0.0, 1.0, 0.0)
    covered = replace(box(20, 20, 30, 30), role="structural", id="covered")
    cover = replace(box(10, 10, 40, 40, GREEN), role="structural", id="cover")
    weight = np.ones((48, 64), np.float32)
    for settings_ in (RefineSettings.fast(), replace(RefineSettings.fast(), hidden_cost=0.0)):
        scene = Scene(64, 48, (0, 0, 0), (covered, cover))
        drawn = refine(photo, scene, weight, paths=12, settings=settings_, threads=1)
        assert len(drawn.paths) == 12
        assert "covered" not in [path.id for path in drawn.paths]
        assert path_areas(drawn, weight[None], visible=True)[:, 0].min() >= 0.49


def test_what_showed_only_between_two_points_of_the_grid_is_replaced():
    photo = np.zeros((24, 24, 3), np.float32)
    photo[4:12, 4:12] = (0.9, 0.8, 0.1)
    canvas = Scene(24, 24, (0.0, 0.0, 0.0), (box(2, 2, 20, 20), box(2, 2, 19.96, 20, GREEN)))
    drawing = Drawing.from_scene(canvas)
    fitter = Fitter(photo, None, reduction=1, canvas_width=24.0, threads=1)
    assert fitter.shown(drawing).min() == pytest.approx(0.72, abs=1e-3)
    saliency = np.ones((24, 24), np.float32)
    job = Job(fitter, fitter, saliency, 2, RefineSettings.fast(), 0, Watch(1, None, None), "solid", 0)
    put_on_grid(job, drawing, 1)
    points = drawing.arrays.points
    assert drawing.count == 2
    assert fitter.shown(drawing).min() > 0.5
    assert (np.round(points, 1) == points).all()
