"""Stage III: its parts against plain twins, and its promises on small pictures."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.bezier.crossings import crossing_contours
from huefold.bezier.kernels import CHORDS
from huefold.errors import BudgetError, OptionError
from huefold.progress import CancelToken, Reporter
from huefold.refine import Drawing, RefineSettings, loss_weight, refine
from huefold.refine import progressive as recipes
from huefold.refine.edits.quantization import snap
from huefold.refine.edits.seeding import circle, residual_seeds, saliency_seeds
from huefold.refine.fit import fitter as fitting
from huefold.refine.fit import kernels as refine_kernels
from huefold.refine.fit.fitter import Fitter, crossing_paths, step_back, untangle
from huefold.refine.monitor import Watch
from huefold.render import rasterize
from huefold.scene import Path, Scene, Solid, contour_from_polygon

QUICK = RefineSettings(
    draft_pixels=10**6, structure_iterations=20, growth_steps=2, growth_iterations=20, exchange_rounds=2,
    exchange_iterations=15, settle_iterations=20, final_iterations=20,
)  # fmt: skip


def photo(height=48, width=64, seed=0):
    """Discs and stripes of random colours: something to draw."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    image = np.stack([x / width, y / height, (x + y) / (width + height)], axis=2) * 0.4
    for _ in range(9):
        cx, cy, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(3, 12)
        image[(x - cx) ** 2 + (y - cy) ** 2 < r * r] = rng.random(3)
    return image.astype(np.float32)


def structure(height=48, width=64):
    """Two structural paths side by side, the second one counter-clockwise."""
    left = contour_from_polygon([(0, 0), (width / 2, 0), (width / 2, height), (0, height)])
    right = contour_from_polygon([(width / 2, 0), (width / 2, height), (width, height), (width, 0)])
    paths = tuple(
        Path((c,), Solid((0.5, 0.5, 0.5)), role="structural", id=f"s{i}", name=f"part {i}")
        for i, c in enumerate((left, right))
    )
    return Scene(width, height, (0.5, 0.5, 0.5), paths)


def flat(height=48, width=64):
    return np.ones((height, width), np.float32)


def loss_of(scene, image):
    drawn = rasterize(scene, width=image.shape[1], height=image.shape[0])[..., :3]
    return float(np.mean((drawn - image) ** 2))


def test_budget_is_met_exactly_and_structure_stays_below():
    drawn = refine(photo(seed=3), structure(), flat(), paths=14, settings=QUICK)
    assert [path.role for path in drawn.paths] == ["structural"] * 2 + ["detail"] * 12
    assert [path.id for path in drawn.paths] == ["s0", "s1"] + [f"d{i}" for i in range(12)]
    assert [path.name for path in drawn.paths[:2]] == ["part 0", "part 1"]


def test_more_paths_draw_better():
    image = photo()
    losses = [loss_of(refine(image, structure(), flat(), paths=n, settings=QUICK), image) for n in (2, 6, 20)]
    assert losses[0] > 2 * losses[1] > 4 * losses[2]


def test_outlines_stay_simple():
    drawn = refine(photo(seed=3), structure(), flat(), paths=24, settings=QUICK)
    assert not crossing_paths(Drawing.from_scene(drawn)).any()


def test_nothing_hidden_is_left():
    image = photo(seed=4)
    drawn = refine(image, structure(), flat(), paths=24, settings=QUICK)
    fitter = Fitter(image, None, reduction=1, canvas_width=64, threads=1)
    shown = fitter.importance(Drawing.from_scene(drawn))
    assert (np.abs(shown) > 0).all()


@pytest.mark.parametrize("recipe", ["progressive", "paper"])
def test_same_seed_same_drawing_on_any_number_of_threads(recipe):
    settings_ = QUICK if recipe == "progressive" else RefineSettings(recipe="paper", final_iterations=30)
    drawn = [
        refine(photo(), structure(), photo()[..., 0], paths=10, settings=settings_, seed=5, threads=threads)
        for threads in (1, 2, 3)
    ]
    for other in drawn[1:]:
        for a, b in zip(drawn[0].paths, other.paths, strict=True):
            assert a.fill == b.fill
            np.testing.assert_array_equal(a.contours[0], b.contours[0])


