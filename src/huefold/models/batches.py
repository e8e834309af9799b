"""Batches of work for a model, halved when memory runs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from numpy.typing import NDArray

from huefold.errors import HuefoldError

__all__ = ["Batches", "is_out_of_memory"]

Answer = TypeVar("Answer")

TELLTALES = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error of Python, NumPy or PyTorch says that there is no memory left.

    Examples
    --------
    >>> is_out_of_memory(MemoryError()), is_out_of_memory(RuntimeError("CUDA out of memory."))
    (True, True)
    >>> is_out_of_memory(RuntimeError("shapes differ"))
    False
    """
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in TELLTALES)


class Batches:
    """Splits rows into batches, and into batches of half the size once one was too large for the memory.

    Parameters
    ----------
    size : int
        Rows of the first batch, at least 1.
    exhausted : HuefoldError
        Raised where memory runs out with a single row.

    Examples
    --------
    >>> import numpy as np
    >>> batches = Batches(2, HuefoldError("not enough memory"))
    >>> list(batches.map(lambda rows: rows.shape, np.zeros((3, 2))))
    [(2, 2), (1, 2)]
    """

    def __init__(self, size: int, exhausted: HuefoldError) -> None:
        self.size, self._exhausted = max(1, size), exhausted

    def map(self, work: Callable[[NDArray[Any]], Answer], rows: NDArray[Any]) -> Iterator[Answer]:
        """Yield ``work(batch)`` for batches of `rows`, in order."""
        start = 0
        while start < len(rows):
            batch = rows[start : start + self.size]
            try:
                answer = work(batch)
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                too_large = True
            else:
                too_large = False
            if too_large:  # outside of the handler, which would keep the failed batch's memory alive
                if len(batch) == 1:
                    raise self._exhausted
                self.size = (len(batch) + 1) // 2
                continue
            start += len(batch)
            yield answer
