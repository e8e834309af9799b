"""What outlines cost: what lies hidden beneath later paths is drawn back, what shows becomes short."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.refine.penalties.looks import gradient_after, look, top_paths

from huefold.bezier.arcs import circle
from huefold.bezier.kernels import CHORDS, signed_areas
from huefold.errors import OptionError
from huefold.metrics import path_areas, psnr
from huefold.refine import RefineSettings, refine
from huefold.refine.context import RefinementContext
from huefold.refine.drawing import Drawing
from huefold.refine.edits.quantization import quantize
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.loop import fit_drawing
from huefold.refine.monitor import Monitor
from huefold.refine.penalties.kernels import SIDES
from huefold.refine.penalties.occlusion_and_length import BORDER, MARGIN, SOFTNESS
from huefold.refine.penalties.total import PenaltyWeights
from huefold.refine.schedule import FitSchedule
from huefold.render import SceneArrays, rasterize
from huefold.scene import LinearGradient, Path, Scene, Solid, Stop, contour_from_polygon

RED, GREEN = Solid((1.0, 0.0, 0.0)), Solid((0.0, 1.0, 0.0))


def box(x0, y0, x1, y1, fill=RED):
    return Path((contour_from_polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]),), fill)


def gradient_of(scene, *, cost=1.0, weight=None, size=(40, 30)):
    """Return the derivative of the hidden cost by points, and the arrays."""
    state, arrays = look(scene, size=size, weights=PenaltyWeights(occlusion=cost), weight=weight)
    return gradient_after(state, arrays), arrays


def area_of(arrays, path):
    areas = np.empty(len(arrays.contours) - 1)
    signed_areas(arrays.points, arrays.contours, CHORDS, areas)
    return float(areas[arrays.paths[path] : arrays.paths[path + 1]].sum())


def test_top_paths():
    scene = Scene(6, 2, (1, 1, 1), (box(0, 0, 3, 2), box(2, 0, 4.5, 2, GREEN)))
    top = top_paths(scene, size=(6, 2))
    assert top.tolist() == [[0, 0, 1, 1, -1, -1]] * 2


@pytest.mark.parametrize(("opacity", "hides"), [(1.0, True), (0.7, True), (0.5, False), (0.0, False)])
def test_paths_that_fade_hide_nothing(opacity, hides):
    """One stop is opaque, the other as given: the mean decides."""
    fade = LinearGradient((2, 0), (6, 0), (Stop(0, (0, 1, 0), opacity), Stop(1, (0, 1, 0))))
    scene = Scene(6, 2, (1, 1, 1), (box(0, 0, 4, 2), box(2, 0, 6, 2, fade)))
    top = top_paths(scene, size=(6, 2))
    assert top.tolist() == [[0, 0, 1, 1, 1, 1] if hides else [0, 0, 0, 0, -1, -1]] * 2


def test_what_shows_beneath_a_path_that_fades_is_seen():
    fade = LinearGradient((0, 0), (40, 0), (Stop(0, (0, 1, 0), 0.0), Stop(1, (0, 1, 0), 0.5)))
    scene = Scene(40, 30, (1, 1, 1), (box(0, 0, 20, 30), box(0, 0, 40, 30, fade), box(20, 0, 40, 30)))
    fitter = Fitter(np.ones((15, 20, 3), np.float32), None, reduction=1, canvas_width=40.0, threads=1)
    shown = fitter.visible_area(Drawing.from_scene(scene))
    np.testing.assert_allclose(shown, [600 * (1 - 0.125), 600 * 0.125, 600], rtol=1e-5)


def test_top_paths_of_many():
    """Each of 4096 pixels shows its own path."""
    places = [(k % 64, k // 64) for k in range(4096)]
    scene = Scene(64, 64, (0, 0, 0), tuple(box(x, y, x + 1, y + 1) for x, y in places))
    top = top_paths(scene, size=(64, 64))
    assert (top.ravel() == np.arange(4096)).all()


@settings(deadline=None, max_examples=30)
@given(
    x=st.floats(14, 26), y=st.floats(12, 18), radius=st.floats(4, 6.5), segments=st.integers(3, 9),
    scale=st.sampled_from([1, 2]),
)  # fmt: skip
def test_gradient_are_those_of_the_hidden_area(x, y, radius, segments, scale):
    """A disc that another path hides wholly: by finite differences of its area, over the canvas' area."""
    disc = Path((circle(x, y, radius, segments),), RED)
    gradient, arrays = gradient_of(
        Scene(40, 30, (0, 0, 0), (disc, box(0, 0, 40, 30, GREEN))), size=(40 * scale, 30 * scale)
    )
    for point in range(len(disc.contours[0])):
        for axis in range(2):
            moved = [replace(arrays, points=arrays.points.copy()) for _ in range(2)]
            moved[0].points[point, axis] -= 0.01
            moved[1].points[point, axis] += 0.01
            expected = (area_of(moved[1], 0) - area_of(moved[0], 0)) / 0.02 / (40 * 30)
            assert gradient[point, axis] == pytest.approx(expected, rel=0.1, abs=0.05 * radius / 1200)
    assert not gradient[len(disc.contours[0]) :].any()