def test_a_plain_picture_gets_no_details():
    plain = np.full((20, 30, 3), 0.5, np.float32)
    whole = Path((contour_from_polygon([(0, 0), (30, 0), (30, 20), (0, 20)]),), Solid((0.5, 0.5, 0.5)))
    drawn = refine(plain, Scene(30, 20, (0.5, 0.5, 0.5), (whole,)), flat(20, 30), paths=50, settings=QUICK)
    assert len(drawn.paths) == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (2, 2)])
def test_tiny_pictures_are_drawn(shape):
    image = np.random.default_rng(0).random((*shape, 3)).astype(np.float32)
    scene = Scene(shape[1], shape[0], (0.5, 0.5, 0.5))
    drawn = refine(image, scene, np.ones(shape, np.float32), paths=3, settings=QUICK)
    assert 1 <= len(drawn.paths) <= 3
    assert loss_of(drawn, image) < np.mean((image - 0.5) ** 2)


def test_time_limit_gives_the_whole_budget_at_once():
    start = time.monotonic()
    drawn = refine(photo(), structure(), flat(), paths=14, settings=RefineSettings.best(), deadline=start)
    assert len(drawn.paths) == 14
    assert time.monotonic() - start < 5.0


def test_cancel_gives_the_best_so_far():
    cancel = CancelToken()
    previews = []

    def watch(progress):
        previews.append(progress)
        if len(previews) == 2:
            cancel.cancel()

    report = Reporter("refine", watch, cancel)
    drawn = refine(photo(), structure(), flat(), paths=14, settings=RefineSettings.best(), report=report)
    assert len(drawn.paths) == 14
    assert previews[0].scene is not None
    fractions = [progress.fraction for progress in previews]
    assert fractions == sorted(fractions)
    assert fractions[-1] < 1


def test_weight_moves_the_error_away():
    left = np.zeros((48, 64), np.float32)
    left[:, :32] = 1.0

    def error_left(image, weight):
        drawn = refine(image, Scene(64, 48, (0.5, 0.5, 0.5)), flat(), paths=6, weight=weight, settings=QUICK)
        return np.mean((rasterize(drawn)[:, :32, :3] - image[:, :32]) ** 2)

    images = [photo(seed=seed) for seed in (7, 8, 9)]
    guided, plain = (sum(error_left(image, w) for image in images) for w in (loss_weight(left), None))
    assert guided < 0.75 * plain


def test_loss_weight_has_mean_one_and_a_floor():
    saliency = np.random.default_rng(0).random((9, 11)).astype(np.float32)
    weight = loss_weight(saliency, floor=0.2)
    assert weight.mean() == pytest.approx(1.0, rel=1e-6)
    np.testing.assert_allclose(
        weight / weight.max(), (0.2 + 0.8 * saliency) / (0.2 + 0.8 * saliency).max(), rtol=1e-5
    )
    with pytest.raises(OptionError, match=r"\(0, 1\]"):
        loss_weight(saliency, floor=0.0)


def test_structure_beyond_the_budget_is_refused():
    with pytest.raises(BudgetError, match="less than the 2 structural"):
        refine(photo(), structure(), flat(), paths=1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("final_iterations", -1),
        ("point_rate", 0.0),
        ("detail_segments", 1),
        ("node_leeway", 1.5),
        ("union_price", -1.0),
    ],
)
def test_settings_that_make_no_sense_are_refused(field, value):
    with pytest.raises(OptionError):
        RefineSettings(**{field: value})


