"""How the band kernels are compiled: one decorator for each kind.

Sums in any order (`reordered`) have the digits of the function in which they are compiled. Of a function that
others call there are several compiled copies, and which one runs depends on what was compiled before and what came
from the cache. So such sums, and whatever calls them (`embedded`), become part of the one function that is called
from Python.

Without reference counting (``_nrt``): the arrays a kernel touches outlive the call, and counting takes a fifth
of the time of small scenes. Such kernels cannot make arrays, and what they call is compiled the same way.
"""

from typing import Any

from numba import njit

__all__ = ["embedded", "inlined", "kernel", "reordered"]

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}

kernel = njit(**_OPTIONS)
"""Compiled separately."""

inlined = njit(inline="always", **_OPTIONS)
"""Inlined by numba."""

embedded = njit(forceinline=True, **_OPTIONS)
"""Inlined by LLVM into their caller, because they call `reordered` functions, or have one caller only."""

reordered = njit(fastmath={"reassoc", "contract", "nsz"}, forceinline=True, **_OPTIONS)
"""Sums that may be taken in any order, so that they vectorise; compiled code always takes the same one."""
