"""Elementary functions are as exact as elementary.h says, and have the same bits by all instructions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.native import exact

from huefold.native import available_instructions, elementary, forced_instructions

SIGNS = [(a, b) for a in (0.0, -0.0) for b in (0.0, -0.0, 1.0, -1.0)]


@given(st.floats(-700.0, 700.0))
@example(709.782712893384)
@example(0.34657359027997264)
def test_exponentials(x):
    assert exact.ulps(float(elementary.exp(x)), exact.exp(x)) < 1.0


@given(st.floats(-745.0, -708.0))
def test_exponentials_that_lose_digits(x):
    assert exact.ulps(float(elementary.exp(x)), exact.exp(x)) <= 1.5


@given(st.floats(5e-324, 1.7976931348623157e308))
@example(1.0)
@example(math.nextafter(1.0, 2.0))
@example(math.nextafter(1.0, 0.0))
@example(math.sqrt(2.0))
def test_logarithms(x):
    assert exact.ulps(float(elementary.log(x)), exact.log(x)) < 1.0


@given(st.floats(0.5, 2.0))
def test_logarithms_around_one(x):
    assert exact.ulps(float(elementary.log(x)), exact.log(x)) < 1.0


@given(st.floats(1e-12, 1e6), st.floats(-8.0, 8.0))
@example(1.0, 2.4)
def test_powers(x, exponent):
    assert exact.ulps(float(elementary.power(x, exponent)), exact.power(x, exponent)) < 2.0


@given(st.floats(1e-100, 1e100), st.sampled_from([1.0 / 2.4, 2.4, 1.0 / 3.0, -3.0, 0.1]))
@example(0.9999999999999999, 2.4)
@example(1.0000000000000002, 2.4)
def test_powers_far_from_one(x, exponent):
    assert exact.ulps(float(elementary.power(x, exponent)), exact.power(x, exponent)) < 2.0


@given(st.floats(0.0, 4000.0), st.sampled_from([-1.0, 1.0]))
@example(math.pi, 1.0)
@example(math.pi / 2, 1.0)
@example(2048 * math.pi, 1.0)
def test_sines_and_cosines(x, sign):
    x *= sign
    sine, cosine = elementary.sine_and_cosine(x)
    assert exact.ulps(float(sine), exact.sine(x)) < 3.0
    assert exact.ulps(float(cosine), exact.cosine(x)) < 3.0


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
@example(1.0, 1.0)
@example(0.41421356237309503, 1.0)
@example(1e-300, -1e-300)
def test_angles(y, x):
    if x == 0.0 and y == 0.0:
        return
    wanted = exact.atan2(y, x)
    if abs(wanted) < 1e-300:
        return
    assert exact.ulps(float(elementary.atan2(y, x)), wanted) < 5.0


def test_what_has_no_digits_is_as_that_of_numpy():
    inf, nan = math.inf, math.nan
    for ours, theirs, values in [
        (elementary.exp, np.exp, [0.0, -0.0, inf, -inf, nan, 710.0, -746.0]),
        (elementary.log, np.log, [0.0, 1.0, inf, -1.0, nan]),
    ]:
        with np.errstate(all="ignore"):
            assert np.array_equal(ours(values), theirs(values), equal_nan=True)
    y, x = (np.array(values) for values in zip(*SIGNS, strict=True))
    for first, second in [(y, x), (x, y)]:
        angles = elementary.atan2(first, second)
        assert np.array_equal(angles, np.arctan2(first, second))
        assert np.array_equal(np.signbit(angles), np.signbit(np.arctan2(first, second)))


def test_powers_of_zero_and_simple_ones_are_exact():
    assert elementary.power([0.0, 2.0, 9.0], 0.5).tolist() == [0.0, math.sqrt(2.0), 3.0]
    assert elementary.power([0.0, 7.0], 0.0).tolist() == [1.0, 1.0]
    assert elementary.power([0.0, 0.3], 1.0).tolist() == [0.0, 0.3]
    assert elementary.power(0.0, -1.0) == math.inf


@pytest.mark.skipif(len(available_instructions()) < 2, reason="this processor has one set of instructions")
def test_all_instructions_give_the_same_bits():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 1000)) * 50

    def everything():
        return [
            elementary.exp(x),
            elementary.log(abs(x)),
            elementary.power(abs(x), 2.4),
            elementary.atan2(y, x),
            *elementary.sine_and_cosine(x),
        ]

    results = []
    for name in available_instructions():
        with forced_instructions(name):
            results.append([values.tobytes() for values in everything()])
    assert all(result == results[0] for result in results)
