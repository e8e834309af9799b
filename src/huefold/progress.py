"""Progress reports of long-running stages, and their cancellation."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from huefold.errors import Cancelled

if TYPE_CHECKING:
    from huefold.scene import Scene

__all__ = ["CancelToken", "Progress", "ProgressCallback", "Reporter"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One report of a running stage.

    Parameters
    ----------
    stage : str
        ``"load"``, ``"segment"``, ``"saliency"``, ``"recolor"``, ``"trace"``, ``"refine"`` or ``"write"``.
    fraction : float
        Share of the stage that is done, in [0, 1].
    message : str, optional
        What the stage does now, for people.
    scene : Scene, optional
        The best drawing so far, as a live preview.
    """

    stage: str
    fraction: float
    message: str = ""
    scene: Scene | None = None


ProgressCallback: TypeAlias = Callable[[Progress], None]


class CancelToken:
    """A flag that asks a run to stop; any thread or signal handler may set it.

    Examples
    --------
    >>> token = CancelToken()
    >>> token.cancel()
    >>> token.cancelled
    True
    """

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the run to stop at its next step."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` if somebody asked to stop."""
        if self.cancelled:
            raise Cancelled("stopped before there was a drawing to keep")


class Reporter:
    """The user's callback and cancel token, bound to the name of a stage.

    Parameters
    ----------
    stage : str
        Name that goes into each `Progress`.
    callback : callable, optional
        Receives each `Progress`.
    cancel : CancelToken, optional
        Checked at each report.

    Examples
    --------
    >>> seen = []
    >>> report = Reporter("trace", seen.append)
    >>> report(0.25, "outlines")
    >>> seen[0].stage, seen[0].fraction
    ('trace', 0.25)
    """

    def __init__(
        self, stage: str, callback: ProgressCallback | None = None, cancel: CancelToken | None = None
    ) -> None:
        self.stage = stage
        self._callback = callback
        self._cancel = cancel

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._cancel is not None and self._cancel.cancelled

    @property
    def listening(self) -> bool:
        """Whether anybody receives reports; if not, no preview needs to be made."""
        return self._callback is not None

    def __call__(self, fraction: float, message: str = "", scene: Scene | None = None) -> None:
        """Report progress; raise `Cancelled` if asked to stop, unless `scene` is a drawing to keep."""
        if self._cancel is not None and scene is None:
            self._cancel.raise_if_cancelled()
        if self._callback is not None:
            self._callback(Progress(self.stage, min(1.0, max(0.0, fraction)), message, scene))
