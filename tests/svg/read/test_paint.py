"""Colours, gradients, strokes, clips and group opacity: by rule, and against resvg."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor

from huefold.colors import parse_css_color
from huefold.errors import SvgWarning
from huefold.render import rasterize
from huefold.scene import LinearGradient, RadialGradient, Solid
from huefold.svg import read_svg
from huefold.svg.read.affine import apply, compose, parse_transform
from huefold.svg.read.paints import Paint, parse_paint

HEAD = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
STOPS = '<stop stop-color="red"/><stop offset="1" stop-color="blue"/>'


def svg(body, size=200):
    return f'<svg {HEAD} width="{size}" height="{size}">{body}</svg>'


def fill_of(servers, painted='<rect x="10" y="20" width="100" height="50" fill="url(#a)"/>'):
    return read_svg(svg(servers + painted)).paths[0].fill


# --- colours ---


@pytest.mark.parametrize(
    ("text", "rgba"),
    [
        ("#f80", (255, 136, 0, 1)),
        ("#F808", (255, 136, 0, 8 / 15)),
        ("#ff8800", (255, 136, 0, 1)),
        ("#ff880080", (255, 136, 0, 128 / 255)),
        ("ReD", (255, 0, 0, 1)),
        ("transparent", (0, 0, 0, 0)),
        (" rgb( 1 , 2 , 3 ) ", (1, 2, 3, 1)),
        ("rgb(1 2 3 / 50%)", (1, 2, 3, 0.5)),
        ("rgba(100%, 50%, 0%, .25)", (255, 127.5, 0, 0.25)),
        ("rgb(300, -5, 0)", (255, 0, 0, 1)),
        ("rgba(1, 2, 3, 7)", (1, 2, 3, 1)),
        ("hsl(120, 100%, 25%)", (0, 127.5, 0, 1)),
        ("hsl(480deg 200% 25% / 40%)", (0, 127.5, 0, 0.4)),
        ("hsla(-240, 100%, 25%, 0.4)", (0, 127.5, 0, 0.4)),
        ("hsl(.5turn 100% 50%)", (0, 255, 255, 1)),
        ("hwb(0 50% 50%)", (127.5, 127.5, 127.5, 1)),
        ("rgb(none 0 0)", (0, 0, 0, 1)),
    ],
)
def test_colours_in_all_their_spellings(text, rgba):
    red, green, blue, alpha = parse_css_color(text)
    np.testing.assert_allclose((red * 255, green * 255, blue * 255, alpha), rgba, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "rgb"),
    [
        ("lab(53.2408% 80.0925 67.2032)", (255, 0, 0)),
        ("oklab(0.627955 0.224863 0.125846)", (255, 0, 0)),
        ("oklch(0.519752 0.176858 142.4953)", (0, 128, 0)),
        ("color(srgb 1 .5 0)", (255, 127.5, 0)),
        ("color(srgb-linear 1 .214 0)", (255, 127.5, 0)),
        ("color(xyz 0.9505 1 1.0891)", (255, 255, 255)),
    ],
)
def test_colours_of_other_spaces_come_close(text, rgb):
    # The Lab values are those of the D65 white that most converters use; CSS's Lab is relative to D50.
    tolerance = 12 if text.startswith("lab(") else 1.0
    np.testing.assert_allclose(np.array(parse_css_color(text)[:3]) * 255, rgb, atol=tolerance)


@pytest.mark.parametrize(
    "text", ["", "#12", "#qqq", "rgb(1,2)", "rgb(1,2%,3)", "qwe", "red blue", "rgb(" * 500]
)
def test_what_is_no_colour_is_none(text):
    assert parse_css_color(text) is None


def test_names_are_those_of_css():
    for name, value in ImageColor.colormap.items():
        expected = ImageColor.getrgb(value) if isinstance(value, str) else value
        assert np.allclose(np.array(parse_css_color(name)[:3]) * 255, expected[:3])


@pytest.mark.parametrize(
    ("text", "paint"),
    [
        ("none", Paint(None)),
        ("url(#a)", Paint(None, "#a")),
        ("URL( '#a b' )  none", Paint(None, "#a b")),
        ('url("#a")#f00', Paint((1, 0, 0, 1), "#a")),
        ("url(#a) currentColor", Paint("currentcolor", "#a")),
        ("url(#a) url(#b)", Paint(None, "#a")),
        ("red icc-color(x, 1, 2)", Paint((1, 0, 0, 1))),
        ("context-fill", Paint(None)),
        ("url(#a", None),
    ],
)
def test_paints(text, paint):
    assert parse_paint(text) == paint


# --- transforms ---


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("translate(3)", (4, 2)),
        ("translate(3,4) scale(2)", (5, 8)),
        ("scale(2 3)", (2, 6)),
        ("rotate(90)", (-2, 1)),
        ("rotate(90 1 0)", (-1, 0)),
        ("rotate(.25turn)", (-2, 1)),
        ("skewX(45),skewY(0)", (3, 2)),
        ("matrix(1 2-3.5.5 6)matrix(1,0,0,1,0,0)", None),
        ("matrix(1 2 3 4 5 6)", (12, 16)),
        ("translateX(1in) scaleY(2)", (97, 4)),
        ("none", (1, 2)),
        ("rotate(90 1)", None),
        ("scale(2", None),
        ("scale(2) junk", None),
        ("scale(1e999)", None),
        ("rotate(1px)", None),
    ],
)
def test_transform_lists(text, point):
    transform = parse_transform(text)
    if point is None:
        assert transform is None
    else:
        np.testing.assert_allclose(apply(transform, np.array([(1.0, 2.0)]))[0], point, atol=1e-12)


@pytest.mark.parametrize(
    ("origin", "corner"),
    [
        ("20px 20", (10, 10)),
        ("50%", (170, 10)),
        ("center", (170, 10)),
        ("right top", (170, -190)),
        ("top right", (170, -190)),
        ("bottom", (270, 110)),
        ("0 0 3px", (-30, 10)),
    ],
)
def test_transforms_turn_about_their_origin(origin, corner):
    # A quarter turn about (a, b) takes (x, y) to (a + b - y, b - a + x).
    body = f'<rect x="10" y="10" width="20" height="20" transform="rotate(90)" transform-origin="{origin}"/>'
    (path,) = read_svg(svg(body)).paths
    np.testing.assert_allclose(path.contours[0].min(axis=0), corner, atol=1e-9)


# --- gradients ---


def test_a_linear_gradient_keeps_its_stripes_under_any_map():
    servers = f'<linearGradient id="a" x2="1" y2="1" gradientTransform="rotate(20)">{STOPS}</linearGradient>'
    shape = '<rect x="10" y="20" width="100" height="50" transform="skewX(40) scale(1 2)" fill="url(#a)"/>'
    fill = fill_of(servers, shape)
    assert isinstance(fill, LinearGradient)
    whole = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    steps = (parse_transform("skewX(40) scale(1 2)"), (100, 0, 0, 50, 10, 20), parse_transform("rotate(20)"))
    for step in steps:
        whole = compose(whole, step)
    inside = np.array([(0.1, 0.7), (0.9, 0.2), (0.5, 0.5)])
    offsets = inside @ np.array((0.5, 0.5))  # (p - start) . d / |d|^2 for the diagonal
    d = np.subtract(fill.end, fill.start)
    np.testing.assert_allclose((apply(whole, inside) - fill.start) @ d / (d @ d), offsets, atol=1e-12)


def test_attributes_and_stops_come_along_a_chain_of_references():
    servers = (
        '<linearGradient id="c" x1="9" spreadMethod="reflect" gradientUnits="userSpaceOnUse">'
        f"{STOPS}</linearGradient>"
        '<radialGradient id="b" href="#c" cx="40"/><radialGradient id="a" xlink:href="#b" cy="30" r="20" fx="45"/>'
    )
    fill = fill_of(servers)
    assert isinstance(fill, RadialGradient)
    assert (fill.center, fill.radius, fill.focus, fill.spread) == ((40, 30), 20, (45, 30), "reflect")
    assert [stop.color for stop in fill.stops] == [(1, 0, 0), (0, 0, 1)]


@pytest.mark.parametrize(
    ("server", "color", "opacity"),
    [
        (
            '<linearGradient id="a"><stop stop-color="lime" stop-opacity=".5"/></linearGradient>',
            (0, 1, 0),
            0.5,
        ),
        (f'<linearGradient id="a" x2="0">{STOPS}</linearGradient>', (0, 0, 1), 1.0),
        (f'<radialGradient id="a" r="0">{STOPS}</radialGradient>', (0, 0, 1), 1.0),
        (f'<radialGradient id="a" r="-1">{STOPS}</radialGradient>', (0, 0, 1), 1.0),
        ('<linearGradient id="a"/>', (1, 1, 0), 1.0),
        ('<linearGradient id="a" href="#a"/>', (1, 1, 0), 1.0),
        ("<g id='a'/>", (1, 1, 0), 1.0),
        ("", (1, 1, 0), 1.0),
    ],
)
def test_gradients_of_no_extent_are_plain_and_missing_ones_fall_back(server, color, opacity):
    painted = '<rect width="9" height="9" fill="url(#a) yellow"/>'
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if "<g" in server else "error")
        (path,) = read_svg(svg(server + painted)).paths
    assert (path.fill, path.opacity) == (Solid(color), opacity)


def test_a_bounding_box_of_no_extent_takes_the_fallback():
    line = '<path d="M10 10H90" stroke="url(#a) lime" stroke-width="9"/>'
    paths = read_svg(svg(f'<linearGradient id="a">{STOPS}</linearGradient>' + line)).paths
    assert paths[-1].fill == Solid((0, 1, 0))


def test_offsets_never_fall():
    stops = '<stop offset="40%"/><stop offset=".2"/><stop offset="-1"/><stop offset="7"/><stop offset="x"/>'
    fill = fill_of(f'<linearGradient id="a">{stops}</linearGradient>')
    assert [stop.offset for stop in fill.stops] == [0.4, 0.4, 0.4, 1.0, 1.0]


def test_focal_circles_larger_or_equal_are_turned_into_gradients_that_scenes_have():
    larger = fill_of(f'<radialGradient id="a" fr=".7" spreadMethod="repeat">{STOPS}</radialGradient>')
    assert (larger.radius, larger.focal_radius, larger.stops[0].color) == (0.7, 0.5, (0, 0, 1))
    equal = fill_of(f'<radialGradient id="a" fr=".5">{STOPS}</radialGradient>')
    assert [stop.offset for stop in equal.stops] == [1.0, 1.0]


def test_a_focus_outside_is_moved_and_named():
    with pytest.warns(SvgWarning, match="focal circle"):
        fill = fill_of(f'<radialGradient id="a" fx="2">{STOPS}</radialGradient>')
    assert fill.focus == pytest.approx((0.9995, 0.5))


@settings(max_examples=60, deadline=None)
@given(*[st.floats(-2, 2)] * 6, st.sampled_from(["pad", "reflect", "repeat"]))
@example(0.0, 0.0, 5e-324, 0.0, 1.0, 1.0, "pad")
def test_any_radial_gradient_is_one_that_scenes_have(cx, cy, r, fx, fy, fr, spread):
    attributes = f'cx="{cx}" cy="{cy}" r="{r}" fx="{fx}" fy="{fy}" fr="{fr}" spreadMethod="{spread}"'
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fill = fill_of(f'<radialGradient id="a" {attributes}>{STOPS}</radialGradient>')
    assert isinstance(fill, RadialGradient | Solid)
    assert isinstance(fill, Solid) == (r <= 0)


# --- strokes and opacity ---


def test_strokes_lie_over_fills_unless_they_are_told_otherwise():
    body = '<rect id="r" x="20" y="20" width="60" height="60" fill="red" stroke="blue" stroke-width="8" {}/>'
    over, under = (read_svg(svg(body.format(order))).paths for order in ("", 'paint-order="stroke"'))
    assert [path.id for path in over] == ["r", "r-stroke"] == [path.id for path in under][::-1]
    assert over[1].contours[0].min() == pytest.approx(16.0, abs=1e-3)


def test_strokes_scale_with_their_shape_unless_they_are_fixed():
    body = '<path d="M5 10h10" transform="scale(4 1)" stroke="red" stroke-width="6" fill="none" {}/>'
    for fixed, height in (("", 6.0), ('vector-effect="non-scaling-stroke"', 6.0)):
        points = read_svg(svg(body.format(fixed))).paths[0].contours[0]
        assert np.ptp(points[:, 1]) == pytest.approx(height, abs=1e-3)
    body = body.replace("h10", "v10")
    for fixed, width in (("", 24.0), ('vector-effect="non-scaling-stroke"', 6.0)):
        points = read_svg(svg(body.format(fixed))).paths[0].contours[0]
        assert np.ptp(points[:, 0]) == pytest.approx(width, abs=1e-3)


def test_dashes_follow_the_length_that_the_author_says():
    body = '<path d="M0 10H100" stroke="red" stroke-dasharray="1" {}/>'
    plain, said = (read_svg(svg(body.format(a))).paths[-1] for a in ("", 'pathLength="10"'))
    assert (len(plain.contours), len(said.contours)) == (50, 5)


@pytest.mark.parametrize("stroke", ['stroke-width="0"', 'stroke="none"', 'stroke="url(#x)"', 'd="M1 1"'])
def test_strokes_that_draw_nothing(stroke):
    attributes = {"stroke": 'stroke="red"', "d": 'd="M1 1h9"'}
    attributes[stroke.partition("=")[0]] = stroke
    assert read_svg(svg(f'<path fill="none" {" ".join(attributes.values())}/>')).paths == ()


def flattened(scene, size=200):
    rgba = np.asarray(rasterize(scene, width=size, height=size), np.float64)
    return rgba[..., :3] * rgba[..., 3:] + 1.0 - rgba[..., 3:]


def test_a_group_fades_as_one_picture():
    discs = '<circle cx="80" cy="90" r="50" fill="red"/><circle cx="120" cy="110" r="50" fill="blue"/>'
    whole = flattened(read_svg(svg(discs)))
    faded = flattened(read_svg(svg(f'<g opacity=".4">{discs}</g>')))
    expected = 1.0 + 0.4 * (whole - 1.0)
    assert np.abs(faded - expected).mean() < 0.1 / 255  # seams along the common edge
    assert (np.abs(faded - expected).max(axis=2) > 0.02).mean() < 0.01


@pytest.mark.parametrize("inner", ['fill-opacity=".5"', 'opacity=".5"'])
def test_a_group_of_translucent_parts_is_named(inner):
    body = f'<g opacity=".5"><rect width="50" height="50"/><rect x="20" width="50" height="50" {inner}/></g>'
    with pytest.warns(SvgWarning, match="translucent"):
        read_svg(svg(body))


def test_a_group_of_parts_side_by_side_keeps_its_outlines():
    body = '<g opacity=".5"><path d="M0 0h5v5z"/><path d="M9 0h5v5z" opacity=".5"/></g>'
    paths = read_svg(svg(body)).paths
    assert [path.opacity for path in paths] == [0.5, 0.25]
    np.testing.assert_array_equal(paths[1].contours[0][::3], [(9, 0), (14, 0), (14, 5)])


def test_clips_of_all_kinds():
    body = (
        '<clipPath id="c" clipPathUnits="objectBoundingBox"><rect width=".5" height="1"/></clipPath>'
        '<clipPath id="d" clip-path="url(#e)"><rect width="90" height="90"/></clipPath>'
        '<clipPath id="e"><use href="#k" y="10"/></clipPath><defs><rect id="k" width="30" height="30"/></defs>'
        '<clipPath id="f"/>'
        '<rect x="100" width="40" height="40" clip-path="url(#c)"/>'
        '<g clip-path="url(#d)"><rect width="99" height="99"/></g>'
        '<rect width="5" height="5" clip-path="url(#f)"/><rect width="5" height="5" clip-path="url(#gone)"/>'
    )
    boxes = [
        tuple(np.round([*p.contours[0].min(axis=0), *p.contours[0].max(axis=0)], 2))
        for p in read_svg(svg(body)).paths
    ]
    assert boxes == [(100, 0, 120, 40), (0, 10, 30, 40), (0, 0, 5, 5)]


# --- against resvg ---

DRAWINGS = {
    "joins": (
        '<g fill="none" stroke="#036" stroke-width="14"><path d="M20 80L50 20L80 80"/>'
        '<path d="M90 80L120 20L150 80" stroke-linejoin="round" stroke-linecap="round"/>'
        '<path d="M160 80L175 20L190 80" stroke-linejoin="bevel" stroke-linecap="square"/>'
        '<path d="M20 180C60 90 100 190 180 110" stroke-miterlimit="1"/></g>'
    ),
    "skewed strokes": (
        '<g transform="translate(30 20) skewX(30) scale(1 .5)">'
        '<circle cx="50" cy="90" r="50" fill="#fc0" stroke="#306" stroke-width="20"/>'
        '<rect x="5" y="180" width="100" height="100" rx="20" fill="none" stroke="red" stroke-width="8" '
        'stroke-dasharray="20 10 5"/></g>'
    ),
    "dashes": (
        '<g fill="none" stroke="black" stroke-width="6"><path d="M10 20H190" stroke-dasharray="10"/>'
        '<path d="M10 40H190" stroke-dasharray="10 5 2" stroke-dashoffset="7"/>'
        '<path d="M10 60H190" stroke-dasharray="0 12" stroke-linecap="round"/>'
        '<circle cx="100" cy="130" r="50" stroke-dasharray="30 10" stroke-dashoffset="-5"/>'
        '<path d="M10 80H190" stroke-dasharray="5%"/></g>'
    ),
    "dots": (
        '<g stroke="green" stroke-width="20"><path d="M30 30z" stroke-linecap="round"/>'
        '<path d="M80 30h0" stroke-linecap="square"/><path d="M130 30l0 0" stroke-linecap="butt"/>'
        '<path d="M180 30" stroke-linecap="round"/></g>'
    ),
    "order and opacity": (
        '<g stroke="navy" stroke-width="16" fill="orange"><rect x="20" y="20" width="60" height="60" '
        'paint-order="stroke"/><rect x="20" y="110" width="60" height="60" fill-opacity=".5" stroke-opacity=".5"/>'
        '<rect x="110" y="110" width="60" height="60" opacity=".5"/></g>'
    ),
    "uses": (
        '<defs><symbol id="s" viewBox="0 0 10 10" preserveAspectRatio="xMidYMid slice">'
        '<circle cx="5" cy="5" r="6" fill="teal"/></symbol><g id="g" fill="red"><rect width="20" height="20"/>'
        '<rect x="25" width="20" height="20" fill="blue"/></g></defs><use href="#s" x="10" y="10" width="80" '
        'height="50"/><use xlink:href="#g" x="110" y="20"/><use href="#g" transform="translate(120 80) rotate(30)" '
        'opacity=".5"/><svg id="n" y="150" width="40" height="40" viewBox="0 0 4 4"><rect width="9" height="2"/>'
        '</svg><use href="#n" x="60" width="50" height="50"/>'
    ),
    "clips": (
        '<clipPath id="c"><circle cx="60" cy="60" r="40"/><rect x="80" y="60" width="60" height="30"/></clipPath>'
        '<clipPath id="b" clipPathUnits="objectBoundingBox"><circle cx=".5" cy=".5" r=".5"/></clipPath>'
        '<clipPath id="e"><path clip-rule="evenodd" d="M20 120H100V190H20ZM40 140H80V170H40Z"/></clipPath>'
        '<clipPath id="n" clip-path="url(#c)"><rect width="70" height="100"/></clipPath>'
        '<g clip-path="url(#c)"><rect width="200" height="100" fill="green"/><rect width="60" height="60" '
        'fill="gold"/></g><ellipse cx="160" cy="40" rx="60" ry="40" fill="red" clip-path="url(#b)"/>'
        '<g clip-path="url(#e)"><rect y="110" width="200" height="90" fill="blue"/></g>'
        '<rect width="200" height="200" fill="black" fill-opacity=".4" clip-path="url(#n)"/>'
    ),
    "gradients": (
        '<linearGradient id="a" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="red"/><stop offset="50%" '
        'stop-color="yellow" stop-opacity=".5"/><stop offset="1" stop-color="blue"/></linearGradient>'
        '<linearGradient id="b" gradientUnits="userSpaceOnUse" x1="20" y1="0" x2="60" y2="10" href="#a" '
        'spreadMethod="reflect" gradientTransform="skewX(20) rotate(10)"/><radialGradient id="r" cx=".3" cy=".4" '
        'r=".5" fx=".5" fy=".5" fr=".1" spreadMethod="repeat" xlink:href="#a"/>'
        '<rect x="10" y="10" width="120" height="50" fill="url(#a)"/><g transform="skewY(20) scale(1.3 .8)">'
        '<rect x="10" y="70" width="100" height="50" fill="url(#b)" stroke="url(#r)" stroke-width="9"/></g>'
        '<ellipse cx="140" cy="120" rx="50" ry="25" fill="url(#r)" transform="rotate(20 140 120)"/>'
    ),
    "groups": (
        '<g opacity=".5"><circle cx="60" cy="60" r="40" fill="red"/><circle cx="100" cy="60" r="40" fill="lime"/>'
        '<circle cx="80" cy="95" r="40" fill="blue" stroke="black" stroke-width="8"/></g>'
    ),
    "nested": (
        '<svg x="20" y="20" width="80" height="60" viewBox="0 0 100 100" preserveAspectRatio="xMaxYMin slice">'
        '<circle cx="50" cy="50" r="50" fill="red"/><svg x="10%" y="50%" width="50%" height="50%">'
        '<rect width="100%" height="50%" fill="blue"/></svg></svg><svg x="120" y="100" width="60" height="80" '
        'viewBox="0 0 100 100" overflow="visible"><circle cx="50" cy="50" r="80" fill="none" stroke="green" '
        'stroke-width="10%"/></svg>'
    ),
    "rules and units": (
        '<style>.a{fill:red;stroke:#000;stroke-width:4} rect.a{fill:green} #k{fill:blue} '
        "g > .b{fill:orange}</style>"
        '<g font-size="20"><rect class="a" x="1em" y="2ex" width="1in" height="10mm"/><circle id="k" class="a" '
        'cx="50%" cy="75%" r="10%"/><rect class="b" x="12pt" y="5pc" width="2cm" height="10%" rx="1mm"/></g>'
    ),
    "arcs": (
        '<g fill="none" stroke="black" stroke-width="3"><path d="M20 100A40 20 30 0 1 90 60"/>'
        '<path d="M20 100A40 20 30 1 0 90 60" stroke="red"/><path d="M110 60a30 30 0 1140 20" stroke="blue"/>'
        '<path d="M20 150a0 10 0 0 0 40 20 40-20 400 0 0 10-5t10 5s20 0 10-20"/></g>'
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWINGS)
def test_an_independent_renderer_draws_the_same_document(name):
    resvg_py = pytest.importorskip("resvg_py")
    text = svg(DRAWINGS[name])
    png = resvg_py.svg_to_bytes(svg_string=text, width=400, dpi=96)
    theirs = np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGBA"), np.float64) / 255.0
    ours = np.asarray(rasterize(read_svg(text), width=400, height=400), np.float64)
    difference = np.abs(ours[..., :3] * ours[..., 3:] - theirs[..., :3] * theirs[..., 3:])
    assert difference.mean() * 255.0 < 0.25
    assert (difference.max(axis=2) > 0.3).mean() < 5e-4
