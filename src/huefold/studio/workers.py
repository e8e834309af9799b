"""Worker processes as the server sees them: started, asked, watched, ended."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import sys
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from huefold.studio.failures import StudioError
from huefold.studio.frames import Frame, frame, read_frame_async
from huefold.studio.settings import StudioSettings

__all__ = ["Assistant", "WorkerProcess"]

Heard: TypeAlias = Callable[[dict[str, Any], bytes], None]
State: TypeAlias = Literal["stopped", "starting", "compiling", "ready"]

LONGEST_LINE = 1 << 24
RESTART_SECONDS = 0.5
MOST_ASKED = 64
"""Questions that wait for the assistant."""

GONE = "the studio's helper process stopped unexpectedly; try again"


class WorkerProcess:
    """One process that works for the server, started again whenever it ends.

    Parameters
    ----------
    kind : {"draw", "assist"}
        What it does.
    heard : callable
        Receives each message.
    lost : callable
        Called when it has ended without being asked to.

    Examples
    --------
    >>> worker = WorkerProcess("draw", heard=print, lost=print)
    >>> worker.state
    'stopped'
    """

    def __init__(self, kind: str, *, heard: Heard, lost: Callable[[], None]) -> None:
        self._kind, self._heard, self._lost = kind, heard, lost
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self._up = asyncio.Event()
        self.state: State = "stopped"

    @property
    def pid(self) -> int | None:
        """Its process id, while there is one."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it, and again whenever it ends, until `stop`."""
        if self._watching is None:
            self._watching = asyncio.create_task(self._keep_up())

    async def stop(self) -> None:
        """End it for good."""
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def send(self, header: dict[str, Any], payload: bytes = b"") -> None:
        """Send it a message; one that ends meanwhile is heard of by `lost`."""
        await self._up.wait()
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(ConnectionError):
                self._process.stdin.write(frame(header, payload))
                await self._process.stdin.drain()

    def kill(self) -> None:
        """End it at once; another takes its place."""
        self._up.clear()
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _keep_up(self) -> None:
        while True:
            try:
                await self._run_once()
            finally:
                self._up.clear()
                self.state = "stopped"
                self.kill()
            self._lost()
            await asyncio.sleep(RESTART_SECONDS)  # one that cannot start must not be started in a tight loop

    async def _run_once(self) -> None:
        # Without -P, a file in the current folder could pass for a module.
        command = [sys.executable, "-P", "-m", "huefold.studio.worker", self._kind]
        self._process = process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.state = "starting"
        self._up.set()
        try:
            while (
                process.stdout is not None and (message := await read_frame_async(process.stdout)) is not None
            ):
                event = message[0]["event"]
                if event in ("ready", "compiling"):
                    self.state = event
                else:
                    self._heard(*message)
        finally:
            self.kill()
            with contextlib.suppress(asyncio.CancelledError):
                await process.wait()


class Assistant:
    """Asks the assistant's process and waits for its answers.

    Parameters
    ----------
    settings : StudioSettings
        How long it may take, and how large it may grow.

    Examples
    --------
    >>> assistant = Assistant(StudioSettings())
    >>> assistant.process.state
    'stopped'
    """

    def __init__(self, settings: StudioSettings) -> None:
        self._settings = settings
        self._numbers = itertools.count()
        self._answers: dict[int, asyncio.Future[Frame]] = {}
        self.process = WorkerProcess("assist", heard=self._heard, lost=self._lost)

    async def ask(self, op: str, payload: bytes = b"", **order: Any) -> tuple[dict[str, Any], bytes]:
        """Return what the assistant answers.

        Raises
        ------
        StudioError
            What it answers instead, or that it stopped, takes too long, or has too much to do.
        """
        if len(self._answers) >= MOST_ASKED:
            raise StudioError(429, "busy", "the studio has too much to do; try again in a moment")
        number = next(self._numbers)
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            async with asyncio.timeout(self._settings.ask_seconds):
                await self.process.send({"op": op, "id": number, **order}, payload)
                header, content = await answer
        except TimeoutError:
            self.process.kill()
            raise StudioError(
                500, "timeout", "this took too long and was stopped; try a smaller picture"
            ) from None
        finally:
            self._answers.pop(number, None)
        if not header["ok"]:
            raise StudioError(header["status"], **header["error"])
        return header["values"], content

    def _heard(self, header: dict[str, Any], payload: bytes) -> None:
        answer = self._answers.get(header["id"])
        if answer is not None and not answer.done():
            answer.set_result((header, payload))
        if header["bytes"] > self._settings.worker_bytes and not any(
            not other.done() for other in self._answers.values()
        ):
            self.process.kill()

    def _lost(self) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(StudioError(500, "helper-stopped", GONE))
