"""Structs of C that point to arrays."""

from __future__ import annotations

import ctypes
from typing import Any, ClassVar

from numpy.typing import NDArray

from huefold.native.arguments import Array, address

__all__ = ["COUNT", "FLAG", "NUMBER", "POINTER", "Struct"]

COUNT, NUMBER, FLAG, POINTER = ctypes.c_int64, ctypes.c_double, ctypes.c_bool, ctypes.c_void_p
"""Types of fields: int64_t, double, bool, and a pointer to an array or a struct."""


class Struct(ctypes.Structure):
    """A struct of C with pointers to arrays and structs, which live as long as it does.

    Subclasses name the types of their arrays in `_arrays`.
    """

    _arrays: ClassVar[dict[str, Array]] = {}

    def point(self, **targets: NDArray[Any] | ctypes.Structure | None) -> None:
        """Let fields point to arrays, or to structs; None is NULL.

        Raises
        ------
        TypeError
            If an array is not of the type of its field.
        """
        for name, target in targets.items():
            if target is None:
                setattr(self, name, None)
            elif isinstance(target, ctypes.Structure):
                setattr(self, name, ctypes.addressof(target))
            else:
                self._arrays[name].from_param(target)
                setattr(self, name, address(target))
        vars(self).setdefault("kept", {}).update(targets)

    def embed(self, **structs: Struct) -> None:
        """Copy structs into fields that are structs; what they point to lives as long as this one."""
        for name, struct in structs.items():
            setattr(self, name, struct)
        vars(self).setdefault("kept", {}).update(structs)
