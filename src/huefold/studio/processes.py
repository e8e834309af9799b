"""Worker processes, seen from the server: started, asked, watched, ended."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import sys
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from huefold.studio.failures import StudioError
from huefold.studio.settings import StudioSettings
from huefold.studio.worker_messages import Frame, frame, read_frame_async

__all__ = ["HelperWorker", "WorkerProcess"]

Heard: TypeAlias = Callable[[dict[str, Any], bytes], None]
State: TypeAlias = Literal["stopped", "starting", "ready"]

LONGEST_LINE = 1 << 24
RESTART_SECONDS = 0.5
MOST_ASKED = 64
"""Requests that may wait for the helper worker."""

GONE = "the studio's helper process stopped unexpectedly; try again"


class WorkerProcess:
    """A process that works for the server, restarted whenever it ends.

    Parameters
    ----------
    kind : {"draw", "help"}
        Drawing worker or helper worker.
    heard : callable
        Receives each message.
    lost : callable
        Called when the process has ended unasked.

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
        """Process id; None where there is no process."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process, and restart it whenever it ends, until `stop`."""
        if self._watching is None:
            self._watching = asyncio.create_task(self._keep_up())

    async def stop(self) -> None:
        """End the process for good."""
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def send(self, header: dict[str, Any], payload: bytes = b"") -> None:
        """Send a message; `lost` is called if the process ends meanwhile."""
        await self._up.wait()
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(ConnectionError):
                self._process.stdin.write(frame(header, payload))
                await self._process.stdin.drain()

    def kill(self) -> None:
        """Kill the process; another takes its place."""
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
            await asyncio.sleep(RESTART_SECONDS)  # no tight loop for one that cannot start

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
                if event == "ready":
                    self.state = event
                else:
                    self._heard(*message)
        finally:
            self.kill()
            with contextlib.suppress(asyncio.CancelledError):
                await process.wait()


class HelperWorker:
    """The helper worker: sends requests to its process and waits for the answers.

    Parameters
    ----------
    settings : StudioSettings
        Limits of its time and memory.

    Examples
    --------
    >>> helper = HelperWorker(StudioSettings())
    >>> helper.process.state
    'stopped'
    """

    def __init__(self, settings: StudioSettings) -> None:
        self._settings = settings
        self._numbers = itertools.count()
        self._answers: dict[int, asyncio.Future[Frame]] = {}
        self.process = WorkerProcess("help", heard=self._heard, lost=self._lost)

    async def ask(self, op: str, payload: bytes = b"", **task: Any) -> tuple[dict[str, Any], bytes]:
        """Return values and payload of the answer to a request.

        Raises
        ------
        StudioError
            If the request fails, the process stops or takes too long, or too many requests wait.
        """
        if len(self._answers) >= MOST_ASKED:
            raise StudioError(429, "busy", "the studio has too much to do; try again in a moment")
        number = next(self._numbers)
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            async with asyncio.timeout(self._settings.ask_seconds):
                await self.process.send({"op": op, "id": number, **task}, payload)
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
