"""Clock of a run: times, progress and stopping of its stages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from huefold.progress import CancelToken, ProgressCallback, Reporter
from huefold.run.report import Stopped

__all__ = ["StageClock"]


@dataclass(slots=True)
class StageClock:
    """Clock that times, reports and stops the stages of one run.

    Parameters
    ----------
    progress : callable, optional
        Receives reports of every stage.
    cancel : CancelToken, optional
        Stops the run.
    limit : float, optional
        Time limit in seconds.
    seconds : dict, optional
        Time of each stage so far, in the order in which they began.
    started : float, optional
        `time.monotonic` value from which the time limit counts.

    Examples
    --------
    >>> clock = StageClock()
    >>> with clock.stage("load"):
    ...     pass
    >>> list(clock.seconds), clock.stopped
    (['load'], None)
    """

    progress: ProgressCallback | None = None
    cancel: CancelToken | None = None
    limit: float | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    @property
    def deadline(self) -> float | None:
        """`time.monotonic` value at which the time limit is over."""
        return None if self.limit is None else self.started + self.limit

    @property
    def stopped(self) -> Stopped | None:
        """Why the run should end now, if it should."""
        if self.cancel is not None and self.cancel.cancelled:
            return "cancelled"
        if self.deadline is not None and time.monotonic() >= self.deadline:
            return "time limit"
        return None

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time that this takes to that of a stage."""
        begin = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begin

    @contextmanager
    def stage(self, name: str, *, cancellable: bool = True) -> Iterator[Reporter]:
        """Report a stage's begin and end, and time it; where `cancellable`, a cancelled run ends at either."""
        bounds = Reporter(name, self.progress, self.cancel if cancellable else None)
        with self.timed(name):
            bounds(0.0)
            yield Reporter(name, self.progress, self.cancel)
            bounds(1.0)
