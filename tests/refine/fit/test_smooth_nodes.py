"""Smooth nodes: which nodes are chosen, that they stay smooth, and that files say so in fewer numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.refine import RefineSettings, refine
from huefold.refine.drawing import Drawing
from huefold.refine.fit import kernels
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.loop import fit_drawing
from huefold.refine.fit.smooth_nodes import SmoothNodes
from huefold.refine.schedule import FitSchedule
from huefold.scene import Path, Scene, Solid
from huefold.svg import read_svg, write_svg


def random_contours(seed: int, sizes=(3, 1, 5)):
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 40, (3 * sum(sizes), 2))
    return points, np.concatenate([[0], 3 * np.cumsum(sizes)])


def made_smooth(smooth, points):
    """The points, with both handles of each of these nodes opposite and equally long."""
    return smooth.to_points(smooth.to_handles(points.copy()))


def asymmetry(points, contours):
    """Length of the sum of both handles of each node, one contour after the other."""
    found = []
    for first, last in pairwise(contours):
        chain = points[first:last]
        arriving = np.roll(chain[2::3], 1, axis=0)
        found.extend(np.hypot(*(chain[1::3] + arriving - 2 * chain[::3]).T))
    return np.array(found)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_the_nearest_nodes_become_smooth_and_no_other_point_moves(seed, share):
    points, contours = random_contours(seed)
    before = asymmetry(points, contours)
    smooth = SmoothNodes.nearest(points, contours, share=share)
    smoothed = made_smooth(smooth, points)
    after = asymmetry(smoothed, contours)
    chosen = np.isin(np.arange(len(before)), smooth.node // 3)
    assert chosen.sum() == round(share * len(before))
    assert before[chosen].max(initial=0.0) <= before[~chosen].min(initial=np.inf)
    assert after[chosen].max(initial=0.0) < 1e-9
    np.testing.assert_allclose(after[~chosen], before[~chosen], atol=1e-9)
    np.testing.assert_array_equal(smoothed[::3], points[::3])
    assert set(smooth.node) <= set(SmoothNodes.existing(smoothed, contours).node)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_gradient_by_handles_is_that_of_the_composed_function(seed):
    points, contours = random_contours(seed)
    smooth = SmoothNodes.nearest(points, contours, share=0.6)
    points = made_smooth(smooth, points)
    weights = np.random.default_rng(seed).normal(size=points.shape)

    def value(parameters):
        return float((weights * np.sin(smooth.to_points(parameters.copy()))).sum())

    parameters = smooth.to_handles(points.copy())
    found = weights * np.cos(points)
    kernels.smooth_gradient(smooth.node, smooth.arriving, found)
    step = 1e-6
    for node, arriving in zip(smooth.node, smooth.arriving, strict=True):
        for axis in range(2):
            for places in ([node], [node + 1, arriving]):
                up, down = parameters.copy(), parameters.copy()
                up[places, axis] += step
                down[places, axis] -= step
                expected = (value(up) - value(down)) / (2 * step)
                np.testing.assert_allclose(found[places, axis].sum(), expected, rtol=1e-4, atol=1e-5)


def photo():
    y, x = np.mgrid[:60, :80] / 60.0
    rgb = np.stack([x / 1.4, y, 1 - y], axis=2)
    rgb[(x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.08] = (0.9, 0.2, 0.1)
    rgb[(x > 0.9) & (np.abs(y - 0.5 * x) < 0.1)] = (0.1, 0.1, 0.2)
    return rgb.astype(np.float32)


def fitted(share: float, **other) -> Scene:
    rgb = photo()
    # Which paths become one depends on all else: drawings that are compared do without.
    chosen = RefineSettings(
        smooth_share=share, relocation_rounds=2, draft_pixels=2400, merge_threshold=0.0, **other
    )
    blank = Scene(80, 60, (0.5, 0.5, 0.5))
    return refine(rgb, blank, np.ones(rgb.shape[:2], np.float32), paths=10, settings=chosen)


def smooth_share(scene: Scene) -> float:
    lengths = [asymmetry(c, np.array([0, len(c)])) for path in scene.paths for c in path.contours]
    return float((np.concatenate(lengths) < 1e-6).mean())


@pytest.mark.slow
def test_drawings_have_about_the_share_asked_for_and_take_fewer_bytes():
    # Without a grid: an outline that would cross itself there takes more decimals, whatever its nodes are.
    angular, smooth = (fitted(share, length_weight=0.0, grid_step=0.0) for share in (0.0, 0.7))
    assert smooth_share(angular) < 0.3
    assert 0.5 < smooth_share(smooth) <= 0.9
    assert len(write_svg(smooth)) < 0.95 * len(write_svg(angular))


@pytest.mark.slow
def test_smooth_nodes_survive_the_file():
    scene = fitted(0.7)
    text = write_svg(scene)
    again = read_svg(text)
    assert abs(smooth_share(again) - smooth_share(scene)) < 0.03
    assert write_svg(again) == text


def test_a_contour_starts_where_its_first_control_point_must_be_written():
    # A drop: one corner, in the middle of the chain as given.
    drop = np.array(
        [[10, 10], [13, 10], [16, 14], [16, 18], [16, 22], [12, 23], [10, 25], [8, 23], [4, 22], [4, 18], [4, 14],
         [7, 10]], float,
    )  # fmt: skip
    drop += np.sqrt(2.0)  # more decimals than are kept as they are
    text = write_svg(Scene(20, 30, (1, 1, 1), (Path((drop,), Solid((0, 0, 0))),)))
    start = re.search(r'd="m([\d.]+) ([\d.]+)', text)
    assert start is not None
    assert (round(float(start[1]), 1), round(float(start[2]), 1)) == (11.4, 26.4)


def test_nodes_become_smooth_little_by_little():
    """What a drawing loses at once when its nodes are made smooth, the fit never shows."""
    rgb = photo()
    # No outline steps back to where its nodes were not smooth yet.
    fitter = Fitter(rgb, None, reduction=1, canvas_width=80, threads=1, winding_penalty=0.0)
    drawing = Drawing.from_scene(fitted(0.0, grid_step=0.0, node_oversampling=1.0, length_weight=0.0))
    arrays = drawing.arrays
    smooth = SmoothNodes.nearest(arrays.points, arrays.contours, share=0.9)
    before = fitter.loss(drawing)
    drawing.arrays = replace(arrays, points=made_smooth(smooth, arrays.points))
    at_once = fitter.loss(drawing)
    drawing.arrays = arrays
    losses = []
    fit_drawing(
        drawing,
        fitter,
        FitSchedule(60, 0.3, 0.01),
        cells_per_unit=None,
        smooth=smooth,
        tick=lambda _steps: losses.append(fitter.loss(drawing)),
    )
    assert at_once > 1.5 * before
    assert max(losses) < 0.5 * (before + at_once)
    found = SmoothNodes.existing(drawing.arrays.points, drawing.arrays.contours).node
    assert np.isin(smooth.node, found).all()
