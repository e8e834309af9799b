"""First regions of a photo, their merge tree, and maps that are not painted."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from huefold.studio.context import Context, Id, Shared, fingerprint, off_loop
from huefold.studio.failures import StudioError
from huefold.studio.file_responses import file_answer
from huefold.studio.records import ProjectRecord
from huefold.studio.routes.projects import PNG
from huefold.studio.schema import SaliencyRequest

__all__ = ["router"]

router = APIRouter(prefix="/api/projects", tags=["regions and maps"])

LEVEL_OPTIONS = (
    "paths",
    "structural_ratio",
    "contained",
    "regions",
    "rounds",
    "seed",
    "preset",
    "focus",
    "background",
)


@router.get("/{key}/regions", responses={200: PNG}, response_class=Response)
async def regions(context: Shared, key: Id, count: Annotated[int, Query(ge=2, le=5000)] = 300) -> Response:
    """Return the first regions as a PNG of labels, ``r + 256 g + 65536 b``."""
    project = context.store.project(key)
    path = context.store.folder(project) / f"regions-{count}.png"
    if not path.is_file():
        await off_loop(_remove, path.parent, "regions-*.png")
    made = await context.made(path, "regions", photo=context.photo(project), count=count)
    return await file_answer(made, "image/png", {"Cache-Control": "private, max-age=3600"})


@router.get("/{key}/levels")
async def levels(context: Shared, key: Id) -> Response:
    """Return the merge tree: merge k joins nodes a and b into node ``finest + k``.

    The cut with R regions applies the first ``finest - R`` merges. Colours and pixel counts are of each node.
    """
    return await file_answer(await _levels(context, context.store.project(key)), "application/json")


@router.get("/{key}/levels.png", responses={200: PNG}, response_class=Response)
async def level_leaves(context: Shared, key: Id) -> Response:
    """Return the leaves of the merge tree as a PNG of labels, ``r + 256 g + 65536 b``."""
    made = await _levels(context, context.store.project(key))
    return await file_answer(made.with_suffix(".png"), "image/png")


async def _levels(context: Context, project: ProjectRecord) -> Path:
    """Return the file of the merge tree for a project's current options and map."""
    folder = context.store.folder(project)
    options = {name: project.options[name] for name in LEVEL_OPTIONS if name in project.options}
    asked = project.options.get("saliency", "map" if project.has_map else "noise")
    options["saliency"] = "noise" if asked == "map" and not project.has_map else asked
    path = folder / f"levels-{fingerprint([options, project.map_version])}.json"
    if not path.is_file():
        await off_loop(_remove, folder, "levels-*")
    return await context.made(
        path,
        "levels",
        picture=str(path.with_suffix(".png")),
        photo=context.photo(project),
        project=project.id,
        options=options,
        map=str(folder / "map.png") if project.has_map else None,
        size=[project.width, project.height],
    )


def _remove(folder: Path, pattern: str) -> None:
    for path in folder.glob(pattern):
        with contextlib.suppress(OSError):
            path.unlink()


@router.post("/{key}/saliency", responses={200: PNG}, response_class=Response)
async def saliency(context: Shared, key: Id, wanted: SaliencyRequest) -> Response:
    """Return an automatic map, or that of a text prompt, as a grey PNG; nothing is stored."""
    project = context.store.project(key)
    if wanted.source == "prompt" and not (wanted.prompt or wanted.avoid):
        raise StudioError(422, "option", "say what matters, such as 'the cat'", "prompt")
    task: dict[str, Any] = wanted.model_dump()
    try:
        values, content = await context.helper.ask("saliency", photo=context.photo(project), **task)
    except StudioError as error:
        error.field = error.field or ("prompt" if wanted.source == "prompt" else None)
        raise
    notes = " ".join(" ".join(values["notes"]).split())
    shown = notes.encode("ascii", "replace").decode()[:1000]
    return Response(content, media_type="image/png", headers={"X-Huefold-Notes": shown} if shown else {})
