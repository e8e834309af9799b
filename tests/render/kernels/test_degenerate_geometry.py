"""Geometry that trips rasterisers: the gradient is that of what is drawn, to a relative error of 1e-6."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from huefold.render import Rasterizer, Topology
from huefold.scene import contour_from_polygon

WIDTH, HEIGHT = 14, 12


def straight(*corners):
    return contour_from_polygon(corners)


def turned(contour):
    """The same outline walked the other way."""
    return np.roll(contour[::-1], 1, axis=0)


BLOB = np.array(
    [(10.3, 6.1), (10.1, 9.7), (6.2, 10.4), (4.1, 8.3), (1.9, 6.2), (3.7, 1.8), (6.6, 2.3), (8.9, 2.7), (10.4, 3.4)]
)  # fmt: skip
CUSP = np.array([(2.3, 9.1), (12.7, 1.3), (1.4, 1.6), (11.8, 9.4), (8.2, 10.6), (5.1, 10.9)])
EIGHT = np.array([(2.2, 2.7), (15.1, 1.2), (-1.3, 10.6), (11.4, 9.3), (13.2, 5.2), (1.2, 4.9)])
TWO_TURNS = np.concatenate(
    [
        r * np.array([(1, 0), (1, 1), (0, 1.1), (-1, 1), (-1, -1), (0.3, -1)]) + np.array((4.2, 5.7))
        for r in (2.1, 3.3)
    ]
)
FLAT_HANDLES = np.array(
    [(2.3, 2.2), (2.3, 2.2), *[(11.2, 3.1)] * 3, *[(5.4, 9.3)] * 3, (2.3, 2.2)]
)  # fmt: skip

SCENES = {
    "curved blob": [[BLOB]],
    "edge over the left border": [[BLOB - (6.2, 0)]],
    "edge over the right border": [[BLOB - (-6.4, 0)]],
    "edges over top and bottom": [[(BLOB - (6, 6)) * (0.6, 2.1) + (6.3, 6.2)]],
    "corner outside the canvas": [[straight((-8.3, -5.1), (9.2, 3.3), (4.4, 17.6))]],
    "sub-pixel sliver": [[straight((1.3, 4.31), (12.6, 4.37), (12.7, 4.41), (6.2, 4.39))]],
    "upright sliver": [[straight((4.31, 1.3), (4.37, 10.6), (4.41, 10.7), (4.38, 5.2))]],
    "inside one pixel": [[BLOB * 0.07 + (6.1, 4.1)]],
    "zero-length segment": [[np.insert(BLOB, 3, [BLOB[3]] * 3, axis=0)]],
    "control points on the ends": [[FLAT_HANDLES]],
    "zero area, there and back": [[straight((2.3, 3.1), (11.2, 8.4), (2.3, 3.1), (11.2, 8.4))]],
    "zero area beside a blob": [[BLOB], [straight((3.2, 2.2), (9.1, 9.7))]],
    "cusp": [[CUSP]],
    "figure-eight": [[EIGHT]],
    "wound twice": [[TWO_TURNS]],
    "neighbours with a coincident edge": [[straight((2.2, 2.3), (7.4, 2.6), (7.1, 9.2))],
                                          [straight((7.4, 2.6), (12.3, 5.1), (7.1, 9.2))]],
    "hole": [[BLOB, turned((BLOB - (6.3, 6.2)) * 0.4 + (6.1, 5.7))]],
    "huge": [[straight((-9.1e4, -3.3e4), (6.2e4, 2.1e4), (5.7, 9.3e4), (3.2, 7.1))]],
    "huge curve": [[np.array([(3.1, 2.2), (9e3, -5e3), (1.2e4, 8e3), (7.3, 9.4), (5.1, 8.2), (4.2, 4.4)])]],
}  # fmt: skip


SHARED_EDGE = [[straight((2.2, 2.3), (7.4, 2.6), (7.1, 9.2)), straight((2.2, 2.3), (7.1, 9.2), (1.7, 8.3))]]


def build(contours, *, evenodd=False):
    flat = [contour for path in contours for contour in path]
    offsets = np.cumsum([0, *map(len, flat)])
    paths = np.cumsum([0, *map(len, contours)])
    topology = Topology(offsets, paths=paths, evenodd=[evenodd] * len(contours))
    colors = np.random.default_rng(3).random((len(contours), 3))
    return topology.with_values(
        np.concatenate(flat), colors, background=(0.2, 0.5, 0.9), width=WIDTH, height=HEIGHT
    )


def slope(function, step):
    """Central difference of fourth order at 0."""
    one, two = (function(k * step) - function(-k * step) for k in (1, 2))
    return (8.0 * one - two) / (12.0 * step)


@pytest.mark.parametrize("opacity", [1.0, 0.6])
@pytest.mark.parametrize("evenodd", [False, True])
@pytest.mark.parametrize("name", SCENES)
def test_gradient_is_exact_where_geometry_is_not_plain(name, evenodd, opacity):
    scene = build(SCENES[name], evenodd=evenodd)
    scene = replace(scene, opacities=np.full_like(scene.opacities, opacity))
    rng = np.random.default_rng(0)
    target = rng.random((3, HEIGHT, WIDTH))
    raster = Rasterizer(WIDTH, HEIGHT, dtype=np.float64, threads=1)
    found = raster.value_and_grad(scene, target).points
    expected = np.empty_like(found)
    size = max(1.0, float(np.abs(scene.points).max()) / 100.0)
    for index in np.ndindex(found.shape):

        def loss(move, index=index):
            points = scene.points.copy()
            points[index] += move
            return raster.loss(replace(scene, points=points), target)

        expected[index] = slope(loss, 1e-5 * size)
    error = np.linalg.norm(found - expected) / max(np.linalg.norm(expected), 1e-6)
    assert error < 1e-6


def test_where_one_path_meets_itself_the_gradient_is_that_of_one_side():
    # Pulling one contour off the other opens a gap; pushing it over the other changes nothing: a kink.
    scene = build(SHARED_EDGE)
    target = np.random.default_rng(0).random((3, HEIGHT, WIDTH))
    raster = Rasterizer(WIDTH, HEIGHT, dtype=np.float64, threads=1)
    found = raster.value_and_grad(scene, target).points
    here = raster.loss(scene, target)
    for index in np.ndindex(found.shape):
        slopes = []
        for step in (-1e-7, 1e-7):
            points = scene.points.copy()
            points[index] += step
            slopes.append((raster.loss(replace(scene, points=points), target) - here) / step)
        assert min(slopes) - 1e-6 <= found[index] <= max(slopes) + 1e-6
