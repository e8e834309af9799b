"""Areas that polygons enclose by their fill rule."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.metrics.kernels import enclosed_areas


@pytest.mark.parametrize("evenodd", [False, True])
@settings(deadline=None)
@given(data=st.data())
def test_enclosed_areas_are_those_of_all_faces_by_their_winding(evenodd, data):
    """The slow twin cuts the plane into faces and asks how often each is wound around."""
    number = st.integers(0, 12) if data.draw(st.booleans()) else st.floats(0, 12).map(lambda x: round(x, 3))
    corners = st.lists(st.tuples(number, number), min_size=3, max_size=7)
    rings = [np.array(ring, float) for ring in data.draw(st.lists(corners, min_size=1, max_size=3))]
    starts = np.concatenate(rings)
    ends = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    found = np.zeros(1)
    enclosed_areas(
        starts, ends, np.array([0, len(starts)]), np.ones(1, bool), np.array([evenodd], np.uint8), found
    )
    lines = [shapely.LineString([a, b]) for a, b in zip(starts, ends, strict=True) if (a != b).any()]
    expected = 0.0
    for face in shapely.polygonize([shapely.unary_union(lines)]).geoms if lines else ():
        winding = winding_number(face.representative_point(), starts, ends)
        expected += face.area if (winding % 2 if evenodd else winding) else 0.0
    assert found[0] == pytest.approx(expected, abs=1e-6)


def winding_number(point, starts, ends):
    """How often sides pass the ray to the right of a point downwards more than upwards."""
    total = 0
    for (ax, ay), (bx, by) in zip(starts, ends, strict=True):
        if (ay <= point.y) != (by <= point.y) and ax + (point.y - ay) / (by - ay) * (bx - ax) > point.x:
            total += 1 if ay < by else -1
    return total


def test_what_a_scribble_of_too_many_crossings_encloses_is_nearly_right():
    """Some 160 000 crossings, by the even-odd rule; the slow twin throws darts."""
    scribble = np.random.default_rng(0).uniform(0, 100, (1200, 2))
    found = np.zeros(1)
    enclosed_areas(
        scribble,
        np.roll(scribble, -1, axis=0),
        np.array([0, 1200]),
        np.ones(1, bool),
        np.ones(1, np.uint8),
        found,
    )
    points = np.random.default_rng(1).uniform(0, 100, (20_000, 1, 2))
    (ax, ay), (bx, by) = scribble.T, np.roll(scribble, -1, axis=0).T
    x, y = points[..., 0], points[..., 1]
    passed = ((ay <= y) != (by <= y)) & (ax + (y - ay) / (by - ay) * (bx - ax) > x)
    assert found[0] == pytest.approx(
        1e4 * (passed.sum(axis=1) % 2).mean(), abs=150
    )  # four times its deviation
