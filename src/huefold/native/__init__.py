"""Compiled kernels: C, built ahead of time into one library for each set of processor instructions.

The kernels of a room lie in C files beside its Python files. `bind` makes a function of the library callable with
arrays, and checks their types. A call releases the interpreter's lock.
"""

from huefold.native.arguments import array, output
from huefold.native.kernels import Kernel, bind
from huefold.native.library import available_instructions, forced_instructions, instructions

__all__ = [
    "Kernel",
    "array",
    "available_instructions",
    "bind",
    "forced_instructions",
    "instructions",
    "output",
]
