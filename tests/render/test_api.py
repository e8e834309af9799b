"""The renderer's functions: rasterize, value_and_grad, vjp, and the topology they share."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.render import Rasterizer, RenderError, SceneArrays, Topology, api, rasterize, value_and_grad, vjp
from huefold.scene import Path, Scene, Solid, contour_from_polygon

WIDTH, HEIGHT, PATHS = 26, 21, 7


def curves(rng, count=PATHS, segments=4, width=WIDTH, height=HEIGHT):
    """Random closed curves, the points of all."""
    angle = np.linspace(0, 2 * np.pi, 3 * segments, endpoint=False)
    radius = rng.uniform(0.6, 1.3, (count, 3 * segments)) * rng.uniform(2, 8, (count, 1))
    centre = rng.uniform(0, 1, (count, 1, 2)) * (width, height)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return (centre + radius[..., None] * circle).reshape(-1, 2)


def random_scene(seed=0, opacities=None):
    rng = np.random.default_rng(seed)
    return Topology.closed_curves(PATHS, 4).with_values(
        curves(rng), rng.random((PATHS, 3)), opacities, rng.random(3), width=WIDTH, height=HEIGHT
    )


def pictures(seed=1):
    rng = np.random.default_rng(seed)
    return rng.random((HEIGHT, WIDTH, 3)), rng.random((HEIGHT, WIDTH))


def loss_of(scene, target, weight):
    """The loss, straight from its definition."""
    planes = Rasterizer(WIDTH, HEIGHT, dtype=np.float64, threads=1).draw(scene)
    return float((weight[..., None] * (planes.transpose(1, 2, 0) - target) ** 2).sum() / (3 * HEIGHT * WIDTH))


def slope(loss, values, step=1e-6):
    """Central differences by every entry."""
    out = np.zeros_like(values)
    for index in np.ndindex(values.shape):
        up, down = values.copy(), values.copy()
        up[index] += step
        down[index] -= step
        out[index] = (loss(up) - loss(down)) / (2 * step)
    return out


@pytest.mark.parametrize("field", ["points", "colors", "opacities", "background"])
def test_gradients_are_those_of_the_loss_as_defined(field):
    scene = random_scene(opacities=[0.3, 0.9, 0.5, 0.7, 0.2, 0.8, 0.6])
    target, weight = pictures()
    found = value_and_grad(scene, target, weight)
    assert found.loss == pytest.approx(loss_of(scene, target, weight), rel=1e-12)
    expected = slope(lambda v: loss_of(replace(scene, **{field: v}), target, weight), getattr(scene, field))
    np.testing.assert_allclose(getattr(found, field), expected, rtol=1e-5, atol=2e-6 * np.abs(expected).max())


@pytest.mark.parametrize("opacities", [None, [1, 0.5, 1, 1, 0.7, 1, 0.2]])
def test_importance_is_the_loss_increase_without_the_path(opacities):
    scene = random_scene(3, opacities)
    target, weight = pictures()
    found = value_and_grad(scene, target, weight)
    for k in range(PATHS):
        without = scene.opacities.copy()
        without[k] = 0.0
        rise = loss_of(replace(scene, opacities=without), target, weight) - found.loss
        assert found.importance[k] == pytest.approx(rise, rel=1e-9, abs=1e-12)


def test_the_image_is_the_drawing_and_the_targets_dtype_decides():
    scene, (target, _) = random_scene(), pictures()
    exact = value_and_grad(scene, target)
    single = value_and_grad(scene, target.astype(np.float32))
    assert exact.image.dtype == np.float64
    assert single.image.dtype == np.float32
    assert exact.image.shape == single.image.shape == (HEIGHT, WIDTH, 3)
    np.testing.assert_allclose(
        single.image, rasterize(scene)[..., :3], atol=2e-7
    )  # one blends what is hidden
    np.testing.assert_allclose(single.image, exact.image, atol=1e-5)
    assert single.loss == pytest.approx(exact.loss, rel=1e-5)


def test_pictures_may_lie_in_memory_as_they_like():
    scene, (target, weight) = random_scene(), pictures()
    expected = value_and_grad(scene, target, weight)
    planes = np.ascontiguousarray(target.transpose(2, 0, 1)).transpose(1, 2, 0)
    fortran = np.asfortranarray(target)
    reversed_twice = target[::-1].copy()[::-1]
    for same in (planes, fortran, reversed_twice):
        found = value_and_grad(scene, same, np.asfortranarray(weight))
        assert found.loss == expected.loss
        assert found.points.tobytes() == expected.points.tobytes()


@pytest.mark.parametrize("opacities", [None, [1, 0.5, 1, 1, 0.7, 1, 0.2]])
def test_vjp_of_the_errors_gradient_is_value_and_grad(opacities):
    scene, (target, weight) = random_scene(5, opacities), pictures()
    fused = value_and_grad(scene, target, weight)
    upstream = 2.0 * weight[..., None] * (fused.image - target) / target.size
    carried = vjp(scene, upstream)
    for field in ("points", "colors", "opacities", "background"):
        np.testing.assert_allclose(getattr(carried, field), getattr(fused, field), atol=1e-14)
    assert carried.importance is None
    quick = vjp(scene, upstream, opacities=False)
    assert quick.opacities is None
    np.testing.assert_allclose(quick.points, carried.points, atol=1e-14)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-3, 3), st.floats(-3, 3))
def test_vjp_is_linear_in_what_comes_from_above(seed, a, b):
    scene = random_scene(seed, [0.5, 1, 1, 0.3, 1, 1, 0.9])
    one, other = pictures(seed)[0], pictures(seed + 1)[0]
    parts = vjp(scene, one), vjp(scene, other)
    whole = vjp(scene, a * one + b * other)
    for field in ("points", "colors", "opacities", "background"):
        expected = a * getattr(parts[0], field) + b * getattr(parts[1], field)
        np.testing.assert_allclose(getattr(whole, field), expected, atol=1e-10)


def test_any_number_of_threads_gives_the_same_bits():
    scene, (target, weight) = random_scene(7), pictures()
    results = [value_and_grad(scene, target, weight, threads=n) for n in (1, 2, 3, None, 1)]
    for found in results:
        for field in ("image", "points", "colors", "opacities", "background", "importance"):
            assert getattr(found, field).tobytes() == getattr(results[0], field).tobytes()


def test_callers_in_many_threads_do_not_disturb_each_other():
    """Rasterisers may not be shared between threads: the buffers kept must be each thread's own."""
    target, weight = pictures()
    scenes = [random_scene(seed) for seed in range(6)]
    expected = [value_and_grad(scene, target, weight).points.tobytes() for scene in scenes]
    found = {}

    def work(index):
        found[index] = [
            value_and_grad(scenes[index], target, weight, threads=2).points.tobytes() for _ in range(20)
        ]

    workers = [threading.Thread(target=work, args=(index,)) for index in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(found[index] == [expected[index]] * 20 for index in range(6))


def test_results_outlive_the_next_call():
    scene, (target, weight) = random_scene(), pictures()
    first = value_and_grad(scene, target, weight)
    kept = [getattr(first, field).copy() for field in ("image", "points", "colors", "importance")]
    value_and_grad(random_scene(9), 1.0 - target)
    now = [getattr(first, field) for field in ("image", "points", "colors", "importance")]
    assert all(np.array_equal(a, b) for a, b in zip(kept, now, strict=True))


def test_rasterisers_are_kept_for_a_few_sizes_only():
    scene = random_scene()
    for width in range(8, 8 + 3 * api.KEPT_RASTERIZERS):
        rasterize(scene, width=width, height=5, threads=1)
    kept = api._kept.rasterizers
    assert len(kept) == api.KEPT_RASTERIZERS
    again = next(reversed(kept.values()))
    rasterize(scene, width=again.width, height=5, threads=1)
    assert next(reversed(kept.values())) is again


def test_the_target_may_be_of_another_size_than_the_canvas():
    scene = random_scene()
    twice = replace(scene, points=2.0 * scene.points, width=2.0 * WIDTH, height=2.0 * HEIGHT)
    target, _ = pictures()
    one, other = value_and_grad(scene, target), value_and_grad(twice, target)
    np.testing.assert_allclose(other.image, one.image, atol=1e-12)
    np.testing.assert_allclose(2.0 * other.points, one.points, atol=1e-12)


def test_scenes_without_paths_are_their_background():
    empty = Topology([0]).with_values(
        np.empty((0, 2)), np.empty((0, 3)), background=(0.2, 0.4, 0.6), width=3, height=2
    )
    found = value_and_grad(empty, np.zeros((2, 3, 3)))
    np.testing.assert_allclose(found.image, np.broadcast_to([0.2, 0.4, 0.6], (2, 3, 3)))
    assert found.points.shape == (0, 2)
    assert found.importance.shape == (0,)
    np.testing.assert_allclose(found.background, 2 * np.array([0.2, 0.4, 0.6]) / 3)


def square_scene():
    square = Path((contour_from_polygon([(2, 2), (6, 2), (6, 6), (2, 6)]),), Solid((1.0, 0.0, 0.0)))
    return Scene(8, 4, (1.0, 1.0, 1.0), (square,))


@pytest.mark.parametrize(
    ("size", "shape"),
    [({}, (4, 8)), ({"width": 16}, (8, 16)), ({"height": 2}, (2, 4)), ({"width": 3, "height": 9}, (9, 3)),
     ({"width": 1}, (1, 1))],
)  # fmt: skip
def test_sizes_left_out_follow_the_canvas(size, shape):
    image = rasterize(square_scene(), **size)
    assert image.shape == (*shape, 4)
    assert image.dtype == np.float32
    assert image.flags.c_contiguous
    assert (image[..., 3] == 1.0).all()


def test_scenes_and_their_arrays_are_drawn_alike():
    scene = square_scene()
    np.testing.assert_array_equal(rasterize(scene), rasterize(SceneArrays.from_scene(scene)))


@pytest.mark.parametrize("size", [{"width": 0}, {"height": -1}, {"width": 2.5}, {"width": 4, "height": "4"}])
def test_impossible_sizes_are_refused(size):
    with pytest.raises(RenderError, match="whole number of pixels, at least 1"):
        rasterize(square_scene(), **size)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (np.zeros((HEIGHT, WIDTH)), r"target is an array of shape \(H, W, 3\), got \(21, 26\)"),
        (np.zeros((HEIGHT, WIDTH, 4)), "shape"),
        (np.zeros((0, WIDTH, 3)), "shape"),
        (np.zeros((HEIGHT, WIDTH, 3), np.uint8), "uint8: convert it"),
        (np.zeros((HEIGHT, WIDTH, 3), np.float16), "float16"),
    ],
)
def test_what_is_no_picture_is_refused(target, message):
    with pytest.raises(RenderError, match=message):
        value_and_grad(random_scene(), target)
    with pytest.raises(RenderError, match=message.replace("target", "upstream")):
        vjp(random_scene(), target)


