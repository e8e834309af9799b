"""The compiled library: which build of it this processor runs, and how it is loaded."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from huefold.errors import HuefoldError

__all__ = [
    "LibraryError",
    "available_instructions",
    "forced_instructions",
    "generation",
    "instructions",
    "load",
    "path",
]

BASELINE = "baseline"
AVX2 = "avx2"

VARIABLE = "HUEFOLD_INSTRUCTIONS"
"""Environment variable that names the instructions to use, instead of the best that the processor has."""

FOLDER_VARIABLE = "HUEFOLD_KERNELS"
"""Environment variable that names another folder of libraries, such as one with sanitizers."""

_FOLDER = Path(os.environ.get(FOLDER_VARIABLE) or Path(__file__).parent / "lib")
_SUFFIX = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")

_PACKAGE = Path(__file__).parents[1]
_BUILD_SCRIPT = _PACKAGE.parents[1] / "tools" / "build_kernels.py"
"""Only a checkout has it: there, edited kernels are compiled anew when they are loaded."""

_forced: list[str] = []
_switches = [0]


class LibraryError(HuefoldError):
    """The compiled library is missing, or does not run on this processor."""


def generation() -> int:
    """Return a number that changes whenever other instructions are chosen."""
    return _switches[0]


def instructions() -> str:
    """Return the instructions in use: the best of the processor, unless `HUEFOLD_INSTRUCTIONS` names others.

    Raises
    ------
    LibraryError
        If the variable names instructions that the processor or this build does not have.
    """
    if _forced:
        return _forced[-1]
    return _checked(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else available_instructions()[-1]


@lru_cache(maxsize=1)
def available_instructions() -> tuple[str, ...]:
    """Return the sets of instructions that this build and this processor have, the best last.

    Examples
    --------
    >>> available_instructions()[0]
    'baseline'
    """
    baseline = _library(BASELINE)
    baseline.hf_has_avx2.restype = ctypes.c_bool
    return (BASELINE, AVX2) if baseline.hf_has_avx2() and _file(AVX2).exists() else (BASELINE,)


@contextmanager
def forced_instructions(name: str) -> Iterator[None]:
    """Use these instructions for a while; for tests that compare them.

    Raises
    ------
    LibraryError
        If the processor or this build does not have them.
    """
    _forced.append(_checked(name))
    _switches[0] += 1
    try:
        yield
    finally:
        _forced.pop()
        _switches[0] += 1


def load() -> ctypes.CDLL:
    """Return the library for the instructions in use."""
    return _library(instructions())


def path() -> Path:
    """Return the file that `load` loads.

    Raises
    ------
    LibraryError
        If it cannot be loaded.
    """
    return Path(load()._name)


def _checked(name: str) -> str:
    if name not in available_instructions():
        raise LibraryError(
            f"{VARIABLE} is {name!r}, but this processor and this build of huefold have only "
            f"{' and '.join(available_instructions())}; unset it or name one of these"
        )
    return name


def _file(name: str) -> Path:
    return _FOLDER / f"kernels-{name}{_SUFFIX}"


@lru_cache(maxsize=2)
def _library(name: str) -> ctypes.CDLL:
    _rebuild()
    try:
        library = ctypes.CDLL(str(_file(name)))
    except OSError as error:
        raise LibraryError(
            f"cannot load the compiled kernels, {_file(name)}: {error}. Install huefold again: "
            "pip install --force-reinstall --no-deps huefold"
        ) from None
    if hasattr(os, "register_at_fork"):
        # Threads do not survive a fork: a child process starts its own.
        os.register_at_fork(after_in_child=library.hf_forget_threads)
    return library


@lru_cache(maxsize=1)
def _rebuild() -> None:
    """Compile the kernels of a checkout anew if a source is newer than the library."""
    if not _BUILD_SCRIPT.exists() or os.environ.get(FOLDER_VARIABLE):
        return
    command = [sys.executable, str(_BUILD_SCRIPT), "--if-stale"]
    built = _file(BASELINE)
    newest = max(path.stat().st_mtime_ns for path in _sources())
    if built.exists() and built.stat().st_mtime_ns >= newest:
        return
    import subprocess  # noqa: PLC0415 - only a checkout needs it

    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LibraryError(f"cannot compile the kernels ({' '.join(command)}):\n{done.stdout}{done.stderr}")


def _sources() -> Iterator[Path]:
    yield _BUILD_SCRIPT
    for pattern in ("*.c", "*.h"):
        yield from _PACKAGE.rglob(pattern)
