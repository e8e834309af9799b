"""The rasteriser against exact polygon clipping, a plain compositing twin, and central differences."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.render import Rasterizer, SceneArrays, rasterize
from huefold.render.arrays import RenderError
from huefold.scene import Path, Scene, Solid, contour_from_polygon

CIRCLE = np.array(
    [[1, 0], [1, 0.5523], [0.5523, 1], [0, 1], [-0.5523, 1], [-1, 0.5523], [-1, 0], [-1, -0.5523], [-0.5523, -1],
     [0, -1], [0.5523, -1], [1, -0.5523]]
)  # fmt: skip


def circle(x, y, r):
    return np.array([x, y]) + r * CIRCLE


def blob(rng, x, y, r, segments=5):
    """A star-shaped closed curve with random radii (never self-crossing)."""
    angle = np.linspace(0, 2 * np.pi, 3 * segments, endpoint=False)
    radius = r * rng.uniform(0.6, 1.2, 3 * segments)
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)


def arrays(
    width, height, contours_of_paths, colors, opacities=None, evenodd=None, background=(0.2, 0.4, 0.6)
):
    flat = [c for path in contours_of_paths for c in path]
    n = len(contours_of_paths)
    return SceneArrays(
        width, height, np.concatenate([*flat, np.zeros((0, 2))]).astype(float), np.cumsum([0, *map(len, flat)]),
        np.cumsum([0, *map(len, contours_of_paths)]), np.array(colors, float).reshape(n, 3),
        np.ones(n) if opacities is None else np.array(opacities, float),
        np.zeros(n, np.uint8) if evenodd is None else np.array(evenodd, np.uint8), np.array(background, float),
    )  # fmt: skip


def random_scene(seed, width=23, height=19, paths=6, opacities=None):
    rng = np.random.default_rng(seed)
    contours = [
        [blob(rng, rng.uniform(-2, width + 2), rng.uniform(-2, height + 2), rng.uniform(2, 9))]
        for _ in range(paths)
    ]
    return arrays(width, height, contours, rng.random((paths, 3)), opacities)


def coverage(contours, width, height, *, evenodd=False):
    """Coverage of one path: a white path on black."""
    scene = arrays(width, height, [contours], [(1, 1, 1)], evenodd=[evenodd], background=(0, 0, 0))
    return Rasterizer(width, height, dtype=np.float64, threads=1).draw(scene)[0]


def clipped(polygon, width, height):
    """Exact area of a shapely polygon in every pixel."""
    boxes = [[shapely.box(j, i, j + 1, i + 1) for j in range(width)] for i in range(height)]
    return shapely.area(shapely.intersection(np.array(boxes), polygon))


def polygon_of(scene, tolerance=0.05):
    """Vertices of the lines that are drawn for the one path of `scene`."""
    raster = Rasterizer(int(scene.width), int(scene.height), dtype=np.float64, tolerance=tolerance)
    raster.draw(scene)
    return raster.renderer.lines()[:, :2]


POLYGONS = {
    "triangle": [(1.3, 1.2), (8.7, 2.1), (4.4, 7.9)],
    "clockwise": [(4.4, 7.9), (8.7, 2.1), (1.3, 1.2)],
    "pixel-aligned": [(2, 3), (6, 3), (6, 7), (2, 7)],
    "inside one pixel": [(3.2, 3.3), (3.7, 3.4), (3.5, 3.9)],
    "sliver": [(0.5, 4.50001), (9.5, 4.50002), (9.5, 4.50003)],
    "crosses left": [(-5.5, 2.2), (4.1, 1.1), (3.3, 8.8)],
    "crosses right": [(5.5, 2.2), (25.1, 1.1), (13.3, 8.8)],
    "crosses top": [(2.5, -7.2), (8.1, 3.1), (1.3, 5.8)],
    "crosses bottom": [(2.5, 6.2), (8.1, 23.1), (1.3, 17.8)],
    "covers everything": [(-50, -50), (60, -50), (60, 60), (-50, 60)],
    "edges on the border": [(0, 0), (10, 0), (10, 9), (0, 9)],
    "wholly left": [(-8, 1), (-2, 2), (-4, 8)],
    "wholly below": [(1, 20), (8, 21), (4, 30)],
    "huge": [(-1e6, 4.25), (1e6, 4.25), (1e6, 1e6), (-1e6, 1e6)],
    "through corners": [(0, 0), (5, 5), (0, 9)],
    "steep": [(4.0, -3.0), (4.000001, 12.0), (6.0, 12.0)],
}


@pytest.mark.parametrize("name", POLYGONS)
def test_coverage_is_the_clipped_area(name):
    vertices = np.array(POLYGONS[name], float)
    expected = clipped(shapely.Polygon(vertices), 10, 9)
    actual = coverage([contour_from_polygon(vertices)], 10, 9)
    np.testing.assert_allclose(actual, expected, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_coverage_of_random_curves_is_the_clipped_area(seed):
    rng = np.random.default_rng(seed)
    contour = blob(
        rng, rng.uniform(-3, 20), rng.uniform(-3, 20), rng.uniform(0.05, 14), int(rng.integers(1, 7))
    )
    scene = arrays(17, 18, [[contour]], [(1, 1, 1)], background=(0, 0, 0))
    polygon = shapely.Polygon(polygon_of(scene))
    if not polygon.is_valid:
        return
    image = Rasterizer(17, 18, dtype=np.float64, threads=1).draw(scene)[0]
    np.testing.assert_allclose(image, clipped(polygon, 17, 18), atol=1e-9)
    assert image.min() >= 0.0
    assert image.max() <= 1.0


def test_holes_follow_the_fill_rule():
    outer, inner = circle(8, 8, 6), circle(8.3, 7.6, 3)
    same_way = coverage([outer, inner], 16, 16)
    np.testing.assert_allclose(same_way, coverage([outer], 16, 16), atol=1e-12)
    ring = coverage([outer], 16, 16) - coverage([inner], 16, 16)
    np.testing.assert_allclose(coverage([outer, inner], 16, 16, evenodd=True), ring, atol=1e-12)
    np.testing.assert_allclose(coverage([outer, np.roll(inner[::-1], 1, axis=0)], 16, 16), ring, atol=1e-12)


def test_zero_area_paths_draw_nothing():
    line = contour_from_polygon([(1.5, 1.5), (7.5, 4.5)])
    point = contour_from_polygon([(3.3, 3.3)])
    assert np.abs(coverage([line], 9, 9)).max() < 1e-15
    assert np.abs(coverage([point], 9, 9)).max() == 0.0


@pytest.mark.parametrize("shift", [(3, 0), (0, 2), (5, 7), (-4, -1)])
def test_whole_pixel_shifts_shift_the_picture(shift):
    contour = circle(20.3, 20.7, 7.2)
    still = coverage([contour], 48, 48)
    moved = coverage([contour + np.array(shift)], 48, 48)
    np.testing.assert_allclose(moved, np.roll(still, (shift[1], shift[0]), axis=(0, 1)), atol=1e-12)


def painter(scene, raster):
    """Plain compositing of separately drawn coverages, bottom to top."""
    image = np.broadcast_to(scene.background[:, None, None], (3, raster.height, raster.width)).copy()
    for k in range(scene.path_count):
        alone = arrays(
            scene.width, scene.height, [[scene.points[scene.contours[c] : scene.contours[c + 1]]
                                         for c in range(scene.paths[k], scene.paths[k + 1])]],
            [(1, 1, 1)], evenodd=scene.evenodd[k : k + 1], background=(0, 0, 0),
        )  # fmt: skip
        alpha = scene.opacities[k] * raster.draw(alone)[0]
        image += alpha * (scene.colors[k][:, None, None] - image)
    return image


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("opaque", [True, False])
def test_image_is_painters_compositing(seed, opaque):
    rng = np.random.default_rng(seed + 100)
    scene = random_scene(seed, paths=12, opacities=None if opaque else rng.choice([0.3, 0.7, 1.0], 12))
    raster = Rasterizer(23, 19, dtype=np.float64, threads=1)
    np.testing.assert_allclose(raster.draw(scene), painter(scene, raster), atol=1e-12)


def differences(loss, values, step=1e-6):
    """Central differences of `loss` by every entry of `values`."""
    out = np.zeros_like(values)
    for index in np.ndindex(values.shape):
        up, down = values.copy(), values.copy()
        up[index] += step
        down[index] -= step
        out[index] = (loss(up) - loss(down)) / (2 * step)
    return out


GRADIENT_SCENES = {
    "disc": arrays(14, 12, [[circle(6.3, 5.8, 4.1)]], [(0.9, 0.1, 0.3)]),
    "beyond the left border": arrays(14, 12, [[circle(0.4, 5.8, 4.1)]], [(0.9, 0.1, 0.3)]),
    "beyond the right border": arrays(14, 12, [[circle(13.1, 5.8, 4.1)]], [(0.9, 0.1, 0.3)]),
    "beyond top and bottom": arrays(14, 12, [[circle(6.2, 5.8, 8.1)]], [(0.9, 0.1, 0.3)]),
    "inside one pixel": arrays(14, 12, [[circle(6.5, 5.5, 0.3)]], [(0.9, 0.1, 0.3)]),
    "sliver": arrays(14, 12, [[contour_from_polygon([(1.3, 4.3), (12.6, 4.37), (12.7, 4.41)])]], [(1, 0, 0)]),
    "polygon": arrays(14, 12, [[contour_from_polygon([(2.2, 1.1), (11.3, 3.7), (5.1, 10.2)])]], [(1, 0, 0)]),
    "near horizontal": arrays(
        14, 12, [[contour_from_polygon([(1.2, 3.31), (12.3, 3.32), (6.1, 9.2)])]], [(1, 0, 0)]
    ),
    "even-odd hole": arrays(
        14, 12, [[circle(6.6, 6.1, 5.2), circle(7.1, 5.6, 2.3)]], [(1, 0, 0)], evenodd=[1]
    ),
    "non-zero hole": arrays(
        14, 12, [[circle(6.6, 6.1, 5.2), np.roll(circle(7.1, 5.6, 2.3)[::-1], 1, axis=0)]], [(1, 0, 0)]
    ),
    "translucent": random_scene(3, 14, 12, 5, [0.4, 0.8, 0.3, 0.6, 0.9]),
    "opaque stack": random_scene(4, 14, 12, 8),
    "mixed stack": random_scene(5, 14, 12, 8, [1, 0.5, 1, 1, 0.7, 1, 0.2, 1]),
    "several bands": random_scene(6, 13, 40, 9),
    "stretched": replace(random_scene(7, 28, 6, 5), width=28.0, height=6.0),
}


@pytest.mark.parametrize("name", GRADIENT_SCENES)
def test_gradient_is_that_of_central_differences(name):
    scene = GRADIENT_SCENES[name]
    rng = np.random.default_rng(0)
    width, height = (14, 12) if name == "stretched" else (int(scene.width), int(scene.height))
    target, weight = rng.random((3, height, width)), rng.random((height, width))
    raster = Rasterizer(width, height, dtype=np.float64, threads=1)
    actual = raster.value_and_grad(scene, target, weight)

    def loss(**changes):
        return raster.loss(replace(scene, **changes), target, weight)

    expected = differences(lambda v: loss(points=v), scene.points)
    np.testing.assert_allclose(actual.points, expected, rtol=1e-5, atol=2e-6 * np.abs(expected).max())
    expected = differences(lambda v: loss(colors=v), scene.colors)
    np.testing.assert_allclose(actual.colors, expected, rtol=1e-6, atol=1e-9)
    expected = differences(lambda v: loss(background=v), scene.background)
    np.testing.assert_allclose(actual.background, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ["translucent", "opaque stack", "mixed stack", "several bands"])
def test_looking_beneath_gives_opacity_gradients_and_importance(name):
    scene = GRADIENT_SCENES[name]
    rng = np.random.default_rng(1)
    height, width = int(scene.height), int(scene.width)
    target, weight = rng.random((3, height, width)), rng.random((height, width))
    raster = Rasterizer(width, height, dtype=np.float64, threads=1)
    plain = raster.value_and_grad(scene, target, weight)
    deep = raster.value_and_grad(scene, target, weight, beneath=True)
    assert deep.loss == pytest.approx(plain.loss, rel=1e-12)
    np.testing.assert_allclose(deep.points, plain.points, atol=1e-14)
    np.testing.assert_allclose(deep.colors, plain.colors, atol=1e-14)
    np.testing.assert_allclose(deep.background, plain.background, atol=1e-14)

    def loss(opacities):
        return raster.loss(replace(scene, opacities=opacities), target, weight)

    # Above 1 nothing is drawn, so the difference is taken on the left; the loss is quadratic in each opacity.
    step = 1e-4
    for k in range(scene.path_count):
        values = []
        for back in (0, 1, 2):
            changed = scene.opacities.copy()
            changed[k] -= back * step
            values.append(loss(changed))
        slope = (3 * values[0] - 4 * values[1] + values[2]) / (2 * step)
        assert deep.opacities[k] == pytest.approx(slope, rel=1e-6, abs=1e-9)
        without = scene.opacities.copy()
        without[k] = 0.0
        assert deep.importance[k] == pytest.approx(loss(without) - plain.loss, rel=1e-9, abs=1e-12)


def test_any_upstream_gradient_can_be_carried_back():
    scene = GRADIENT_SCENES["mixed stack"]
    rng = np.random.default_rng(2)
    target = rng.random((3, 12, 14))
    raster = Rasterizer(14, 12, dtype=np.float64)
    fused = raster.value_and_grad(scene, target)
    upstream = 2.0 * (raster.draw(scene) - target) / target.size
    carried = raster.vjp(scene, upstream)
    np.testing.assert_allclose(carried.points, fused.points, atol=1e-14)
    np.testing.assert_allclose(carried.colors, fused.colors, atol=1e-14)


@pytest.mark.parametrize("beneath", [False, True])
def test_any_number_of_threads_gives_the_same_bits(beneath):
    scene = random_scene(11, 150, 170, 60, [1.0, 0.5] * 30)
    target = np.random.default_rng(3).random((3, 170, 150)).astype(np.float32)
    results = []
    for threads in (1, 2, 5):
        raster = Rasterizer(150, 170, threads=threads)
        for _ in range(2):
            image = np.empty_like(target)
            gradients = raster.value_and_grad(scene, target, beneath=beneath, out=image)
            results.append(
                (image.tobytes(), gradients.points.tobytes(), gradients.colors.tobytes(), gradients.loss)
            )
    assert all(result == results[0] for result in results)


def test_what_a_path_shows_right_of_its_last_line_is_drawn():
    # All of the band's lines are hidden; the inside that ends beyond the canvas is not.
    tall = contour_from_polygon([(10, -50), (400, -50), (400, 100), (10, 100)])
    cover = contour_from_polygon([(-5, -50), (64, -50), (64, 100), (-5, 100)])
    scene = arrays(200, 48, [[tall], [cover]], [(1, 0, 0), (0, 1, 0)])
    image = Rasterizer(200, 48).draw(scene).transpose(1, 2, 0)
    np.testing.assert_allclose(image[:, :64], np.broadcast_to((0, 1, 0), (48, 64, 3)), atol=1e-6)
    np.testing.assert_allclose(image[:, 64:], np.broadcast_to((1, 0, 0), (48, 136, 3)), atol=1e-6)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_nothing_is_left_behind_for_the_next_path(seed):
    # Coordinates on pixel borders and a rounding error beside them lead walks astray if anything does.
    rng = np.random.default_rng(seed)
    width, height = 130, 40
    contours = []
    for _ in range(8):
        corners = rng.choice([0, 1, 15, 16, 17, 32, 63, 64, 65, 128, 129, 130, 40, 200, -3], (4, 2)).astype(
            float
        )
        corners = np.where(rng.random((4, 2)) < 0.3, np.nextafter(corners, rng.choice([-1e9, 1e9])), corners)
        corners = np.where(rng.random((4, 2)) < 0.5, corners + rng.uniform(-1, 1, (4, 2)), corners)
        contours.append([contour_from_polygon(corners)])
    scene = arrays(width, height, contours, rng.random((8, 3)), rng.choice([0.5, 1.0], 8))
    target = rng.random((3, height, width)).astype(np.float32)
    for penalty in (0.0, 1.0):
        raster = Rasterizer(width, height, threads=1, winding_penalty=penalty)
        gradients = []
        for rubbish in (0.0, 1e3):
            raster.draw(scene)
            assert raster.renderer.probe(rubbish)
            gradients.append(raster.value_and_grad(scene, target).points)
        np.testing.assert_array_equal(*gradients)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_drawing_works_in_a_forked_process():
    scene = random_scene(11, 150, 170, 20)
    expected = Rasterizer(150, 170, threads=2).draw(scene).tobytes()
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os._exit(Rasterizer(150, 170, threads=2).draw(scene).tobytes() != expected)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_float32_is_close_to_float64():
    scene = random_scene(12, 64, 64, 40)
    target = np.random.default_rng(4).random((3, 64, 64))
    exact = Rasterizer(64, 64, dtype=np.float64).value_and_grad(scene, target)
    fast = Rasterizer(64, 64).value_and_grad(scene, target.astype(np.float32))
    assert fast.loss == pytest.approx(exact.loss, rel=1e-5)
    np.testing.assert_allclose(fast.points, exact.points, atol=1e-4 * np.abs(exact.points).max())


def test_rasterize_gives_straight_rgba_at_any_size():
    square = Path((contour_from_polygon([(2, 2), (6, 2), (6, 6), (2, 6)]),), Solid((1.0, 0.0, 0.0)))
    scene = Scene(8, 8, (1.0, 1.0, 1.0), (square,))
    image = rasterize(scene, width=16)
    assert image.shape == (16, 16, 4)
    assert image.dtype == np.float32
    np.testing.assert_array_equal(image[8, 8], [1, 0, 0, 1])
    np.testing.assert_array_equal(image[0, 0], [1, 1, 1, 1])


def test_a_scene_without_paths_is_its_background():
    image = rasterize(Scene(3, 2, (0.25, 0.5, 0.75)))
    np.testing.assert_array_equal(image, np.broadcast_to(np.float32([0.25, 0.5, 0.75, 1]), (2, 3, 4)))


def test_what_does_not_fit_is_refused():
    with pytest.raises(RenderError, match="at least 1x1"):
        Rasterizer(0, 4)
    with pytest.raises(RenderError, match="float32 or float64"):
        Rasterizer(4, 4, dtype=np.int32)
    with pytest.raises(RenderError, match=r"\(3, 4, 4\)"):
        Rasterizer(4, 4).loss(random_scene(0), np.zeros((3, 5, 4), np.float32))


def test_arrays_and_scene_carry_the_same():
    rng = np.random.default_rng(5)
    paths = tuple(
        Path((blob(rng, 5, 5, 3), blob(rng, 4, 6, 2)), Solid(tuple(rng.random(3))), id=f"p{i}")
        for i in range(3)
    )
    scene = Scene(10, 10, (1.0, 1.0, 1.0), paths)
    flat = SceneArrays.from_scene(scene)
    back = flat.to_scene(scene)
    for before, after in zip(scene.paths, back.paths, strict=True):
        assert (before.id, before.fill) == (after.id, after.fill)
        for a, b in zip(before.contours, after.contours, strict=True):
            np.testing.assert_array_equal(a, b)
