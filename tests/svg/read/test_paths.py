"""Path data, arcs and basic shapes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bezier.twins import point_at
from tests.svg.contours import parse_path

from huefold.bezier.bounds import tight_box
from huefold.errors import SvgWarning
from huefold.scene import contour_from_polygon
from huefold.svg import read_svg
from huefold.svg.read.paths import closed_contours, parse_subpaths


def svg(body):
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30">{body}</svg>'


# --- path data ---


@pytest.mark.parametrize(
    "d",
    [
        "M1 2H5V7H1Z",
        "m1 2h4v5h-4z",
        "M1,2L5,2,5,7,1,7",
        "m 1 2 4 0 0 5 -4 0 z",
        "M1 2h4v5h-4zm0 0",
        "M1+2l4e0.0.0,5-4.0.0z",
        "\tM 1\n2 L 5\r2 5\f7 , 1 7z z",
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
        np.testing.assert_allclose(point_at(chain[:4], t), point_at(control[:3], t))
        np.testing.assert_allclose(point_at(chain[3:7], t), point_at(control[2:], t), atol=1e-12)


def test_smooth_curves_reflect_only_after_their_own_kind():
    np.testing.assert_allclose(parse_path("M0 0C1 1 2 2 4 2S8 0 9 9z")[0][4], (6, 2))
    np.testing.assert_allclose(parse_path("M0 0Q1 1 4 2S8 0 9 9z")[0][4], (4, 2))
    np.testing.assert_allclose(parse_path("M0 0c1 1 2 2 4 2s4-2 5 7z")[0][4], (6, 2))


def test_drawing_after_a_close_goes_on_from_its_start():
    first, second = parse_path("m10 10h5v5zl0 -5 -5 0z")
    np.testing.assert_allclose(second[::3], [(10, 10), (10, 5), (5, 5)])
    assert len(first) == 9


@pytest.mark.parametrize(
    ("d", "points", "rest"),
    [
        ("M0 0L5 0L5 5 #", [3], "#"),
        ("M0 0L5 0L5 5L", [3], "L"),
        ("M0 0L5 0 5 5 6", [3], "L5 0 5 5 6"),
        ("M0 0H5V5z5", [3], "5"),
        ("M0 0H5V5X1 1z", [3], "X1 1z"),
        ("M0 0H5V5L1e999 0", [3], "L1e999 0"),
        ("M0 0H5V5,z", [3], ",z"),
        ("M0 0H5V5A5 5 0 2 1 9 9", [3], "A5 5 0 2 1 9 9"),
        ("L5 5", [], "L5 5"),
        ("5 5", [], "5 5"),
        ("M5", [], "M5"),
        ("M0 0 1 1 2 0 M5 5 6 6 7 5 zz M1 1", [3, 3], None),
        ("", [], None),
    ],
)
def test_data_is_drawn_up_to_its_first_error(d, points, rest):
    subpaths, error = parse_subpaths(d)
    assert [len(contour) // 3 for contour in closed_contours(subpaths)] == points
    assert error == rest


def test_lone_moves_draw_nothing_and_closed_ones_a_point():
    assert parse_subpaths("M1 2M3 4") == ([], None)
    ((points, closed),) = parse_subpaths("M1 2zM3 4")[0]
    np.testing.assert_array_equal(points, [(1, 2)] * 4)
    assert closed


@settings(max_examples=200, deadline=None)
@given(st.text("MmLlHhVvCcSsQqTtZzAa0123456789.-+eE ,", max_size=60))
def test_any_text_is_path_data_up_to_somewhere(d):
    for contour in parse_path(d):
        assert contour.ndim == 2 and len(contour) % 3 == 0 and len(contour)
        assert np.isfinite(contour).all()


NUMBERS = st.integers(-999, 999).map(lambda v: v / 10)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("LlHhVvCcSsQqTtAa"), st.lists(NUMBERS, min_size=7, max_size=7)), max_size=8
    )
)
def test_tidy_and_untidy_spellings_are_read_alike(commands):
    counts = {"L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7}
    tidy, untidy = "M1 2", "M 1 2"
    for letter, numbers in commands:
        used = numbers[: counts[letter.upper()]]
        words = [f"{v:g}" for v in used]
        if letter in "Aa":
            words[3:5] = [str(int(v > 0)) for v in used[3:5]]
        tidy += letter + " ".join(words)
        # A plus sign and an exponent on each number: the same values, another way through the grammar.
        odd = [word if letter in "Aa" or "e" in word else f"{word}e+0" for word in words]
        untidy += f"\n{letter} " + " , ".join(odd)
    one, other = parse_path(tidy), parse_path(untidy + " ")
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-9)


# --- arcs ---


@pytest.mark.parametrize("large", [0, 1])
@pytest.mark.parametrize("sweep", [0, 1])
@pytest.mark.parametrize(("rx", "ry", "turn"), [(30, 30, 0), (40, 25, 30), (25, 60, -200)])
def test_arcs_lie_on_their_ellipse(rx, ry, turn, large, sweep):
    end = (20.0, 15.0)
    subpaths, error = parse_subpaths(f"M0 0A{rx} {ry} {turn} {large} {sweep} {end[0]} {end[1]}")
    assert error is None
    ((points, _),) = subpaths
    phi = math.radians(turn)
    into = np.array([(math.cos(phi) / rx, math.sin(phi) / rx), (-math.sin(phi) / ry, math.cos(phi) / ry)])
    curve = np.concatenate(
        [
            [point_at(points[k : k + 4], t) for t in np.linspace(0, 1, 65)]
            for k in range(0, len(points) - 1, 3)
        ]
    )
    circle = curve @ into.T
    # Through three points of a unit circle goes one circle: its centre by least squares.
    rows = np.concatenate([2 * circle, np.ones((len(circle), 1))], axis=1)
    x, y, c = np.linalg.lstsq(rows, (circle**2).sum(axis=1), rcond=None)[0]
    assert math.sqrt(c + x * x + y * y) == pytest.approx(1.0, abs=3e-4)
    radii = np.hypot(circle[:, 0] - x, circle[:, 1] - y)
    np.testing.assert_allclose(radii, 1.0, atol=4e-4)
    angles = np.unwrap(np.arctan2(circle[:, 1] - y, circle[:, 0] - x))
    assert (angles[-1] > angles[0]) == bool(sweep)
    assert (abs(angles[-1] - angles[0]) > math.pi) == bool(large)
    np.testing.assert_allclose(curve[-1], end, atol=1e-12)


def test_arcs_too_small_for_their_ends_grow():
    contour = closed_contours(parse_subpaths("M0 0a1 1 0 0 1 20 0")[0])
    assert tight_box(contour) == pytest.approx((0, -10, 20, 0), abs=3e-3)


@pytest.mark.parametrize("d", ["M0 0a0 5 0 0 1 6 6", "M0 0a5 0 0 0 1 6 6", "M0 0a1e-200 1 0 0 1 6 6"])
def test_arcs_without_a_radius_are_lines(d):
    ((points, _),) = parse_subpaths(d)[0]
    np.testing.assert_allclose(points, [(0, 0), (2, 2), (4, 4), (6, 6)])


def test_arcs_without_a_way_are_left_out():
    assert parse_subpaths("M3 3a5 5 0 0 1 0 0")[0] == []


def test_flags_of_arcs_need_no_separators():
    (one,), (other,) = parse_path("M0 0a25 25 0 1125 25z"), parse_path("M0 0a25,25,0,1,1,25,25z")
    np.testing.assert_array_equal(one, other)


# --- shapes ---


@pytest.mark.parametrize(
    ("shape", "d"),
    [
        ('<rect x="1" y="2" width="4" height="5"/>', "M1 2h4v5h-4z"),
        ('<polygon points="1,2 5,2 5,7 1 7"/>', "M1 2h4v5h-4z"),
        ('<polyline points="1,2 5,2 5,7 1 7"/>', "M1 2h4v5h-4z"),
        ('<rect x="1" y="2" width="4" height="6" rx="1" ry="2"/>',
         "M2 2h2a1 2 0 0 1 1 2v2a1 2 0 0 1-1 2h-2a1 2 0 0 1-1-2v-2a1 2 0 0 1 1-2z"),
        ('<rect x="1" y="2" width="4" height="6" rx="9"/>',
         "M3 2a2 3 0 0 1 2 3 2 3 0 0 1-2 3 2 3 0 0 1-2-3 2 3 0 0 1 2-3z"),
        ('<rect x="1" y="2" width="4" height="6" ry="1"/>',
         "M2 2h2a1 1 0 0 1 1 1v4a1 1 0 0 1-1 1h-2a1 1 0 0 1-1-1v-4a1 1 0 0 1 1-1z"),
        ('<rect x="1" y="2" width="4" height="5" rx="0" ry="2"/>', "M1 2h4v5h-4z"),
        ('<circle cx="5" cy="6" r="4"/>', "M9 6a4 4 0 0 1-4 4 4 4 0 0 1-4-4 4 4 0 0 1 4-4 4 4 0 0 1 4 4z"),
        ('<ellipse cx="5" rx="4" ry="auto"/>', "M9 0a4 4 0 0 1-4 4 4 4 0 0 1-4-4 4 4 0 0 1 4-4 4 4 0 0 1 4 4z"),
        ('<ellipse cx="5" rx="4" ry="2"/>', "M9 0a4 2 0 0 1-4 2 4 2 0 0 1-4-2 4 2 0 0 1 4-2 4 2 0 0 1 4 2z"),
    ],
)  # fmt: skip
def test_shapes_are_the_paths_that_the_specification_gives(shape, d):
    (path,) = read_svg(svg(shape)).paths
    (expected,) = parse_path(d)
    np.testing.assert_allclose(path.contours[0], expected, atol=1e-9)


def test_lines_have_no_inside():
    assert read_svg(svg('<line x2="9" y2="9"/>')).paths == ()
    with pytest.warns(SvgWarning, match="points"):
        assert len(read_svg(svg('<polygon points="1 1 9 1 9 9 x 4 4"/>')).paths[0].contours[0]) == 9
