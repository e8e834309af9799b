"""Stage III: its parts against plain twins, and its promises on small pictures."""

from __future__ import annotations

import time

import numpy as np
import pytest
from tests.refine.crossings import crossing_paths
from tests.refine.pictures import QUICK, flat, photo, structure

from huefold.errors import BudgetError, OptionError
from huefold.progress import CancelToken, Reporter
from huefold.refine import Drawing, RefineSettings, loss_weight, refine
from huefold.refine.edits.quantization import MORE_DECIMALS
from huefold.refine.fit.fitter import Fitter
from huefold.render import rasterize
from huefold.scene import Path, Scene, Solid, contour_from_polygon


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


@pytest.mark.slow
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
        ("merge_threshold", -1.0),
    ],
)
def test_settings_that_make_no_sense_are_refused(field, value):
    with pytest.raises(OptionError):
        RefineSettings(**{field: value})


def test_a_plain_picture_with_paths_to_spare_ends_on_the_grid():
    image = np.full((40, 52, 3), 0.2, np.float32)
    y, x = np.mgrid[:40, :52]
    image[(x - 20.3) ** 2 + (y - 17.7) ** 2 < 60] = (0.9, 0.4, 0.1)
    blank = Scene(52, 40, (0.2, 0.2, 0.2))
    drawn = refine(image, blank, np.ones((40, 52), np.float32), paths=9, settings=QUICK)
    finest = 1 + MORE_DECIMALS
    for path in drawn.paths:
        (points,) = path.contours
        assert any((np.round(points, decimals) == points).all() for decimals in range(1, finest + 1))
    points = np.concatenate([path.contours[0] for path in drawn.paths])
    assert (np.round(points, 1) == points).mean() > 0.5  # all but outlines that would cross themselves there


@pytest.mark.slow
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


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_a_picture_of_one_colour_has_no_paths(level):
    """Box sums of a white photo are off in the last digits, which must not pass for something to repair."""
    plain = np.full((200, 300, 3), level, np.float32)
    drawn = refine(plain, Scene(300, 200, (level,) * 3), flat(200, 300), paths=8, settings=QUICK)
    assert not drawn.paths