def test_adam_is_adam():
    rng = np.random.default_rng(1)
    values = rng.random((5, 2))
    expected, mean, square = values.copy(), np.zeros((5, 2)), np.zeros((5, 2))
    m, v = np.zeros((5, 2)), np.zeros((5, 2))
    rates = rng.random(5)
    for step in range(1, 8):
        gradient = rng.normal(size=(5, 2))
        refine_kernels.adam(values, gradient, mean, square, rates, 0.9, 0.99, float(step))
        m = 0.9 * m + 0.1 * gradient
        v = 0.99 * v + 0.01 * gradient**2
        expected -= rates[:, None] * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.99**step)) + 1e-12)
    np.testing.assert_allclose(values, expected, rtol=1e-12)


def test_outlines_share_second_moments_within_a_path():
    rng = np.random.default_rng(2)
    points, offsets, share = rng.random((7, 2)), np.array([0, 3, 7]), 0.4
    expected, mean, square = points.copy(), np.zeros((7, 2)), np.zeros(7)
    m, v = np.zeros((7, 2)), np.zeros(7)
    for step in range(1, 6):
        gradient = rng.normal(size=(7, 2))
        refine_kernels.adam_outlines(
            points, gradient, mean, square, offsets, share, 0.1, 0.9, 0.99, float(step)
        )
        m = 0.9 * m + 0.1 * gradient
        v = 0.99 * v + 0.01 * (gradient**2).mean(axis=1)
        common = np.concatenate([np.full(3, v[:3].mean()), np.full(4, v[3:].mean())])
        pace = 0.1 / (np.sqrt(((1 - share) * v + share * common) / (1 - 0.99**step)) + 1e-12)
        expected -= pace[:, None] * m / (1 - 0.9**step)
    np.testing.assert_allclose(points, expected, rtol=1e-10)


def polygon(contour, steps=CHORDS):
    """Vertices that the kernels look at."""
    t = np.arange(steps)[:, None] / steps
    out = []
    for s in range(0, len(contour), 3):
        p = [contour[s], contour[s + 1], contour[s + 2], contour[(s + 3) % len(contour)]]
        out.append(
            (1 - t) ** 3 * p[0] + 3 * (1 - t) ** 2 * t * p[1] + 3 * (1 - t) * t**2 * p[2] + t**3 * p[3]
        )
    return np.concatenate(out)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.floats(0.0, 1.0))
def test_crossings_are_those_that_shapely_sees_and_can_be_mended(seed, segments, disorder):
    rng = np.random.default_rng(seed)
    contour = circle(10, 10, 5, segments) + disorder * rng.normal(size=(3 * segments, 2))
    scene = Scene(20, 20, (0, 0, 0), (Path((contour,), Solid((1, 1, 1)), role="structural"),))
    drawing = Drawing.from_scene(scene)
    assert crossing_paths(drawing)[0] == (not shapely.LinearRing(polygon(drawing.arrays.points)).is_simple)
    before = drawing.arrays.points.copy()
    crossed = crossing_paths(drawing)[0] or crossing_paths(rounded(drawing))[0]
    untangle(drawing)
    if crossed:
        assert not crossing_paths(drawing)[0]
        assert not crossing_paths(rounded(drawing))[0]
    else:
        np.testing.assert_array_equal(drawing.arrays.points, before)


def rounded(drawing):
    """As a file may have it."""
    grid = fitting.GRID
    return Drawing(
        drawing.scene, replace(drawing.arrays, points=np.rint(grid * drawing.arrays.points) / grid)
    )


def test_the_first_seed_covers_the_largest_error():
    target = np.zeros((3, 60, 80), np.float32)
    y, x = np.mgrid[:60, :80]
    target[0, (x - 50) ** 2 + (y - 22) ** 2 < 100] = 0.8
    contours, colors = residual_seeds(np.zeros_like(target), target, None, 1, segments=6, pixel=2.0)
    ring = shapely.Polygon(contours[0][::3])
    assert ring.centroid.distance(shapely.Point(101, 45)) < 4
    assert 14 < np.ptp(contours[0][:, 0]) / 2 < 26
    assert colors[0][0] > 0.6


