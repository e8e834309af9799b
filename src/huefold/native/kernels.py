"""Functions of the compiled library, callable from Python."""

from __future__ import annotations

import ctypes
from typing import Any

from huefold.native import library
from huefold.native.arguments import Array

__all__ = ["Kernel", "bind"]

_NUMBERS: dict[type, Any] = {int: ctypes.c_int64, float: ctypes.c_double, bool: ctypes.c_bool}

_NO_MEMORY = -1


class Kernel:
    """A function of the compiled library; it is looked up at the first call. See `bind`."""

    __slots__ = ("_arguments", "_function", "_generation", "_name", "_result", "_status")

    def __init__(self, name: str, arguments: tuple[Any, ...], result: Any, *, status: bool) -> None:
        self._name, self._arguments, self._result, self._status = name, arguments, result, status
        self._function: Any = None
        self._generation = -1

    def __call__(self, *arguments: Any) -> Any:
        """Call the function; a status of no memory becomes an exception.

        Raises
        ------
        TypeError
            If an argument is not of the type that was bound.
        MemoryError
            If the function reports that it got no memory.
        """
        if self._generation != library.generation():
            self._look_up()
        try:
            result = self._function(*arguments)
        except ctypes.ArgumentError as error:
            raise TypeError(f"{self._name}: {error}") from None
        if self._status and result == _NO_MEMORY:
            raise MemoryError(f"{self._name}: not enough memory")
        return result

    def _look_up(self) -> None:
        generation = library.generation()
        function = getattr(library.load(), self._name)
        function.argtypes = self._arguments
        function.restype = self._result
        self._function, self._generation = function, generation


def bind(name: str, *arguments: Array | type, returns: type | None = None, status: bool = False) -> Kernel:
    """Make a function of the compiled library callable.

    Parameters
    ----------
    name : str
        Name of the C function.
    *arguments : Array or type
        For each parameter: `array` or `output`, int (int64_t in C), float (double), bool (bool), or a type of
        ctypes.
    returns : type, optional
        int (int64_t in C), float (double) or bool; nothing by default.
    status : bool, optional
        The function returns an int64_t, which is HF_NO_MEMORY where it got no memory.

    Returns
    -------
    kernel : Kernel
        Takes as many arguments.
    """
    if status:
        returns = int
    types = tuple(_NUMBERS.get(kind, kind) if isinstance(kind, type) else kind for kind in arguments)
    return Kernel(name, types, None if returns is None else _NUMBERS[returns], status=status)
