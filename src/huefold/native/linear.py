"""Linear algebra with the same bits on every processor; that of numpy goes through BLAS, which differs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold.native.arguments import output
from huefold.native.kernels import bind

__all__ = ["solved"]

Floats = NDArray[np.float64]

_solve = bind("hf_solve", output(np.float64, 2), output(np.float64, 2), int, int, returns=bool)


def solved(matrix: NDArray[np.floating[Any]], values: NDArray[np.floating[Any]]) -> Floats:
    """Return the solution x of ``matrix x = values``.

    Parameters
    ----------
    matrix : (N, N) float ndarray
    values : (N,) or (N, M) float ndarray

    Returns
    -------
    solution : float64 ndarray
        In the shape of `values`.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the matrix is singular.

    Examples
    --------
    >>> solved(np.array([[0.0, 2.0], [4.0, 0.0]]), np.array([6.0, 4.0]))
    array([1., 3.])
    """
    work = np.array(matrix, np.float64, order="C")
    solution = np.array(values, np.float64, order="C").reshape(len(work), -1)
    if not _solve(work, solution, len(work), solution.shape[1]):
        raise np.linalg.LinAlgError("singular matrix")
    return solution.reshape(values.shape)
