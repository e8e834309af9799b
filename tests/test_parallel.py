"""Work divided among threads: everything is done once, in order, and faults come out."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huefold.parallel import in_order, in_parallel, pool, shares, together


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


@pytest.mark.parametrize("threads", [1, 3])
def test_who_stops_early_leaves_nothing_running(threads):
    running, started = set(), []
    lock = threading.Lock()

    def task(item):
        with lock:
            started.append(item)
            running.add(item)
        threading.Event().wait(0.02)
        with lock:
            running.remove(item)
        return item

    outcomes = in_order(task, range(200), threads)
    assert next(outcomes) == 0
    outcomes.close()
    assert not running
    assert len(started) < 100


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("queued", [False, True])
def test_the_caller_does_a_share_itself(threads, queued):
    by = {}
    together(lambda index: by.__setitem__(index, threading.get_ident()), threads, queued=queued)
    assert by[0] == threading.get_ident()
    assert queued or sorted(by) == list(range(threads))


@pytest.mark.parametrize("failing", [0, 1])
def test_a_fault_of_one_share_is_raised_once_all_have_ended(failing):
    ended = []

    def task(index):
        if index == failing:
            raise KeyError(index)
        threading.Event().wait(0.05)
        ended.append(index)

    with pytest.raises(KeyError, match=str(failing)):
        together(task, 3)
    assert sorted(ended) == [index for index in range(3) if index != failing]


def test_who_finds_the_queue_empty_waits_for_nobody_that_has_not_begun():
    release = threading.Event()
    busy = [pool(2).submit(release.wait, 30) for _ in range(2)]
    together(lambda _: None, 2, queued=True)
    assert not any(other.done() for other in busy)
    release.set()
