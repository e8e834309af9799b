"""Stage III of the preset `paper` (section 4.4) against a twin: plain Adam on the plain squared error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from huefold.progress import Reporter
from huefold.refine import RefineSettings, RegionTree, refine
from huefold.refine.fit.state import FitState
from huefold.render import Rasterizer, SceneArrays
from huefold.scene import Path, Scene, Solid, contour_from_polygon

DETAIL_RADIUS, DETAIL_SEGMENTS = 5.0, 4  # the paper's five pixels; a circle of four cubics
ITERATIONS, POINT_RATE, COLOR_RATE = 500, 1.0, 0.01
DECAYS = 0.9, 0.99
FLATTENING = 0.2
HEIGHT, WIDTH = 60, 80


def photo():
    y, x = np.mgrid[:HEIGHT, :WIDTH] / HEIGHT
    rgb = np.stack([0.2 + 0.5 * x, 0.3 + 0.4 * y, 0.6 - 0.3 * x], axis=2)
    rgb[(x - 0.4) ** 2 + (y - 0.5) ** 2 < 0.05] = (0.9, 0.3, 0.1)
    return np.clip(rgb + 0.1 * np.sin(14 * x + 9 * y)[..., None], 0.0, 1.0).astype(np.float32)


def structure(scale=1.0):
    """Two regions that tile the canvas."""
    corners = (
        [(0, 0), (37, 0), (33, HEIGHT), (0, HEIGHT)],
        [(37, 0), (WIDTH, 0), (WIDTH, HEIGHT), (33, HEIGHT)],
    )
    paths = tuple(
        Path(
            (contour_from_polygon(np.multiply(polygon, scale)),),
            Solid((0.3, 0.4, 0.5)),
            role="structural",
            id=f"s{k}",
        )
        for k, polygon in enumerate(corners)
    )
    return Scene(round(WIDTH * scale), round(HEIGHT * scale), (0.5, 0.5, 0.5), paths)


def everywhere():
    return np.ones((HEIGHT, WIDTH), np.float32)


def drawn(details, settings=None, *, saliency=None, scale=1.0, **options):
    """Return the drawing as Stage III begins to fit it, and as it ends."""
    seen, start = [], structure(scale)
    result = refine(
        photo(),
        start,
        everywhere() if saliency is None else saliency,
        paths=len(start.paths) + details,
        settings=RefineSettings.paper() if settings is None else settings,
        report=Reporter("refine", seen.append),
        **options,
    )
    return next(report.scene for report in seen if report.scene is not None), result


def briefly(iterations, **changed):
    """Return the preset's settings with few iterations."""
    return replace(RefineSettings.paper(), final_iterations=iterations, **changed)


# --- what Stage III starts with ---


def centres_and_radii(paths):
    """Of circles of four cubics, whose on-curve points are the corners of a square."""
    nodes = np.array([path.contours[0][::3] for path in paths])
    centres = nodes.mean(axis=1)
    return centres, np.linalg.norm(nodes - centres[:, None], axis=2)


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_all_details_start_at_once_as_circles_of_five_pixels(scale):
    """Pixels of the photo at working size, whatever the canvas."""
    start, end = drawn(40, briefly(1), scale=scale)
    details = start.paths[2:]
    assert [path.role for path in start.paths] == 2 * ["structural"] + 40 * ["detail"]
    assert [path.role for path in end.paths] == [path.role for path in start.paths]
    assert {len(path.contours) for path in details} == {1}
    assert {path.segments for path in details} == {DETAIL_SEGMENTS}
    centres, radii = centres_and_radii(details)
    np.testing.assert_allclose(radii, DETAIL_RADIUS * scale)
    quarters = np.concatenate([path.contours[0] for path in details]).reshape(-1, 3, 2)
    assert np.linalg.norm(quarters[:, 1] - quarters[:, 0], axis=1) == pytest.approx(
        0.5523 * 5 * scale, rel=1e-4
    )
    columns, rows = np.floor(centres / scale).astype(int).T
    np.testing.assert_allclose([path.fill.color for path in details], photo()[rows, columns], atol=1e-6)
    assert {path.opacity for path in details} == {1.0}


def test_structure_starts_as_traced():
    start, _ = drawn(3, briefly(1))
    for path, traced in zip(start.paths, structure().paths, strict=False):
        np.testing.assert_array_equal(path.contours[0], traced.contours[0])
        assert path.fill == traced.fill
    assert start.background == structure().background


