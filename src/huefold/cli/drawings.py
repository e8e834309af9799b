"""Drawings that commands read, the warnings on them, and the files that commands write."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from huefold.errors import SvgWarning
from huefold.files import write_atomically

__all__ = ["read_source", "warnings_told", "write_outputs"]


def read_source(drawing: str) -> bytes | Path:
    """Return what `huefold.svg.read_svg` takes: the bytes of standard input for ``"-"``, else a path."""
    return sys.stdin.buffer.read() if drawing == "-" else Path(drawing)


def write_outputs(contents: dict[str | None, str]) -> None:
    """Write text to each path: ``"-"`` is standard output, and None is not wanted."""
    for path, content in contents.items():
        if path == "-":
            sys.stdout.buffer.write(content.encode())
        elif path is not None:
            write_atomically(path, content)


@contextmanager
def warnings_told(say: Callable[[str], None]) -> Iterator[None]:
    """Say each warning about a drawing in one line, whichever thread reads the drawing.

    Examples
    --------
    >>> with warnings_told(print):
    ...     warnings.warn("the text is not drawn", SvgWarning)
    warning: the text is not drawn
    """
    with warnings.catch_warnings():
        told = warnings.showwarning
        warnings.simplefilter("always", SvgWarning)

        def tell(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> Any:
            if issubclass(category, SvgWarning):
                say("warning: " + " ".join(str(message).split()))
            else:
                told(message, category, filename, lineno, file, line)

        warnings.showwarning = tell
        yield
