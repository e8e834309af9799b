"""Project files: a zip of photo, map, options, edits and drawing."""

from __future__ import annotations

import json
import math
import zipfile
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import TypeAdapter

from huefold.errors import HuefoldError
from huefold.files import write_atomically
from huefold.run.report import Report
from huefold.scene import Scene
from huefold.studio.failures import StudioError
from huefold.studio.scenes import keep_drawing
from huefold.svg import read_svg, write_svg

__all__ = ["pack", "unpack"]

FORMAT = "huefold-project"
VERSION = 1
MOST_ABOUT = 8 << 20
MOST_DRAWING = 32 << 20
MOST_MEMBERS = 64
SAID = ("name", "options", "marks", "edits", "report")

Reply: TypeAlias = tuple[dict[str, Any], bytes]


def pack(task: dict[str, Any]) -> Reply:
    """Write a project file.

    Parameters
    ----------
    task : dict
        ``into`` (path), ``about`` (content of ``project.json``) and ``members`` (names in the zip to paths; missing
        files are left out).

    Returns
    -------
    values : dict
        Empty.
    payload : bytes
        Empty.
    """
    draft = Path(task["into"])
    about = {"format": FORMAT, "version": VERSION, **task["about"]}
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("project.json", json.dumps(about, indent=1))
            for name, source in task["members"].items():
                if Path(source).is_file():
                    archive.write(source, name, zipfile.ZIP_STORED if name == "photo" else None)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return {}, b""


def unpack(task: dict[str, Any]) -> Reply:
    """Unpack a project file, which may be hostile, into the folder of a new project.

    Only members of known names are read, each up to its limit, and the drawing is written anew by huefold.

    Parameters
    ----------
    task : dict
        ``file`` and ``folder`` (paths), and ``photo_bytes``, the limit of its photo.

    Returns
    -------
    values : dict
        ``map``: whether there is one; ``drawing``: width and height of the drawing, or None.
    payload : bytes
        Known fields of ``project.json``, as JSON.

    Raises
    ------
    StudioError
        If the file is no project file.
    """
    folder = Path(task["folder"])
    try:
        _check_count(Path(task["file"]).read_bytes())
        with zipfile.ZipFile(task["file"]) as archive:
            said = _member(archive, "project.json", MOST_ABOUT) or b"{}"
            about = json.loads(said, parse_constant=_no_number)
            photo = _member(archive, "photo", task["photo_bytes"])
            painted = _member(archive, "map.png", task["photo_bytes"])
            drawing = _member(archive, "drawing.svg", MOST_DRAWING)
    except StudioError:
        raise
    except Exception:  # hostile bytes raise nearly anything
        raise _no_project("it is damaged, or of another kind") from None
    if not isinstance(about, dict) or about.get("format") != FORMAT or photo is None:
        raise _no_project("it lacks its photo or its description")
    write_atomically(folder / "photo", photo)
    if painted is not None:
        write_atomically(folder / "map.given", painted)
    scene = None if drawing is None else _drawing(drawing)
    if scene is not None:
        keep_drawing(folder, scene, write_svg(scene))
    size = None if scene is None else [scene.width, scene.height]
    return {"map": painted is not None, "drawing": size}, _said(about)


def _said(about: dict[str, Any]) -> bytes:
    kept = {name: about[name] for name in SAID if name in about} | {"report": _report(about.get("report"))}
    try:
        return json.dumps(kept, allow_nan=False).encode()
    except (ValueError, RecursionError):  # 1e999 is read as infinity
        raise _no_project("its description holds numbers that JSON cannot hold") from None


def _report(said: Any) -> dict[str, Any] | None:
    """Return the report of a run if it is a valid one, as the page expects, else None."""
    try:
        for part in (said["fidelity"], *said.get("named", ())):
            part["psnr"] = math.inf if part["psnr"] is None else part["psnr"]
        return TypeAdapter(Report).validate_python(said).to_dict()
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _check_count(content: bytes) -> None:
    """Raise if the directory has too many entries: each takes more memory than it has bytes."""
    if content.count(b"PK\x01\x02") > MOST_MEMBERS:
        raise ValueError("too many entries")


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes | None:
    """Return a member's content, read up to its limit whatever its header says."""
    try:
        with archive.open(name) as stream:
            content = stream.read(most + 1)
    except KeyError:
        return None
    if len(content) > most:
        raise StudioError(413, "too-large", f"the project file's {name} is larger than {most >> 20} MiB")
    return content


def _drawing(content: bytes) -> Scene:
    try:
        return read_svg(content)
    except HuefoldError:
        raise _no_project("its drawing cannot be read") from None


def _no_project(reason: str) -> StudioError:
    return StudioError(415, "not-a-project", f"this is not a huefold project file: {reason}")
