"""Curves as arrays, and the kernels beside them, against one point at a time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from tests.bezier.twins import cubics, point_at, polygon

from huefold.bezier import kernels
from huefold.bezier.curves import (
    bernstein,
    contour_of,
    evaluate,
    flatten,
    is_straight,
    lengths,
    open_segments,
    segments_of,
    split,
    straight,
    thirds,
)

SEEDS = st.integers(0, 2**32 - 1)
PARAMETERS = st.floats(0, 1)


def random_segments(seed, count=3):
    return np.random.default_rng(seed).uniform(-50, 50, (count, 4, 2))


def random_chains(seed, sizes):
    points = np.random.default_rng(seed).uniform(-50, 50, (3 * sum(sizes), 2))
    return points, np.cumsum([0, *(3 * size for size in sizes)])


@given(SEEDS, st.lists(PARAMETERS, min_size=1, max_size=5))
def test_points_are_those_of_de_casteljau(seed, parameters):
    segments = random_segments(seed)
    found = evaluate(segments, np.array(parameters))
    expected = [[point_at(segment, t) for t in parameters] for segment in segments]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@given(PARAMETERS)
def test_compiled_weights_are_the_same_and_sum_to_one(t):
    np.testing.assert_allclose(kernels.bernstein(t), bernstein(np.array(t)), atol=1e-15)
    assert sum(kernels.bernstein(t)) == pytest.approx(1.0)
    assert sum(kernels.derivative_weights(t)) == pytest.approx(3.0)


@settings(deadline=None)
@given(SEEDS, st.floats(0.01, 0.99))
def test_derivatives_are_central_differences(seed, t):
    (segment,) = random_segments(seed, 1)
    step = 1e-5
    expected = (point_at(segment, t + step) - point_at(segment, t - step)) / (2 * step)
    found = [kernels.derivative_at(segment, 0, 3, t, k) for k in (0, 1)]
    np.testing.assert_allclose(found, expected, atol=1e-5)


@settings(deadline=None)
@given(SEEDS, PARAMETERS)
def test_powers_give_the_same_points(seed, t):
    (segment,) = random_segments(seed, 1)
    found = [np.polyval(kernels.power_coefficients(*segment[:, k])[::-1], t) for k in (0, 1)]
    np.testing.assert_allclose(found, point_at(segment, t), atol=1e-11)


@given(SEEDS, PARAMETERS, PARAMETERS)
def test_parts_draw_the_same_curve(seed, cut, t):
    segments = random_segments(seed)
    before, after = split(segments, cut)
    for segment, first, second in zip(segments, before, after, strict=True):
        np.testing.assert_allclose(point_at(first, t), point_at(segment, cut * t), atol=1e-11)
        np.testing.assert_allclose(point_at(second, t), point_at(segment, cut + (1 - cut) * t), atol=1e-11)
    np.testing.assert_array_equal(before[:, 3], after[:, 0])
    np.testing.assert_array_equal(before[:, 0], segments[:, 0])
    np.testing.assert_array_equal(after[:, 3], segments[:, 3])


@settings(deadline=None)
@given(SEEDS, PARAMETERS)
def test_compiled_points_and_parts_are_the_same(seed, t):
    (segment,) = random_segments(seed, 1)
    before, after = split(segment, t)
    parts = np.transpose([kernels.split(*segment[:, k], t) for k in (0, 1)])
    np.testing.assert_allclose(parts, [*before[1:], *after[1:3]], atol=1e-11)
    found = [kernels.point_at(segment, 0, 3, t, k) for k in (0, 1)]
    np.testing.assert_allclose(found, point_at(segment, t), atol=1e-11)
    assert [kernels.thirds(*segment[::3, k]) for k in (0, 1)] == [thirds(*segment[::3, k]) for k in (0, 1)]


@settings(deadline=None)
@given(SEEDS, st.floats(0.05, 0.95))
def test_one_cubic_is_the_least_squares_fit_to_two_segments(seed, cut):
    (segment,) = random_segments(seed, 1)
    chain = np.concatenate([split(segment, cut)[0], split(segment, cut)[1][1:]])
    handles = np.empty((2, 2))
    kernels.fit_one_cubic(chain, 0, 3, 6, cut, 8, handles)
    np.testing.assert_allclose(handles, segment[1:3], atol=1e-6)  # the parts of one cubic give it back
    chain = np.random.default_rng(seed).uniform(-50, 50, (7, 2))
    kernels.fit_one_cubic(chain, 0, 3, 6, cut, 8, handles)
    t = np.arange(1, 9) / 8
    places = np.concatenate([evaluate(chain[:4], t), evaluate(chain[3:], t[:-1])])
    weights = bernstein(np.concatenate([t * cut, cut + (1 - cut) * t[:-1]]))
    rest = places - weights[:, [0, 3]] @ chain[[0, 6]]
    expected = np.linalg.lstsq(weights[:, 1:3], rest, rcond=None)[0]
    np.testing.assert_allclose(handles, expected, rtol=1e-6, atol=1e-6)


def test_the_last_node_of_a_closed_chain_is_followed_by_the_first():
    assert [kernels.following(6, 15, at) for at in (6, 9, 12)] == [9, 12, 6]


@given(SEEDS, st.lists(st.integers(0, 4), min_size=1, max_size=4))
def test_segments_close_each_contour(seed, sizes):
    points, contours = random_chains(seed, sizes)
    found = segments_of(points, contours)
    parts = [points[a:b] for a, b in pairwise(contours)]
    expected = [cubic for part in parts for cubic in cubics(part)]
    np.testing.assert_array_equal(found, np.array(expected).reshape(-1, 4, 2))
    np.testing.assert_array_equal(contour_of(found), points)


@settings(deadline=None)
@given(SEEDS, st.integers(1, 4), st.integers(1, 9))
def test_polygons_have_their_corners_on_the_curve(seed, size, sides):
    contour, contours = random_chains(seed, [size])
    expected = polygon(contour, sides)
    np.testing.assert_allclose(flatten(segments_of(contour), sides).reshape(-1, 2), expected, atol=1e-12)
    xs, ys = np.empty((2, size * sides))
    assert kernels.longest_polygon(contours, sides) == len(expected)
    assert kernels.flatten_contour(contour, 0, len(contour), sides, xs, ys) == len(expected)
    np.testing.assert_allclose(np.stack([xs, ys], axis=1), expected, atol=1e-12)


def test_open_chains_keep_their_ends_apart():
    chain = np.arange(14.0).reshape(7, 2)
    np.testing.assert_array_equal(open_segments(chain), [chain[:4], chain[3:]])


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_lengths_are_integrals_of_the_speed(seed):
    (segment,) = random_segments(seed, 1)

    def speed(t):
        return np.hypot(*(kernels.derivative_at(segment, 0, 3, t, k) for k in (0, 1)))

    length, _ = quad(speed, 0, 1, limit=200)
    assert lengths(segment, 512) == pytest.approx(length, rel=1e-3)
    assert lengths(segment, 64) <= lengths(segment, 512) + 1e-9
    assert kernels.chord_length(segment, 0, 3, 64) == pytest.approx(lengths(segment, 64))


@given(SEEDS, PARAMETERS, st.floats(1e-3, 1))
def test_straight_segments_have_an_even_speed_and_are_known(seed, t, bend):
    start, end = np.random.default_rng(seed).uniform(-50, 50, (2, 4, 2))
    segments = straight(start, end)
    expected = start + t * (end - start)
    np.testing.assert_allclose(evaluate(segments, np.array([t]))[:, 0], expected, atol=1e-12)
    assert is_straight(segments, 1e-9).all()
    bent = segments.copy()
    bent[0, 1, 0] += bend
    assert is_straight(bent, 1e-9).tolist() == [False, True, True, True]
    assert thirds(1.0, 7.0) == (3.0, 5.0)
