"""Outlines that cross themselves: found as shapely finds them, uncrossed, and moved back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.refine.crossings import crossing_paths

from huefold.bezier.arcs import circle
from huefold.bezier.crossings import crossing_contours
from huefold.bezier.kernels import CHORDS
from huefold.refine import Drawing
from huefold.refine.fit.crossing_guard import CELLS_PER_UNIT, TRIES, CrossingGuard, uncross_contours
from huefold.refine.fit.kernels import guard_contours
from huefold.refine.fit.structs import CrossingTestStruct, GuardStruct
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


def backtrack(points, simple, contours, threads):
    """Move contours that cross themselves back, in place, to where they do not; return which did."""
    places = contours[:-1].astype(np.int64)
    guard = GuardStruct(count=len(places), test=CrossingTestStruct(CHORDS, CELLS_PER_UNIT), tries=TRIES)
    guard.point(contours=contours.astype(np.int64), starts=places, simple=simple.copy())
    return guard_contours(guard, points, None, threads)


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
        moved = backtrack(points, good, contours, threads)
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
    guard = CrossingGuard(arrays, watched, cells_per_unit=CELLS_PER_UNIT).struct()
    points, simple = arrays.points.copy(), arrays.points[inside]
    for _ in range(3):
        points += rng.normal(0.0, 2.0, points.shape)
        wild, momentum = points.copy(), rng.normal(size=points.shape)
        expected, stopped, after = points.copy(), momentum.copy(), points[inside]
        went_back = backtrack(after, simple, contours, 1)
        expected[inside] = simple = after
        stopped[(expected != wild).any(axis=1)] = 0.0
        moved = guard_contours(guard, points, momentum, threads)
        assert (moved == went_back).all()
        assert (points == expected).all()
        assert (momentum == stopped).all()
    assert not crossing_contours(points, arrays.contours)[watched].any()


def test_contours_go_back_as_little_as_it_takes():
    line = [(0, 0), (1, 0), (2, 0), (3, 0), (3, 1), (3, 2), (3, 3), (2, 3), (1, 3), (0, 3), (0, 2), (0, 1)]
    simple = np.array(line, np.float64)
    points = simple.copy()
    points[:2] += (9.0, 0.0)
    assert backtrack(points, simple, np.array([0, 12]), 1).tolist() == [True]
    assert (points != simple).any()
    assert not crossing_contours(points, np.array([0, 12])).any()


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
