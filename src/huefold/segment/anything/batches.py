"""Work in batches that shrink when memory runs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from numpy.typing import NDArray

from huefold.errors import SegmentationError

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
    """Cuts points into batches, and into halves of those once a batch was too large for the memory.

    Parameters
    ----------
    size : int
        Points a batch to begin with, at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> batches = Batches(2)
    >>> list(batches.map(lambda rows: rows.shape, np.zeros((3, 2))))
    [(2, 2), (1, 2)]
    """

    def __init__(self, size: int) -> None:
        self.size = max(1, size)

    def map(self, work: Callable[[NDArray[Any]], Answer], points: NDArray[Any]) -> Iterator[Answer]:
        """Yield ``work(batch)`` for batches of the rows of `points`, in order.

        Raises
        ------
        SegmentationError
            If memory runs out with a single point.
        """
        start = 0
        while start < len(points):
            batch = points[start : start + self.size]
            try:
                answer = work(batch)
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                too_large = True
            else:
                too_large = False
            if too_large:  # outside of the handler, which would keep the failed batch's memory alive
                self._halve(len(batch))
                continue
            start += len(batch)
            yield answer

    def _halve(self, tried: int) -> None:
        if tried == 1:
            raise SegmentationError(
                "not enough memory for the model's masks of a single point; use a smaller model or a smaller photo"
            )
        self.size = (tried + 1) // 2
