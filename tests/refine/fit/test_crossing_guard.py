"""Outlines that cross themselves: found as shapely finds them, uncrossed, and moved back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from huefold.refine.fit.adam import AdamMoments
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.refine.crossings import crossing_paths

from huefold.bezier.arcs import circle
from huefold.bezier.crossings import crossing_contours
from huefold.bezier.kernels import CHORDS
from huefold.refine import Drawing
from huefold.refine.fit.crossing_guard import CELLS_PER_UNIT, CrossingGuard, backtrack, uncross_contours
from huefold.refine.fit.outlines import POINTS
from huefold.render import SceneArrays
from huefold.scene import Path, Scene, Solid


def polygon(contour, steps=CHORDS):
    """Vertices that the kernels look at."""
    t = np.arange(steps)[:, None] / steps
    out = []
    for s in range(0, len(contour), 3):
        p = [contour[s], contour[s + 1], contour[s + 2], contour[(s + 3) % len(contour)]]
        out.append(
            (1 - t) ** 3 * p[0] + 3 * (1 - t) ** 2 * t * p[1] + 3 * (1 - t) * t**2 * p[2] + t**3 * p[3]
        )
    return np.concatenate(out)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.floats(0.0, 1.0))
def test_crossings_are_those_that_shapely_sees_and_can_be_mended(seed, segments, disorder):
    rng = np.random.default_rng(seed)
    contour = circle(10, 10, 5, segments) + disorder * rng.normal(size=(3 * segments, 2))
    scene = Scene(20, 20, (0, 0, 0), (Path((contour,), Solid((1, 1, 1)), role="structural"),))
    drawing = Drawing.from_scene(scene)
    assert crossing_paths(drawing)[0] == (not shapely.LinearRing(polygon(drawing.arrays.points)).is_simple)
    before = drawing.arrays.points.copy()
    crossed = crossing_paths(drawing)[0] or crossing_paths(rounded(drawing))[0]
    uncross_contours(drawing)
    if crossed:
        assert not crossing_paths(drawing)[0]
        assert not crossing_paths(rounded(drawing))[0]
    else:
        np.testing.assert_array_equal(drawing.arrays.points, before)


def rounded(drawing):
    """As a file may have it."""
    return Drawing(
        drawing.scene,
        replace(drawing.arrays, points=np.rint(CELLS_PER_UNIT * drawing.arrays.points) / CELLS_PER_UNIT),
    )


@pytest.mark.parametrize("count", [0, 1, 7, 40])
def test_contours_backtrack_alike_on_any_number_of_threads(count):
    rng = np.random.default_rng(count)
    discs = [
        circle(*rng.uniform(0, 99, 2), rng.uniform(2, 9), int(rng.integers(3, 12))) for _ in range(count)
    ]
    good = np.concatenate([*discs, np.zeros((0, 2))])
    contours = np.cumsum([0, *map(len, discs)])
    wild = good + rng.normal(0.0, 3.0, good.shape)
    found = []
    for threads in (1, 2, 5):
        points = wild.copy()
        moved = backtrack(points, good, contours, 100.0, threads)
        found.append((points.tobytes(), moved.tolist()))
        inside = np.repeat(moved, np.diff(contours))
        assert (points[~inside] == wild[~inside]).all()
        assert not crossing_contours(points, contours).any()
    assert found[0] == found[1] == found[2]
    assert any(found[0][1]) == (count > 0)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("shapes", [0, 1, 9])
def test_a_guard_watches_some_contours_and_stops_what_it_moves_back(shapes, threads):
    """As backtracking of the watched contours alone, for three steps; the others stay as they are."""
    rng = np.random.default_rng(shapes)
    discs = [
        circle(*rng.uniform(9, 90, 2), rng.uniform(2, 9), int(rng.integers(3, 9))) for _ in range(shapes)
    ]
    paths = tuple(Path((disc,), Solid((0, 0, 0)), role="detail") for disc in discs)
    arrays = SceneArrays.from_scene(Scene(99, 99, (1, 1, 1), paths))
    watched = rng.random(shapes) < 0.7
    inside = np.repeat(watched, np.diff(arrays.contours))
    contours = np.concatenate([[0], np.cumsum(np.diff(arrays.contours)[watched])])
    guard = CrossingGuard(arrays, watched, cells_per_unit=100.0, threads=threads)
    simple, moments = arrays.points[inside], AdamMoments()
    for _ in range(3):
        moments.advance()
        wild = moments.moved(POINTS, arrays.points, rng.normal(size=arrays.points.shape), 2.0)
        expected = wild.copy()
        after = wild[inside]
        backtrack(after, simple, contours, 100.0, 1)
        expected[inside] = simple = after
        momentum = moments.momentum(POINTS).copy()
        momentum[(expected != wild).any(axis=1)] = 0.0
        arrays = guard.check(replace(arrays, points=wild), moments)
        assert (arrays.points == expected).all()
        assert (moments.momentum(POINTS) == momentum).all()
    assert not crossing_contours(arrays.points, arrays.contours)[watched].any()


def test_any_number_of_threads_uncrosses_alike():
    rng = np.random.default_rng(5)
    discs = [circle(*rng.uniform(0, 99, 2), 5, 7) + rng.normal(0, 2, (21, 2)) for _ in range(12)]
    paths = tuple(Path((disc,), Solid((0, 0, 0)), role="structural") for disc in discs)
    found = []
    for threads in (1, 2, 5):
        drawing = Drawing.from_scene(Scene(99, 99, (1, 1, 1), paths))
        uncross_contours(drawing, threads=threads)
        found.append(drawing.arrays.points.tobytes())
    assert found[0] == found[1] == found[2]
