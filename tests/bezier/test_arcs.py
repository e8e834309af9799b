"""Lines, quadratics, conics and arcs as cubics, against their own definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.bezier.twins import point_at, polygon

from huefold.bezier.arcs import arc, arc_handle, circle, conic, line, quadratic

NUMBERS = st.integers(-40, 40).map(float)
POINTS = st.tuples(NUMBERS, NUMBERS)
PARAMETERS = st.floats(0, 1)


def dots(start, pieces, count=33):
    """Points along a chain of cubics."""
    result, at = [], start
    for piece in pieces:
        result += [point_at([at, *piece], t) for t in np.linspace(0, 1, count)]
        at = piece[2]
    return np.array(result)


@given(POINTS, POINTS, POINTS, PARAMETERS)
def test_lines_and_quadratics_keep_their_parameter(start, control, end, t):
    np.testing.assert_allclose(point_at([start, *line(start, end)], t), point_at([start, end], t), atol=1e-12)
    found = point_at([start, *quadratic(start, control, end)], t)
    np.testing.assert_allclose(found, point_at([start, control, end], t), atol=1e-12)


@pytest.mark.parametrize("segments", [3, 4, 8, 16])
def test_handles_of_arcs_stray_by_the_sixth_power_of_the_angle(segments):
    turn = 2 * math.pi / segments
    ahead = np.array([-math.sin(turn), math.cos(turn)])
    end = np.array([math.cos(turn), math.sin(turn)])
    handle = arc_handle(turn)
    piece = ((1.0, handle), tuple(end - handle * ahead), tuple(end))
    radii = np.hypot(*dots((1.0, 0.0), [piece], 201).T)
    assert radii.min() >= 1 - 1e-12
    assert radii.max() - 1 == pytest.approx(2.73e-4 * (turn / (0.5 * math.pi)) ** 6, rel=0.15)
    assert np.hypot(*point_at([(1.0, 0.0), *piece], 0.5)) == pytest.approx(1.0, abs=1e-14)


@given(NUMBERS, NUMBERS, st.floats(0.1, 100), st.integers(3, 12))
def test_circles_are_round_and_their_nodes_evenly_placed(x, y, radius, segments):
    contour = circle(x, y, radius, segments)
    radii = np.hypot(*(polygon(contour, 16) - (x, y)).T)
    np.testing.assert_allclose(radii, radius, rtol=2.73e-4 * (4 / segments) ** 6 * 1.2)
    sides = np.hypot(*(np.roll(contour[::3], -1, axis=0) - contour[::3]).T)
    np.testing.assert_allclose(sides, 2 * radius * math.sin(math.pi / segments))


@settings(max_examples=60, deadline=None)
@given(st.floats(0.05, 3.0), st.floats(1, 1000), st.floats(0.005, 0.5), st.floats(-3, 3))
def test_conics_are_arcs_of_their_circle(turn, radius, tolerance, first):
    """A conic with both arms equal and the weight cos(turn / 2) is an arc."""
    weight = math.cos(0.5 * turn)
    angles = first, first + 0.5 * turn, first + turn
    reach = radius, radius / weight, radius
    start, control, end = ((r * math.cos(a), r * math.sin(a)) for a, r in zip(angles, reach, strict=True))
    pieces = list(conic(start, control, end, weight, tolerance))
    radii = np.hypot(*dots(start, pieces).T)
    assert np.abs(radii - radius).max() <= tolerance
    np.testing.assert_allclose(pieces[-1][2], end)


def ellipse_of(start, shape, end):
    """Centre, radii and axes of the ellipse of an arc, by the formulas of SVG 2, appendix B.2.4."""
    rx, ry, degrees, large, sweep = shape
    phi = math.radians(degrees)
    turn = np.array([(math.cos(phi), math.sin(phi)), (-math.sin(phi), math.cos(phi))])
    x, y = turn @ (np.subtract(start, end) / 2)
    grow = math.sqrt(max(1.0, (x / rx) ** 2 + (y / ry) ** 2))
    rx, ry = rx * grow, ry * grow
    above = max(0.0, rx**2 * ry**2 - rx**2 * y**2 - ry**2 * x**2)
    root = math.sqrt(above / (rx**2 * y**2 + ry**2 * x**2)) * (-1 if large == sweep else 1)
    center = turn.T @ (root * rx * y / ry, -root * ry * x / rx) + np.add(start, end) / 2
    return center, (rx, ry), turn


@settings(max_examples=80, deadline=None)
@given(POINTS, POINTS, st.tuples(st.floats(1, 60), st.floats(1, 60), st.floats(-400, 400),
       st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])))  # fmt: skip
def test_arcs_lie_on_the_ellipse_that_the_specification_gives(start, end, shape):
    assume(start != end)
    center, radii, turn = ellipse_of(start, shape, end)
    pieces = list(arc(start, shape, end))
    unit = (dots(start, pieces) - center) @ turn.T / radii
    # Half a turn hangs on a root of nearly 0: the centre is known to its square root.
    np.testing.assert_allclose(np.hypot(*unit.T), 1.0, atol=4e-4)
    angles = np.unwrap(np.arctan2(unit[:, 1], unit[:, 0]))
    moved = angles[-1] - angles[0]
    assert (moved > 0) == bool(shape[4])
    if abs(abs(moved) - math.pi) > 1e-3:
        assert (abs(moved) > math.pi) == bool(shape[3])
    assert pieces[-1][2] == end
