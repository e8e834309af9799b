"""Arrays as arguments of compiled kernels: their types are checked, and their first element's address is passed."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["Array", "address", "array", "output"]


class _ArrayInterface(ctypes.Structure):
    """What ``__array_struct__`` points to (numpy's array interface, from C)."""

    _fields_ = (
        ("two", ctypes.c_int), ("ndim", ctypes.c_int), ("kind", ctypes.c_char), ("itemsize", ctypes.c_int),
        ("flags", ctypes.c_int), ("shape", ctypes.c_void_p), ("strides", ctypes.c_void_p),
        ("data", ctypes.c_void_p), ("descr", ctypes.c_void_p),
    )  # fmt: skip


_Bytes = ctypes.c_char * 0
"""ctypes passes an array as a pointer to its first element."""

_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.argtypes = (ctypes.py_object, ctypes.c_char_p)
_capsule_pointer.restype = ctypes.c_void_p


def address(values: NDArray[Any]) -> int:
    """Return where the first element of an array lies; ``values.ctypes.data`` takes ten times as long."""
    capsule = values.__array_struct__
    found: int | None = _ArrayInterface.from_address(_capsule_pointer(capsule, None)).data
    return found or 0


class Array:
    """An argument that is a C-contiguous array of one dtype and one number of dimensions.

    `ctypes` calls `from_param` with what was given for the argument.
    """

    __slots__ = ("_dtype", "_ndim", "_optional", "_writes")

    def __init__(self, dtype: DTypeLike, ndim: int, *, writes: bool, optional: bool) -> None:
        self._dtype = np.dtype(dtype)
        self._ndim, self._writes, self._optional = ndim, writes, optional

    def from_param(self, value: Any) -> ctypes.c_void_p | ctypes.Array[ctypes.c_char] | None:
        """Return what ctypes passes as the address of an array's first element, or None for no array.

        Raises
        ------
        TypeError
            If the value is no such array.
        """
        if value is None and self._optional:
            return None
        if isinstance(value, np.ndarray) and value.dtype == self._dtype and value.ndim == self._ndim:
            flags = value.flags
            if flags.c_contiguous and flags.writeable:
                return _Bytes.from_buffer(value)  # type: ignore[arg-type]  # the fastest way
            if flags.c_contiguous and not self._writes:
                return ctypes.c_void_p(address(value))
        raise TypeError(f"expected {self._wanted()}, got {_described(value)}")

    def _wanted(self) -> str:
        kind = "a writeable C-contiguous" if self._writes else "a C-contiguous"
        return f"{kind} {self._ndim}-dimensional array of {self._dtype}"


def array(dtype: DTypeLike, ndim: int, *, optional: bool = False) -> Array:
    """Return the type of an array that a kernel reads; `optional` ones may be None, which C sees as NULL.

    Examples
    --------
    >>> array(np.float64, 2).from_param(np.zeros(3))
    Traceback (most recent call last):
        ...
    TypeError: expected a C-contiguous 2-dimensional array of float64, got an array of float64, shape (3,)
    """
    return Array(dtype, ndim, writes=False, optional=optional)


def output(dtype: DTypeLike, ndim: int, *, optional: bool = False) -> Array:
    """Return the type of an array that a kernel writes or changes; see `array`."""
    return Array(dtype, ndim, writes=True, optional=optional)


def _described(value: Any) -> str:
    if not isinstance(value, np.ndarray):
        return type(value).__name__
    notes = [f"an array of {value.dtype}", f"shape {value.shape}"]
    if not value.flags.c_contiguous:
        notes.append("not C-contiguous")
    if not value.flags.writeable:
        notes.append("read-only")
    return ", ".join(notes)
