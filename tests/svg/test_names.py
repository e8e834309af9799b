"""Names of paths in SVG: groups that editors list, titles that viewers show, and the way back."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.errors import SvgError
from huefold.render import rasterize
from huefold.scene import LinearGradient, Path, Scene, Solid, Stop, contour_from_polygon
from huefold.svg import read_svg, write_svg

SQUARE = contour_from_polygon([(0, 0), (4, 0), (4, 4), (0, 4)])
SVG = "{http://www.w3.org/2000/svg}"


def scene_of(*paths):
    """A scene of squares that overlap, each given as (role, name)."""
    made = (
        Path((SQUARE + k,), Solid((k / 16, 1 - k / 16, 0.5)), role=role, id=f"p{k}", name=name)
        for k, (role, name) in enumerate(paths)
    )
    return Scene(24, 24, (1, 1, 1), tuple(made))


def test_consecutive_paths_of_one_name_share_a_group():
    names = [None, "the sofa", "the sofa", "cat", "the sofa", None]
    text = write_svg(scene_of(*[("detail", name) for name in names]))
    assert re.findall(r'<g id="([^"]+)"', text) == ["details", "the-sofa", "cat", "the-sofa-2"]
    assert text.count("<title>the sofa</title>") == 2
    (details,) = ET.fromstring(text).findall(f"{SVG}g")
    assert [len(group.findall(f"{SVG}path")) for group in details.findall(f"{SVG}g")] == [2, 1, 1]
    assert len(details.findall(f"{SVG}path")) == 2


def test_paths_of_no_role_carry_their_own_title():
    text = write_svg(scene_of(("other", "cup")))
    assert "<g" not in text and "<title>cup</title></path>" in text


@pytest.mark.parametrize(
    "name", ["structure", "details", "details 2", "p1", "a", "7 dwarfs", "?", "É-là", "_"]
)
def test_ids_of_groups_are_never_those_of_something_else(name):
    fade = LinearGradient((0, 0), (4, 0), (Stop(0, (0, 0, 0)), Stop(1, (1, 1, 1))))
    given = scene_of(("structural", name), ("detail", name))
    painted = (Path((SQUARE,), fade, role="detail", id="p9", name=name), *given.paths)
    text = write_svg(Scene(24, 24, (1, 1, 1), painted))
    ids = [element.get("id") for element in ET.fromstring(text).iter() if element.get("id")]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[^\W\d][\w-]*", one) for one in ids)  # what XML takes for an id
    back = read_svg(text)
    assert [path.role for path in back.paths] == ["detail", "structural", "detail"]
    assert [path.name for path in back.paths] == [name] * 3


def test_names_that_xml_cannot_hold_are_refused():
    with pytest.raises(SvgError, match="XML"):
        write_svg(scene_of(("detail", "bell\x07")))


def test_names_change_no_pixel():
    roles = [("structural", None), ("structural", "sofa"), ("detail", "cat"), ("detail", None)]
    named, plain = scene_of(*roles), scene_of(*[(role, None) for role, _ in roles])
    drawn = [rasterize(read_svg(write_svg(scene))) for scene in (named, plain)]
    np.testing.assert_array_equal(*drawn)


def test_a_groups_title_is_the_name_of_what_is_inside():
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><title>all</title>'
        '<g><title>cat</title><path d="M0 0h2v2z"/><g><path d="M0 0h3v2z"><title>eye</title></path></g>'
        '<g><title>tail</title><path d="M0 0h4v2z"/></g></g><path d="M0 0h5v2z"/></svg>'
    )
    assert [path.name for path in read_svg(text).paths] == ["cat", "eye", "tail", None]


words = st.sampled_from([None, "sofa", "the sofa", "details", "d 1", "<&>", "p0"])
roles = st.sampled_from(["structural", "detail", "other"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(roles, words), max_size=8))
def test_names_roles_and_order_come_back_whatever_they_are(paths):
    scene = scene_of(*paths)
    text = write_svg(scene)
    back = read_svg(text)
    assert [(path.role, path.name, path.id) for path in back.paths] == [
        (path.role, path.name, path.id) for path in scene.paths
    ]
    assert write_svg(back) == text