def test_what_shows_and_what_keeps_to_the_margin_costs_nothing():
    beneath = box(5, 5, 20 + 0.75 * MARGIN, 25)
    gradient, _ = gradient_of(Scene(40, 30, (0, 0, 0), (beneath, box(20, 0, 40, 30, GREEN))))
    assert not gradient.any()
    further, _ = gradient_of(Scene(40, 30, (0, 0, 0), (box(5, 5, 25, 25), box(20, 0, 40, 30, GREEN))))
    assert further[:12, 0].sum() > 0.0  # its right side is drawn back to the left


def test_weight_counts():
    scene = Scene(40, 30, (0, 0, 0), (box(5, 5, 25, 25), box(20, 0, 40, 30, GREEN)))
    whole, _ = gradient_of(scene)
    half, _ = gradient_of(scene, weight=np.full((30, 40), 0.5, np.float32))
    assert half == pytest.approx(0.5 * whole)


@pytest.mark.parametrize("cost", [0.0, 1e-4])
def test_fitting_draws_back_what_is_hidden(cost):
    """A path runs far beneath another one: with a cost only a margin of it stays, and the picture stays."""
    scene = Scene(60, 40, (0, 0, 0), (box(5, 8, 45, 32), box(20, 4, 56, 36, GREEN)))
    photo = rasterize(scene)[..., :3]
    drawing = Drawing.from_scene(scene)
    fitter = Fitter(
        photo, None, reduction=1, canvas_width=60, threads=1, penalties=PenaltyWeights(occlusion=cost)
    )
    fit_drawing(drawing, fitter, FitSchedule(400, 0.8, 0.01))
    area = area_of(drawing.arrays, 0)
    shown, margin = 15 * 24, MARGIN * 24
    if cost:
        assert shown < area < shown + 3 * margin
    else:
        assert area == pytest.approx(40 * 24, rel=0.05)
    assert fitter.loss(drawing) < 1e-5


def test_cost_is_checked():
    for name, cost in product(("occlusion_weight", "length_weight"), (-1.0, float("nan"), float("inf"))):
        with pytest.raises(OptionError, match=name):
            RefineSettings(**{name: cost})


