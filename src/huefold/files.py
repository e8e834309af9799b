"""Atomic writing of files: nobody ever sees half of one."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from huefold.errors import HuefoldError, OptionError

__all__ = ["check_writable", "write_atomically"]


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise if `path` cannot be written, before any work is done.

    Parameters
    ----------
    path : path_like
        File to write later.

    Raises
    ------
    OptionError
        If it is a folder, or its folder is missing or cannot be written to.

    Examples
    --------
    >>> check_writable("missing/out.svg")
    Traceback (most recent call last):
        ...
    huefold.errors.OptionError: missing/out.svg: the folder missing does not exist; create it first
    """
    target = Path(path)
    if target.is_dir():
        raise OptionError(f"{target} is a folder; give the name of a file to write", path=str(target))
    folder = target.parent
    if not folder.is_dir():
        raise OptionError(f"{target}: the folder {folder} does not exist; create it first", path=str(target))
    place = target if target.exists() else folder
    if not os.access(place, os.W_OK):
        raise OptionError(f"{target}: no permission to write {place}", path=str(target))


def write_atomically(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write `content` beside `path`, then rename it: `path` is complete or as it was before.

    Parameters
    ----------
    path : path_like
        File to write; links are followed, and devices are written to directly.
    content : str or bytes
        Whole content; text is written as UTF-8.

    Raises
    ------
    HuefoldError
        If the system refuses (no space, no permission).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder) / "a.svg"
    ...     write_atomically(target, "<svg/>")
    ...     target.read_text(), len(list(Path(folder).iterdir()))
    ('<svg/>', 1)
    """
    target = Path(path)
    raw = content.encode() if isinstance(content, str) else content
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(raw)  # a device or pipe: a rename would put a file in its place
        else:
            _write_and_rename(target.resolve(), raw)
    except OSError as error:
        raise HuefoldError(f"{path} cannot be written: {error.strerror or error}", path=str(path)) from error


def _write_and_rename(target: Path, raw: bytes) -> None:
    draft = target.with_name(f".{target.name}.{os.urandom(4).hex()}.part")
    try:
        with draft.open("xb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            draft.chmod(stat.S_IMODE(target.stat().st_mode))  # who may read the file stays the user's choice
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
