"""Self-crossings of contours against shapely."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bezier.twins import polygon

from huefold.bezier.crossings import crossing_contours
from huefold.bezier.kernels import CHORDS, first_crossing

SEEDS = st.integers(0, 2**32 - 1)


def sides(corners):
    return [shapely.LineString([corners[k], corners[(k + 1) % len(corners)]]) for k in range(len(corners))]


def crossing(corners):
    """Pairs of sides, not neighbours, that meet: in the order of the first, then of the second."""
    lines, count = sides(corners), len(corners)
    return [
        (i, j)
        for i in range(count)
        for j in range(i + 2, count)
        if (i, j) != (0, count - 1) and lines[i].crosses(lines[j])
    ]


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_contours_that_cross_themselves_are_those_that_shapely_finds(seed, sizes):
    points = np.random.default_rng(seed).normal(size=(3 * sum(sizes), 2))
    contours = np.cumsum([0, *(3 * size for size in sizes)])
    expected = [not shapely.LinearRing(polygon(points[a:b], CHORDS)).is_simple for a, b in pairwise(contours)]
    assert crossing_contours(points, contours).tolist() == expected


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(4, 9))
def test_the_first_crossing_is_the_first_of_all(seed, count):
    corners = np.random.default_rng(seed).uniform(0, 10, (count, 2))
    xs, ys = np.ascontiguousarray(corners.T)
    assert first_crossing(xs, ys, count) == (crossing(corners) or [(-1, -1)])[0]


def turns(ax, ay, bx, by, cx, cy):
    """Which way triangles turn; exact for whole numbers."""
    return np.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax))


def first_of_whole_numbers(corners):
    """The first pair of sides that cross, by a table of all pairs."""
    ax, ay = (corners[:, None, c].astype(np.int64) for c in (0, 1))
    bx, by = np.roll(ax, -1, axis=0), np.roll(ay, -1, axis=0)
    apart = turns(ax, ay, bx, by, ax.T, ay.T) * turns(ax, ay, bx, by, bx.T, by.T)
    pairs = np.argwhere(np.triu((apart < 0) & (apart.T < 0), 2))
    return tuple(pairs[0].tolist()) if len(pairs) else (-1, -1)


@settings(max_examples=80, deadline=None)
@given(SEEDS, st.integers(10, 500), st.sampled_from(["walk", "ring", "spiral"]), st.integers(0, 3))
def test_the_first_crossing_of_a_long_outline_is_the_first_of_all(seed, count, kind, loops):
    """Long enough for runs of sides, and for groups of runs, that need no look."""
    random = np.random.default_rng(seed)
    angle = np.arange(count) * 2 * np.pi / count
    if kind == "walk":
        corners = random.integers(-2, 3, (count, 2)).cumsum(axis=0)
    else:
        reach = 1000 + (300 * angle if kind == "spiral" else random.integers(-4, 5, count))
        turn = 5 * angle if kind == "spiral" else angle
        corners = np.rint(reach * np.stack([np.cos(turn), np.sin(turn)])).T.astype(np.int64)
    for a, b in random.integers(0, count, (loops, 2)):
        corners[a] = corners[b] + random.integers(-20, 21, 2)
    xs, ys = np.ascontiguousarray(corners.T, np.float64)
    assert first_crossing(xs, ys, count) == first_of_whole_numbers(corners)


@settings(deadline=None)
@given(st.integers(0, 4), st.integers(-3, 3), st.integers(-3, 3))
def test_sides_that_only_touch_do_not_cross(first, x, y):
    """A spike whose corner lies on another side, and goes no further."""
    corners = np.array([(0, 0), (8, 0), (8, 8), (4, 0), (0, 8)]) + np.array([x, y], float)
    xs, ys = np.ascontiguousarray(np.roll(corners, first, axis=0).T)
    assert first_crossing(xs, ys, 5) == (-1, -1)


def test_no_contours_no_crossings():
    assert crossing_contours(np.empty((0, 2)), np.zeros(1, np.int64)).tolist() == []
