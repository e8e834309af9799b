"""Jobs: queued, listed, cancelled, and their events."""

from __future__ import annotations

import json
import shutil
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import StreamingResponse

from huefold.studio.context import Context, Id, Shared, off_loop
from huefold.studio.events import event_stream
from huefold.studio.failures import StudioError
from huefold.studio.records import JobRecord, ProjectRecord, new_id
from huefold.studio.schema import Job, clean_options
from huefold.studio.uploads import project_from_photo, take_map

__all__ = ["router"]

router = APIRouter(prefix="/api/jobs", tags=["jobs"])


@router.post("", response_model=Job, status_code=202)
async def submit(
    context: Shared,
    photo: Annotated[UploadFile | None, File(description="A photo, which becomes a project.")] = None,
    project: Annotated[str | None, Form(description="Or the id of a project.")] = None,
    options: Annotated[str | None, Form(description="JSON; the project's own by default.")] = None,
    map: Annotated[UploadFile | None, File(description="A map; the project's own by default.")] = None,  # noqa: A002
    resume: Annotated[bool, Form(description="Go on from the project's drawing.")] = False,
    name: Annotated[str | None, Form(description="A label for the new project.")] = None,
) -> dict[str, Any]:
    """Queue a drawing."""
    if (photo is None) == (project is None):
        raise StudioError(400, "request", "send one of 'photo' and 'project'")
    context.queue.check_room()
    chosen = None if options is None else clean_options(_parsed(options))
    content = None if map is None else await map.read()
    await off_loop(context.store.make_room)
    if photo is None:
        record = context.store.project(project or "")
    else:
        record = await project_from_photo(context, photo, name)
    job = await _new_job(context, record, chosen, content, resume=resume)
    try:
        context.queue.submit(job)
    except StudioError:  # the queue was filled meanwhile
        await off_loop(context.store.remove_job, job)
        raise
    return context.job_values(job)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise StudioError(
            422, "option", 'options are a JSON object, such as {"paths": 128}', "options"
        ) from None


async def _new_job(
    context: Context,
    project: ProjectRecord,
    chosen: dict[str, Any] | None,
    content: bytes | None,
    *,
    resume: bool,
) -> JobRecord:
    """Write a job's folder, with a copy of the map: the project's own may change while the job waits."""
    store = context.store
    if chosen is not None:
        project.options = chosen
        await off_loop(store.save_project, project)
    job = JobRecord(new_id(), project.id, dict(project.options))
    folder = store.job_folder(job)
    await off_loop(folder.mkdir, parents=True)
    try:
        if content is not None:
            await take_map(context, project, content, folder / "map.png")
        elif project.has_map:
            await off_loop(shutil.copyfile, store.folder(project) / "map.png", folder / "map.png")
    except BaseException:
        await off_loop(shutil.rmtree, folder, ignore_errors=True)
        raise
    job.has_map = content is not None or project.has_map
    if job.has_map and not {"saliency", "prompt", "avoid"} & job.options.keys():
        job.options["saliency"] = "map"
    previous = store.result(project.id)
    job.resume = previous.id if resume and previous is not None else None
    await off_loop(store.add_job, job)
    return job


@router.get("", response_model=list[Job])
async def every(context: Shared) -> list[dict[str, Any]]:
    """List all jobs, newest first."""
    return [context.job_values(job) for job in context.store.jobs()]


@router.get("/{key}", response_model=Job)
async def one(context: Shared, key: Id) -> dict[str, Any]:
    """Return a job."""
    return context.job_values(context.store.job(key))


@router.delete("/{key}", status_code=204)
async def remove(context: Shared, key: Id) -> None:
    """Remove a job and its drawing; one that runs is cancelled."""
    job = context.store.job(key)
    context.queue.cancel(job)
    context.queue.forget(job)
    await off_loop(context.store.remove_job, job)


@router.post("/{key}/cancel", response_model=Job)
async def cancel(context: Shared, key: Id) -> dict[str, Any]:
    """Stop a job; the best drawing so far is kept."""
    job = context.store.job(key)
    context.queue.cancel(job)
    return context.job_values(job)


@router.get(
    "/{key}/events", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}}
)
async def events(context: Shared, key: Id, request: Request) -> StreamingResponse:
    """Stream a job's events: ``job`` at each change, ``scene`` for previews, until it has ended."""
    job = context.store.job(key)
    stream = event_stream(context, job, last=request.headers.get("last-event-id", ""))
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)
