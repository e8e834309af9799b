"""Drawings that commands are given: where they come from, and what reading them has to say."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from huefold.errors import SvgWarning

__all__ = ["read_source", "warnings_told"]


def read_source(drawing: str) -> bytes | Path:
    """Return what `huefold.svg.read_svg` takes: the bytes of standard input for ``"-"``, else a path."""
    return sys.stdin.buffer.read() if drawing == "-" else Path(drawing)


@contextmanager
def warnings_told(say: Callable[[str], None]) -> Iterator[None]:
    """Say each warning about a drawing in one line, whichever thread reads it.

    Parameters
    ----------
    say : callable
        Receives the lines.

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
