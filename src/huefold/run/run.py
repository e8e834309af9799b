"""One run of the method: its options, whom to tell, when to stop, and how long each stage took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from huefold.options import Options
from huefold.progress import CancelToken, ProgressCallback, Reporter
from huefold.run.report import Stopped

__all__ = ["Run"]


@dataclass(slots=True)
class Run:
    """What all stages of a run share.

    Parameters
    ----------
    options : Options
        What was asked for.
    progress : callable or None
        Receives reports of every stage.
    cancel : CancelToken or None
        Stops the run.
    started : float, optional
        `time.monotonic` value from which a time limit counts.
    seconds : dict, optional
        Time of each stage so far, in the order in which they began.
    notes : list of str, optional
        What the user should know.

    Examples
    --------
    >>> run = Run(Options(), None, None)
    >>> with run.stage("load"):
    ...     pass
    >>> list(run.seconds), run.stopped
    (['load'], None)
    """

    options: Options
    progress: ProgressCallback | None
    cancel: CancelToken | None
    started: float = field(default_factory=time.monotonic)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def deadline(self) -> float | None:
        """`time.monotonic` value at which the time limit is over."""
        limit = self.options.time_limit
        return None if limit is None else self.started + limit

    @property
    def stopped(self) -> Stopped | None:
        """Why the run should end now, if it should."""
        if self.cancel is not None and self.cancel.cancelled:
            return "cancelled"
        if self.deadline is not None and time.monotonic() >= self.deadline:
            return "time limit"
        return None

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add the time that this takes to that of a stage."""
        begin = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin

    @contextmanager
    def stage(self, name: str, *, cancellable: bool = True) -> Iterator[Reporter]:
        """Report a stage's begin and end, and time it; where `cancellable`, a cancelled run ends at either."""
        bounds = Reporter(name, self.progress, self.cancel if cancellable else None)
        with self.timed(name):
            bounds(0.0)
            yield Reporter(name, self.progress, self.cancel)
            bounds(1.0)
