"""The pool of threads: each item is worked on once, whoever calls, how often, and after a fork."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.native import bind, output

COUNTS = output(np.int64, 1)
visit_items = bind("hf_visit_items", COUNTS, COUNTS, int, int)


def visited(count, threads):
    """Work on items, check that each was worked on once, and return who did it."""
    items, ranks = np.zeros(count, np.int64), np.full(count, -1)
    visit_items(items, ranks, count, threads)
    assert np.array_equal(items, np.arange(count))
    assert count == 0 or (ranks.min() >= 0 and ranks.max() < max(min(threads, count), 1))
    return ranks


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 1000, 100_000])
def test_every_item_is_worked_on_once(count, threads):
    visited(count, threads)


@given(st.integers(0, 300), st.integers(-2, 40))
@settings(deadline=None)
def test_any_number_of_items_and_threads(count, threads):
    visited(count, threads)


def test_one_thread_is_the_caller():
    assert not visited(100, 1).any()
    assert not visited(100, 0).any()


def test_many_calls_in_a_row():
    for call in range(3000):
        visited(1 + call % 9, 1 + call % 7)


def test_calls_after_the_threads_fell_asleep():
    for _ in range(20):
        visited(50, 4)
        threading.Event().wait(0.01)


def test_more_threads_than_there_can_be():
    visited(2000, 100_000)


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_several_callers_at_once(threads):
    faults = []

    def call():
        try:
            for _ in range(300):
                visited(200, threads)
        except AssertionError as fault:
            faults.append(fault)

    callers = [threading.Thread(target=call) for _ in range(5)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert faults == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_starts_threads_of_its_own():
    visited(1000, 4)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            for _ in range(50):
                visited(1000, 4)
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    visited(1000, 4)
