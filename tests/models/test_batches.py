"""Batches that shrink where memory is short."""

from __future__ import annotations

import numpy as np
import pytest

from huefold.errors import HuefoldError, SegmentationError
from huefold.models.batches import Batches, is_out_of_memory


@pytest.mark.parametrize("most", [1, 2, 3, 5, 9])
def test_each_row_is_worked_on_once_and_in_order(most: int) -> None:
    sizes: list[int] = []

    def work(rows: np.ndarray) -> np.ndarray:
        sizes.append(len(rows))
        if len(rows) > most:
            raise MemoryError
        return rows

    batches = Batches(8, HuefoldError("no memory"))
    np.testing.assert_array_equal(np.concatenate(list(batches.map(work, np.arange(21)))), np.arange(21))
    assert sizes[0] == 8
    assert batches.size <= most


def test_a_single_row_that_does_not_fit_ends_the_work() -> None:
    def work(_: np.ndarray) -> None:
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")

    with pytest.raises(SegmentationError, match="a smaller model"):
        list(Batches(5, SegmentationError("use a smaller model")).map(work, np.arange(7)))


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    def broken(_: np.ndarray) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="shapes"):
        list(Batches(4, SegmentationError("no memory")).map(broken, np.zeros((8, 2))))
    assert is_out_of_memory(
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
    )
