"""Progress, cancel and time limit of Stage III."""

from __future__ import annotations

import time

from huefold.progress import Reporter
from huefold.refine.drawing import Drawing

__all__ = ["Monitor"]

PREVIEW_SECONDS = 0.25
"""Least time between two previews."""


class Monitor:
    """Counts the iterations of a run, reports them with a preview, and knows when to stop.

    The deadline is a `time.monotonic` value.
    """

    def __init__(self, iterations: int, report: Reporter | None, deadline: float | None) -> None:
        self._total = max(1, iterations)
        self._done = 0
        self._report = report
        self._deadline = deadline
        self._message = ""
        self._drawing: Drawing | None = None
        self._last_report = time.monotonic()

    def expired(self) -> bool:
        """Whether the user asked to stop or the time is up."""
        if self._report is not None and self._report.cancelled:
            return True
        return self._deadline is not None and time.monotonic() >= self._deadline

    def begin(self, message: str, drawing: Drawing) -> None:
        """Report what is done next, and the drawing that it begins with."""
        self._message = message
        self._drawing = drawing
        self._send()

    def tick(self, iterations: int) -> None:
        """Count some iterations."""
        self._done += iterations
        if time.monotonic() - self._last_report >= PREVIEW_SECONDS:
            self._send()

    def _send(self) -> None:
        self._last_report = time.monotonic()
        if self._report is not None and self._report.listening and self._drawing is not None:
            self._report(self._done / self._total, self._message, self._drawing.to_scene())
