"""Gradients as `write_svg` writes them: few bytes, nothing visible lost, and what resvg makes of them."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image, ImageColor

from huefold.render import rasterize
from huefold.scene import LinearGradient, Path, RadialGradient, Scene, Solid, Stop, contour_from_polygon
from huefold.svg import read_svg, write_svg
from huefold.svg.gradients import gradient_parameter

SIDE = 64
WHOLE = contour_from_polygon([(0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE)])
BLACK_TO_WHITE = (Stop(0, (0, 0, 0)), Stop(1, (1, 1, 1)))


def random_stops(rng, count):
    """Stops in 8-bit colours and opacities of three decimals, so that only geometry and offsets are rounded."""
    offsets = np.sort(rng.permutation(500)[:count]) / 499.0
    return tuple(
        Stop(float(offset), tuple(rng.integers(0, 256, 3) / 255.0), int(rng.integers(0, 1001)) / 1000)
        for offset in offsets
    )


def random_gradient(rng, spread):
    stops = random_stops(rng, int(rng.integers(2, 5)))
    if rng.random() < 0.5:
        start, end = rng.uniform(-10, SIDE + 10, (2, 2))
        return LinearGradient(tuple(start), tuple(end), stops, spread)
    radius = float(rng.uniform(5, 60))
    center = rng.uniform(0, SIDE, 2)
    angle, share = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.6)
    focus = center + share * radius * np.array([np.cos(angle), np.sin(angle)])
    matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    if rng.random() < 0.6:
        a, b, c, d = np.eye(2).ravel() + 0.4 * rng.normal(size=4)
        if abs(a * d - b * c) < 0.2:
            a, b, c, d = 1.3, 0.2, -0.4, 0.8
        matrix = tuple(map(float, (a, b, c, d, *rng.uniform(-9, 9, 2))))
        if rng.random() < 0.5:  # as a bounding box's units give it: tiny circles under a large matrix
            factor = 200.0
            matrix = (*(entry * factor for entry in matrix[:4]), *matrix[4:])
            center, focus, radius = center / factor, focus / factor, radius / factor
    return RadialGradient(
        tuple(center), radius, stops, tuple(focus), 0.2 * radius * (rng.random() < 0.5), spread, matrix
    )


def scene_of(*fills, background=(1.0, 1.0, 1.0)):
    return Scene(
        SIDE, SIDE, background, tuple(Path((WHOLE,), fill, id=f"p{k}") for k, fill in enumerate(fills))
    )


def fills_in(text):
    """The gradients of a text, in the order of their definitions, read by rules of our own."""
    fills = []
    for element in etree.fromstring(text.encode()).iter("{*}linearGradient", "{*}radialGradient"):
        assert element.get("gradientUnits") == "userSpaceOnUse"
        stops = tuple(
            Stop(
                float(stop.get("offset", "0")),
                tuple(c / 255 for c in ImageColor.getrgb(stop.get("stop-color", "#000"))),
                float(stop.get("stop-opacity", "1")),
            )
            for stop in element
        )

        def value(name, default=0.0, element=element):
            return float(element.get(name, default))

        spread = element.get("spreadMethod", "pad")
        if element.tag.endswith("linearGradient"):
            ends = (value("x1"), value("y1")), (value("x2"), value("y2"))
            fills.append(LinearGradient(*ends, stops, spread))
        else:
            center = value("cx"), value("cy")
            focus = value("fx", center[0]), value("fy", center[1])
            matrix = re.fullmatch(r"matrix\((.*)\)", element.get("gradientTransform", "matrix(1 0 0 1 0 0)"))
            entries = tuple(map(float, matrix[1].split()))
            fills.append(RadialGradient(center, value("r"), stops, focus, value("fr"), spread, entries))
    return fills


def colors(fill, points):
    """Premultiplied colours of a gradient at points, (M, 4)."""
    t = gradient_parameter(replace(fill, spread="repeat"), points)  # unclamped
    if fill.spread == "pad":
        t = np.clip(t, 0, 1)
    elif fill.spread == "repeat":
        t = t - np.floor(t)
    else:
        t = np.abs((t - 1) % 2 - 1)
    offsets = [stop.offset for stop in fill.stops]
    values = np.array([(*stop.color, stop.opacity) for stop in fill.stops])
    straight = np.stack([np.interp(t, offsets, channel) for channel in values.T], axis=1)
    return np.concatenate([straight[:, :3] * straight[:, 3:], straight[:, 3:]], axis=1)


def centers(scale):
    places = (np.arange(SIDE * scale) + 0.5) / scale
    return np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)


def test_a_gradient_is_written_with_what_differs_from_initial_values():
    text = write_svg(scene_of(LinearGradient((0, 0), (8, 0), (Stop(0, (0, 0, 0)), Stop(1, (1, 1, 1), 0.5)))))
    assert text.splitlines()[1:4] == [
        "<defs>",
        '<linearGradient id="a" gradientUnits="userSpaceOnUse" x2="8"><stop/>'
        '<stop offset="1" stop-color="#fff" stop-opacity=".5"/></linearGradient>',
        "</defs>",
    ]
    assert '<path id="p0" fill="url(#a)" d="m0 0h64v64h-64z"/>' in text


def test_equal_gradients_are_shared_and_ids_keep_clear_of_paths():
    fade = LinearGradient((0, 0), (8, 3), BLACK_TO_WHITE)
    glow = RadialGradient((4, 4), 3, BLACK_TO_WHITE)
    nearly = LinearGradient((0, 0), (8, 3 + 1e-9), BLACK_TO_WHITE)  # the same once it is written
    fills = [fade, glow, fade, Solid((1, 0, 0)), nearly]
    paths = [Path((WHOLE,), fill, id=name) for fill, name in zip(fills, "bacde", strict=True)]
    text = write_svg(Scene(SIDE, SIDE, None, tuple(paths)))
    ids = re.findall(r' id="([^"]+)"', text)
    assert sorted(ids) == sorted(set(ids))
    assert len(fills_in(text)) == 2
    used = re.findall(r'fill="url\(#(\w+)\)"', text)
    assert used[0] == used[2] == used[3] != used[1]
    assert set(used) <= set(ids)


def test_a_transparent_canvas_has_no_rectangle():
    assert "<rect" not in write_svg(scene_of(Solid((1, 0, 0)), background=None))
    assert "<rect" in write_svg(scene_of(Solid((1, 0, 0))))
    assert "<defs" not in write_svg(scene_of(Solid((1, 0, 0))))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["pad", "reflect"]))
def test_rounding_changes_no_color_by_more_than_a_third_of_a_level(seed, spread):
    fill = random_gradient(np.random.default_rng(seed), spread)
    (read,) = fills_in(write_svg(scene_of(fill)))
    points = centers(2)
    before, after = colors(fill, points), colors(read, points)
    assert np.abs(before - after).max() <= 0.35 / 255


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["pad", "reflect", "repeat"]))
def test_written_read_and_written_again_is_the_same_text(seed, spread):
    rng = np.random.default_rng(seed)
    text = write_svg(scene_of(*(random_gradient(rng, spread) for _ in range(3))))
    assert write_svg(scene_of(*fills_in(text))) == text


def test_faint_gradients_take_fewer_digits_than_strong_ones():
    def digits(difference):
        ends = (3.14159265, 2.71828183), (40.5772157, 51.4142136)
        stops = (Stop(0, (0.5, 0.5, 0.5)), Stop(1, (0.5 + difference, 0.5, 0.5)))
        (line,) = (
            line for line in write_svg(scene_of(LinearGradient(*ends, stops))).splitlines() if "x1" in line
        )
        return len(re.search(r'x1=.*y2="[^"]*"', line)[0])

    assert digits(0.01) < digits(0.1) <= digits(0.5)


def test_jumps_of_color_move_by_next_to_nothing():
    stops = (Stop(0, (0, 0, 0)), Stop(0.5, (0, 0, 0)), Stop(0.5, (0.02, 0, 0)), Stop(1, (0.02, 0, 0)))
    fill = LinearGradient((3.14159265, 0), (40.5772157, 0), stops)
    (read,) = fills_in(write_svg(scene_of(fill)))
    assert read.start[0] == pytest.approx(fill.start[0], abs=0.0051)


@pytest.mark.parametrize(
    "fill",
    [
        LinearGradient((5, 5), (5 + 1e-7, 5), BLACK_TO_WHITE),
        RadialGradient((5, 5), 1e-8, BLACK_TO_WHITE),
        RadialGradient((5.123456, 5), 3, BLACK_TO_WHITE, focus=(5.123456 + 3 - 1e-9, 5)),
        RadialGradient((5, 5), 3, BLACK_TO_WHITE, focal_radius=3 - 1e-9),
        LinearGradient((-1e7, 3.3333333), (1e7 + 0.777, 9.1234567), BLACK_TO_WHITE),
    ],
)
def test_gradients_at_the_edge_of_what_is_one_stay_so(fill):
    (read,) = fills_in(write_svg(scene_of(fill)))
    assert type(read) is type(fill)
    points = centers(1)
    assert np.abs(gradient_parameter(fill, points) - gradient_parameter(read, points)).max() < 1e-3


def test_circles_stay_circles_where_they_can():
    turned = (0.6, 0.8, -0.8, 0.6, 10.0, 20.0)
    fill = RadialGradient((4, 2), 3, BLACK_TO_WHITE, focus=(5, 2), transform=turned)
    text = write_svg(scene_of(fill))
    assert "gradientTransform" not in text
    (read,) = fills_in(text)
    points = centers(1)
    np.testing.assert_allclose(gradient_parameter(read, points), gradient_parameter(fill, points), atol=1e-6)


@pytest.mark.parametrize("spread", ["pad", "reflect", "repeat"])
@pytest.mark.parametrize("seed", range(3))
def test_an_independent_renderer_paints_the_same(seed, spread):
    resvg_py = pytest.importorskip("resvg_py")
    fill = random_gradient(np.random.default_rng(seed), spread)
    png = bytes(resvg_py.svg_to_bytes(svg_string=write_svg(scene_of(fill))))
    theirs = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), np.float64).reshape(-1, 3)
    painted = colors(fill, centers(1))
    ours = 255 * (painted[:, :3] + 1 - painted[:, 3:])
    # A pixel whose centre lies beside a jump may fall on either side of it.
    assert np.mean(np.abs(theirs - ours).max(axis=1) > 2.5) < 0.03


def blobs_with_gradients(seed, background):
    rng = np.random.default_rng(seed)
    angle = np.arange(15) / 15 * 2 * np.pi
    paths = []
    for k in range(12):
        reach = rng.uniform(6, 25) * (1 + 0.2 * rng.normal(size=15))
        contour = np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1) + rng.uniform(0, SIDE, 2)
        fill = random_gradient(rng, ["pad", "reflect"][k % 2]) if k % 3 else Solid((0.2, 0.4, 0.6))
        paths.append(Path((contour,), fill, [1.0, 0.7][k % 2], ["nonzero", "evenodd"][k % 2], id=f"p{k}"))
    return Scene(SIDE, SIDE, background, tuple(paths))


@pytest.mark.parametrize("background", [None, (1.0, 1.0, 1.0)])
@pytest.mark.parametrize("seed", range(3))
def test_the_reader_gives_back_what_was_written(seed, background):
    scene = blobs_with_gradients(seed, background)
    text = write_svg(scene)
    read = read_svg(text)
    assert read.background == background
    assert [type(path.fill) for path in read.paths] == [type(path.fill) for path in scene.paths]
    assert write_svg(read) == text


@pytest.mark.parametrize("seed", range(3))
def test_rounding_changes_no_pixel_by_more_than_one_level_at_twice_the_size(seed):
    scene = blobs_with_gradients(seed, (1.0, 1.0, 1.0))
    before, after = (
        # fine enough for how curves become lines not to matter
        rasterize(drawing, width=32 * SIDE)[..., :3].reshape(2 * SIDE, 16, 2 * SIDE, 16, 3).mean(axis=(1, 3))
        for drawing in (scene, read_svg(write_svg(scene)))
    )
    assert np.abs(before - after).max() <= 1.1 / 255  # the solid fills are not in 8-bit colours


@pytest.mark.parametrize("background", [None, (0.2, 0.4, 0.6)])
def test_resvg_draws_what_our_renderer_draws(background):
    resvg_py = pytest.importorskip("resvg_py")
    scene = blobs_with_gradients(5, background)
    png = bytes(resvg_py.svg_to_bytes(svg_string=write_svg(scene), width=4 * SIDE))
    theirs = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"), np.float64) / 255
    ours = rasterize(scene, width=4 * SIDE).astype(np.float64)
    flat = [image[..., :3] * image[..., 3:] for image in (theirs, ours)]
    # resvg samples edges 4 x 4 times a pixel; inside, a level or two of 8-bit blending is left.
    difference = np.abs(flat[0] - flat[1]).max(axis=2)
    assert np.quantile(difference, 0.9) < 2.5 / 255
    assert difference.mean() < 1.5 / 255
    assert np.abs(theirs[..., 3] - ours[..., 3]).mean() < 0.5 / 255
