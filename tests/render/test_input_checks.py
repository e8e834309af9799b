"""The renderer refuses what its kernels, which look at nothing, would read beyond the ends of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from huefold.errors import ImageError
from huefold.metrics import path_areas
from huefold.render import Rasterizer, RenderError, SceneArrays, value_and_grad, vjp
from huefold.scene import LinearGradient, Path, Scene, Solid, Stop, contour_from_polygon

SQUARE = contour_from_polygon([(1, 1), (9, 1), (9, 9), (1, 9)])
SCENE = Scene(10, 10, (1, 1, 1), (Path((SQUARE,), Solid((1, 0, 0))),))


@pytest.mark.parametrize(
    "spoil",
    [
        {"contours": np.array([0, 1200])},
        {"contours": np.array([0, 24, 12])},
        {"paths": np.array([0, 50])},
        {"paths": np.array([0, 1, 1])},
        {"colors": np.zeros((0, 3))},
        {"opacities": np.ones(3)},
        {"points": np.zeros((3, 2))},
        {"points": SQUARE.tolist()},
        {"contours": [0, 12]},
        {"background": np.zeros(2)},
        {"width": 0.0},
        {"height": np.nan},
    ],
)
def test_arrays_that_do_not_belong_together_are_not_drawn(spoil):
    """Kernels look at nothing: they would read beyond the ends, and the interpreter with them."""
    raster, arrays = Rasterizer(12, 12), SceneArrays.from_scene(SCENE)
    whole = raster.draw(arrays)
    for use in (raster.draw, lambda scene: raster.value_and_grad(scene, whole)):
        with pytest.raises(RenderError):
            use(replace(arrays, **spoil))
    np.testing.assert_array_equal(raster.draw(arrays), whole)


STOPS = (Stop(0, (0, 0, 0)), Stop(1, (1, 1, 1)))
FADE = SceneArrays.from_scene(
    Scene(10, 10, (1, 1, 1), (Path((SQUARE,), LinearGradient((1, 1), (9, 9), STOPS)),))
)


@pytest.mark.parametrize(
    "spoil",
    [
        {"paths": np.array([0, -1])},
        {"paths": np.array([7])},
        {"stops": np.array([0, 9])},
        {"stops": np.array([0, 1])},
        {"spread": np.array([3], np.uint8)},
        {"spread": np.array([-1])},
        {"radial": np.zeros(0, np.uint8)},
        {"shapes": np.zeros((1, 4))},
        {"transforms": np.zeros((2, 6))},
        {"offsets": np.zeros(1)},
        {"colors": np.zeros((2, 4))},
        {"opacities": np.ones(3)},
        {"opacities": [1.0, 1.0]},
    ],
)
def test_gradients_that_do_not_belong_to_a_scene_are_not_drawn(spoil):
    raster = Rasterizer(12, 12)
    whole = raster.draw(FADE)
    spoiled = replace(FADE, gradients=replace(FADE.gradients, **spoil))
    for use in (raster.draw, lambda scene: raster.value_and_grad(scene, whole)):
        with pytest.raises(RenderError):
            use(spoiled)
    np.testing.assert_array_equal(raster.draw(FADE), whole)


def test_arrays_changed_in_place_are_looked_at_again():
    """A rasteriser knows arrays that it has seen, but not that nobody has changed them since."""
    pair = SceneArrays.from_scene(replace(SCENE, paths=SCENE.paths * 2))
    offsets = replace(pair, contours=pair.contours.copy())
    fills = replace(FADE, gradients=replace(FADE.gradients, paths=FADE.gradients.paths.copy()))
    raster = Rasterizer(12, 12)
    for scene, spoiled, value in ((offsets, offsets.contours, 1200), (fills, fills.gradients.paths, 7)):
        raster.draw(scene)
        spoiled[len(spoiled) // 2] = value
        with pytest.raises(RenderError):
            raster.draw(scene)


def sealed(array):
    array.setflags(write=False)
    return array


@pytest.mark.parametrize(
    "out",
    [
        np.empty((3, 16, 12), np.float32),
        np.empty((3, 12, 16)),
        np.empty((3, 16, 12), np.float32).transpose(0, 2, 1),
        sealed(np.empty((3, 12, 16), np.float32)),
    ],
)
def test_pictures_are_drawn_into_what_fits_them(out):
    raster, arrays = Rasterizer(16, 12), SceneArrays.from_scene(SCENE)
    right = np.empty((3, 12, 16), np.float32)
    assert raster.draw(arrays, out=right) is right
    with pytest.raises(RenderError, match="C-contiguous array of float32"):
        raster.draw(arrays, out=out)
    with pytest.raises(RenderError, match="C-contiguous array of float32"):
        raster.value_and_grad(arrays, right, out=out)


@pytest.mark.parametrize(
    "given",
    [
        {"threads": 0},
        {"threads": -3},
        {"threads": 1.5},
        {"width": 4.7},
        {"width": np.nan},
        {"height": np.inf},
        {"height": "4"},
        {"tolerance": 0.0},
        {"tolerance": -1},
        {"tolerance": np.nan},
        {"tangle": -1.0},
        {"tangle": np.nan},
        {"dtype": "pixels"},
        {"dtype": np.uint8},
    ],
)
def test_rasterisers_refuse_what_they_cannot_be(given):
    with pytest.raises(RenderError):
        Rasterizer(**({"width": 4, "height": 4} | given))


def with_one(array, value):
    array[1, 2] = value
    return array


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_pictures_with_holes_are_not_differentiated(value):
    picture = with_one(np.zeros((10, 10, 3)), value)
    arrays = SceneArrays.from_scene(SCENE)
    with pytest.raises(RenderError, match="target holds values that are not finite"):
        value_and_grad(arrays, picture)
    with pytest.raises(RenderError, match="upstream holds values that are not finite"):
        vjp(arrays, picture)
    with pytest.raises(ImageError, match="masks hold values that are not finite"):
        path_areas(SCENE, picture.transpose(2, 0, 1))


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (with_one(np.ones((10, 10)), np.nan), "at least 0, got nan to nan"),
        (with_one(np.ones((10, 10)), np.inf), "at least 0, got 1 to inf"),
        (with_one(np.ones((10, 10)), -0.5), "at least 0, got -0.5 to 1: clip them"),
        (np.full((10, 10), "a"), "weights are numbers, got <U1"),
    ],
)
def test_errors_are_weighed_by_numbers_from_0_on(weight, message):
    arrays, target = SceneArrays.from_scene(SCENE), np.zeros((10, 10, 3))
    with pytest.raises(RenderError, match=message):
        value_and_grad(arrays, target, weight)
    assert value_and_grad(arrays, target, np.zeros((10, 10), int)).loss == 0.0
