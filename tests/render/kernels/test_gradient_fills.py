"""Gradient fills against a plain twin, central differences, and what must hold for any of them."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from huefold.render import (
    GradientFills,
    Rasterizer,
    SceneArrays,
    Topology,
    rasterize,
    value_and_grad,
    vjp,
)
from huefold.scene import LinearGradient, Path, RadialGradient, Scene, Solid, Stop, contour_from_polygon
from huefold.svg import write_svg

WIDTH, HEIGHT = 23, 37  # three bands
SPREADS = ("pad", "reflect", "repeat")
TURNED = (1.3, 0.4, -0.5, 0.8, 2.1, -1.7)


def blob(rng, x, y, r, segments=5):
    """A star-shaped closed curve with random radii."""
    angle = np.linspace(0, 2 * np.pi, 3 * segments, endpoint=False)
    radius = r * rng.uniform(0.6, 1.2, 3 * segments)
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)


def stops(rng, count, *, translucent):
    """Stops that begin after 0 and end before 1, all different."""
    offsets = np.linspace(0.08, 0.91, count) + rng.uniform(-0.03, 0.03, count)
    return tuple(
        Stop(o, tuple(rng.uniform(0.05, 0.95, 3)), rng.uniform(0.2, 0.9) if translucent else 1.0)
        for o in offsets
    )


def gradient(kind, spread, rng, *, translucent=False, count=3):
    """One gradient of each kind whose periods are several pixels long, inside a canvas of 23 x 37."""
    made = stops(rng, count, translucent=translucent)
    x, y = rng.uniform(8, 14), rng.uniform(14, 22)
    if kind == "linear":
        return LinearGradient((x - 4.3, y - 6.1), (x + 3.2, y + 5.7), made, spread)
    if kind == "radial":
        return RadialGradient((x, y), 8.3, made, spread=spread)
    if kind == "focus":
        return RadialGradient((x, y), 9.1, made, (x + 3.3, y - 4.9), spread=spread)
    return RadialGradient((x - 3, y - 8), 9.7, made, (x - 5.1, y - 7), 2.2, spread, TURNED)


KINDS = ("linear", "radial", "focus", "focal circle, turned")
CASES = list(itertools.product(KINDS, SPREADS, (False, True)))


def paint_at(fill, x, y):
    """Colour and opacity of a gradient at points, in the obvious way: [..., 4]."""
    if isinstance(fill, LinearGradient):
        along = np.subtract(fill.end, fill.start)
        t = ((x - fill.start[0]) * along[0] + (y - fill.start[1]) * along[1]) / (along @ along)
    else:
        a, b, c, d, e, f = fill.transform
        x, y = np.moveaxis(np.linalg.solve([[a, c], [b, d]], np.stack([x - e, y - f]).reshape(2, -1)), 0, 0)
        centre, focus = np.array(fill.center), np.array(fill.focus)
        # The largest t whose circle passes through the point and has a radius that is not negative.
        px, py = x - focus[0], y - focus[1]
        cx, cy = centre - focus
        reach = fill.radius - fill.focal_radius
        qa = cx * cx + cy * cy - reach * reach
        qb = -2 * (px * cx + py * cy + fill.focal_radius * reach)
        qc = px * px + py * py - fill.focal_radius**2
        root = np.sqrt(np.maximum(qb * qb - 4 * qa * qc, 0))
        both = np.stack([(-qb + root) / (2 * qa), (-qb - root) / (2 * qa)])
        both[fill.focal_radius + both * reach < -1e-9] = -np.inf
        t = both.max(axis=0)
    t = np.asarray(t).reshape(-1)
    if fill.spread == "repeat":
        t = t - np.floor(t)
    elif fill.spread == "reflect":
        t = 1 - np.abs(t - 2 * np.floor(t / 2) - 1)
    offsets = np.array([stop.offset for stop in fill.stops])
    values = np.array([(*stop.color, stop.opacity) for stop in fill.stops])
    above = np.searchsorted(offsets, t, side="right")
    out = np.empty((len(t), 4))
    for i, k in enumerate(above):
        if k == 0 or k == len(offsets):
            out[i] = values[0 if k == 0 else -1]
        else:
            w = (t[i] - offsets[k - 1]) / (offsets[k] - offsets[k - 1])
            out[i] = (1 - w) * values[k - 1] + w * values[k]
    return out


def twin(scene, width, height):
    """Plain compositing of separately drawn coverages with colours sampled at pixel centres."""
    x, y = np.meshgrid(
        (np.arange(width) + 0.5) * scene.width / width, (np.arange(height) + 0.5) * scene.height / height
    )
    image = np.broadcast_to(np.array(scene.background), (height, width, 3)).copy()
    white = {"fill": Solid((1, 1, 1)), "opacity": 1.0}
    for path in scene.paths:
        alone = SceneArrays.from_scene(replace(scene, background=(0, 0, 0), paths=(replace(path, **white),)))
        coverage = Rasterizer(width, height, dtype=np.float64, threads=1).draw(alone)[0]
        if isinstance(path.fill, Solid):
            paint = np.broadcast_to((*path.fill.color, 1.0), (height, width, 4))
        else:
            paint = paint_at(path.fill, x, y).reshape(height, width, 4)
        alpha = path.opacity * coverage * paint[..., 3]
        image += alpha[..., None] * (paint[..., :3] - image)
    return image


def stack(kind, spread, *, translucent, seed=0, opacities=(1.0, 0.7, 1.0, 1.0)):
    """Blobs over each other, gradients and colours in turn, one beyond the border."""
    rng = np.random.default_rng(seed)
    fills = [Solid(tuple(rng.random(3))), gradient(kind, spread, rng, translucent=translucent),
             gradient(kind, spread, rng, translucent=translucent, count=2),
             gradient(kind, spread, rng, translucent=translucent, count=4)]  # fmt: skip
    places = [(8, 12, 9), (12, 18, 11), (20, 24, 7), (7, 27, 8)]
    paths = [
        Path((blob(rng, *place),), fill, opacity)
        for place, fill, opacity in zip(places, fills, opacities, strict=True)
    ]
    return Scene(WIDTH, HEIGHT, (0.2, 0.4, 0.6), tuple(paths))


def raster(dtype=np.float64, threads=1, **options):
    return Rasterizer(WIDTH, HEIGHT, dtype=dtype, threads=threads, **options)


@pytest.mark.parametrize(("kind", "spread", "translucent"), CASES)
def test_pictures_are_those_of_the_twin(kind, spread, translucent):
    scene = stack(kind, spread, translucent=translucent)
    expected = twin(scene, WIDTH, HEIGHT)
    arrays = SceneArrays.from_scene(scene)
    target = np.zeros((3, HEIGHT, WIDTH))
    for beneath in (None, False, True):
        image = np.empty_like(target)
        if beneath is None:
            raster().draw(arrays, out=image)
        else:
            raster().value_and_grad(arrays, target, beneath=beneath, out=image)
        np.testing.assert_allclose(image.transpose(1, 2, 0), expected, atol=1e-12)
    np.testing.assert_allclose(rasterize(scene)[..., :3], expected, atol=2e-5)


@pytest.mark.parametrize(("kind", "spread"), list(itertools.product(KINDS, SPREADS)))
def test_pictures_agree_with_resvg(kind, spread):
    resvg = pytest.importorskip("resvg_py", reason="needs resvg (pip install resvg-py)")
    scene = stack(kind, spread, translucent=True)
    drawn = bytes(resvg.svg_to_bytes(svg_string=write_svg(scene), width=4 * WIDTH, height=4 * HEIGHT))
    theirs = np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB"), np.float64)
    off = np.abs(255.0 * rasterize(scene, width=4 * WIDTH)[..., :3] - theirs)
    assert off.mean() < 1.0
    assert (off > 8.0).mean() < 0.02  # edges, and jumps of repeated periods that pass between two pixels


@pytest.mark.parametrize("kind", KINDS)
def test_another_size_samples_the_same_gradient(kind):
    scene = stack(kind, "pad", translucent=True)
    image = Rasterizer(31, 90, dtype=np.float64).draw(SceneArrays.from_scene(scene))
    np.testing.assert_allclose(image.transpose(1, 2, 0), twin(scene, 31, 90), atol=1e-12)


def differences(loss, values, step=2e-6):
    """Central differences of fourth order by every entry of `values`."""
    out = np.zeros_like(values)
    for index in np.ndindex(values.shape):
        found = []
        for by in (-2, -1, 1, 2):
            moved = values.copy()
            moved[index] += by * step
            found.append(loss(moved))
        out[index] = (found[0] - 8 * found[1] + 8 * found[2] - found[3]) / (12 * step)
    return out


def error(actual, expected):
    """Largest error relative to the largest entry."""
    return np.abs(actual - expected).max() / np.abs(expected).max()


@pytest.mark.parametrize(("kind", "spread", "translucent"), CASES)
def test_gradients_are_those_of_central_differences(kind, spread, translucent):
    scene = SceneArrays.from_scene(stack(kind, spread, translucent=translucent))
    rng = np.random.default_rng(1)
    target, weight = rng.random((3, HEIGHT, WIDTH)), rng.random((HEIGHT, WIDTH))
    found = raster().value_and_grad(scene, target, weight)

    def loss_of(field):
        if hasattr(scene.gradients, field):
            return lambda v: raster().loss(
                replace(scene, gradients=replace(scene.gradients, **{field: v})), target, weight
            )
        return lambda v: raster().loss(replace(scene, **{field: v}), target, weight)

    fills = scene.gradients
    used = 4 if kind == "linear" else 6
    by_shape = differences(lambda v: loss_of("shapes")(np.concatenate([v, fills.shapes[:, used:]], 1)),
                           fills.shapes[:, :used])  # fmt: skip
    assert error(found.fills.shapes[:, :used], by_shape) < 1e-6
    assert error(found.fills.offsets, differences(loss_of("offsets"), fills.offsets)) < 1e-6
    by_color = differences(
        lambda v: raster().loss(replace(scene, gradients=replace(fills, colors=v)), target, weight),
        fills.colors,
    )
    assert error(found.fills.colors, by_color) < 1e-6
    if translucent:
        deep = raster().value_and_grad(scene, target, weight, beneath=True)
        by_opacity = differences(
            lambda v: raster().loss(replace(scene, gradients=replace(fills, opacities=v)), target, weight),
            fills.opacities,
        )
        assert error(deep.fills.opacities, by_opacity) < 1e-6
        assert error(deep.fills.shapes[:, :used], by_shape) < 1e-6
        some = [1]  # at 1, the difference would go above 1
        by_path = differences(
            lambda v: raster().loss(
                replace(scene, opacities=np.array([1, *v, 1, 1])), target, weight), scene.opacities[some]
        )  # fmt: skip
        assert error(deep.opacities[some], by_path) < 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_outlines_of_gradient_paths_get_their_gradient(kind):
    scene = SceneArrays.from_scene(stack(kind, "reflect", translucent=kind != "radial"))
    rng = np.random.default_rng(2)
    target, weight = rng.random((3, HEIGHT, WIDTH)), rng.random((HEIGHT, WIDTH))
    found = raster().value_and_grad(scene, target, weight)
    expected = differences(lambda v: raster().loss(replace(scene, points=v), target, weight), scene.points)
    assert error(found.points, expected) < 1e-6


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("translucent", [False, True])
def test_opacities_of_opaque_paths_and_importance(kind, translucent):
    scene = SceneArrays.from_scene(stack(kind, "repeat", translucent=translucent))
    rng = np.random.default_rng(3)
    target, weight = rng.random((3, HEIGHT, WIDTH)), rng.random((HEIGHT, WIDTH))
    plain = raster().value_and_grad(scene, target, weight)
    deep = raster().value_and_grad(scene, target, weight, beneath=True)
    for field in ("shapes", "offsets", "colors"):
        np.testing.assert_allclose(getattr(deep.fills, field), getattr(plain.fills, field), atol=1e-14)
    np.testing.assert_allclose(deep.points, plain.points, atol=1e-14)
    if translucent:  # what lies beneath is seen through them anyway
        np.testing.assert_allclose(plain.fills.opacities, deep.fills.opacities, atol=1e-14)
    else:
        assert plain.fills.opacities is None

    def loss(**changes):
        return raster().loss(replace(scene, **changes), target, weight)

    # From below, since there is nothing above 1; the loss is quadratic in each.
    step = 1e-4
    for k in range(scene.path_count):
        values = [loss(opacities=scene.opacities - back * step * (np.arange(4) == k)) for back in range(3)]
        slope = (3 * values[0] - 4 * values[1] + values[2]) / (2 * step)
        assert deep.opacities[k] == pytest.approx(slope, rel=1e-6, abs=1e-9)
        without = loss(opacities=np.where(np.arange(4) == k, 0.0, scene.opacities))
        assert deep.importance[k] == pytest.approx(without - plain.loss, rel=1e-9, abs=1e-12)
    fills = scene.gradients
    for k in range(len(fills.opacities)):
        values = [
            loss(gradients=replace(fills, opacities=fills.opacities - back * step * (np.arange(9) == k)))
            for back in range(3)
        ]
        slope = (3 * values[0] - 4 * values[1] + values[2]) / (2 * step)
        assert deep.fills.opacities[k] == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_any_upstream_gradient_can_be_carried_back():
    scene = SceneArrays.from_scene(stack("focus", "repeat", translucent=True))
    target = np.random.default_rng(4).random((HEIGHT, WIDTH, 3))
    fused = value_and_grad(scene, target)
    carried = vjp(scene, 2.0 * (fused.image - target) / target.size)
    for field in ("shapes", "offsets", "colors", "opacities"):
        np.testing.assert_allclose(getattr(carried.fills, field), getattr(fused.fills, field), atol=1e-14)
    spared = vjp(scene, 2.0 * (fused.image - target) / target.size, opacities=False)
    np.testing.assert_allclose(spared.fills.opacities, fused.fills.opacities, atol=1e-14)
    opaque = replace(
        scene, gradients=replace(scene.gradients, opacities=np.ones(len(scene.gradients.offsets)))
    )
    assert vjp(opaque, target, opacities=False).fills.opacities is None


def test_opacities_of_opaque_stops_are_unknown_where_another_gradient_fades():
    scene = SceneArrays.from_scene(stack("linear", "pad", translucent=True))
    fills = scene.gradients
    last = slice(int(fills.stops[-2]), int(fills.stops[-1]))
    opacities = fills.opacities.copy()
    opacities[last] = 1.0
    scene = replace(scene, gradients=replace(fills, opacities=opacities))
    target = np.random.default_rng(7).random((3, HEIGHT, WIDTH))
    plain, deep = (raster().value_and_grad(scene, target, beneath=beneath).fills for beneath in (False, True))
    assert (plain.opacities[last] == 0.0).all()
    assert (deep.opacities[last] != 0.0).any()
    np.testing.assert_allclose(plain.opacities[: last.start], deep.opacities[: last.start], atol=1e-14)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_inner_stops_change_no_picture(count):
    scene = SceneArrays.from_scene(stack("linear", "reflect", translucent=True))
    more = scene.gradients.subdivided(count)
    assert np.diff(more.stops).tolist() == [3, count, 4]
    np.testing.assert_allclose(
        raster().draw(replace(scene, gradients=more)), raster().draw(scene), atol=1e-12
    )


def test_sums_and_means_over_the_stops_of_paths():
    fills = SceneArrays.from_scene(stack("linear", "pad", translucent=True)).gradients
    values = np.random.default_rng(8).random((len(fills.offsets), 2))
    parts = [values[a:b] for a, b in pairwise(fills.stops)]
    np.testing.assert_allclose(fills.path_sums(values), [[0, 0], *(part.sum(axis=0) for part in parts)])
    means = [fills.opacities[a:b].mean() for a, b in pairwise(fills.stops)]
    np.testing.assert_allclose(fills.path_opacities(), [1.0, *means])
    none = fills.reordered([-1, -1])
    assert none.path_opacities().tolist() == [1.0, 1.0]
    assert none.path_sums(np.zeros((0, 3))).tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize("kind", ["linear", "focus"])
def test_single_precision_is_close(kind):
    scene = SceneArrays.from_scene(stack(kind, "reflect", translucent=True))
    target = np.random.default_rng(5).random((3, HEIGHT, WIDTH))
    exact = raster().value_and_grad(scene, target, beneath=True)
    fast = raster(np.float32).value_and_grad(scene, target.astype(np.float32), beneath=True)
    for field in ("shapes", "offsets", "colors", "opacities"):
        assert error(getattr(fast.fills, field), getattr(exact.fills, field)) < 1e-4
    assert error(fast.importance, exact.importance) < 1e-4


@pytest.mark.parametrize("beneath", [False, True])
def test_any_number_of_threads_gives_the_same_bits(beneath):
    rng = np.random.default_rng(6)
    fills = [
        gradient(KINDS[i % 4], SPREADS[i % 3], rng, translucent=i % 5 == 0, count=2 + i % 3)
        for i in range(40)
    ]
    paths = [
        Path((blob(rng, *rng.uniform(0, 150, 2), 25),), fill, 1.0 if i % 3 else 0.6)
        for i, fill in enumerate(fills)
    ]
    scene = SceneArrays.from_scene(Scene(150, 170, (1, 1, 1), tuple(paths)))
    target = rng.random((3, 170, 150)).astype(np.float32)
    results = set()
    for threads in (1, 2, 5):
        drawer = Rasterizer(150, 170, threads=threads)
        for _ in range(2):
            image = np.empty_like(target)
            found = drawer.value_and_grad(scene, target, beneath=beneath, out=image)
            parts = [image, found.points, found.fills.shapes, found.fills.offsets, found.fills.colors]
            results.add(
                b"".join(part.tobytes() for part in [*parts, *([found.fills.opacities] if beneath else [])])
            )
    assert len(results) == 1


@pytest.mark.parametrize("kind", ["linear", "radial"])
def test_with_a_winding_penalty_gradients_fill_what_is_wound_once(kind):
    rng = np.random.default_rng(7)
    eight = contour_from_polygon([(2, 2), (20, 30), (20, 2), (2, 30)])
    fill = gradient(kind, "pad", rng)
    scene = Scene(WIDTH, HEIGHT, (0, 0, 0), (Path((eight,), fill),))
    arrays = SceneArrays.from_scene(scene)
    solid = replace(arrays, gradients=None, colors=np.ones((1, 3)))
    x, y = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    paint = paint_at(fill, x, y).reshape(HEIGHT, WIDTH, 4)[..., :3].transpose(2, 0, 1)
    drawer = raster(winding_penalty=1.0)
    np.testing.assert_allclose(drawer.draw(arrays), drawer.draw(solid) * paint, atol=1e-12)
    # On a target that is met exactly nothing is left but the charge for other windings: that of a solid path.
    charge = drawer.value_and_grad(arrays, drawer.draw(arrays)).points
    np.testing.assert_allclose(charge, drawer.value_and_grad(solid, drawer.draw(solid)).points, atol=1e-15)
    assert np.abs(charge).max() > 0


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KINDS), st.sampled_from(SPREADS), st.integers(0, 2**32 - 1), st.booleans())
def test_equal_stops_are_a_solid(kind, spread, seed, beneath):
    rng = np.random.default_rng(seed)
    plain = SceneArrays.from_scene(stack(kind, spread, translucent=False, seed=seed))
    color = rng.random(3)
    fills = replace(plain.gradients, colors=np.tile(color, (len(plain.gradients.offsets), 1)))
    same = replace(plain, gradients=fills)
    solid = replace(plain, gradients=None, colors=np.concatenate([plain.colors[:1], np.tile(color, (3, 1))]))
    target = rng.random((3, HEIGHT, WIDTH)).astype(np.float32)
    drawer = raster(np.float32)
    np.testing.assert_allclose(drawer.draw(same), drawer.draw(solid), atol=1e-6)
    found = drawer.value_and_grad(same, target, beneath=beneath)
    expected = drawer.value_and_grad(solid, target, beneath=beneath)
    np.testing.assert_allclose(found.points, expected.points, atol=1e-6 * np.abs(expected.points).max())
    assert np.abs(found.fills.shapes).max() < 1e-9
    assert np.abs(found.fills.offsets).max() < 1e-9
    ends = np.add.reduceat(found.fills.colors, fills.stops[:-1])
    np.testing.assert_allclose(ends, expected.colors[1:], atol=1e-8)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(KINDS), st.sampled_from(SPREADS), st.integers(0, 2**32 - 1), st.integers(-9, 9))
def test_gradients_move_with_their_shapes(kind, spread, seed, shift):
    scene = SceneArrays.from_scene(stack(kind, spread, translucent=True, seed=seed))
    fills = scene.gradients
    shapes, transforms = fills.shapes.copy(), fills.transforms.copy()
    radial = fills.radial != 0
    transforms[radial, 4] += shift
    shapes[~radial] += [shift, 0, shift, 0, 0, 0]
    moved = replace(
        scene,
        points=scene.points + np.array([shift, 0]),
        gradients=replace(fills, shapes=shapes, transforms=transforms),
    )
    still, gone = raster().draw(scene), raster().draw(moved)
    left, right = max(0, shift), WIDTH + min(0, shift)
    np.testing.assert_allclose(gone[:, :, left:right], still[:, :, left - shift : right - shift], atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(SPREADS))
def test_a_stop_between_two_others_in_their_line_changes_nothing(seed, spread):
    rng = np.random.default_rng(seed)
    first, last = stops(rng, 2, translucent=True)
    share = rng.uniform(0, 1)
    mean = lambda a, b: (1 - share) * np.array(a) + share * np.array(b)  # noqa: E731
    between = Stop(float(mean(first.offset, last.offset)), tuple(mean(first.color, last.color)),
                   float(mean(first.opacity, last.opacity)))  # fmt: skip
    for kind in KINDS:
        fill = gradient(kind, spread, np.random.default_rng(seed))
        pictures = [
            rasterize(Scene(WIDTH, HEIGHT, (0, 0, 0), (Path((blob(np.random.default_rng(seed), 12, 18, 12),),
                                                            replace(fill, stops=some)),)))
            for some in ((first, last), (first, between, last))
        ]  # fmt: skip
        np.testing.assert_allclose(*pictures, atol=1e-6)


BOX = contour_from_polygon([(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)])
RED, BLUE = Stop(0.0, (1, 0, 0)), Stop(1.0, (0, 0, 1))
HALF = (Stop(0, (1, 0, 0)), Stop(0.5, (1, 0, 0)), Stop(0.5, (0, 0, 1)), Stop(1, (0, 0, 1)))
DEGENERATE = {
    "all before the first stop": LinearGradient((50, 0), (60, 0), (RED, BLUE)),
    "all after the last stop": LinearGradient((-60, 0), (-50, 0), (RED, BLUE)),
    "within the focal circle": RadialGradient((10, 10), 300, (RED, BLUE), (10, 10), 200),
    "stops of no width": LinearGradient((2.3, 3), (17, 31), HALF),
    "a step at pixel centres": LinearGradient((0.5, 0), (16.5, 0), HALF, "repeat"),
    "a step at pixel centres, to the left": LinearGradient((16.5, 0), (0.5, 0), HALF, "reflect"),
    "all stops at 0": LinearGradient((0, 0), (9, 9), (RED, Stop(0, (0, 1, 0)), Stop(0, (0, 0, 1))), "repeat"),
    "all stops at 1": RadialGradient((9, 9), 8, (Stop(1, (1, 0, 0)), BLUE), spread="reflect"),
    "vertical": LinearGradient((3, 2), (3, 30), (RED, BLUE), "reflect"),
    "a tiny line": LinearGradient((9, 9), (9 + 1e-9, 9), (RED, BLUE)),
    "the tiniest line": LinearGradient((0, 0), (5e-324, 0), (RED, BLUE)),
    "a tiny circle": RadialGradient((9, 9), 1e-9, (RED, BLUE)),
    "the tiniest circle": RadialGradient((9.25, 9), 1e-300, (RED, BLUE)),
    "a huge line": LinearGradient((-1e9, -1e9), (1e9, 1e9), (RED, BLUE)),
    "a huge circle": RadialGradient((1e8, 0), 2e8, (RED, BLUE), (1e8, 1e8)),
    "many periods a pixel": LinearGradient((0, 0), (1e-3, 2e-3), (RED, BLUE), "reflect"),
    "periods without number": RadialGradient((9, 9), 1e-200, (RED, BLUE), spread="repeat"),
    "a focus at the edge": RadialGradient((12, 18), 9, (RED, BLUE), (12, 9.000000001)),
    "a flat transform": RadialGradient((0, 0), 1, (RED, BLUE), transform=(9, 0, 0, 1e-12, 12, 18)),
    "the apex at a pixel's centre": RadialGradient((12.5, 18.5), 9, (RED, BLUE)),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_gradients_are_drawn_and_differentiated_in_finite_numbers(name):
    fill = DEGENERATE[name]
    scene = Scene(WIDTH, HEIGHT, (0, 1, 0), (Path((BOX,), fill),))
    x, y = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    image = raster().draw(SceneArrays.from_scene(scene)).transpose(1, 2, 0)
    assert image.min() >= 0.0
    assert image.max() <= 1.0
    if not name.startswith(("the tiniest", "many", "periods")):  # those are beyond the twin, or of doubles
        expected = paint_at(fill, x, y).reshape(HEIGHT, WIDTH, 4)[..., :3]
        np.testing.assert_allclose(image, expected, atol=1e-6)
    found = raster().value_and_grad(SceneArrays.from_scene(scene), np.ones((3, HEIGHT, WIDTH)), beneath=True)
    for values in (found.fills.offsets, found.fills.colors, found.fills.opacities, found.points):
        assert np.isfinite(values).all()
    if "tiniest" not in name and "without number" not in name:
        assert np.isfinite(found.fills.shapes).all()


def test_runs_and_cells_sample_alike():
    """A path of cells alone (cut into slivers of pixels) shows the colours of the same gradient's runs."""
    fill = gradient("linear", "reflect", np.random.default_rng(8), count=4)
    whole = rasterize(Scene(WIDTH, HEIGHT, (0, 0, 0), (Path((BOX,), fill),)))
    slits = [
        contour_from_polygon([(x, 0), (x + 0.5, 0), (x + 0.5, HEIGHT), (x, HEIGHT)]) for x in range(WIDTH)
    ]
    half = rasterize(Scene(WIDTH, HEIGHT, (0, 0, 0), (Path(tuple(slits), fill),)))
    np.testing.assert_allclose(half[..., :3], 0.5 * whole[..., :3], atol=1e-6)


def shared(paths=(0, -1, 0)):
    points = np.concatenate(
        [contour_from_polygon([(x, 2), (x + 6, 2), (x + 6, 30), (x, 30)]) for x in (1, 8, 15)]
    )
    fills = GradientFills.linear(paths, [[0, 0, 20, 9]], [[[1, 0, 0], [0, 0, 1]]])
    return Topology.closed_curves(3, 4).with_values(
        points, np.full((3, 3), 0.5), width=WIDTH, height=HEIGHT, gradients=fills
    )


def test_paths_may_share_a_gradient():
    target = np.random.default_rng(9).random((HEIGHT, WIDTH, 3))
    together = value_and_grad(shared(), target)
    alone = [value_and_grad(shared(paths), target) for paths in ((0, -1, -1), (-1, -1, 0))]
    assert np.abs(together.fills.shapes).max() > 0
    # The paths do not overlap, so each contributes what it does beside a path of another colour.
    for field in ("shapes", "offsets", "colors", "opacities"):
        parts = sum(getattr(found.fills, field) for found in alone)
        np.testing.assert_allclose(getattr(together.fills, field), parts, atol=1e-15)