def test_no_hidden_path_is_left_in_a_drawing():
    """A structural path that another one covers gives way to a detail: the budget is met by paths that show."""
    rows, columns = np.mgrid[:48, :64]
    photo = np.zeros((48, 64, 3), np.float32)
    photo[..., 0] = (rows // 8 + columns // 8) % 2
    photo[10:40, 10:40] = (0.0, 1.0, 0.0)
    covered = replace(box(20, 20, 30, 30), role="structural", id="covered")
    cover = replace(box(10, 10, 40, 40, GREEN), role="structural", id="cover")
    weight = np.ones((48, 64), np.float32)
    for settings_ in (RefineSettings.fast(), replace(RefineSettings.fast(), occlusion_weight=0.0)):
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
    assert fitter.visible_area(drawing).min() == pytest.approx(0.72, abs=1e-3)
    saliency = np.ones((24, 24), np.float32)
    context = RefinementContext(
        fitter, fitter, saliency, 2, RefineSettings.fast(), 0, Monitor(1, None, None), "solid", 0
    )
    quantize(context, drawing, 1)
    points = drawing.arrays.points
    assert drawing.count == 2
    assert fitter.visible_area(drawing).min() > 0.5
    assert (np.round(points, 1) == points).all()


def length_of(points, contours, seen=lambda *_: True):
    """Length of outlines as polygons, softened as the kernel's; of those sides that are seen by their middles."""
    total = 0.0
    for first, last in pairwise(contours):
        ring = np.concatenate([points[first:last], points[first : first + 1]])
        t = np.linspace(0.0, 1.0, SIDES + 1)[:, None]
        for a in range(0, last - first, 3):
            p = ring[a : a + 4]
            ends = (1 - t) ** 3 * p[0] + 3 * (1 - t) ** 2 * t * p[1] + 3 * (1 - t) * t**2 * p[2] + t**3 * p[3]
            lengths = np.sqrt((np.diff(ends, axis=0) ** 2).sum(axis=1) + SOFTNESS**2)
            total += sum(
                length
                for length, (x, y) in zip(lengths, (ends[1:] + ends[:-1]) / 2, strict=True)
                if seen(x, y)
            )
    return total


def length_gradient(scene, *, reduction=1, weight=None):
    weights = PenaltyWeights(length=2.0 * 40 * 30)
    state, arrays = look(scene, size=(40, 30), weights=weights, reduction=reduction, weight=weight)
    return gradient_after(state, arrays, start=1.0) - 1.0


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31 - 1))
def test_length_gradient_are_its_derivative(seed):
    """Of outlines that run beneath another path and off the canvas."""
    rng = np.random.default_rng(seed)
    contour = rng.uniform(-5, 35, (12, 2))
    scene = Scene(40, 30, (0, 0, 0), (Path((contour,), RED), box(10, 10, 30, 20, GREEN)))
    top = top_paths(scene, size=(40, 30))
    contours = SceneArrays.from_scene(scene).contours[:2]

    def seen(x, y):
        if not (BORDER <= x <= 40 - BORDER and BORDER <= y <= 30 - BORDER):
            return False
        return top[int(y), int(x)] != 1

    def cost(points):
        return 2.0 * length_of(points, contours, seen)

    step = 1e-6
    gradient, points = length_gradient(scene), SceneArrays.from_scene(scene).points
    for index in np.ndindex(12, 2):
        ahead, behind = points.copy(), points.copy()
        ahead[index] += step
        behind[index] -= step
        expected = (cost(ahead) - cost(behind)) / (2 * step)
        if abs(expected) < 100:  # else a side has passed a border in between
            assert gradient[index] == pytest.approx(expected, abs=1e-3)


def test_length_counts_in_pixels_and_only_where_it_shows():
    square = box(10, 10, 30, 20)
    assert length_gradient(Scene(40, 30, (0, 0, 0), (square,))).any()
    large = Scene(400, 300, (0, 0, 0), (box(100, 100, 300, 200),))
    near = length_gradient(Scene(40, 30, (0, 0, 0), (square,)))
    assert length_gradient(large) == pytest.approx(near / 10, abs=1e-9)
    for other in (box(0, 0, 40, 30), box(-3, -3, 43, 33)):  # along the border, and beyond
        assert not length_gradient(Scene(40, 30, (0, 0, 0), (other,))).any()
    covered = Scene(40, 30, (0, 0, 0), (square, box(5, 5, 35, 25, GREEN)))
    assert not length_gradient(covered)[:12].any()
    over = Scene(40, 30, (0, 0, 0), (box(5, 5, 35, 25, GREEN), square))
    assert length_gradient(over)[12:] == pytest.approx(near)


def test_length_costs_the_same_on_a_draft_and_as_much_as_errors_count():
    scene = Scene(40, 30, (0, 0, 0), (box(10, 10, 30, 20),))
    whole = length_gradient(scene)
    assert length_gradient(scene, reduction=2) == pytest.approx(whole, rel=0.01, abs=1e-9)
    assert length_gradient(scene, weight=np.full((30, 40), 0.5, np.float32)) == pytest.approx(0.5 * whole)


def test_length_in_pixels_that_are_not_square():
    wide = Scene(80, 30, (0, 0, 0), (box(20, 10, 60, 20),))
    square = Scene(40, 30, (0, 0, 0), (box(10, 10, 30, 20),))
    assert length_gradient(wide) == pytest.approx(length_gradient(square) * (0.5, 1.0))


def test_points_in_one_place_have_no_length():
    scene = Scene(40, 30, (0, 0, 0), (Path((np.full((12, 2), 9.5),), RED),))
    assert length_gradient(scene) == pytest.approx(0.0)


def blob(cost, *, canvas=60.0, reduction=1):
    """Fit a star to a photo of one colour, which does not tell it where to go; how long it is then."""
    angles = np.linspace(0.0, 2.0 * np.pi, 16, endpoint=False)
    radii = np.where(np.arange(16) % 2, 8.0, 20.0) * canvas / 60
    corners = canvas / 2 + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    grey = (0.5, 0.5, 0.5)
    scene = Scene(round(canvas), round(canvas), grey, (Path((contour_from_polygon(corners),), Solid(grey)),))
    photo = np.full((60, 60, 3), 0.5, np.float32)
    photo[0, 0] = 0.6  # something is left to do
    drawing = Drawing.from_scene(scene)
    fitter = Fitter(
        photo,
        None,
        reduction=reduction,
        canvas_width=canvas,
        threads=1,
        penalties=PenaltyWeights(length=cost),
    )
    before = length_of(drawing.arrays.points, drawing.arrays.contours)
    fit_drawing(drawing, fitter, FitSchedule(40, 0.5, 0.0), cells_per_unit=1000.0)
    return length_of(drawing.arrays.points, drawing.arrays.contours) / before