def test_weights_of_another_size_are_refused():
    with pytest.raises(RenderError, match=r"weights of shape \(21, 26\), got \(26, 21\)"):
        value_and_grad(random_scene(), pictures()[0], np.ones((WIDTH, HEIGHT)))


def test_no_threads_are_refused():
    with pytest.raises(RenderError, match="threads is at least 1, got 0"):
        rasterize(square_scene(), threads=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": np.zeros((5, 2))}, "points of shape"),
        ({"points": np.full((12 * PATHS, 2), np.nan)}, "points hold values that are not finite"),
        ({"points": np.full((12 * PATHS, 2), np.inf)}, "points hold values that are not finite"),
        ({"colors": np.zeros((PATHS, 4))}, "colors of shape"),
        ({"colors": np.full((PATHS, 3), np.nan)}, "colors hold values"),
        ({"opacities": np.full(PATHS, 1.01)}, "opacities lie in"),
        ({"opacities": np.full(PATHS, -0.01)}, "opacities lie in"),
        ({"opacities": np.full(PATHS, np.nan)}, "opacities hold values"),
        ({"background": np.zeros(4)}, "background of shape"),
        ({"evenodd": np.zeros(PATHS - 1, np.uint8)}, "evenodd"),
        ({"contours": np.array([0, 12, 5])}, "rise from 0"),
        ({"paths": np.arange(PATHS)}, "paths end at contour"),
        ({"width": 0.0}, "canvas"),
        ({"height": np.nan}, "canvas"),
    ],
)  # fmt: skip
def test_arrays_that_are_no_scene_are_refused_before_a_kernel_sees_them(changes, message):
    scene = replace(random_scene(), **changes)
    target, _ = pictures()
    for call in (lambda: value_and_grad(scene, target), lambda: vjp(scene, target), lambda: rasterize(scene)):
        with pytest.raises(RenderError, match=message):
            call()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), "whole numbers in one row"),
        (([0.0, 12.0],), "whole numbers in one row"),
        (([[0, 12]],), "whole numbers in one row"),
        (([3, 12],), "rise from 0"),
        (([0, 12, 6],), "rise from 0"),
        (([0, 11],), r"3 \* S points"),
        (([0, 12, 12],), r"3 \* S points"),
        (([0, 12], [0, 2]), "paths end at contour 2, but there are 1"),
        (([0, 12], [0, 1], [1, 0]), "one flag for each of 1 paths"),
        (([0, 12], None, [0.5]), "one flag"),
    ],
)
def test_impossible_topologies_are_refused(arguments, message):
    with pytest.raises(RenderError, match=message):
        Topology(*arguments)


