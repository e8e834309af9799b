"""Drawings of jobs: as data, SVG and PNG, with error map and saliency map."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse, Response

from huefold.studio.context import Context, Id, Shared, off_loop
from huefold.studio.failures import StudioError, missing
from huefold.studio.file_responses import file_answer
from huefold.studio.records import JobRecord, clean_edits, file_name
from huefold.studio.routes.projects import PNG

__all__ = ["router"]

router = APIRouter(prefix="/api/jobs", tags=["drawings"])

WIDEST = 16_384
MOST_PIXELS = 64_000_000

Edits = Annotated[bool, Query(description="With the project's edits.")]

# A drawing that is opened by its own address can run nothing.
SVG_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


@router.get("/{key}/scene")
async def scene(context: Shared, key: Id, edits: Edits = False) -> Response:
    """Return the drawing as data: paths bottom first, with outlines of absolute M, C and Z."""
    job = _drawn(context, key)
    if not edits:
        return await file_answer(context.store.job_folder(job) / "scene.json", "application/json")
    _, content = await context.helper.ask("edited-scene", **_task(context, job, edits=True))
    return Response(content, media_type="application/json")


@router.get(
    "/{key}/drawing.svg", responses={200: {"content": {"image/svg+xml": {}}}}, response_class=Response
)
async def svg(context: Shared, key: Id, edits: Edits = False) -> Response:
    """Return the drawing as a file."""
    job = _drawn(context, key)
    name, kind = file_name(context.store.project(job.project).name, ".svg"), "image/svg+xml"
    path = context.store.job_folder(job) / "drawing.svg"
    # FileResponse writes the header for names with any letters.
    disposition = FileResponse(path, filename=name).headers["content-disposition"]
    headers = {"Content-Disposition": disposition, **SVG_POLICY}
    if not edits:
        return await file_answer(path, kind, headers)
    _, content = await context.helper.ask("edited-svg", **_task(context, job, edits=True))
    return Response(content, media_type=kind, headers=headers)


@router.get("/{key}/drawing.png", responses={200: PNG}, response_class=Response)
async def png(
    context: Shared,
    key: Id,
    width: Annotated[int | None, Query(ge=1, le=WIDEST)] = None,
    edits: Edits = False,
) -> Response:
    """Return the drawing as a picture of any width."""
    job = _drawn(context, key)
    project = context.store.project(job.project)
    most = max(1, math.isqrt(MOST_PIXELS * project.width // project.height))
    if width is not None and width > most:
        raise StudioError(413, "too-large", f"the width of this drawing is at most {most} pixels", "width")
    task = _task(context, job, edits=edits)
    _, content = await context.helper.ask("picture", width=width or min(project.width, most), **task)
    return Response(content, media_type="image/png")


@router.get("/{key}/error.png", responses={200: PNG}, response_class=Response)
async def error(context: Shared, key: Id) -> Response:
    """Return the error map: where the drawing differs from its photo, dark to bright."""
    job = _drawn(context, key)
    project = context.store.project(job.project)
    made = await context.made(
        context.store.job_folder(job) / "error.png",
        "error-map",
        photo=context.photo(project),
        background=job.options.get("background", "#ffffff"),
        drawing=str(context.store.job_folder(job) / "drawing.svg"),
    )
    return await file_answer(made, "image/png")


@router.get("/{key}/saliency.png", responses={200: PNG}, response_class=Response)
async def saliency(context: Shared, key: Id) -> Response:
    """Return the map that the drawing followed."""
    path = context.store.job_folder(_drawn(context, key)) / "saliency.png"
    if not await off_loop(path.is_file):
        raise missing("map: this drawing came without one")
    return await file_answer(path, "image/png")


def _drawn(context: Context, key: str) -> JobRecord:
    """Return a job; raise if it has no drawing."""
    job = context.store.job(key)
    if not job.has_drawing:
        raise StudioError(
            409, "no-drawing", "this job has no drawing yet" if not job.ended else "this job left no drawing"
        )
    return job


def _task(context: Context, job: JobRecord, *, edits: bool) -> dict[str, Any]:
    folder: Path = context.store.job_folder(job)
    made = clean_edits(job.edits if edits else None)
    return {"drawing": str(folder / "drawing.svg"), "edits": made}
