"""What drawings of earlier runs were made from, and judged by: only what has the same sources is used again."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

__all__ = ["kept_record", "maps_digest", "record_name", "shared_stems", "sources"]


def sources(photo: Path, command: str | None, *, maps: bool) -> dict[str, str | list[str]]:
    """Return digests of all files that a drawing is known to depend on.

    Parameters
    ----------
    photo : Path
        What is drawn.
    command : str or None
        Words of it that are files count, and its program; what a script imports or reads does not.
    maps : bool
        Whether label maps beside the photo count, too.

    Returns
    -------
    digests : dict
        Equal for equal contents.

    Examples
    --------
    >>> sorted(sources(Path(__file__), None, maps=True))
    ['command_files', 'digest', 'masks']
    """
    return {
        "digest": _digest(photo),
        "command_files": [] if command is None else [_digest(file) for file in _files(shlex.split(command))],
        **({"masks": maps_digest(photo)} if maps else {}),
    }


def maps_digest(photo: Path) -> str:
    """Return the digest of the label maps beside a photo, or nothing where there are none.

    Examples
    --------
    >>> maps_digest(Path(__file__))
    ''
    """
    file = photo.with_suffix(".npz")
    return _digest(file) if file.is_file() else ""


def kept_record(record: Path, settings: dict[str, Any]) -> dict[str, Any] | None:
    """Return what an earlier run recorded, if it drew by these settings.

    Examples
    --------
    >>> kept_record(Path("none.json"), {}) is None
    True
    """
    if not record.exists():
        return None
    kept: dict[str, Any] = json.loads(record.read_text())
    return kept if kept["settings"] == settings else None


def _files(words: list[str]) -> Iterable[Path]:
    program = shutil.which(words[0]) if words else None
    named = [Path(word) for word in words[1:] if "{" not in word]
    return [file for file in ([Path(program)] if program else []) + named if file.is_file()]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def shared_stems(photos: Iterable[Path]) -> frozenset[str]:
    """Return the names without suffix that several photos have.

    Examples
    --------
    >>> sorted(shared_stems([Path("a.png"), Path("a.jpg"), Path("b.png")]))
    ['a']
    """
    stems = [photo.stem for photo in photos]
    return frozenset(stem for stem in stems if stems.count(stem) > 1)


def record_name(photo: Path, shared: frozenset[str], *parts: object) -> str:
    """Return the name of a drawing's record: of the photo's stem, or its whole name where others have that too.

    Examples
    --------
    >>> record_name(Path("a.png"), frozenset(), "fast", 128, 0)
    'a-fast-128-0.json'
    >>> record_name(Path("a.png"), frozenset("a"), "fast", 128, 0)
    'a.png-fast-128-0.json'
    """
    first = photo.name if photo.stem in shared else photo.stem
    return "-".join(map(str, (first, *parts))) + ".json"
