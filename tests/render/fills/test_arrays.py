"""Gradient fills as arrays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.render.scenes import COLOR, GLOW, RAMP, scene_of

from huefold.render import (
    GradientFills,
    RenderError,
    SceneArrays,
    Topology,
    rasterize,
    value_and_grad,
    vjp,
)
from huefold.scene import Solid


def test_scenes_come_back_from_arrays_with_their_gradients():
    scene = scene_of(RAMP, COLOR, GLOW, RAMP)
    arrays = SceneArrays.from_scene(scene)
    assert arrays.gradients.paths.tolist() == [0, -1, 1, 2]
    back = arrays.to_scene(scene)
    assert [path.fill for path in back.paths] == [RAMP, COLOR, GLOW, RAMP]
    assert SceneArrays.from_scene(scene_of(COLOR)).gradients is None
    only_colors = replace(scene, paths=tuple(replace(path, fill=COLOR) for path in scene.paths))
    assert [path.fill for path in arrays.to_scene(only_colors).paths] == [RAMP, COLOR, GLOW, RAMP]


def test_values_that_went_too_far_are_clipped_on_the_way_back():
    arrays = SceneArrays.from_scene(scene_of(GLOW))
    moved = replace(
        arrays.gradients,
        offsets=np.array([-0.1, 0.7, 0.6]),
        colors=arrays.gradients.colors + np.array([[-1], [0], [1]]),
        opacities=np.array([-0.5, 0.4, 1.5]),
    )
    fill = replace(arrays, gradients=moved).to_scene(scene_of(GLOW)).paths[0].fill
    assert [stop.offset for stop in fill.stops] == [0.0, 0.7, 0.7]
    assert [stop.opacity for stop in fill.stops] == [0.0, 0.4, 1.0]
    assert fill.stops[0].color == (0.0, 0.0, 0.0)
    assert fill.stops[2].color == (1.0, 1.0, 1.0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([RAMP, COLOR, GLOW]), max_size=6), st.data())
def test_reordering_and_joining_arrays_is_reordering_and_joining_fills(fills, data):
    order = data.draw(st.lists(st.integers(-1, len(fills) - 1), max_size=8))
    arrays = GradientFills.of(fills)
    found = arrays.reordered(order)
    expected = [COLOR if index < 0 else fills[index] for index in order]
    for one, other in ((found, expected), (arrays.joined(found), [*fills, *expected])):
        one.checked(len(other))
        assert len(one.paths) == len(other)
        for gradient, fill in zip(one.paths, other, strict=True):
            assert (gradient < 0) == isinstance(fill, Solid)
            assert gradient < 0 or one.fill(gradient) == fill
    assert found.count == len(np.unique(found.paths[found.paths >= 0]))


def test_linear_gradients_of_two_stops_from_arrays():
    made = GradientFills.linear([-1, 0], [[1, 2, 9, 8]], [[[0, 0, 0], [1, 1, 1]]])
    assert made.fill(0) == replace(RAMP, spread="pad")
    assert GradientFills.linear([-1], np.empty((0, 4)), np.empty((0, 2, 3))).checked(1).count == 0


def test_topology_gives_gradients_to_a_scene_and_value_and_grad_gives_them_back():
    scene = SceneArrays.from_scene(scene_of(RAMP, COLOR))
    again = Topology.of(scene).with_values(
        scene.points, scene.colors, scene.opacities, width=12, height=11, gradients=scene.gradients
    )
    np.testing.assert_array_equal(rasterize(again), rasterize(scene))
    assert value_and_grad(again, np.zeros((11, 12, 3))).fills.shapes.shape == (1, 6)
    assert value_and_grad(replace(again, gradients=None), np.zeros((11, 12, 3))).fills is None
    unused = replace(again, gradients=again.gradients.reordered([-1, -1]))
    assert value_and_grad(unused, np.zeros((11, 12, 3))).fills.shapes.shape == (0, 6)


def changed(**changes):
    return replace(SceneArrays.from_scene(scene_of(RAMP, GLOW)).gradients, **changes)


GOOD = changed()


@pytest.mark.parametrize(
    ("gradients", "message"),
    [
        (changed(paths=np.array([0, 2])), "gradients 0 to 1, or -1; got 2"),
        (changed(paths=np.array([0, -2])), "or -1"),
        (changed(paths=np.array([0])), r"paths of gradients of shape \(2,\)"),
        (changed(paths=np.array([0.0, 1.0])), "whole paths of gradients"),
        (changed(spread=np.array([0, 3])), "spread is 0"),
        (changed(stops=np.array([0, 1, 5])), "at least two stops, got 1"),
        (changed(stops=np.array([0, 5])), "3 offsets from 0"),
        (changed(stops=np.array([0, 2, 6])), "offsets of stops of shape"),
        (changed(offsets=GOOD.offsets[::-1].copy()), "rise within"),
        (changed(offsets=GOOD.offsets + 0.1), "rise within"),
        (changed(offsets=GOOD.offsets * np.nan), "not finite"),
        (changed(colors=GOOD.colors[:, :2]), "colors of stops of shape"),
        (changed(opacities=GOOD.opacities + 0.1), "opacities of stops lie in"),
        (changed(shapes=np.ones((2, 6))), "ends differ; those of gradient 0"),
        (changed(shapes=GOOD.shapes * [1, 1, 0.3, 1, 1, 1]), "focal circle lies inside"),
        (changed(shapes=GOOD.shapes + np.inf), "not finite"),
        (changed(transforms=np.zeros((2, 6))), "inverted; that of gradient 1"),
    ],
)
def test_gradients_that_cannot_be_drawn_are_refused_before_a_kernel_sees_them(gradients, message):
    scene = replace(SceneArrays.from_scene(scene_of(RAMP, GLOW)), gradients=gradients)
    target = np.zeros((11, 12, 3))
    with np.errstate(invalid="ignore"):
        for call in (rasterize, lambda s: value_and_grad(s, target), lambda s: vjp(s, target)):
            with pytest.raises(RenderError, match=message):
                call(scene)
