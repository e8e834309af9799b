"""Whatever the bytes: a scene or an `SvgError`, soon."""

from __future__ import annotations

import time
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huefold.errors import SvgError
from huefold.scene import Scene
from huefold.svg import read_svg

HEAD = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SEED = f"""<svg {HEAD} width="40" height="30" viewBox="0 0 80 60">
<style>.a > rect, #b {{ fill: url(#g) red }}</style>
<defs><linearGradient id="g" x1="10%" gradientTransform="rotate(3)"><stop offset=".2" stop-color="#f00"/>
<stop offset="1" stop-color="hsl(3 4% 5%)" stop-opacity=".5"/></linearGradient>
<radialGradient id="h" fx=".3" href="#g"/><clipPath id="c"><circle cx="9" cy="9" r="8"/></clipPath></defs>
<g class="a" opacity=".5" transform="matrix(1 .2 0 1 3 4)"><rect x="1" y="2" width="9" height="1em" rx="2"/>
<path id="b" d="M1 1h9v9c1 2 3 4 5 6a5 6 7 0 1 8 9zl1 1" stroke="navy" stroke-width="2" stroke-dasharray="3 1"/></g>
<use xlink:href="#b" x="3" fill="none" clip-path="url(#c)"/><svg viewBox="0 0 3 3" width="50%"><circle r="2"/></svg>
<polygon points="1 2 3 4 5,9" style="fill:currentColor;stroke:rgb(1 2 3 / 40%)!important"/></svg>""".encode()

SCRAPS = st.sampled_from(
    b"""< > " / & &#0; e999 - % url(# ( ) { } ; #g #c 1e300 nan inf -0 0 NaN M A z inherit none ]]> <!-- <g> </g>
    <svg> id='b' <style>*{opacity:.1}</style> <use/> \xff \0""".split()
)
EDITS = st.lists(st.tuples(st.integers(0, len(SEED)), st.integers(0, 12), SCRAPS), min_size=1, max_size=4)
SLOW = [HealthCheck.too_slow]


def read(content):
    begin = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            scene = read_svg(content)
        except SvgError as error:
            assert str(error) and "\n" not in str(error)
            scene = None
    assert scene is None or isinstance(scene, Scene)
    assert time.perf_counter() - begin < 5.0
    return scene


def test_the_seed_is_a_drawing():
    scene = read(SEED)
    assert scene is not None and len(scene.paths) == 8


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(st.binary(max_size=200))
def test_any_bytes(content):
    read(content)
    read(b"<svg xmlns='http://www.w3.org/2000/svg'>" + content + b"</svg>")


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=SLOW)
@given(EDITS)
def test_damaged_documents(edits):
    content = SEED
    for position, removed, scrap in edits:
        content = content[:position] + scrap + content[position + removed :]
    read(content)


VALUES = st.one_of(
    st.text("0123456789.-+eE%pxemurl(#gh) ,MLCAZz", max_size=25),
    st.sampled_from(
        ["1e308", "-1e308", "1e-308", "url(#g)", "url(#c)", "none", "inherit", "1e9", "100%", ""]
    ),
)
NAMES = st.sampled_from(
    [
        "d",
        "x",
        "width",
        "r",
        "rx",
        "transform",
        "fill",
        "stroke",
        "stroke-width",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-miterlimit",
        "opacity",
        "clip-path",
        "points",
        "style",
        "font-size",
        "transform-origin",
        "viewBox",
        "preserveAspectRatio",
        "cx",
        "fx",
        "fr",
        "href",
        "offset",
        "gradientTransform",
        "pathLength",
    ]
)
ELEMENTS = st.sampled_from(
    [
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polygon",
        "g",
        "svg",
        "use",
        "symbol",
        "switch",
        "clipPath",
        "linearGradient",
        "radialGradient",
        "stop",
        "text",
        "style",
    ]
)


@st.composite
def elements(draw, depth=3):
    tag = draw(ELEMENTS)
    attributes = draw(st.dictionaries(NAMES, VALUES, max_size=5))
    name = draw(st.sampled_from(["", "g", "h", "c", "b"]))
    words = "".join(f' {key}="{value}"' for key, value in attributes.items()) + (
        f' id="{name}"' if name else ""
    )
    children = draw(st.lists(elements(depth=depth - 1), max_size=3)) if depth else []
    return f"<{tag}{words}>{''.join(children)}</{tag}>"


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(st.lists(elements(), max_size=4))
def test_any_tree_of_elements(body):
    read(f"<svg {HEAD} width='40' height='30'>{''.join(body)}</svg>")
