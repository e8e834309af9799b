"""Work divided among threads, with the same result for any number of them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

__all__ = ["available_threads", "in_parallel", "shares"]

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


def available_threads() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@lru_cache(maxsize=4)
def _pool(threads: int) -> ThreadPoolExecutor:
    """Return threads that are kept from call to call; a task on them must not wait for another one."""
    return ThreadPoolExecutor(threads, thread_name_prefix="huefold")


if hasattr(os, "register_at_fork"):
    # Threads do not survive a fork: a child process that draws makes its own.
    os.register_at_fork(after_in_child=_pool.cache_clear)


def in_parallel(task: Callable[[Item], Outcome], items: Iterable[Item], threads: int) -> list[Outcome]:
    """Call a function with each item, and return the outcomes in the order of the items.

    The caller is one of the threads and works from the start, instead of waiting for others to wake up.

    Parameters
    ----------
    task : callable
        Works on one item, best outside of the interpreter; it must not work in parallel itself.
    items : iterable
        The items.
    threads : int
        Most threads at work at once; with 1 the caller does everything.

    Examples
    --------
    >>> in_parallel(abs, [-1, 2, -3], threads=2)
    [1, 2, 3]
    """
    given = list(items)
    if threads <= 1 or len(given) <= 1:
        return [task(item) for item in given]
    outcomes: dict[int, Outcome] = {}
    left = deque(enumerate(given))

    def work() -> None:
        while left:
            try:
                place, item = left.popleft()
            except IndexError:
                return  # another thread took the last one meanwhile
            try:
                outcomes[place] = task(item)
            except BaseException:
                left.clear()
                raise

    others = [_pool(threads).submit(work) for _ in range(min(threads, len(given)) - 1)]
    try:
        work()
    finally:
        for other in others:
            if not other.cancel():
                other.result()
    return [outcomes[place] for place in range(len(given))]


def shares(count: int, threads: int) -> list[slice]:
    """Divide a number of items into slices, a few for each thread, so that a slow slice delays no other.

    Examples
    --------
    >>> shares(5, 1)
    [slice(0, 5, None)]
    >>> [(part.start, part.stop) for part in shares(8, 2)]
    [(0, 2), (2, 4), (4, 6), (6, 8)]
    """
    parts = 1 if threads <= 1 else min(count, 2 * threads)
    return [slice(count * part // parts, count * (part + 1) // parts) for part in range(parts)]