def test_seeds_follow_the_weight_and_stop_when_nothing_is_wrong():
    target = np.zeros((3, 40, 40), np.float32)
    target[:, 5:10, 5:10] = 1.0
    target[:, 28:36, 28:36] = 1.0
    weight = np.full((40, 40), 1e-3, np.float32)
    weight[:20] = 1.0
    contours, _ = residual_seeds(np.zeros_like(target), target, weight, 1, segments=4, pixel=1.0)
    assert contours[0].mean(axis=0).max() < 20
    nothing, colors = residual_seeds(target, target, None, 5, segments=4, pixel=1.0)
    assert nothing == []
    assert colors.shape == (0, 3)


def test_saliency_seeds_lie_where_saliency_is_and_have_the_radius():
    saliency = np.zeros((30, 40), np.float32)
    saliency[10:20, 25:35] = 0.7
    target = np.random.default_rng(2).random((3, 30, 40)).astype(np.float32)
    contours, colors = saliency_seeds(target, saliency, 50, radius=5.0, segments=4, pixel=2.0, seed=1)
    centers = np.array([contour[::3].mean(axis=0) for contour in contours])
    assert (centers >= [50, 20]).all()
    assert (centers <= [70, 40]).all()
    assert np.ptp(contours[0][::3, 0]) == pytest.approx(20.0)
    assert colors.shape == (50, 3)
    other, _ = saliency_seeds(target, saliency, 50, radius=5.0, segments=4, pixel=2.0, seed=2)
    assert not np.array_equal(contours[0], other[0])


def test_dropping_takes_the_right_paths_structural_or_not():
    drawing = Drawing.from_scene(structure())
    drawing.add([circle(5 * i, 5, 2, 4) for i in range(4)], np.full((4, 3), 0.25) * np.arange(4)[:, None])
    drawing.drop(np.array([0, 3, 4]))
    assert (drawing.structural, drawing.details) == (1, 2)
    assert drawing.to_scene().paths[0].id == structure().paths[1].id
    left = drawing.to_scene().paths[1:]
    assert [path.fill.color[0] for path in left] == [0.0, 0.75]
    np.testing.assert_allclose(left[1].contours[0], circle(15, 5, 2, 4))


@pytest.mark.parametrize("count", [0, 1, 7, 40])
def test_contours_step_back_alike_on_any_number_of_threads(count):
    rng = np.random.default_rng(count)
    discs = [
        circle(*rng.uniform(0, 99, 2), rng.uniform(2, 9), int(rng.integers(3, 12))) for _ in range(count)
    ]
    good = np.concatenate([*discs, np.zeros((0, 2))])
    contours = np.cumsum([0, *map(len, discs)])
    wild = good + rng.normal(0.0, 3.0, good.shape)
    found = []
    for threads in (1, 2, 5):
        points = wild.copy()
        moved = step_back(points, good, contours, 100.0, threads)
        found.append((points.tobytes(), moved.tolist()))
        inside = np.repeat(moved, np.diff(contours))
        assert (points[~inside] == wild[~inside]).all()
        assert not crossing_contours(points, contours).any()
    assert found[0] == found[1] == found[2]
    assert any(found[0][1]) == (count > 0)


def test_a_plain_picture_with_paths_to_spare_ends_on_the_grid():
    image = np.full((40, 52, 3), 0.2, np.float32)
    y, x = np.mgrid[:40, :52]
    image[(x - 20.3) ** 2 + (y - 17.7) ** 2 < 60] = (0.9, 0.4, 0.1)
    blank = Scene(52, 40, (0.2, 0.2, 0.2))
    drawn = refine(image, blank, np.ones((40, 52), np.float32), paths=9, settings=QUICK)
    again = Drawing.from_scene(drawn)
    snap(again, 1)
    assert (again.arrays.points == Drawing.from_scene(drawn).arrays.points).all()
    points = np.concatenate([path.contours[0] for path in drawn.paths])
    assert (np.round(points, 1) == points).mean() > 0.5  # all but outlines that would cross themselves there