def test_details_lie_where_saliency_is_by_their_probability():
    """Three quarters of all saliency on the left half, none in the lower one."""
    saliency = np.zeros((HEIGHT, WIDTH), np.float32)
    saliency[:30, :40], saliency[:30, 40:] = 0.9, 0.3
    start, _ = drawn(2000, briefly(0), saliency=saliency)
    centres, _ = centres_and_radii(start.paths[2:])
    assert centres[:, 1].max() <= 30.0
    assert np.mean(centres[:, 0] < 40.0) == pytest.approx(0.75, abs=0.04)  # four standard deviations
    within = centres[centres[:, 0] < 40.0] / [40.0, 30.0]
    np.testing.assert_allclose(within.mean(axis=0), 0.5, atol=0.03)
    np.testing.assert_allclose(within.std(axis=0), 12**-0.5, atol=0.02)


def test_an_image_without_saliency_has_details_anywhere():
    start, _ = drawn(500, briefly(0), saliency=0.0 * everywhere())
    centres, _ = centres_and_radii(start.paths[2:])
    np.testing.assert_allclose(centres.mean(axis=0), [40.0, 30.0], atol=5.0)


# --- how it is fitted ---


def twin(scene, iterations, scale=1.0):
    """Plain Adam on all points and colours, the background's included, at constant rates."""
    raster, target = Rasterizer(WIDTH, HEIGHT, tolerance=FLATTENING), np.moveaxis(photo(), 2, 0).copy()
    arrays = SceneArrays.from_scene(scene)
    rates = {"points": POINT_RATE * scale, "colors": COLOR_RATE, "background": COLOR_RATE}
    values = {name: getattr(arrays, name).copy() for name in rates}
    means, squares = ({name: np.zeros_like(value) for name, value in values.items()} for _ in range(2))
    for step in range(1, iterations + 1):
        gradients = raster.value_and_grad(replace(arrays, **values), target)  # of the mean squared error
        for name, rate in rates.items():
            gradient = getattr(gradients, name)
            means[name] = DECAYS[0] * means[name] + (1.0 - DECAYS[0]) * gradient
            squares[name] = DECAYS[1] * squares[name] + (1.0 - DECAYS[1]) * gradient**2
            mean, square = means[name] / (1.0 - DECAYS[0] ** step), squares[name] / (1.0 - DECAYS[1] ** step)
            values[name] = values[name] - rate * mean / (np.sqrt(square) + 1e-12)
            if name != "points":
                values[name] = values[name].clip(0.0, 1.0)
    return replace(arrays, **values)


def largest_difference(scene, expected):
    found = SceneArrays.from_scene(scene)
    if found.points.shape != expected.points.shape:
        return np.inf
    names = ("points", "colors", "background")
    return max(np.abs(getattr(found, name) - getattr(expected, name)).max() for name in names)


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_all_that_moves_moves_as_the_twins(scale):
    """Nothing is guarded, weighted, penalised, smoothed, merged, removed, moved elsewhere or rounded."""
    halves = np.repeat([[0, 1]], WIDTH // 2, axis=1).repeat(HEIGHT, axis=0).astype(np.int32)
    regions = RegionTree(halves, np.array([-1, -1]), np.array([True, True]))
    start, end = drawn(12, briefly(40), scale=scale, regions=regions)
    assert largest_difference(end, twin(start, 40, scale)) < 1e-3


def test_as_many_iterations_as_the_preset_says(monkeypatch):
    """At full working size, each of them."""
    sizes, run, begun = [], FitState.run, FitState.__init__

    def begin(state, drawing, fitter, *others):
        state.size = fitter.raster.width, fitter.raster.height
        begun(state, drawing, fitter, *others)

    def counted(state, begin, end):
        sizes.extend([state.size] * (end - begin))
        run(state, begin, end)

    monkeypatch.setattr(FitState, "__init__", begin)
    monkeypatch.setattr(FitState, "run", counted)
    drawn(4)
    assert sizes == ITERATIONS * [(WIDTH, HEIGHT)]


def test_outlines_may_cross_and_paths_may_hide():
    """What guards would undo: after all iterations every path is there, with the nodes that it started with."""
    start, end = drawn(60)
    assert [path.segments for path in end.paths] == [path.segments for path in start.paths]
    assert [path.role for path in end.paths] == [path.role for path in start.paths]
    assert largest_difference(end, SceneArrays.from_scene(start)) > 1.0
