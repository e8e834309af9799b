"""Boxes around contours against dense samples and shapely."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.bezier.twins import polygon

from huefold.bezier.bounds import disjoint, hull_box, is_rectangle, tight_box, within
from huefold.scene import contour_from_polygon

NUMBERS = st.integers(-999, 999).map(lambda v: v / 10)
SIDES = st.integers(0, 6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=6, max_size=6))
def test_boxes_are_tight(points):
    contour = np.array(points)
    box, hull = np.array(tight_box([contour])), np.array(hull_box([contour]))
    curve = polygon(contour, 400)
    low, high = curve.min(axis=0), curve.max(axis=0)
    assert (box[:2] <= low + 1e-9).all() and (box[2:] >= high - 1e-9).all()
    assert (hull[:2] <= box[:2] + 1e-9).all() and (hull[2:] >= box[2:] - 1e-9).all()
    np.testing.assert_allclose(box, [*low, *high], atol=0.01)


@settings(max_examples=40, deadline=None)
@given(NUMBERS, NUMBERS, st.integers(1, 50), st.integers(1, 50), st.integers(0, 3), st.booleans())
def test_rectangles_are_told_from_other_shapes(x, y, width, height, first, back):
    corners = np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
    corners = np.roll(corners[::-1] if back else corners, first, axis=0)
    assert is_rectangle([contour_from_polygon(corners)])
    assume(width > 2)
    moved = corners + np.where(corners == x, 1.0, 0.0) * np.array([(1.0, 0.0), (0, 0), (0, 0), (0, 0)])
    bent = contour_from_polygon(corners)
    bent[1] += 0.5
    assert not is_rectangle([bent])
    assert (moved == corners).all() or not is_rectangle([contour_from_polygon(moved)])
    assert not is_rectangle([contour_from_polygon(corners[[0, 2, 1, 3]])])


@given(SIDES, SIDES, SIDES, SIDES, st.data())
def test_boxes_lie_inside_or_beside_each_other_as_shapely_says(x, y, width, height, data):
    one = (x, y, x + width + 1, y + height + 1)
    left, top, right, bottom = (data.draw(SIDES) for _ in range(4))
    other = (left, top, left + right + 1, top + bottom + 1)
    first, second = shapely.box(*one), shapely.box(*other)
    assert disjoint(one, other) == (first.intersection(second).area == 0)
    assert within(one, other) == first.covered_by(second)


def test_no_contours_have_no_box():
    assert hull_box([]) is None
    assert tight_box(()) is None