def test_topologies_cannot_change_after_they_were_checked():
    offsets = np.array([0, 12, 24])
    topology = Topology(offsets)
    offsets[1] = 1000
    assert topology.contours.tolist() == [0, 12, 24]
    with pytest.raises(ValueError, match="read-only"):
        topology.contours[1] = 6


def test_a_topology_is_that_of_the_scene_it_was_taken_from():
    ring = Path(
        (contour_from_polygon([(1, 1), (7, 1), (4, 7)]), contour_from_polygon([(3, 2), (5, 2), (4, 4)])),
        Solid((0, 0, 1)), fill_rule="evenodd",
    )  # fmt: skip
    scene = SceneArrays.from_scene(replace(square_scene(), paths=(*square_scene().paths, ring)))
    topology = Topology.of(scene)
    assert topology.evenodd.tolist() == [0, 1]
    assert topology.paths.tolist() == [0, 1, 3]
    again = topology.with_values(
        scene.points, scene.colors, scene.opacities, scene.background, width=scene.width, height=scene.height
    )
    np.testing.assert_array_equal(rasterize(again), rasterize(scene))


def test_sizes_beyond_memory_are_refused():
    scene = Scene(10, 5, (1.0, 1.0, 1.0))
    with pytest.raises(RenderError, match="megapixels"):
        rasterize(scene, width=10**9)
    with pytest.raises(RenderError, match="got 0"):
        rasterize(scene, width=0)
