"""What drawings of earlier runs were made from, so that only those are used again whose sources are the same."""

from __future__ import annotations

import hashlib
import shlex
import shutil
from collections.abc import Iterable
from pathlib import Path

__all__ = ["record_name", "shared_stems", "sources"]


def sources(photo: Path, command: str | None) -> dict[str, str | list[str]]:
    """Return digests of all files that a drawing and its judgement are known to depend on.

    Parameters
    ----------
    photo : Path
        Label maps beside it count too: VeC, and methods that draw by them.
    command : str or None
        Words of it that are files count, and its program; what a script imports or reads does not.

    Returns
    -------
    digests : dict
        Equal for equal contents.

    Examples
    --------
    >>> sorted(sources(Path(__file__), None))
    ['command_files', 'digest', 'masks']
    """
    maps = photo.with_suffix(".npz")
    return {
        "digest": _digest(photo),
        "masks": _digest(maps) if maps.is_file() else "",
        "command_files": [] if command is None else [_digest(file) for file in _files(shlex.split(command))],
    }


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
