"""What all routes share: the settings, the store, the queue and the helper worker."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeAlias, TypeVar

from fastapi import Depends, Request
from fastapi import Path as PathParameter

from huefold.studio.failures import StudioError
from huefold.studio.processes import HelperWorker
from huefold.studio.queue import JobQueue
from huefold.studio.records import JobRecord, ProjectRecord, clean_edits
from huefold.studio.schema import Job
from huefold.studio.settings import StudioSettings
from huefold.studio.store import Store

__all__ = ["Context", "Id", "Shared", "off_loop"]

P = ParamSpec("P")
T = TypeVar("T")

Id: TypeAlias = Annotated[str, PathParameter(pattern="^[0-9a-f]{16}$", description="16 hex digits.")]


async def off_loop(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Run blocking work in a thread, so that the server answers other requests meanwhile."""
    return await asyncio.to_thread(work, *arguments, **named)


@dataclass(slots=True, eq=False)
class Context:
    """The parts of a running studio.

    Examples
    --------
    >>> context = Context(settings, store, helper, queue)  # doctest: +SKIP
    """

    settings: StudioSettings
    store: Store
    helper: HelperWorker
    queue: JobQueue
    closing: bool = False
    _making: dict[Path, asyncio.Lock] = field(default_factory=dict)

    def job_values(self, job: JobRecord) -> dict[str, Any]:
        """Return the JSON values of a job."""
        values = {**job.to_dict(), "position": self.queue.position(job)}
        return {name: values[name] for name in Job.model_fields}

    def project_values(self, project: ProjectRecord) -> dict[str, Any]:
        """Return the JSON values of a project."""
        jobs = self.store.jobs(project.id)
        result, before = self.store.result(project.id), self.store.before(project.id)
        return {
            **project.to_dict(),
            "edits": clean_edits(None if result is None else result.edits),
            "job": self.job_values(jobs[0]) if jobs else None,
            "result": None if result is None else result.id,
            "before": None if before is None else before.id,
        }

    def photo(self, project: ProjectRecord) -> str:
        """Return the path of a project's photo."""
        return str(self.store.folder(project) / "photo")

    async def made(self, path: Path, op: str, **task: Any) -> Path:
        """Return a file; where it is missing, the helper worker makes it, once for all who ask meanwhile."""
        lock = self._making.setdefault(path, asyncio.Lock())
        try:
            async with lock:
                if not path.is_file():
                    await self.helper.ask(op, into=str(path), **task)
        finally:
            if not lock.locked():
                self._making.pop(path, None)
        return path

    def close_streams(self) -> None:
        """End all event streams, as the server is about to end."""
        self.closing = True
        self.queue.wake_all()

    async def opened(self, project: ProjectRecord) -> None:
        """Save the time at which a project was opened; a folder that cannot be written is no error here."""
        with contextlib.suppress(StudioError):
            await self.changed(project)

    async def changed(self, project: ProjectRecord) -> None:
        """Save a changed project."""
        project.opened = time.time()
        await off_loop(self.store.save_project, project)


def fingerprint(values: object) -> str:
    """Return a short hash of plain values, for the names of files that depend on them."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


Shared: TypeAlias = Annotated[Context, Depends(_context)]
