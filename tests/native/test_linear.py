"""Systems of equations against numpy's solver."""

from __future__ import annotations

import numpy as np
import pytest

from huefold.native.library import available_instructions, forced_instructions
from huefold.native.linear import solved


@pytest.mark.parametrize("count", [1, 2, 3, 17, 60])
@pytest.mark.parametrize("width", [None, 1, 5])
def test_systems_are_solved(count, width):
    rng = np.random.default_rng(count)
    matrix = rng.normal(size=(count, count))
    matrix[0, 0] = 0.0 if count > 1 else 1.0  # which is no pivot
    values = rng.normal(size=count if width is None else (count, width))
    given = matrix.copy(), values.copy()
    np.testing.assert_allclose(solved(matrix, values), np.linalg.solve(matrix, values), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(matrix, given[0])
    np.testing.assert_array_equal(values, given[1])


def test_all_instructions_give_the_same_bits():
    rng = np.random.default_rng(0)
    matrix, values = rng.normal(size=(40, 40)), rng.normal(size=(40, 3))
    found = []
    for name in available_instructions():
        with forced_instructions(name):
            found.append(solved(matrix, values).tobytes())
    assert len(set(found)) == 1


@pytest.mark.parametrize("matrix", [np.zeros((2, 2)), np.ones((3, 3)), np.full((2, 2), np.nan)])
def test_singular_systems_are_refused(matrix):
    with pytest.raises(np.linalg.LinAlgError):
        solved(matrix, np.ones(len(matrix)))


def test_other_views_are_solved():
    matrix = np.asfortranarray(np.arange(9, dtype=np.float32).reshape(3, 3) + 5 * np.eye(3, dtype=np.float32))
    values = np.ones((3, 4))[:, ::2]
    np.testing.assert_allclose(solved(matrix, values), np.linalg.solve(matrix, values), rtol=1e-6)
