"""Projects: one photo each, with its map, options and edits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, File, Form, Query, Request, UploadFile
from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask

from huefold.studio.context import Context, Id, Shared, off_loop
from huefold.studio.failures import StudioError, missing
from huefold.studio.file_responses import file_answer
from huefold.studio.records import ProjectRecord, clean_edits, clean_name, file_name, new_id
from huefold.studio.schema import Project, ProjectChange, clean_options
from huefold.studio.uploads import (
    SHOWN_SIDE,
    checked_marks,
    project_from_archive,
    project_from_photo,
    project_from_sample,
    take_map,
)

__all__ = ["router"]

router = APIRouter(prefix="/api/projects", tags=["projects"])

PICTURE: dict[str, Any] = {"content": {"image/png": {}, "image/jpeg": {}}}
PNG: dict[str, Any] = {"content": {"image/png": {}}}


@router.post("", response_model=Project, status_code=201)
async def create(
    context: Shared,
    photo: Annotated[UploadFile | None, File(description="A photo.")] = None,
    sample: Annotated[str | None, Form(description="Or the name of a sample.")] = None,
    project: Annotated[UploadFile | None, File(description="Or a project file.")] = None,
    name: Annotated[str | None, Form(description="A label.")] = None,
) -> dict[str, Any]:
    """Make a project from one of a photo, a sample and a project file."""
    if sum(given is not None for given in (photo, sample, project)) != 1:
        raise StudioError(400, "request", "send one of 'photo', 'sample' and 'project'")
    if photo is not None:
        made = await project_from_photo(context, photo, name)
    elif project is not None:
        made = await project_from_archive(context, project, name)
    else:
        made = await project_from_sample(context, sample or "", name)
    return context.project_values(made)


@router.get("", response_model=list[Project])
async def every(context: Shared) -> list[dict[str, Any]]:
    """List all projects, newest first."""
    return [context.project_values(project) for project in context.store.projects()]


@router.get("/{key}", response_model=Project)
async def one(context: Shared, key: Id) -> dict[str, Any]:
    """Return a project."""
    project = context.store.project(key)
    await context.opened(project)
    return context.project_values(project)


@router.patch("/{key}", response_model=Project)
async def change(context: Shared, key: Id, changes: Annotated[ProjectChange, Body()]) -> dict[str, Any]:
    """Change a project's name, options, edits, marks or drawing; fields that are left out stay."""
    project = context.store.project(key)
    given = changes.model_fields_set
    if "options" in given:
        project.options = clean_options(changes.options or {})
    if "name" in given:
        project.name = clean_name(changes.name or "")
    if "marks" in given:
        project.marks = checked_marks(changes.marks)
    if "edits" in given:
        await _edit(context, project, changes)
    if changes.drawing is not None:
        _go_back(context, project, changes.drawing)
    await context.changed(project)
    return context.project_values(project)


async def _edit(context: Context, project: ProjectRecord, changes: ProjectChange) -> None:
    """Store edits with their drawing: the next drawing has other paths under the same ids."""
    job = context.store.result(project.id)
    if changes.result is not None:
        job = context.store.job(changes.result)
    edits = clean_edits(changes.edits)
    if job is None or job.project != project.id or not job.has_drawing:
        if edits == clean_edits(None):
            return
        raise StudioError(409, "no-drawing", "there is no drawing yet that these edits could be of", "edits")
    job.edits = edits
    await off_loop(context.store.save_job, job)


def _go_back(context: Context, project: ProjectRecord, key: str) -> None:
    """Make one of a project's drawings the current one, with its edits."""
    job = context.store.job(key)
    if job.project != project.id or not job.ended or not job.has_drawing:
        raise StudioError(409, "no-drawing", "this is no finished drawing of the project", "drawing")
    context.store.choose(job)


