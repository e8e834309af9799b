"""The queue: jobs in order, one at a time, with events of each for its watchers."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from huefold.studio.failures import StudioError, failure_of
from huefold.studio.processes import HelperWorker, WorkerProcess
from huefold.studio.progress import ProgressEstimate
from huefold.studio.records import JobRecord, JobStatus
from huefold.studio.settings import StudioSettings
from huefold.studio.store import Store

__all__ = ["JobEvents", "JobQueue"]

MOST_ATTEMPTS = 2
CRASHED = "the process that draws stopped unexpectedly (ended from outside, or out of memory); run it again"
TWICE = "the studio stopped twice while this job ran; run it again, perhaps with a smaller budget"


@dataclass(slots=True, eq=False)
class JobEvents:
    """The newest preview of one job, and version numbers that its watchers compare.

    Examples
    --------
    >>> JobEvents().scene_version
    0
    """

    scene: bytes = b""
    scene_version: int = 0
    version: int = 0
    _waiting: set[asyncio.Event] = field(default_factory=set)

    def notify(self, scene: bytes | None = None) -> None:
        """Wake all watchers: of a new preview, or of another change."""
        if scene is not None:
            self.scene, self.scene_version = scene, self.scene_version + 1
        else:
            self.version += 1
        for event in self._waiting:
            event.set()

    def watch(self) -> asyncio.Event:
        """Return an `asyncio.Event` that is set at each change."""
        event = asyncio.Event()
        self._waiting.add(event)
        return event

    def leave(self, event: asyncio.Event) -> None:
        """Stop watching."""
        self._waiting.discard(event)


class JobQueue:
    """Hands jobs to the drawing worker, in order; lives in the server's event loop.

    Parameters
    ----------
    settings : StudioSettings
        Limits of waiting jobs and of the time that a cancelled job may take to end.
    store : Store
        Where jobs are kept.
    helper : HelperWorker
        Writes the last preview of a job whose worker had to be killed.

    Examples
    --------
    >>> queue = JobQueue(settings, store, helper)  # doctest: +SKIP
    >>> queue.submit(job)  # doctest: +SKIP
    """

    def __init__(self, settings: StudioSettings, store: Store, helper: HelperWorker) -> None:
        self._settings, self._store, self._helper = settings, store, helper
        self._waiting: deque[str] = deque()
        self._running: JobRecord | None = None
        self._estimate = ProgressEstimate()
        self._cancelled = False
        self._sent = False
        self._done_by_worker = 0
        self._events: dict[str, JobEvents] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.worker = WorkerProcess("draw", heard=self._heard, lost=self._lost)

    def start(self) -> None:
        """Continue the queue of an earlier server: waiting jobs wait, the one that ran is started once more."""
        for job in reversed(self._store.jobs()):
            if job.status == "running" and job.attempts >= MOST_ATTEMPTS:
                self._end(job, "failed", error={"code": "interrupted", "message": TWICE})
            elif not job.ended:
                job.status, job.stage, job.fraction, job.overall = "waiting", "", 0.0, 0.0
                self._waiting.append(job.id)
        self.worker.start()
        self._next()

    async def stop(self) -> None:
        """Stop the worker; the next server finds the jobs on disk."""
        await self.worker.stop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of running and waiting jobs."""
        return {"running": int(self._running is not None), "waiting": len(self._waiting)}

    def check_room(self) -> None:
        """Raise if the queue is full."""
        if len(self._waiting) >= self._settings.waiting:
            raise StudioError(
                429,
                "queue-full",
                f"{len(self._waiting)} jobs are waiting already; wait for some of them to end",
            )

    def submit(self, job: JobRecord) -> None:
        """Add a job that the store has; its place, after restarts too, is that of this call."""
        self.check_room()
        job.created = time.time()
        self._waiting.append(job.id)
        self._spawn(asyncio.to_thread(self._store.save_job, job))
        self._next()

    def position(self, job: JobRecord) -> int | None:
        """Return how many jobs come before this one, 0 if it runs, None if it has ended."""
        if job.status != "waiting":
            return 0 if job.status == "running" else None
        ahead = int(self._running is not None)
        return ahead + self._waiting.index(job.id) if job.id in self._waiting else ahead

    def events(self, job: JobRecord) -> JobEvents:
        """Return the events of a job."""
        return self._events.setdefault(job.id, JobEvents())

    def forget(self, job: JobRecord) -> None:
        """Drop the events of a job that is removed."""
        events = self._events.pop(job.id, None)
        if events is not None:
            events.notify()

    def wake_all(self) -> None:
        """Wake the watchers of all jobs."""
        for events in self._events.values():
            events.notify()

    def cancel(self, job: JobRecord) -> None:
        """Remove a waiting job, or end the running one with its best drawing, within ``grace_seconds``."""
        if job.status == "waiting":
            if job.id in self._waiting:
                self._waiting.remove(job.id)
            self._end(job, "cancelled")
            self._notify_waiting()
        elif job is self._running and not self._cancelled:
            self._cancelled = True
            job.message = "stopping"
            self.events(job).notify()
            self._spawn(self._cancel(job))
            if self.worker.state != "ready":  # a worker that starts up finds the cancellation first
                self._finish(job, "cancelled")

    async def _cancel(self, job: JobRecord) -> None:
        await self.worker.send({"op": "cancel", "id": job.id})
        await asyncio.sleep(self._settings.grace_seconds)
        if self._running is job:
            self.worker.kill()

    def _next(self) -> None:
        while self._running is None and self._waiting:
            job = self._store.job(self._waiting.popleft())
            self._running, self._cancelled, self._sent = job, False, False
            self._estimate = ProgressEstimate()
            job.status, job.started, job.attempts = "running", time.time(), job.attempts + 1
            job.stage, job.message = "", "" if self.worker.state == "ready" else "starting"
            self._spawn(self._begin(job))
        self._notify_waiting()

    async def _begin(self, job: JobRecord) -> None:
        self.events(job).notify()
        try:
            await asyncio.to_thread(self._store.save_job, job)
            project = self._store.project(job.project)
            await self.worker.send({"op": "draw", **self._order(job, [project.width, project.height])})
            self._sent = True
        except Exception as error:  # whatever the error, the next job must have its turn
            self._finish(job, "failed", error=failure_of(error).to_dict())

    def _order(self, job: JobRecord, size: list[int]) -> dict[str, Any]:
        folder, project = self._store.job_folder(job), self._store.folder(job.project)
        resume = folder.parent / (job.resume or "-") / "drawing.svg"
        return {
            "id": job.id,
            "project": job.project,
            "photo": str(project / "photo"),
            "size": size,
            "folder": str(folder),
            "options": job.options,
            "map": str(folder / "map.png") if job.has_map else None,
            "resume": str(resume) if resume.is_file() else None,
        }

    def _heard(self, header: dict[str, Any], payload: bytes) -> None:
        """Handle a message of the worker."""
        job = self._running
        if job is None or header["id"] != job.id:
            return
        if header["event"] == "scene":
            self.events(job).notify(payload)
        elif header["event"] == "progress":
            job.stage, job.fraction = header["stage"], round(header["fraction"], 4)
            job.overall = self._estimate.overall(job.stage, header["fraction"])
            job.message = "stopping" if self._cancelled else header["message"]
            self.events(job).notify()
        else:
            self._heard_end(job, header)

    def _heard_end(self, job: JobRecord, header: dict[str, Any]) -> None:
        self._done_by_worker += 1
        worn = self._done_by_worker >= self._settings.jobs_per_worker
        if worn or header["bytes"] > self._settings.worker_bytes:
            self._done_by_worker = 0
            self.worker.kill()
        if header["ok"]:
            job.report, job.has_drawing = header["values"]["report"], True
            self._finish(job, "cancelled" if header["values"]["cancelled"] else "done")
        elif header["error"]["code"] == "cancelled":
            self._finish(job, "cancelled")
        else:
            self._finish(job, "failed", error=header["error"])

    def _lost(self) -> None:
        """Fail the job of a worker that ended, unless the job was cancelled."""
        self._done_by_worker = 0
        job = self._running
        if job is None or not self._sent:
            return  # a job that was not sent yet goes to the next process
        if self._cancelled:
            self._spawn(self._keep_preview(job))
        else:
            self._finish(job, "failed", error={"code": "crashed", "message": CRASHED})

    async def _keep_preview(self, job: JobRecord) -> None:
        scene = self.events(job).scene
        if scene:
            try:
                await self._helper.ask("keep-preview", scene, folder=str(self._store.job_folder(job)))
                job.has_drawing = True
            except StudioError as error:
                job.error = error.to_dict()
        self._finish(job, "cancelled")

    def _finish(self, job: JobRecord, status: JobStatus, *, error: dict[str, Any] | None = None) -> None:
        """End the running job and start the next."""
        if self._running is job:
            self._running = None
        self._end(job, status, error=error)
        self._next()

    def _end(self, job: JobRecord, status: JobStatus, *, error: dict[str, Any] | None = None) -> None:
        job.status, job.finished, job.message = status, time.time(), ""
        job.error = error or job.error
        if status == "done":
            job.fraction = job.overall = 1.0
        events = self._events.pop(job.id, None)
        if events is not None:
            events.notify()
        self._spawn(asyncio.to_thread(self._write_end, job))

    def _write_end(self, job: JobRecord) -> None:
        self._store.save_job(job)
        self._store.measure(job.project)
        self._store.make_room(keep=job.project)

    def _notify_waiting(self) -> None:
        for key in self._waiting:
            if key in self._events:
                self._events[key].notify()

    def _spawn(self, work: Any) -> None:
        """Run in the background; errors are reported where they concern a job."""
        task = asyncio.ensure_future(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _quietly(work: Any) -> None:
    try:
        await work
    except StudioError as error:
        sys.stderr.write(f"huefold studio: {error}\n")
