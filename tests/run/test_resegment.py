"""Drawings with a fixed number of segments in each path."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bezier.twins import polygon

from huefold import svg
from huefold.bezier.arcs import circle
from huefold.errors import OptionError
from huefold.run.resegment import with_segments
from huefold.scene import Path, Scene, Solid, contour_from_polygon


def area(contour):
    x, y = polygon(contour, 32).T
    return 0.5 * float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))


def ring(segments, radius=20.0):
    return circle(32.0, 24.0, radius, segments)


def scene_of(*contours):
    return Scene(64, 48, (1, 1, 1), (Path(contours, Solid((0, 0, 0)), role="structural", id="s0"),))


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 20), st.integers(3, 24))
def test_circles_stay_circles(before, after):
    scene = scene_of(ring(before))
    (path,) = with_segments(scene, after).paths
    assert path.segments == after
    assert (path.id, path.role) == ("s0", "structural")
    bound = 1e-3 if after >= before else 0.03  # 1e-3: seen as polygons
    assert area(path.contours[0]) == pytest.approx(area(ring(before)), rel=bound)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 30), min_size=1, max_size=6), st.integers(3, 40))
def test_every_path_has_exactly_so_many_segments(seed, sizes, segments):
    rng = np.random.default_rng(seed)
    scene = scene_of(*(rng.uniform(0, 40, (3 * size, 2)).round(int(rng.integers(0, 3))) for size in sizes))
    found = with_segments(scene, segments)
    assert found.paths[0].segments == segments
    assert with_segments(found, segments).paths[0] is found.paths[0]


@pytest.mark.parametrize("corner", [0, 1, 3])
def test_segments_of_no_length_do_not_count(corner):
    """The last one of a contour is left to the closing of the path, so the file would have one less."""
    points = ring(3)
    idle = np.insert(points, [3 * corner] * 3, points[3 * corner % 9], axis=0)
    found = with_segments(scene_of(idle), 4)
    (read,) = svg.read_svg(svg.write_svg(found).encode()).paths
    assert read.segments == 4
    assert area(read.contours[0]) == pytest.approx(area(points), rel=1e-3)
    assert with_segments(found, 4).paths[0] is found.paths[0]


def test_corners_are_kept_where_they_can_be():
    points = np.array([(4, 4), (14, 4), (24, 4), (34, 4), (34, 24), (34, 34), (4, 34), (4, 20)], dtype=float)
    (path,) = with_segments(scene_of(contour_from_polygon(points)), 4).paths
    assert {tuple(p) for p in path.contours[0][::3].round(6)} == {(4, 4), (34, 4), (34, 34), (4, 34)}
    assert area(path.contours[0]) == pytest.approx(900.0)


def test_holes_go_where_there_is_no_room_for_them():
    outer, hole, speck = ring(8), ring(8, 9.0)[::-1], ring(4, 2.0)
    assert len(with_segments(scene_of(speck, outer, hole), 12).paths[0].contours) == 3
    (two,) = with_segments(scene_of(speck, outer, hole), 8).paths
    assert abs(area(two.contours[0])) == pytest.approx(1257, abs=5)
    assert len(two.contours) == 2
    with pytest.raises(OptionError, match="at least 3 segments, got 2"):
        with_segments(scene_of(outer), 2)