@pytest.mark.parametrize(("canvas", "reduction"), [(60.0, 1), (600.0, 1), (60.0, 2)])
def test_what_nothing_holds_gets_shorter(canvas, reduction):
    assert blob(1e-3, canvas=canvas, reduction=reduction) < 0.9
    assert blob(0.0, canvas=canvas, reduction=reduction) == pytest.approx(1.0, abs=0.02)


def test_an_edge_that_shows_stays_where_it_is():
    square = contour_from_polygon([(10, 10), (50, 10), (50, 50), (10, 50)])
    scene = Scene(60, 60, (0, 0, 0), (Path((square,), Solid((1, 1, 1))),))
    photo = rasterize(scene)[..., :3]
    drawing = Drawing.from_scene(scene)
    fitter = Fitter(
        photo, None, reduction=1, canvas_width=60, threads=1, penalties=PenaltyWeights(length=1e-3)
    )
    fit_drawing(drawing, fitter, FitSchedule(200, 0.5, 0.01, last_rate=0.02))
    assert psnr(photo, rasterize(drawing.to_scene())[..., :3]) > 45


def test_edges_of_smooth_shades_are_not_ragged():
    """A noisy slope from dark to bright, cut into bands: with a cost of length they have shorter outlines."""
    rng = np.random.default_rng(0)
    photo = np.repeat(np.linspace(0.2, 0.5, 96)[:, None, None], 120, axis=1).repeat(3, axis=2)
    photo = (photo + rng.normal(0.0, 0.03, photo.shape)).clip(0, 1).astype(np.float32)
    scene = Scene(120, 96, tuple(photo.mean(axis=(0, 1)).tolist()))
    even = np.ones((96, 120), np.float32)
    lengths, errors = [], []
    for cost in (0.0, 1e-3):
        chosen = replace(RefineSettings.fast(), length_weight=cost)
        arrays = SceneArrays.from_scene(
            drawn := refine(photo, scene, even, paths=10, settings=chosen, threads=1)
        )
        lengths.append(length_of(arrays.points, arrays.contours))
        errors.append(psnr(photo, rasterize(drawn)[..., :3]))
    assert lengths[1] < 0.9 * lengths[0]
    assert errors[1] > errors[0] - 0.3


@pytest.mark.slow
def test_outlines_of_many_paths_cost_less(monkeypatch):
    """The price that a drawing of more than 512 paths is fitted with, draft and final, falls with their number."""
    asked = []
    kept = Fitter.__init__

    def watched(self, *args, penalties, **others):
        asked.append(penalties.length)
        kept(self, *args, penalties=penalties, **others)

    monkeypatch.setattr(Fitter, "__init__", watched)
    photo = np.random.default_rng(0).uniform(0, 1, (48, 64, 3)).astype(np.float32)
    hurried = replace(
        RefineSettings.fast(), growth_iterations=1, relocation_rounds=0, polish_iterations=1, path_pixels=1,
        draft_pixels=1000, length_weight=1e-3,
    )  # fmt: skip
    for paths, price in ((128, 1e-3), (640, 8e-4)):
        refine(photo, Scene(64, 48, (0, 0, 0)), np.ones((48, 64), np.float32), paths=paths, settings=hurried)
        assert asked == [price] * 2
        asked.clear()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), count=st.integers(0, 12))
def test_threads_share_the_work_and_change_nothing(seed, count):
    """Also more threads than there are paths."""
    rng = np.random.default_rng(seed)
    paths = tuple(
        Path(tuple(rng.uniform(-5, 45, (3 * rng.integers(3, 99), 2)) for _ in range(rng.integers(1, 4))), RED)
        for _ in range(count)
    )
    scene, gradient = Scene(40, 30, (0, 0, 0), paths), []
    weights = PenaltyWeights(occlusion=1.0, length=1.0)
    for threads in (1, 2, 3, 7):
        state, arrays = look(scene, size=(40, 30), weights=weights, threads=threads)
        gradient.append(gradient_after(state, arrays, threads=threads, start=1.0))
    assert all(np.array_equal(gradient[0], other) for other in gradient[1:])
    assert not count or (gradient[0] != 1.0).any()
