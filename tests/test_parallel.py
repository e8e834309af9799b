"""Work divided among threads: everything is done once, in order, and faults come out."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huefold.parallel import in_parallel, shares


@given(st.integers(0, 200), st.integers(1, 9))
def test_shares_cover_everything_once_in_order(count, threads):
    parts = shares(count, threads)
    assert [k for part in parts for k in range(part.start, part.stop)] == list(range(count))
    assert len(parts) <= 2 * threads


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_outcomes_keep_the_order_of_the_items(threads):
    assert in_parallel(lambda item: item * item, range(40), threads) == [k * k for k in range(40)]


def test_two_threads_work_at_once():
    both = threading.Barrier(2)
    in_parallel(lambda _: both.wait(30), range(2), 2)  # one alone would wait for the other


@pytest.mark.parametrize("threads", [1, 2])
def test_what_goes_wrong_is_raised(threads):
    def fail(item):
        raise KeyError(item)

    with pytest.raises(KeyError):
        in_parallel(fail, [3], threads)


def test_the_caller_takes_part():
    """With two threads, one is the caller: nobody waits for two others to wake up."""
    both = threading.Barrier(2)

    def meet(_):
        both.wait(30)
        return threading.current_thread()

    assert threading.current_thread() in in_parallel(meet, range(2), 2)


@pytest.mark.parametrize("fault", [IndexError, StopIteration, KeyboardInterrupt])
def test_a_fault_of_any_kind_ends_the_rest(fault):
    """What stops the sharing out itself, where items are left, is not what a task raises."""
    done = []

    def task(item):
        if item == 3:
            raise fault
        threading.Event().wait(0.001)
        done.append(item)

    with pytest.raises(fault):
        in_parallel(task, range(400), 2)
    finished = len(done)
    threading.Event().wait(0.01)
    assert len(done) == finished < 400
