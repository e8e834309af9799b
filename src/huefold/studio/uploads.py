"""New projects from photos, samples and project files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, BinaryIO

from fastapi import UploadFile

from huefold.errors import HuefoldError
from huefold.studio.context import Context, off_loop
from huefold.studio.failures import StudioError, failure_of, missing
from huefold.studio.offers import samples
from huefold.studio.records import JobRecord, ProjectRecord, clean_edits, clean_name, name_of_file, new_id
from huefold.studio.schema import clean_options
from huefold.studio.security import BodyTooLargeError

__all__ = [
    "SHOWN_SIDE",
    "checked_marks",
    "project_from_archive",
    "project_from_photo",
    "project_from_sample",
    "take_map",
]

SHOWN_SIDE = 4096
"""Longest side in pixels of a photo as the page shows it."""

LONGEST_TEXT = 1 << 18
LARGEST_MAP = 16 << 20


async def project_from_photo(context: Context, upload: UploadFile, name: str | None = None) -> ProjectRecord:
    """Return a new project of an uploaded photo.

    Raises
    ------
    StudioError
        If it is too large, no photo, or there is no room.
    """
    if (upload.size or 0) > context.settings.upload_bytes:
        raise BodyTooLargeError(context.settings.upload_bytes)
    label = clean_name(name) if name else name_of_file(upload.filename)
    return await _new_project(context, upload.file, label, upload.size or 0)


async def project_from_sample(context: Context, sample: str, name: str | None = None) -> ProjectRecord:
    """Return a new project of a photo that comes with huefold."""
    if sample not in {one["name"] for one in await off_loop(samples)}:
        raise missing("sample")
    from huefold.images import sample_path  # noqa: PLC0415 - slow to import

    with sample_path(sample).open("rb") as stream:
        return await _new_project(context, stream, clean_name(name or sample.capitalize()), 1 << 20)


async def _new_project(context: Context, stream: BinaryIO, name: str, size: int) -> ProjectRecord:
    await off_loop(context.store.make_room, 2 * size)
    folder = await off_loop(context.store.new_folder)
    try:
        await off_loop(_copy, stream, folder / "photo")
        project = await _taken(context, folder, name)
    except BaseException:
        await off_loop(context.store.discard, folder)
        raise
    await off_loop(context.store.add_project, project)
    return project


async def _taken(context: Context, folder: Path, name: str) -> ProjectRecord:
    """Let the helper worker decode the photo of a new project."""
    values, _ = await context.helper.ask(
        "take-photo",
        photo=str(folder / "photo"),
        folder=str(folder),
        side=SHOWN_SIDE,
        pixels=context.settings.upload_pixels,
    )
    return ProjectRecord(folder.name, name, values["width"], values["height"])


def _copy(stream: BinaryIO, target: Path) -> None:
    with target.open("wb") as out:
        shutil.copyfileobj(stream, out, 1 << 20)


async def take_map(context: Context, project: ProjectRecord, content: bytes, into: Path) -> None:
    """Write a painted map of a project's photo.

    Raises
    ------
    StudioError
        If it is no picture, or of other proportions.
    """
    if len(content) > LARGEST_MAP:
        raise StudioError(413, "too-large", "the map is too large: at most 16 MiB are taken")
    size = {"width": project.width, "height": project.height}
    await context.helper.ask("take-map", content, into=str(into), **size)


async def project_from_archive(
    context: Context, upload: UploadFile, name: str | None = None
) -> ProjectRecord:
    """Return a new project from a project file: photo, map, options, edits and drawing.

    Raises
    ------
    StudioError
        If it is no project file, or its options or drawing are not allowed.
    """
    store, limit = context.store, context.settings.upload_bytes
    await off_loop(store.make_room, 2 * (upload.size or 0))
    folder = await off_loop(store.new_folder)
    try:
        await off_loop(_copy, upload.file, folder / "upload")
        found, said = await context.helper.ask(
            "unpack", file=str(folder / "upload"), folder=str(folder), photo_bytes=limit
        )
        about: dict[str, Any] = json.loads(said)
        project = await _taken(context, folder, clean_name(name or about.get("name", "")))
        if found["drawing"] not in (None, [project.width, project.height]):
            raise StudioError(
                415, "not-a-project", "the project file's drawing is of another size than its photo"
            )
        project.options = _options_of(about)
        project.marks = checked_marks(about.get("marks"))
        if found["map"]:
            await take_map(context, project, (folder / "map.given").read_bytes(), folder / "map.png")
            project.has_map, project.map_version = True, 1
        await off_loop(_tidy, folder)
    except BaseException:
        await off_loop(store.discard, folder)
        raise
    await off_loop(store.add_project, project)
    if found["drawing"] is not None:
        await off_loop(_add_drawing, context, project, about)
    return project


def _options_of(about: dict[str, Any]) -> dict[str, Any]:
    try:
        return clean_options(about.get("options") or {})
    except HuefoldError as error:
        failure = failure_of(error)
        raise StudioError(422, "option", f"the project file's options: {failure}", failure.field) from None


def checked_marks(marks: Any) -> Any:
    """Return the marks that the page stores with a project.

    Raises
    ------
    StudioError
        If they are too large or JSON cannot hold them.
    """
    try:
        size = len(json.dumps(marks, allow_nan=False))
    except (ValueError, RecursionError):
        raise StudioError(422, "request", "the marks hold numbers that JSON cannot hold", "marks") from None
    if size > LONGEST_TEXT:
        raise StudioError(413, "too-large", "the marks are too many to keep", "marks")
    return marks


def _tidy(folder: Path) -> None:
    for name in ("upload", "map.given"):
        (folder / name).unlink(missing_ok=True)


def _add_drawing(context: Context, project: ProjectRecord, about: dict[str, Any]) -> None:
    """Add the drawing of a project file as a job that has ended."""
    job = JobRecord(new_id(), project.id, dict(project.options), status="done", has_drawing=True)
    report = about.get("report")
    job.report = report if isinstance(report, dict) and len(json.dumps(report)) <= LONGEST_TEXT else None
    job.edits = clean_edits(about.get("edits"))
    job.fraction = job.overall = 1.0
    job.started = job.finished = job.created
    folder = context.store.job_folder(job)
    folder.mkdir(parents=True)
    for name in ("drawing.svg", "scene.json"):
        (context.store.folder(project) / name).rename(folder / name)
    context.store.add_job(job)
    context.store.measure(project.id)
