"""Server-sent events of one job."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from huefold.studio.context import Context
from huefold.studio.records import JobRecord

__all__ = ["event_stream"]

PING_SECONDS = 15.0
EVENT_SECONDS = 0.1
LONGEST_ID = 16


async def event_stream(context: Context, job: JobRecord, *, last: str = "") -> AsyncIterator[bytes]:
    """Yield the state of a job and its newest preview, then each change, until the job has ended.

    Parameters
    ----------
    context : Context
        The studio.
    job : JobRecord
        The job.
    last : str, optional
        Id of the last event that the client received: the preview with that number is not sent again.

    Yields
    ------
    event : bytes
        In the format of server-sent events.
    """
    if job.ended:
        yield _job_event(context, job, 0)
        return
    events = context.queue.events(job)
    changed = events.watch()
    seen = int(last) if last.isdecimal() and len(last) < LONGEST_ID else 0
    version, scene_version = -1, seen if seen <= events.scene_version else 0
    try:
        while True:
            changed.clear()
            if events.version != version or job.ended:
                version = events.version
                yield _job_event(context, job, scene_version)
            if job.ended or context.closing:
                return
            if events.scene_version != scene_version:
                scene_version = events.scene_version
                yield _event("scene", events.scene, scene_version)
            await asyncio.sleep(EVENT_SECONDS)
            try:
                async with asyncio.timeout(PING_SECONDS):
                    await changed.wait()
            except TimeoutError:
                yield b": ping\n\n"
            if not _kept(context, job):
                return
    finally:
        events.leave(changed)


def _kept(context: Context, job: JobRecord) -> bool:
    return any(kept is job for kept in context.store.jobs(job.project))


def _job_event(context: Context, job: JobRecord, number: int) -> bytes:
    return _event("job", json.dumps(context.job_values(job)).encode(), number)


def _event(kind: str, data: bytes, number: int) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (number, kind.encode(), data)
