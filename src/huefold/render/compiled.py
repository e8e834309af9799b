"""How the band kernels are compiled: one decorator for each kind.

Without reference counting (``_nrt``): the arrays a kernel touches outlive the call, and counting takes a fifth
of the time of small scenes. Such kernels cannot make arrays, and what they call is compiled the same way.
"""

from typing import Any

from numba import njit

__all__ = ["inlined", "kernel", "reordered"]

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}

kernel = njit(**_OPTIONS)
"""For functions of their own."""

inlined = njit(inline="always", **_OPTIONS)
"""For a few lines that loops consist of."""

reordered = njit(fastmath={"reassoc", "contract", "nsz"}, **_OPTIONS)
"""For sums that may be taken in any order, so that they vectorise; compiled code always takes the same one."""
