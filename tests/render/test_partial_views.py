"""What is not seen need not be drawn, and changes nothing of what is: hidden parts, and boxes of a picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.render import Rasterizer, SceneArrays
from huefold.render.arrays import RenderError
from huefold.scene import Path, Scene, Solid, contour_from_polygon

WIDTH, HEIGHT = 200, 40  # several words of 64 pixels a row, several bands of rows


def scene_of_polygons(seed, count):
    """Opaque polygons of many short sides, which hide each other in part, some wider than a word."""
    rng = np.random.default_rng(seed)
    paths = []
    for _ in range(count):
        angle = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(4, 24)))
        size = rng.uniform(2, 60), rng.uniform(2, 25)
        center = rng.uniform(-10, WIDTH + 10), rng.uniform(-5, HEIGHT + 5)
        corners = np.stack([np.cos(angle), np.sin(angle)], axis=1) * size + center
        paths.append(Path((contour_from_polygon(corners),), Solid(tuple(rng.random(3)))))
    return SceneArrays.from_scene(Scene(WIDTH, HEIGHT, (0.1, 0.2, 0.3), tuple(paths)))


def one_by_one(arrays):
    """Every path alone, all of it, laid over those below."""
    picture = np.broadcast_to(arrays.background[:, None, None], (3, HEIGHT, WIDTH)).copy()
    for path in range(arrays.path_count):
        contours = arrays.contours[arrays.paths[path] : arrays.paths[path + 1] + 1]
        alone = SceneArrays(
            WIDTH, HEIGHT, arrays.points[contours[0] : contours[-1]], contours - contours[0],
            np.array([0, len(contours) - 1]), np.ones((1, 3)), np.ones(1), np.zeros(1, np.uint8), np.zeros(3),
        )  # fmt: skip
        covered = Rasterizer(WIDTH, HEIGHT, dtype=np.float64, threads=1).draw(alone)[0]
        picture += covered * (arrays.colors[path][:, None, None] - picture)
    return picture


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), count=st.integers(1, 40))
def test_parts_that_are_hidden_leave_no_trace(seed, count):
    arrays = scene_of_polygons(seed, count)
    drawn = Rasterizer(WIDTH, HEIGHT, threads=1).draw(arrays)
    assert np.abs(drawn - one_by_one(arrays)).max() < 1e-4


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), count=st.integers(0, 30), threads=st.sampled_from([1, 3]))
def test_boxes_are_drawn_as_the_whole_picture_is(seed, count, threads):
    rng = np.random.default_rng(seed)
    arrays = scene_of_polygons(seed, count)
    raster = Rasterizer(WIDTH, HEIGHT, threads=threads, winding_penalty=float(rng.integers(0, 2)))
    whole = raster.draw(arrays)
    ends = np.sort(rng.integers(0, (WIDTH + 1, HEIGHT + 1), (rng.integers(1, 6), 2, 2)), axis=1)
    out = np.full_like(whole, np.nan)
    raster.draw_boxes(arrays, ends.reshape(-1, 4), out)
    for left, top, right, bottom in ends.reshape(-1, 4).tolist():
        assert np.array_equal(out[:, top:bottom, left:right], whole[:, top:bottom, left:right])
    assert np.array_equal(raster.draw(arrays), whole)


def test_boxes_beyond_the_picture_are_cut():
    white = SceneArrays.from_scene(Scene(3, 2, (1, 1, 1)))
    out = np.zeros((3, 2, 3), np.float32)
    Rasterizer(3, 2).draw_boxes(white, np.array([[-5, -5, 100, 100]]), out)
    assert (out == 1.0).all()


def test_where_to_draw_boxes_must_fit():
    white = SceneArrays.from_scene(Scene(3, 2, (1, 1, 1)))
    with pytest.raises(RenderError, match="out must be a writeable C-contiguous array"):
        Rasterizer(3, 2).draw_boxes(white, np.array([[0, 0, 1, 1]]), np.zeros((3, 2, 3)))