@router.delete("/{key}", status_code=204)
async def remove(context: Shared, key: Id) -> None:
    """Remove a project with all its jobs; those that run are cancelled."""
    project = context.store.project(key)
    for job in context.store.jobs(key):
        context.queue.cancel(job)
        context.queue.forget(job)
    await off_loop(context.store.remove_project, project)


@router.get("/{key}/photo", responses={200: PICTURE}, response_class=Response)
async def photo(
    context: Shared,
    key: Id,
    size: Annotated[int, Query(ge=16, le=SHOWN_SIDE, description="Longest side in pixels.")] = SHOWN_SIDE,
) -> Response:
    """Return the photo, upright, reduced to a longest side."""
    project = context.store.project(key)
    side = min(size, max(project.width, project.height))
    # Only a few sizes, as each is one more file.
    side = next((step for step in (512, 1024, 2048) if side <= step), SHOWN_SIDE)
    path = context.store.folder(project) / f"photo-{side}"
    made = await context.made(path, "show", photo=context.photo(project), side=side)
    return await _shown(made)


@router.get("/{key}/thumbnail", responses={200: PICTURE}, response_class=Response)
async def thumbnail(context: Shared, key: Id) -> Response:
    """Return a small picture of the photo."""
    return await _shown(context.store.folder(context.store.project(key)) / "thumbnail")


async def _shown(path: Path) -> Response:
    answer = await file_answer(path, "image/jpeg", {"Cache-Control": "private, max-age=3600"})
    if bytes(answer.body[:4]) == b"\x89PNG":
        answer.headers["content-type"] = "image/png"
    return answer


@router.put("/{key}/map", response_model=Project, openapi_extra={"requestBody": PNG})
async def put_map(context: Shared, key: Id, request: Request) -> dict[str, Any]:
    """Store a painted map: a grey PNG of the photo's proportions, 255 where the picture matters most."""
    project = context.store.project(key)
    content = await request.body()
    if not content:
        raise StudioError(400, "request", "the map is empty (0 bytes)")
    await take_map(context, project, content, context.store.folder(project) / "map.png")
    return await _map_changed(context, project, there=True)


@router.get("/{key}/map", responses={200: PNG}, response_class=Response)
async def get_map(context: Shared, key: Id) -> Response:
    """Return the painted map."""
    project = context.store.project(key)
    if not project.has_map:
        raise missing("map: nothing is painted yet")
    return await file_answer(context.store.folder(project) / "map.png", "image/png")


@router.delete("/{key}/map", response_model=Project)
async def remove_map(context: Shared, key: Id) -> dict[str, Any]:
    """Remove the painted map."""
    project = context.store.project(key)
    await off_loop((context.store.folder(project) / "map.png").unlink, missing_ok=True)
    return await _map_changed(context, project, there=False)


async def _map_changed(context: Context, project: ProjectRecord, *, there: bool) -> dict[str, Any]:
    project.has_map, project.map_version = there, project.map_version + 1
    await context.changed(project)
    await off_loop(context.store.measure, project.id)
    return context.project_values(project)


@router.get(
    "/{key}/project.huefold", responses={200: {"content": {"application/zip": {}}}}, response_class=Response
)
async def project_file(context: Shared, key: Id) -> FileResponse:
    """Return all of a project in one file, which `POST /api/projects` opens again."""
    project = context.store.project(key)
    folder, result = context.store.folder(project), context.store.result(key)
    members = {"photo": str(folder / "photo"), "map.png": str(folder / "map.png")}
    if result is not None:
        members["drawing.svg"] = str(context.store.job_folder(result) / "drawing.svg")
    about: dict[str, Any] = {name: getattr(project, name) for name in ("name", "options", "marks")}
    if result is not None:
        about |= {"edits": result.edits, "report": result.report}
    into = folder / f"{new_id()}.part"
    await context.helper.ask("pack", into=str(into), about=about, members=members)
    return FileResponse(
        into,
        media_type="application/zip",
        filename=file_name(project.name, ".huefold"),
        background=BackgroundTask(into.unlink, missing_ok=True),
    )
