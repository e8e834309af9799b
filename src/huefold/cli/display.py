"""Progress for people: a live display on a terminal, plain lines elsewhere, always on standard error."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from rich.progress import TaskID

    from huefold.progress import Progress

__all__ = ["Display", "LiveDisplay", "PlainDisplay", "SilentDisplay", "display_for"]

HEARTBEAT_SECONDS = 5.0


class Display(Protocol):
    """What a command shows while it works; enter it, then call it with each `Progress`."""

    def __call__(self, progress: Progress) -> None:
        """Show one report."""

    def say(self, line: str) -> None:
        """Show a line that stays."""

    def __enter__(self) -> Display:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""


class SilentDisplay(AbstractContextManager["SilentDisplay"]):
    """Show nothing."""

    def __call__(self, progress: Progress) -> None:
        """Show nothing."""

    def say(self, line: str) -> None:
        """Show nothing."""

    def __exit__(self, *_: object) -> None:
        """Do nothing."""


class PlainDisplay(AbstractContextManager["PlainDisplay"]):
    """One line when a stage is done, and one every few seconds while it goes on."""

    def __init__(self) -> None:
        self._stage = ""
        self._began = self._spoke = 0.0
        self._message = ""

    def __call__(self, progress: Progress) -> None:
        """Write a line if there is something new to say."""
        now = time.monotonic()
        if progress.stage != self._stage:
            self._stage, self._began, self._spoke, self._message = progress.stage, now, now, ""
        self._message = progress.message or self._message
        if progress.fraction >= 1.0 and not progress.message:
            self.say(f"{progress.stage:<9}{now - self._began:7.1f} s  {self._message}".rstrip())
        elif now - self._spoke >= HEARTBEAT_SECONDS:
            self._spoke = now
            self.say(f"{progress.stage:<9}{100 * progress.fraction:6.0f} %   {self._message}".rstrip())

    def say(self, line: str) -> None:
        """Write a line to standard error."""
        click.echo(line, err=True)

    def __exit__(self, *_: object) -> None:
        """Do nothing."""


class LiveDisplay(AbstractContextManager["LiveDisplay"]):
    """One bar for each stage, drawn in place."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        self._bars = Progress(
            TextColumn("{task.description:<9}"),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[message]}"),
            console=Console(stderr=True),
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> LiveDisplay:
        """Begin to draw."""
        self._bars.start()
        return self

    def __call__(self, progress: Progress) -> None:
        """Move the stage's bar."""
        if progress.stage not in self._tasks:
            self._tasks[progress.stage] = self._bars.add_task(progress.stage, total=1.0, message="")
        task = self._tasks[progress.stage]
        if progress.message:
            self._bars.update(task, completed=progress.fraction, message=progress.message)
        else:
            self._bars.update(task, completed=progress.fraction)

    def say(self, line: str) -> None:
        """Write a line above the bars."""
        self._bars.console.print(line, markup=False, highlight=False)

    def __exit__(self, *_: object) -> None:
        """Stop drawing and give the cursor back."""
        self._bars.stop()


def display_for(*, quiet: bool) -> Display:
    """Return the display that fits: none if `quiet`, live on a terminal, plain lines otherwise."""
    if quiet:
        return SilentDisplay()
    return LiveDisplay() if sys.stderr.isatty() else PlainDisplay()
