"""Gradient fills in Stage III: sums against plain twins, the closed-form fit, and what becomes of gradients."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.refine.pictures import QUICK

from huefold.bezier.arcs import circle
from huefold.errors import OptionError
from huefold.refine import Drawing, RefineSettings, refine
from huefold.refine.fills.byte_costs import loss_per_byte
from huefold.refine.fills.gradients import directions, fit_gradients, snap_opacity, unfreeze_opacity
from huefold.refine.fills.visible import Visible
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.loop import fit_drawing
from huefold.refine.schedule import FitSchedule
from huefold.render import GradientFills, rasterize
from huefold.run.pipeline import vectorize
from huefold.scene import LinearGradient, Path, RadialGradient, Scene, Solid, Stop, contour_from_polygon
from huefold.svg import read_svg, write_svg
from huefold.svg.gradients import gradient_parameter

HEIGHT, WIDTH = 40, 56


def box(x0, y0, x1, y1, fill=None, **more):
    contour = contour_from_polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    return Path((contour,), fill if fill is not None else Solid((0.5, 0.5, 0.5)), **more)


def two_boxes():
    """A box and another that hides part of it, on whole pixels."""
    return Scene(WIDTH, HEIGHT, (0.1, 0.2, 0.3), (box(4, 4, 44, 36), box(20, 10, 30, 30)))


def shown(which):
    """Pixels that show each of the two boxes."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    upper = (x >= 20) & (x < 30) & (y >= 10) & (y < 30)
    lower = (x >= 4) & (x < 44) & (y >= 4) & (y < 36) & ~upper
    return (lower, upper)[which]


