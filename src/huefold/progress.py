"""How long-running stages report what they do, and how a user stops them."""

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
        How much of the stage is done, in [0, 1].
    message : str, optional
        What is going on, for people.
    scene : Scene, optional
        The best drawing so far, when the stage has one (a live preview).

    Examples
    --------
    >>> Progress("recolor", 0.5, "round 10 of 20").fraction
    0.5
    """

    stage: str
    fraction: float
    message: str = ""
    scene: Scene | None = None


ProgressCallback: TypeAlias = Callable[[Progress], None]


class CancelToken:
    """A flag, safe to set from any thread or signal handler, that asks a running job to stop.

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
        """Ask the job to stop at its next step."""
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
    """Binds a stage's name to the user's callback and cancel token, so that stages need neither.

    Parameters
    ----------
    stage : str
        Name that goes into each `Progress`.
    callback : callable, optional
        Receives a `Progress`; None reports to nobody.
    cancel : CancelToken, optional
        Checked at each report; None never stops.

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
        """Whether anybody receives reports (a preview costs time to make)."""
        return self._callback is not None

    def __call__(self, fraction: float, message: str = "", scene: Scene | None = None) -> None:
        """Report progress; raises `Cancelled` if asked to stop and `scene` gives nothing to keep."""
        if self._cancel is not None and scene is None:
            self._cancel.raise_if_cancelled()
        if self._callback is not None:
            self._callback(Progress(self.stage, min(1.0, max(0.0, fraction)), message, scene))
