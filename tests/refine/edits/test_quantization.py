"""Points on a grid: all of them, smooth nodes still smooth, no crossing that was not there, and short files."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.refine.crossings import crossing_paths

from huefold.bezier.arcs import circle
from huefold.images import load_image
from huefold.refine import Drawing, RefineSettings, refine
from huefold.refine.edits.quantization import grid_decimals, quantize_points
from huefold.refine.fit.smooth_nodes import SmoothNodes
from huefold.scene import Path, Scene, Solid, contour_from_polygon
from huefold.svg import read_svg, write_svg

INK = Solid((0.0, 0.0, 0.0))


def drawing_of(*contours):
    return Drawing.from_scene(Scene(40, 40, (1, 1, 1), tuple(Path((one,), INK) for one in contours)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 3), st.floats(0.0, 1.5))
def test_points_lie_on_the_grid_and_no_outline_begins_to_cross_itself(seed, decimals, disorder):
    rng = np.random.default_rng(seed)
    shapes = [circle(*rng.uniform(8, 32, 2), rng.uniform(0.3, 8), int(rng.integers(3, 9))) for _ in range(6)]
    drawing = drawing_of(*(shape + disorder * rng.normal(size=shape.shape) for shape in shapes))
    before, crossed = drawing.arrays.points, crossing_paths(drawing)
    quantize_points(drawing, decimals)
    after = drawing.arrays.points
    assert not (crossing_paths(drawing) & ~crossed).any()
    fine = (np.round(after, decimals + 2) == after).all(axis=1)
    assert (fine | (after == before).all(axis=1)).all()
    assert np.abs(after - before).max() <= 1.51 * 10.0**-decimals  # the reflected handle by three halves
    if disorder == 0.0 and min(np.ptp(shape, axis=0).min() for shape in shapes) > 8 * 10.0**-decimals:
        assert (np.round(after, decimals) == after).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_smooth_nodes_stay_smooth(seed):
    rng = np.random.default_rng(seed)
    drawing = drawing_of(*(circle(*rng.uniform(10, 30, 2), rng.uniform(4, 9), 7) for _ in range(3)))
    arrays = drawing.arrays
    assert len(SmoothNodes.existing(arrays.points, arrays.contours).node) == 21
    quantize_points(drawing, 1)
    assert len(SmoothNodes.existing(drawing.arrays.points, arrays.contours).node) == 21


def test_an_outline_too_thin_for_the_grid_gets_a_finer_one():
    needle = contour_from_polygon([(5, 5.02), (20, 5.03), (35, 5.06), (20, 5.05)])
    broad = contour_from_polygon([(5.04, 20), (35, 20.06), (20, 30.33)])
    drawing = drawing_of(needle, broad)
    quantize_points(drawing, 1)
    remove_nodes, wide = (path.contours[0] for path in drawing.to_scene().paths)
    assert not crossing_paths(drawing).any()
    assert (np.round(wide, 1) == wide).all()
    assert (np.round(remove_nodes, 1) != remove_nodes).any()
    assert np.ptp(remove_nodes[:, 1]) > 0.0


def test_nothing_to_round_is_no_trouble():
    drawing = drawing_of()
    quantize_points(drawing, 1)
    assert drawing.count == 0


@pytest.mark.parametrize(("width", "decimals"), [(120, 1), (600, 1), (1200, 0)])
def test_the_grid_is_as_fine_as_the_photo_was_worked_on(width, decimals):
    photo = load_image("sample:chelsea", max_pixels=120 * 80).rgb
    scale = width / photo.shape[1]
    canvas = Scene(width, round(scale * photo.shape[0]), (0.5, 0.4, 0.3))
    assert grid_decimals(0.1 * scale) == decimals
    drawn = refine(
        photo, canvas, np.ones(photo.shape[:2], np.float32), paths=12, settings=RefineSettings.fast()
    )
    points = np.concatenate([path.contours[0] for path in drawn.paths])
    assert np.mean(np.round(points, decimals) == points) > 0.8  # outlines that would cross have more
    text = write_svg(drawn)
    numbers = re.findall(r"-?\d*\.?\d+", " ".join(re.findall(r' d="([^"]*)"', text)))
    digits = np.array([len(number.partition(".")[2]) for number in numbers])
    assert np.mean(digits <= decimals) > 0.8
    assert read_svg(text.encode()).paths[0].contours[0][0] == pytest.approx(
        drawn.paths[0].contours[0][0], abs=1e-9
    )


def test_the_grid_can_be_left_out():
    photo = load_image("sample:chelsea", max_pixels=80 * 60).rgb
    canvas, guide = (
        Scene(photo.shape[1], photo.shape[0], (0.5, 0.4, 0.3)),
        np.ones(photo.shape[:2], np.float32),
    )
    free = replace(RefineSettings.fast(), grid_step=0.0)
    drawn = refine(photo, canvas, guide, paths=6, settings=free)
    points = np.concatenate([path.contours[0] for path in drawn.paths])
    assert np.mean(np.round(points, 3) == points) < 0.1