@pytest.mark.parametrize("paths", [200, 300])
def test_plain_art_is_not_spoilt_by_paths_to_spare(paths):
    """Where only the stairs of edges are left to repair, a disc that no fit follows makes it worse."""
    image = np.full((120, 160, 3), (0.5, 0.7, 0.9), np.float32)
    y, x = np.mgrid[:120, :160]
    image[y >= 76] = (0.2, 0.5, 0.2)
    image[((x - 50) / 24) ** 2 + ((y - 56) / 30) ** 2 < 1] = (0.9, 0.2, 0.2)
    image[(abs(x - 116) < (y - 24) * 0.4) & (y < 96)] = (0.9, 0.8, 0.3)
    blank = Scene(160, 120, (0.5, 0.7, 0.9))
    drawn = refine(image, blank, flat(120, 160), paths=paths, settings=RefineSettings.fast())
    assert len(drawn.paths) <= paths
    assert -10.0 * np.log10(loss_of(drawn, image)) > 45.5


def test_paths_that_no_fit_follows_do_good(monkeypatch):
    """Others are chosen in the place of those that would not."""
    image = photo(seed=5)
    fitter = Fitter(image, None, reduction=1, canvas_width=64, threads=1)
    job = recipes.Job(fitter, fitter, image[..., 0], 30, QUICK, 0, Watch(1, None, None), "solid", 0)
    drawing = Drawing.from_scene(structure())
    first, grow = [], recipes.grow

    def spoil(job, drawing, details):
        """Grow, and turn the colours of the first two to their opposites."""
        count = drawing.count
        grow(job, drawing, details)
        drawing.arrays.colors[count : count + 2] = 1.0 - drawing.arrays.colors[count : count + 2]
        first.append(drawing.count - count)

    monkeypatch.setattr(recipes, "grow", spoil)
    before = fitter.loss(drawing)
    recipes.fill_up(job, drawing, 12)
    assert first == [10, 80]
    assert drawing.count == 12
    assert (fitter.importance(drawing)[2:] > 0).all()
    assert fitter.loss(drawing) < 0.9 * before


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_a_picture_of_one_colour_has_no_paths(level):
    """Box sums of a white photo are off in the last digits, which must not pass for something to repair."""
    plain = np.full((200, 300, 3), level, np.float32)
    drawn = refine(plain, Scene(300, 200, (level,) * 3), flat(200, 300), paths=8, settings=QUICK)
    assert not drawn.paths


@pytest.mark.parametrize(("rise", "kept"), [(1.005, True), (1.015, True), (1.04, False), (1.4, False)])
def test_exchanges_that_raise_the_loss_much_are_undone(monkeypatch, rise, kept):
    """An exchange that only changes a colour, until the loss is so many times what it was, with no fit after it."""
    image = photo()
    fitter = Fitter(image, None, reduction=1, canvas_width=64.0, threads=1)
    none = replace(
        QUICK,
        structure_iterations=0,
        growth_steps=1,
        growth_iterations=0,
        exchange_rounds=1,
        exchange_iterations=0,
    )
    job = recipes.Job(fitter, fitter, flat(), 2, none, 0, Watch(1, None, None), "solid", 0)
    drawing = Drawing.from_scene(structure())
    before, loss = drawing.arrays, fitter.loss(drawing)

    def exchange(_job, drawing, _share):
        mean = image[:, :32].mean(axis=(0, 1)).astype(float)
        low, high = 0.0, 1.0  # the loss is a parabola in how far the colour is from the best one
        for _ in range(60):
            middle = 0.5 * (low + high)
            color = mean + middle * ((1.0, 1.0, 1.0) - mean)
            drawing.arrays = replace(before, colors=np.stack([color, before.colors[1]]))
            low, high = (middle, high) if fitter.loss(drawing) < rise * loss else (low, middle)

    monkeypatch.setattr(recipes, "exchange", exchange)
    recipes.compose(job, drawing)
    assert fitter.loss(drawing) == pytest.approx(rise * loss if kept else loss, rel=1e-3)
