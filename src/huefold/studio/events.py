"""Server-sent events: the news of one job as a stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from huefold.studio.context import Context
from huefold.studio.records import JobRecord

__all__ = ["job_events"]

PING_SECONDS = 15.0
EVENT_SECONDS = 0.1
LONGEST_ID = 16


async def job_events(context: Context, job: JobRecord, *, last: str = "") -> AsyncIterator[bytes]:
    """Yield the job as it is, the newest preview, then what changes, until it has ended.

    Parameters
    ----------
    context : Context
        The studio.
    job : JobRecord
        Whose news.
    last : str, optional
        Id of the last event that the reader has seen: the preview with that number is not sent again.

    Yields
    ------
    event : bytes
        In the format of server-sent events.
    """
    if job.ended:
        yield _job_event(context, job, 0)
        return
    news = context.queue.news(job)
    changed = news.watch()
    seen = int(last) if last.isdecimal() and len(last) < LONGEST_ID else 0
    version, scene_version = -1, seen if seen <= news.scene_version else 0
    try:
        while True:
            changed.clear()
            if news.version != version or job.ended:
                version = news.version
                yield _job_event(context, job, scene_version)
            if job.ended or context.closing:
                return
            if news.scene_version != scene_version:
                scene_version = news.scene_version
                yield _event("scene", news.scene, scene_version)
            await asyncio.sleep(EVENT_SECONDS)
            try:
                async with asyncio.timeout(PING_SECONDS):
                    await changed.wait()
            except TimeoutError:
                yield b": ping\n\n"
            if not _kept(context, job):
                return
    finally:
        news.leave(changed)


def _kept(context: Context, job: JobRecord) -> bool:
    return any(kept is job for kept in context.store.jobs(job.project))


def _job_event(context: Context, job: JobRecord, number: int) -> bytes:
    return _event("job", json.dumps(context.job_values(job)).encode(), number)


def _event(kind: str, data: bytes, number: int) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (number, kind.encode(), data)
