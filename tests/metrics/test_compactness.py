"""Vector Compactness, and the areas of paths that it is made of."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.errors import ImageError, OptionError
from huefold.metrics import (
    path_areas,
    path_statistics,
    scene_compactness,
    vector_compactness,
)
from huefold.render import rasterize
from huefold.scene import LinearGradient, Path, Scene, Solid, Stop, contour_from_polygon

BLACK = Solid((0.0, 0.0, 0.0))


def test_compactness_by_hand():
    masks = np.zeros((3, 10, 10), dtype=bool)
    masks[0, :, :5] = True
    masks[1, :, 5:] = True  # the third mask is empty: nothing overlaps it
    paths = np.zeros((4, 10, 10))
    paths[0, 2:6, 1:4] = 1.0  # wholly in the first
    paths[1, 2:4, 4:6] = 1.0  # half and half
    paths[2, 0:2, 0:5] = 1.0
    paths[2, 0, 5] = 1.0  # 10 of 11 pixels in the first, one in the second
    paths[3, 9, 6:9] = 0.5  # 1.5 pixels in the second
    assert vector_compactness(paths, masks) == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert vector_compactness(paths, masks, min_overlap=1.2) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert vector_compactness(paths, masks, share=0.95) == pytest.approx((1 / 3 + 1 / 3) / 2)
    assert vector_compactness(paths, masks, missed=0.0) == pytest.approx((2 / 3 + 1 / 3 + 0) / 3)


def test_compactness_without_any_overlap_is_not_a_number():
    assert math.isnan(vector_compactness(np.zeros((0, 4, 4)), np.ones((1, 4, 4), dtype=bool)))
    assert math.isnan(vector_compactness(np.ones((2, 4, 4)), np.zeros((0, 4, 4), dtype=bool)))
    assert vector_compactness(np.zeros((0, 4, 4)), np.ones((1, 4, 4), dtype=bool), missed=0.0) == 0.0
    with pytest.raises(ImageError, match="same height and width"):
        vector_compactness(np.ones((2, 4, 4)), np.ones((2, 4, 5), dtype=bool))


# --- areas, and compactness of drawings ---


def random_scene(seed, paths=7, width=40, height=30):
    rng = np.random.default_rng(seed)

    def path():
        contour = rng.uniform(-8, 1.2 * width, (3 * int(rng.integers(2, 6)), 2))
        return Path((contour,), BLACK, opacity=rng.uniform(0.2, 1.0))

    return Scene(width, height, (1, 1, 1), [path() for _ in range(paths)])


def coverages(scene):
    """What each path covers of each pixel when drawn alone, white on black."""
    alone = (
        Scene(scene.width, scene.height, (0, 0, 0), (replace(path, fill=Solid((1, 1, 1)), opacity=1.0),))
        for path in scene.paths
    )
    return np.stack([rasterize(one)[..., 0].astype(np.float64) for one in alone])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_areas_are_those_of_paths_drawn_one_by_one(seed, count):
    scene = random_scene(seed)
    masks = np.random.default_rng(seed + 1).random((count, 30, 40))
    alone = coverages(scene)
    np.testing.assert_allclose(
        path_areas(scene, masks), np.einsum("nhw,mhw->nm", alone, masks), rtol=1e-4, atol=1e-3
    )
    left = np.ones((30, 40))
    shown = np.zeros((len(scene.paths), count))
    for k in reversed(range(len(scene.paths))):
        alpha = scene.paths[k].opacity * alone[k]
        shown[k] = (masks * alpha * left).sum(axis=(1, 2))
        left *= 1.0 - alpha
    np.testing.assert_allclose(path_areas(scene, masks, visible=True), shown, rtol=1e-4, atol=1e-3)


def test_what_shows_beneath_and_of_a_gradient_that_fades():
    fade = LinearGradient((0, 0), (8, 0), (Stop(0, (1, 0, 0), 0.0), Stop(1, (0, 0, 1), 1.0)))
    square = contour_from_polygon([(0, 0), (8, 0), (8, 4), (0, 4)])
    scene = Scene(8, 4, (1, 1, 1), (Path((square,), Solid((0, 0, 0))), Path((square,), fade)))
    x = np.broadcast_to((np.arange(8) + 0.5) / 8, (4, 8))
    halves = np.stack([np.ones((4, 8)), np.arange(8) < 4 + np.zeros((4, 1))])
    shown = path_areas(scene, halves, visible=True)
    np.testing.assert_allclose(shown[1], (halves * x).sum(axis=(1, 2)), rtol=1e-6)
    np.testing.assert_allclose(shown[0], (halves * (1 - x)).sum(axis=(1, 2)), rtol=1e-6)
    np.testing.assert_allclose(path_areas(scene, halves), [[32, 16], [32, 16]], rtol=1e-6)
    assert path_statistics(scene, svg="").hidden == 0


@pytest.mark.parametrize("area", ["full", "visible"])
def test_compactness_of_a_drawing_is_that_of_its_coverages(area):
    scene = random_scene(3, paths=30)
    opaque = replace(scene, paths=[replace(path, opacity=1.0) for path in scene.paths])
    masks = np.zeros((3, 30, 40), dtype=bool)
    masks[0, :, :20] = masks[1, 5:25, 10:30] = masks[2, 20:] = True
    planes = coverages(opaque)
    if area == "visible":
        above = np.cumprod((1.0 - planes)[::-1], axis=0)[::-1]
        planes[:-1] *= above[1:]
    assert scene_compactness(opaque, masks, area=area) == pytest.approx(vector_compactness(planes, masks))


def test_compactness_of_nothing():
    empty = Scene(4, 4, (1, 1, 1))
    assert math.isnan(scene_compactness(empty, np.ones((1, 4, 4), dtype=bool)))
    assert scene_compactness(empty, np.ones((1, 4, 4), dtype=bool), missed=0.0) == 0.0
    with pytest.raises(OptionError, match=r'"full" or "visible", got .all.'):
        scene_compactness(empty, np.ones((1, 4, 4), dtype=bool), area="all")
    with pytest.raises(ImageError, match=r"\(M, H, W\)"):
        scene_compactness(empty, np.ones((4, 4), dtype=bool))