def ramps(angle=0.6, low=0.2, high=0.8):
    """A photo that is one linear gradient."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    along = 0.5 + ((x - 28) * np.cos(angle) + (y - 20) * np.sin(angle)) / np.hypot(WIDTH, HEIGHT)
    colors = np.array([[low, 0.5, high], [high, 0.4, low]])
    return (colors[0] + along[..., None] * (colors[1] - colors[0])).astype(np.float32)


def fitter_of(image, weight=None, scale=1.0):
    return Fitter(image, weight, reduction=1, canvas_width=image.shape[1] * scale, threads=2)


@pytest.mark.parametrize("weighted", [False, True])
def test_moments_are_sums_over_the_pixels_that_show(weighted):
    rng = np.random.default_rng(0)
    image = rng.random((HEIGHT, WIDTH, 3)).astype(np.float32)
    weight = rng.random((HEIGHT, WIDTH)).astype(np.float32) if weighted else None
    found = Visible(fitter_of(image, weight), Drawing.from_scene(two_boxes())).moments()
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    for path in (0, 1):
        w = shown(path) * (1.0 if weight is None else weight.astype(float)) / image.size
        mass = w.sum()
        center = np.array([(w * x).sum(), (w * y).sum()]) / mass
        off = np.stack([x - center[0], y - center[1]])
        np.testing.assert_allclose(found.mass[path], mass, rtol=1e-5)
        np.testing.assert_allclose(found.center[path], center, rtol=1e-5)
        np.testing.assert_allclose(
            found.covariance[path], np.einsum("ahw,bhw,hw->ab", off, off, w) / mass, rtol=1e-4, atol=1e-3
        )
        trend = np.einsum("ahw,hwc,hw->ac", off, image - 0.5, w) / mass
        np.testing.assert_allclose(found.cross_covariance[path], trend, atol=1e-5)
        flat = (np.einsum("hwc,hw->c", image - 0.5, w) ** 2).sum() / mass
        np.testing.assert_allclose(found.flat_gain[path], flat, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize("radial", [False, True])
def test_stop_colors_are_the_least_squares_ones_and_gain_what_they_say(radial):
    image = (0.3 + 0.4 * np.random.default_rng(1).random((HEIGHT, WIDTH, 3))).astype(np.float32)
    fills = GradientFills.linear([0, 1], [[6, 5, 40, 30], [20, 12, 30, 28]], np.zeros((2, 2, 3)))
    if radial:
        circles = np.array([[20.0, 18, 24, 20, 18, 0], [25, 20, 9, 25, 20, 0]])
        fills = GradientFills(**{
            name: getattr(fills, name) for name in ("paths", "spread", "transforms", "stops", "offsets", "colors",
                                                    "opacities")
        }, radial=np.ones(2, np.uint8), shapes=circles)  # fmt: skip
    drawing, fitter = Drawing.from_scene(two_boxes()), fitter_of(image)
    colors, gain = Visible(fitter, drawing).solved(fills)
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    for path in (0, 1):
        inside = shown(path)
        t = gradient_parameter(fills.fill(path), np.stack([x[inside], y[inside]], axis=1))
        phi = np.stack([1 - t, t], axis=1)
        expected = np.linalg.lstsq(phi, image[inside].astype(float), rcond=None)[0]
        np.testing.assert_allclose(colors[path], expected, atol=2e-3)
        before = ((image[inside] - 0.5) ** 2).sum()
        after = ((image[inside] - phi @ expected) ** 2).sum()
        np.testing.assert_allclose(gain[path], (before - after) / image.size, rtol=1e-3)


@settings(max_examples=20, deadline=None)
@given(st.floats(-3.1, 3.1), st.floats(0.5, 4.0))
def test_one_gradient_explains_a_ramp_in_any_direction(angle, scale):
    image = ramps(angle)
    width, height = round(WIDTH * scale), round(HEIGHT * scale)
    drawing = Drawing.from_scene(Scene(width, height, (0, 0, 0), (box(0, 0, width, height),)))
    fitter = Fitter(image, None, reduction=1, canvas_width=width, threads=1)
    found, _ = directions(Visible(fitter, drawing).moments(), fitter.pixel)
    towards = np.array([np.cos(angle), np.sin(angle)])
    assert abs(found[0] @ towards) > 0.99
    before = fitter.loss(drawing)
    fit_gradients(drawing, fitter, least_gain=1e-7)
    assert drawing.arrays.gradients is not None
    assert fitter.loss(drawing) < 0.1 * before  # what is left lies beyond the ends, where colours are padded


def test_flat_paths_and_specks_keep_one_color():
    image = np.full((HEIGHT, WIDTH, 3), 0.25, np.float32)
    image[:, 50:] = np.random.default_rng(0).random((HEIGHT, 6, 3))
    paths = (box(0, 0, 48, HEIGHT), box(51, 3, 53, 5))
    drawing = Drawing.from_scene(Scene(WIDTH, HEIGHT, (0, 0, 0), paths))
    fit_gradients(drawing, fitter_of(image), least_gain=1e-7)
    assert drawing.arrays.gradients is None


def test_circles_win_where_the_photo_has_a_glow():
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    glow = np.clip(1.0 - np.hypot(x - 24, y - 20) / 16, 0, 1)[..., None] * np.array([0.8, 0.6, 0.1])
    drawing = Drawing.from_scene(Scene(WIDTH, HEIGHT, (0, 0, 0), (box(4, 4, 44, 36),)))
    fitter = fitter_of(glow.astype(np.float32))
    before = fitter.loss(drawing)
    fit_gradients(drawing, fitter, least_gain=1e-7, radial=True)
    assert drawing.arrays.gradients is not None
    fill = drawing.arrays.gradients.fill(0)
    assert isinstance(fill, RadialGradient)
    np.testing.assert_allclose(fill.center, (24, 20), atol=0.1)
    assert fitter.loss(drawing) < 0.15 * before


def test_stops_stay_colors_whatever_the_photo():
    x = np.mgrid[:HEIGHT, :WIDTH][1]
    image = np.repeat((x > 40)[..., None] * np.array([1.0, 0.0, 1.0]), 1, axis=2).astype(np.float32)
    drawing = Drawing.from_scene(two_boxes())
    fitter = fitter_of(image)
    fit_gradients(drawing, fitter, least_gain=1e-7)
    fit_drawing(drawing, fitter, FitSchedule(30, 0.5, 0.1))
    fills = drawing.arrays.gradients
    assert fills is not None
    assert fills.colors.min() >= 0.0
    assert fills.colors.max() <= 1.0


def faded(low=0.2):
    """A photo of a red box over stripes that shines through it more and more, and the drawing of it."""
    fade = LinearGradient((8, 20), (48, 20), (Stop(0, (0.9, 0.1, 0.1), low), Stop(1, (0.9, 0.1, 0.1), 1.0)))
    bars = tuple(box(0, y, WIDTH, y + 4, Solid((0.1, 0.6, 0.3))) for y in range(2, HEIGHT, 8))
    return Scene(WIDTH, HEIGHT, (0.8, 0.8, 0.9), (*bars, box(8, 6, 48, 34, fade)))


def test_gradients_learn_to_fade():
    scene = faded()
    image = rasterize(scene)[..., :3].astype(np.float32)
    one = replace(scene.paths[-1], fill=Solid((0.6, 0.3, 0.2)))
    drawing = Drawing.from_scene(replace(scene, paths=(*scene.paths[:-1], one)))
    fitter = fitter_of(image)
    fit_gradients(drawing, fitter, least_gain=1e-7)
    fit_drawing(drawing, fitter, FitSchedule(400, 1e-6, 0.02, last_rate=0.02))
    opaque = fitter.loss(drawing)
    unfreeze_opacity(drawing)
    fit_drawing(drawing, fitter, FitSchedule(400, 1e-6, 0.02, last_rate=0.02))
    assert fitter.loss(drawing) < 0.1 * opaque
    fills = drawing.arrays.gradients
    assert fills is not None
    fill = fills.fill(int(fills.paths[-1]))
    assert min(stop.opacity for stop in fill.stops) < 0.4


def test_what_is_loose_is_opaque_again_unless_it_came_to_fade():
    fade = LinearGradient((0, 0), (9, 0), (Stop(0, (0, 0, 0)), Stop(0.5, (0, 0, 0), 0.3), Stop(1, (1, 1, 1))))
    drawing = Drawing.from_scene(Scene(WIDTH, HEIGHT, (0, 0, 0), (box(4, 4, 44, 36, fade), box(0, 0, 4, 4))))
    unfreeze_opacity(drawing)
    fills = drawing.arrays.gradients
    assert fills is not None
    assert ((fills.opacities > 0.9) & (fills.opacities < 1.0)).tolist() == [True, False, True]
    snap_opacity(drawing)
    assert drawing.to_scene().paths[0].fill == fade
    plain = Drawing.from_scene(two_boxes())
    unfreeze_opacity(plain)
    snap_opacity(plain)
    assert plain.arrays.gradients is None


def test_gradients_follow_their_paths_when_details_come_and_go():
    fade = LinearGradient((0, 0), (9, 0), (Stop(0, (0, 0, 0)), Stop(1, (1, 1, 1))))
    drawing = Drawing.from_scene(Scene(WIDTH, HEIGHT, (0, 0, 0), (box(4, 4, 44, 36, fade),)))
    drawing.add([circle(9 * i + 9, 9, 4, 4) for i in range(4)], np.full((4, 3), 0.5))
    image = ramps()
    fitter = fitter_of(image)
    fit_gradients(drawing, fitter, least_gain=1e-9)
    fills = drawing.arrays.gradients
    assert fills is not None
    before = drawing.to_scene().paths
    assert before[0].fill == fade
    drawing.drop(np.array([1, 3]))
    after = drawing.to_scene().paths
    assert [path.fill for path in after] == [before[k].fill for k in (0, 2, 4)]
    drawing.add([circle(30, 20, 4, 4)], np.array([[0.25, 0.5, 0.75]]))
    again = drawing.to_scene().paths
    assert [path.fill for path in again[:3]] == [path.fill for path in after]
    assert again[3].fill == Solid((0.25, 0.5, 0.75))


def stripes():
    """Discs over ramps: what gradients are for."""
    image = ramps(1.0)
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    for cx, cy, r, turn in ((14, 12, 9, 2.0), (40, 26, 11, -1.0), (28, 34, 6, 0.3)):
        inside = (x - cx) ** 2 + (y - cy) ** 2 < r * r
        image[inside] = ramps(turn, 0.05, 0.95)[inside]
    return image


def drawn(image, fills, **more):
    scene = Scene(WIDTH, HEIGHT, (0.5, 0.5, 0.5), (box(0, 0, WIDTH, HEIGHT, role="structural", id="s0"),))
    flat = np.ones(image.shape[:2], np.float32)
    return refine(image, scene, flat, paths=5, **{"settings": QUICK, **more}, fills=fills)


def loss_of(scene, image):
    return float(np.mean((rasterize(scene)[..., :3] - image) ** 2))


@pytest.mark.parametrize("kind", ["linear", "auto"])
def test_gradients_draw_better_at_the_same_budget(kind):
    image = stripes()
    plain, shaded = drawn(image, "solid"), drawn(image, kind)
    assert all(isinstance(path.fill, Solid) for path in plain.paths)
    assert len(shaded.paths) == 5
    assert any(not isinstance(path.fill, Solid) for path in shaded.paths)
    assert loss_of(shaded, image) < 0.7 * loss_of(plain, image)
    if kind == "linear":
        assert all(isinstance(path.fill, Solid | LinearGradient) for path in shaded.paths)


def test_gradients_survive_writing_and_reading():
    image = stripes()
    shaded = drawn(image, "linear")
    again = read_svg(write_svg(shaded).encode())
    assert loss_of(again, image) == pytest.approx(loss_of(shaded, image), rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["linear", "auto"])
def test_any_number_of_threads_gives_the_same_gradients(kind):
    texts = {write_svg(drawn(stripes(), kind, threads=threads)) for threads in (1, 2, 3)}
    assert len(texts) == 1


def test_the_published_recipe_takes_gradients_too():
    image = stripes()
    recipe = RefineSettings(recipe="paper", final_iterations=60)
    shaded = drawn(image, "linear", settings=recipe)
    assert any(isinstance(path.fill, LinearGradient) for path in shaded.paths)
    assert loss_of(shaded, image) < loss_of(drawn(image, "solid", settings=recipe), image)


def test_no_time_means_no_gradients_but_the_whole_budget():
    shaded = drawn(stripes(), "linear", deadline=time.monotonic())
    assert len(shaded.paths) == 5
    assert all(isinstance(path.fill, Solid) for path in shaded.paths)


def test_bytes_are_worth_what_they_save_in_the_weakest_details():
    importance = np.arange(1.0, 9.0)
    assert loss_per_byte(importance, 8) == pytest.approx(loss_per_byte(importance[::-1], 8))
    assert loss_per_byte(importance, 16) < loss_per_byte(importance, 8) < 1.5 / 200
    assert loss_per_byte(importance * 2, 8) == pytest.approx(2 * loss_per_byte(importance, 8))
    assert loss_per_byte(np.zeros(0), 8) == 0.0
    assert loss_per_byte(np.array([-1.0]), 8) == 0.0


def test_vectorize_takes_fills_and_the_report_counts_gradients():
    result = vectorize(stripes(), paths=4, fills="linear", preset="fast", rounds=2)
    assert result.report.paths.gradients == result.svg.count('fill="url(#') > 0
    assert result.report.to_dict()["options"]["fills"] == "linear"
    with pytest.raises(OptionError, match=r"^fills must be one of solid, linear, auto, got 'radial'$"):
        vectorize(stripes(), paths=4, fills="radial")
