"""Canvases without a background."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.render.scenes import COLOR, GLOW, RAMP, scene_of, square

from huefold.render import (
    Rasterizer,
    RenderError,
    SceneArrays,
    rasterize,
    value_and_grad,
    vjp,
)
from huefold.scene import Path, Scene, contour_from_polygon


def on(background, scene, width=12, height=11):
    arrays = SceneArrays.from_scene(replace(scene, background=background))
    planes = Rasterizer(width, height, dtype=np.float64).draw(arrays)
    return planes.transpose(1, 2, 0)


@pytest.mark.parametrize(
    "fills", [(COLOR,), (COLOR, RAMP, COLOR), (GLOW, COLOR, RAMP), (GLOW, GLOW, GLOW), ()]
)
def test_alpha_is_what_black_and_white_say(fills):
    scene = scene_of(*fills, background=None)
    black, white = on((0, 0, 0), scene), on((1, 1, 1), scene)
    image = rasterize(scene)
    alpha = 1.0 - (white - black)
    np.testing.assert_allclose(np.broadcast_to(image[..., 3:], alpha.shape), alpha, atol=1e-6)
    np.testing.assert_allclose(image[..., :3] * image[..., 3:], black, atol=1e-6)
    assert image.min() >= 0.0
    assert image.max() <= 1.0
    assert (image[alpha[..., 0] == 0.0] == 0.0).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_laid_over_any_background_a_transparent_drawing_is_the_opaque_one(seed):
    rng = np.random.default_rng(seed)
    fills = [[COLOR, RAMP, GLOW][i] for i in rng.integers(0, 3, 4)]
    scene, background = scene_of(*fills, background=None), rng.random(3)
    image = rasterize(scene, width=25).astype(np.float64)
    over = image[..., 3:] * image[..., :3] + (1 - image[..., 3:]) * background
    np.testing.assert_allclose(over, on(tuple(background), scene, 25, 23), atol=1e-6)


def test_faint_colours_stay_what_they_are():
    sliver = contour_from_polygon([(0, 0), (1e-4, 0), (1e-4, 1), (0, 1)])
    image = rasterize(Scene(1, 1, None, (Path((sliver,), COLOR, 1e-3),)))[0, 0]
    np.testing.assert_allclose(image[:3], COLOR.color, rtol=1e-5)
    assert image[3] == pytest.approx(1e-7, rel=1e-3)  # the area of a sliver in single precision


def test_opaque_insides_are_opaque():
    image = rasterize(Scene(12, 11, None, (square(2, 2, 6, RAMP), square(4, 4, 3, COLOR))))
    assert (image[2:8, 2:8, 3] == 1.0).all()
    assert (image[:2, :, 3] == 0.0).all()
    np.testing.assert_array_equal(image[5, 5, :3], np.float32(COLOR.color))


def test_transparent_scenes_come_back_transparent():
    scene = scene_of(COLOR, background=None)
    arrays = SceneArrays.from_scene(scene)
    assert arrays.transparent
    assert arrays.to_scene(scene).background is None
    np.testing.assert_array_equal(rasterize(arrays), rasterize(scene))


def test_without_a_background_there_is_nothing_to_compare_with():
    arrays = SceneArrays.from_scene(scene_of(COLOR, background=None))
    target = np.zeros((11, 12, 3))
    planes = np.zeros((3, 11, 12), np.float32)
    for call in (
        lambda: value_and_grad(arrays, target), lambda: vjp(arrays, target),
        lambda: Rasterizer(12, 11).draw(arrays), lambda: Rasterizer(12, 11).loss(arrays, planes),
    ):  # fmt: skip
        with pytest.raises(RenderError, match="canvas is transparent: give the scene a background"):
            call()
