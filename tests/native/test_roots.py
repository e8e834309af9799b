"""Cube roots against long arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huefold.native.elementary import cube_root
from huefold.native.library import available_instructions, forced_instructions


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_cube_roots_are_within_a_unit_in_the_last_place(value):
    root = float(cube_root(value))
    assert math.copysign(1.0, root) == math.copysign(1.0, value)
    low, high = (abs(root) + side * math.ulp(root) for side in (-1.0, 1.0))
    # Whole numbers: the root times 2^800, cubed, against the value times 2^2400.
    numerator, denominator, scale = *abs(value).as_integer_ratio(), 1 << 800
    ratios = [bound.as_integer_ratio() for bound in (max(low, 0.0), high)]
    least, most = ((above * scale // below + side) ** 3 for side, (above, below) in enumerate(ratios))
    assert least <= numerator * scale**3 // denominator <= most


@pytest.mark.parametrize("value", [0.0, -0.0, math.inf, -math.inf, math.nan])
def test_cube_roots_of_special_values(value):
    np.testing.assert_array_equal(cube_root([value]), [value])


def test_all_instructions_give_the_same_bits():
    values = np.random.default_rng(0).normal(size=1000)
    found = []
    for name in available_instructions():
        with forced_instructions(name):
            found.append(cube_root(values).tobytes())
    assert len(set(found)) == 1
