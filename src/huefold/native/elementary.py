"""Elementary functions of arrays with the same bits on every processor; those of numpy differ in last digits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huefold.native.arguments import array, output
from huefold.native.kernels import Kernel, bind

__all__ = ["atan2", "cube_root", "exp", "log", "power", "sine_and_cosine"]

Floats = NDArray[np.float64]

_READ, _WRITE = array(np.float64, 1), output(np.float64, 1)

_exp = bind("hf_exp_all", _READ, _WRITE, int)
_log = bind("hf_log_all", _READ, _WRITE, int)
_cube_root = bind("hf_cube_root_all", _READ, _WRITE, int)
_power = bind("hf_power_all", _READ, float, _WRITE, int)
_atan2 = bind("hf_atan2_all", _READ, _READ, _WRITE, int)
_sine_and_cosine = bind("hf_sine_and_cosine_all", _READ, _WRITE, _WRITE, int)


def exp(values: ArrayLike) -> Floats:
    """Return e to the power of each value, as float64 in the shape of `values`.

    Examples
    --------
    >>> exp([0.0, 1.0]).round(6)
    array([1.      , 2.718282])
    """
    return _of_one(_exp, values)


def log(values: ArrayLike) -> Floats:
    """Return the natural logarithm of each value, as float64 in the shape of `values`."""
    return _of_one(_log, values)


def cube_root(values: ArrayLike) -> Floats:
    """Return the cube root of each value, as float64 in the shape of `values`."""
    return _of_one(_cube_root, values)


def power(values: ArrayLike, exponent: float) -> Floats:
    """Return each value, at least 0, to the power of `exponent`, as float64 in the shape of `values`."""
    given = _flat(values)
    out = np.empty_like(given)
    _power(given, float(exponent), out, given.size)
    return out.reshape(np.shape(values))


def atan2(y: ArrayLike, x: ArrayLike) -> Floats:
    """Return the angle of each (x, y) to the x axis, in [-pi, pi], as float64 in the common shape of both."""
    ys, xs = np.broadcast_arrays(y, x)
    out = np.empty(ys.size)
    _atan2(_flat(ys), _flat(xs), out, out.size)
    return out.reshape(ys.shape)


def sine_and_cosine(angles: ArrayLike) -> tuple[Floats, Floats]:
    """Return the sine and the cosine of each angle, as float64 in the shape of `angles`."""
    given = _flat(angles)
    sines, cosines = np.empty_like(given), np.empty_like(given)
    _sine_and_cosine(given, sines, cosines, given.size)
    return sines.reshape(np.shape(angles)), cosines.reshape(np.shape(angles))


def _of_one(kernel: Kernel, values: ArrayLike) -> Floats:
    given = _flat(values)
    out = np.empty_like(given)
    kernel(given, out, given.size)
    return out.reshape(np.shape(values))


def _flat(values: ArrayLike) -> Floats:
    return np.ascontiguousarray(values, np.float64).ravel()
