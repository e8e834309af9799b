"""The queue: jobs in order, one at a time, with news of each for whoever watches."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from huefold.studio.failures import StudioError, failure_of
from huefold.studio.progress import Course
from huefold.studio.records import JobRecord, JobStatus
from huefold.studio.settings import StudioSettings
from huefold.studio.store import Store
from huefold.studio.workers import Assistant, WorkerProcess

__all__ = ["JobQueue", "News"]

MOST_ATTEMPTS = 2
CRASHED = "the process that draws stopped unexpectedly (ended from outside, or out of memory); run it again"
TWICE = "the studio stopped twice while this job ran; run it again, perhaps with a smaller budget"


@dataclass(slots=True, eq=False)
class News:
    """The newest of one job, for those who watch it.

    Examples
    --------
    >>> News().scene_version
    0
    """

    scene: bytes = b""
    scene_version: int = 0
    version: int = 0
    _waiting: set[asyncio.Event] = field(default_factory=set)

    def tell(self, scene: bytes | None = None) -> None:
        """Wake all who watch."""
        if scene is not None:
            self.scene, self.scene_version = scene, self.scene_version + 1
        else:
            self.version += 1
        for event in self._waiting:
            event.set()

    def watch(self) -> asyncio.Event:
        """Return an event that is set at each change."""
        event = asyncio.Event()
        self._waiting.add(event)
        return event

    def leave(self, event: asyncio.Event) -> None:
        """Stop watching."""
        self._waiting.discard(event)


class JobQueue:
    """Hands jobs to the worker that draws, in order; lives in the server's event loop.

    Parameters
    ----------
    settings : StudioSettings
        How many may wait, and how long a cancelled one may take to leave.
    store : Store
        Where jobs are kept.
    assistant : Assistant
        Keeps the preview of a job that had to be ended.

    Examples
    --------
    >>> queue = JobQueue(settings, store, assistant)  # doctest: +SKIP
    >>> queue.submit(job)  # doctest: +SKIP
    """

    def __init__(self, settings: StudioSettings, store: Store, assistant: Assistant) -> None:
        self._settings, self._store, self._assistant = settings, store, assistant
        self._waiting: deque[str] = deque()
        self._running: JobRecord | None = None
        self._course = Course()
        self._cancelled = False
        self._sent = False
        self._done_by_worker = 0
        self._news: dict[str, News] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.worker = WorkerProcess("draw", heard=self._heard, lost=self._lost)

    def start(self) -> None:
        """Go on with what an earlier server left: what waited waits, what ran is begun once more."""
        for job in reversed(self._store.jobs()):
            if job.status == "running" and job.attempts >= MOST_ATTEMPTS:
                self._end(job, "failed", error={"code": "interrupted", "message": TWICE})
            elif not job.ended:
                job.status, job.stage, job.fraction, job.overall = "waiting", "", 0.0, 0.0
                self._waiting.append(job.id)
        self.worker.start()
        self._next()

    async def stop(self) -> None:
        """End the worker; jobs stay as they are on disk, for the next server."""
        await self.worker.stop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def counts(self) -> dict[str, int]:
        """How many run and wait."""
        return {"running": int(self._running is not None), "waiting": len(self._waiting)}

    def check_room(self) -> None:
        """Raise if no more may wait."""
        if len(self._waiting) >= self._settings.waiting:
            raise StudioError(
                429,
                "queue-full",
                f"{len(self._waiting)} jobs are waiting already; wait for some of them to end",
            )

    def submit(self, job: JobRecord) -> None:
        """Add a job that the store keeps; its place is that of this call, over restarts too."""
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

    def news(self, job: JobRecord) -> News:
        """Return the news of a job."""
        return self._news.setdefault(job.id, News())

    def forget(self, job: JobRecord) -> None:
        """Keep no more news of a job that is removed."""
        news = self._news.pop(job.id, None)
        if news is not None:
            news.tell()

    def wake_all(self) -> None:
        """Wake everybody who watches."""
        for news in self._news.values():
            news.tell()

    def cancel(self, job: JobRecord) -> None:
        """Take a waiting job out, or end the running one: with its best drawing, within the grace."""
        if job.status == "waiting":
            if job.id in self._waiting:
                self._waiting.remove(job.id)
            self._end(job, "cancelled")
            self._tell_waiting()
        elif job is self._running and not self._cancelled:
            self._cancelled = True
            job.message = "stopping"
            self.news(job).tell()
            self._spawn(self._cancel(job))
            if self.worker.state != "ready":  # it will find the job cancelled when it comes to it
                self._finish(job, "cancelled")

    async def _cancel(self, job: JobRecord) -> None:
        await self.worker.send({"op": "cancel", "id": job.id})
        await asyncio.sleep(self._settings.grace_seconds)
        if self._running is job:
            self.worker.kill()

    def _next(self) -> None:
        while self._running is None and self._waiting:
            job = self._store.job(self._waiting.popleft())
            self._running, self._cancelled, self._sent, self._course = job, False, False, Course()
            job.status, job.started, job.attempts = "running", time.time(), job.attempts + 1
            job.stage, job.message = "", "" if self.worker.state == "ready" else "starting"
            self._spawn(self._begin(job))
        self._tell_waiting()

    async def _begin(self, job: JobRecord) -> None:
        self.news(job).tell()
        try:
            await asyncio.to_thread(self._store.save_job, job)
            project = self._store.project(job.project)
            await self.worker.send({"op": "draw", **self._order(job, [project.width, project.height])})
            self._sent = True
        except Exception as error:  # whatever it is, the next job must have its turn
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
        """Take a message of the worker."""
        job = self._running
        if job is None or header["id"] != job.id:
            return
        if header["event"] == "scene":
            self.news(job).tell(payload)
        elif header["event"] == "progress":
            job.stage, job.fraction = header["stage"], round(header["fraction"], 4)
            job.overall = self._course.overall(job.stage, header["fraction"])
            job.message = "stopping" if self._cancelled else header["message"]
            self.news(job).tell()
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
        """Fail the job of a worker that is gone, unless it was cancelled."""
        self._done_by_worker = 0
        job = self._running
        if job is None or not self._sent:
            return  # a job that was not sent yet goes to the process that comes next
        if self._cancelled:
            self._spawn(self._keep_preview(job))
        else:
            self._finish(job, "failed", error={"code": "crashed", "message": CRASHED})

    async def _keep_preview(self, job: JobRecord) -> None:
        scene = self.news(job).scene
        if scene:
            try:
                await self._assistant.ask("keep-preview", scene, folder=str(self._store.job_folder(job)))
                job.has_drawing = True
            except StudioError as error:
                job.error = error.to_dict()
        self._finish(job, "cancelled")

    def _finish(self, job: JobRecord, status: JobStatus, *, error: dict[str, Any] | None = None) -> None:
        """End the running job and begin the next."""
        if self._running is job:
            self._running = None
        self._end(job, status, error=error)
        self._next()

    def _end(self, job: JobRecord, status: JobStatus, *, error: dict[str, Any] | None = None) -> None:
        job.status, job.finished, job.message = status, time.time(), ""
        job.error = error or job.error
        if status == "done":
            job.fraction = job.overall = 1.0
        news = self._news.pop(job.id, None)
        if news is not None:
            news.tell()
        self._spawn(asyncio.to_thread(self._write_end, job))

    def _write_end(self, job: JobRecord) -> None:
        self._store.save_job(job)
        self._store.measure(job.project)
        self._store.make_room(keep=job.project)

    def _tell_waiting(self) -> None:
        for key in self._waiting:
            if key in self._news:
                self._news[key].tell()

    def _spawn(self, work: Any) -> None:
        """Run in the background; what fails there has told whom it concerns."""
        task = asyncio.ensure_future(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _quietly(work: Any) -> None:
    try:
        await work
    except StudioError as error:
        sys.stderr.write(f"huefold studio: {error}\n")
