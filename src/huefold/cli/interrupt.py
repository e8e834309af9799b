"""Ctrl-C: once to stop with the best drawing so far, twice to stop at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Generic, TypeAlias, TypeVar

from huefold.progress import CancelToken

__all__ = ["run_interruptibly"]

T = TypeVar("T")
Handler: TypeAlias = Callable[[int, FrameType | None], None]


def run_interruptibly(work: Callable[[CancelToken], T], say: Callable[[str], None]) -> T:
    """Run `work` in a thread of its own, so that Ctrl-C takes effect while kernels run.

    Parameters
    ----------
    work : callable
        Takes a cancel token, which the first Ctrl-C sets.
    say : callable
        Receives the line that tells the user what Ctrl-C did.

    Raises
    ------
    KeyboardInterrupt
        At the second Ctrl-C; `work` is left behind in a daemon thread.

    Examples
    --------
    >>> run_interruptibly(lambda cancel: cancel.cancelled, print)
    False
    """
    token = CancelToken()
    thread = _Work(work, token)
    with _heard(_stopping(token, say)):
        thread.start()
        while not thread.finished.wait(0.2):
            pass
    return thread.outcome()


class _Work(threading.Thread, Generic[T]):
    """A daemon thread that keeps what its work returns or raises."""

    def __init__(self, work: Callable[[CancelToken], T], token: CancelToken) -> None:
        super().__init__(name="huefold-work", daemon=True)
        self._work, self._token = work, token
        self._result: list[T] = []
        self._error: BaseException | None = None
        self.finished = threading.Event()

    def run(self) -> None:
        """Do the work."""
        try:
            self._result.append(self._work(self._token))
        except BaseException as error:  # raised again in the thread that waits
            self._error = error
        finally:
            self.finished.set()

    def outcome(self) -> T:
        """Return or raise what the work did."""
        if self._error is not None:
            raise self._error
        return self._result[0]


def _stopping(token: CancelToken, say: Callable[[str], None]) -> Handler:
    """Return the handler of the first and the second Ctrl-C."""

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        if token.cancelled:
            raise KeyboardInterrupt
        token.cancel()
        say("stopping with the best drawing so far; press Ctrl-C again to stop at once")

    return on_interrupt


@contextmanager
def _heard(on_interrupt: Handler) -> Iterator[None]:
    """Handle Ctrl-C by `on_interrupt` for a while."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread only
        return
    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
