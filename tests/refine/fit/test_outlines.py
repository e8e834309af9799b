"""How outlines move: what pulls on a line moves its ends."""

from __future__ import annotations

import numpy as np

from huefold.refine.fit import kernels
from huefold.refine.fit.outlines import StraightOutlines
from huefold.render import SceneArrays
from huefold.scene import Path, Scene, Solid, contour_from_polygon


def box(left, top, right, bottom):
    return contour_from_polygon([(left, top), (right, top), (right, bottom), (left, bottom)])


def test_pulls_on_a_line_are_those_of_its_ends():
    """The derivative by a line's ends, its control points following, against differences."""
    scene = Scene(8, 8, (0, 0, 0), (Path((box(1, 1, 6.3, 5.2),), Solid((1, 1, 1))),))
    arrays = SceneArrays.from_scene(scene)
    outlines = StraightOutlines.of(arrays, moment_share=0.6)
    assert len(outlines.lines) == 4
    rng = np.random.default_rng(0)
    weights = rng.normal(size=arrays.points.shape)  # a loss that is linear in all points

    def follow(corners):
        return float((weights * contour_from_polygon(corners)).sum())

    corners = arrays.points[::3].copy()
    expected = np.zeros_like(corners)
    for index in np.ndindex(*corners.shape):
        moved = corners.copy()
        moved[index] += 1e-3
        expected[index] = (follow(moved) - follow(corners)) / 1e-3
    folded = weights.copy()
    kernels.fold_lines(outlines.lines, folded)
    np.testing.assert_allclose(folded[::3], expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(np.delete(folded, np.arange(0, 12, 3), axis=0), 0.0)
