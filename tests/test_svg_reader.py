"""What `read_svg` takes, and what it refuses: in one line that names the culprit."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.errors import SvgError
from huefold.scene import contour_from_polygon
from huefold.svg import read_svg
from huefold.svg.pathdata import parse_path


def svg(body="", *, attributes='width="40" height="30" viewBox="0 0 40 30"'):
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{body}</svg>'


def bezier(points, t):
    while len(points) > 1:
        points = [(1 - t) * a + t * b for a, b in pairwise(points)]
    return points[0]


@pytest.mark.parametrize(
    "d",
    [
        "M1 2H5V7H1Z",
        "m1 2h4v5h-4z",
        "M1,2L5,2,5,7,1,7",
        "m 1 2 4 0 0 5 -4 0 z",
        "M1 2h4v5h-4zm0 0",
        "M1+2l4e0.0.0,5-4.0.0z",
    ],
)
def test_the_same_square_in_many_spellings(d):
    square = contour_from_polygon([(1, 2), (5, 2), (5, 7), (1, 7)])
    (contour,) = parse_path(d)
    np.testing.assert_allclose(contour, square, atol=1e-12)


def test_quadratics_become_cubics_of_the_same_shape():
    contour = parse_path("M0 0Q4 8 10 2T20 0z")[0]
    chain = np.vstack([contour, contour[:1]])
    control = np.array([(0, 0), (4, 8), (10, 2), (16, -4), (20, 0)], dtype=float)
    for t in (0.2, 0.5, 0.9):
        np.testing.assert_allclose(bezier(list(chain[:4]), t), bezier(list(control[:3]), t))
        np.testing.assert_allclose(bezier(list(chain[3:7]), t), bezier(list(control[2:]), t), atol=1e-12)


def test_smooth_curves_reflect_only_after_their_own_kind():
    np.testing.assert_allclose(parse_path("M0 0C1 1 2 2 4 2S8 0 9 9z")[0][4], (6, 2))
    np.testing.assert_allclose(parse_path("M0 0Q1 1 4 2S8 0 9 9z")[0][4], (4, 2))


def test_drawing_after_a_close_goes_on_from_its_start():
    first, second = parse_path("m10 10h5v5zl0 -5 -5 0z")
    np.testing.assert_allclose(second[::3], [(10, 10), (10, 5), (5, 5)])
    assert len(first) == 9


@pytest.mark.parametrize(
    ("d", "culprit"),
    [
        ("M0 0A5 5 0 0 1 9 9", "'A'"),
        ("L5 5", "'L'"),
        ("M0 0L5", "2 numbers"),
        ("M0 0z5", "5"),
        ("M0 0L5 #", "#"),
        ("M0 0L1e999 0", "1e999"),
        ("5 5", "5"),
    ],
)
def test_malformed_path_data_is_refused(d, culprit):
    with pytest.raises(SvgError) as caught:
        read_svg(svg(f'<path d="{d}"/>'))
    assert culprit in str(caught.value) and "\n" not in str(caught.value)


@settings(max_examples=200, deadline=None)
@given(st.text("MmLlHhVvCcSsQqTtZzAa0123456789.-+eE ,", max_size=60))
def test_any_text_is_path_data_or_an_error(d):
    try:
        contours = parse_path(d)
    except SvgError:
        return
    assert all(contour.ndim == 2 and len(contour) % 3 == 0 and len(contour) for contour in contours)


def test_styles_are_inherited_and_combined():
    body = (
        '<g fill="#0f0" fill-rule="evenodd" fill-opacity=".5"><g><path opacity=".5" d="M0 0h3v3z"/></g></g>'
    )
    path = read_svg(svg(body)).paths[0]
    assert (path.fill.color, path.fill_rule, path.opacity) == ((0.0, 1.0, 0.0), "evenodd", 0.25)


def test_background_and_defaults():
    scene = read_svg(svg('<rect width="100%" height="30" fill="navy"/><path d=""/>'))
    assert scene.background == (0.0, 0.0, 128 / 255)
    assert scene.paths[0].contours == () and scene.paths[0].fill.color == (0.0, 0.0, 0.0)
    assert read_svg(svg()).background == (1.0, 1.0, 1.0)


def test_editors_notes_and_comments_are_passed_over():
    notes = '<!-- c --><?p x?><desc>d</desc><i:view xmlns:i="urn:i" i:zoom="2"/>'
    assert [path.id for path in read_svg(svg(notes + '<path id="a" data-k="1" d=""/>')).paths] == ["a"]


@pytest.mark.parametrize(
    ("document", "culprit"),
    [
        (svg("<circle r='3'/>"), "<circle>"),
        (svg("<script>1</script>"), "<script>"),
        (svg("<image href='http://example.com/a.png'/>"), "<image>"),
        (svg("<path d='M0 0h3v3z'><animate/></path>"), "<animate>"),
        (svg("<path transform='scale(2)' d='M0 0h3v3z'/>"), "transform"),
        (svg("<path style='fill:red' d='M0 0h3v3z'/>"), "style"),
        (svg("<path stroke='red' d='M0 0h3v3z'/>"), "stroke"),
        (svg("<path fill='url(#a)' d='M0 0h3v3z'/>"), "url(#a)"),
        (svg("<path fill='none' d='M0 0h3v3z'/>"), "none"),
        (svg("<path fill-rule='odd' d='M0 0h3v3z'/>"), "odd"),
        (svg("<g opacity='.5'/>"), "opacity"),
        (svg("<rect width='3' height='3'/>"), "<rect>"),
        (svg("<path d='M0 0h3v3z'/><rect width='40' height='30'/>"), "<rect>"),
        (svg(attributes='width="40" height="30" viewBox="0 0 80 60"'), "viewBox"),
        (svg(attributes='width="4cm" height="30"'), "4cm"),
        (svg(attributes='width="0" height="30"'), "0 x 30"),
        (svg(attributes='width="1e9" height="30"'), "1e9"),
        (svg(attributes='width="40"'), "''"),
        ("<html/>", "<html>"),
        ("<svg/>", "<svg>"),
        ("<svg", "well-formed"),
        (b"", "well-formed"),
        (b"\x89PNG\r\n\x1a\n", "UTF-8"),
        ("no-such-file.svg", "no-such-file.svg"),
    ],
)
def test_what_is_not_supported_is_named(document, culprit):
    with pytest.raises(SvgError) as caught:
        read_svg(document)
    assert culprit in str(caught.value) and "\n" not in str(caught.value)


def test_document_types_and_entities_are_refused(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("m0 0h3v3z")
    for declared in (f'<!ENTITY a SYSTEM "{secret}">', '<!ENTITY a "m0 0h3v3z">', ""):
        with pytest.raises(SvgError, match="document type"):
            read_svg(f"<!DOCTYPE svg [{declared}]>" + svg('<path d="m0 0h3v3z"/>'))
    with pytest.raises(SvgError):
        read_svg(svg('<path d="&a;"/>'))


def test_large_and_deep_documents_are_refused(monkeypatch):
    with pytest.raises(SvgError, match="well-formed"):
        read_svg(svg("<g>" * 5000 + "</g>" * 5000))
    monkeypatch.setattr("huefold.svg.reader._MAX_BYTES", 2**20)
    with pytest.raises(SvgError, match="MiB"):
        read_svg(svg(" " * 2**20))


def test_files_bytes_and_text_are_the_same(tmp_path):
    text = svg('<path id="é" d="M0 0h3v3z"/>')
    file = tmp_path / "a.svg"
    file.write_text(text, encoding="utf-8")
    sources = (text, text.encode(), b"\xef\xbb\xbf" + text.encode(), file, str(file))
    assert [read_svg(source).paths[0].id for source in sources] == ["é"] * 5


def test_a_folder_is_no_svg(tmp_path):
    with pytest.raises(SvgError, match="cannot read"):
        read_svg(tmp_path)
