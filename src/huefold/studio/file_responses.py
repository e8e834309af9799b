"""Answers from files that the studio keeps."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fastapi.responses import Response

from huefold.studio.failures import missing

__all__ = ["file_answer"]


async def file_answer(path: Path, kind: str, headers: dict[str, str] | None = None) -> Response:
    """Return a file as an answer, read whole before its first byte is sent.

    A map may be replaced and a project removed at any time, so a file that is announced first and read later could
    be another one by then, or gone.

    Parameters
    ----------
    path : Path
        A file of a few megabytes at most.
    kind : str
        Media type.
    headers : dict, optional
        Further headers.

    Raises
    ------
    StudioError
        If the file is gone.

    Examples
    --------
    >>> answer = await file_answer(folder / "map.png", "image/png")  # doctest: +SKIP
    """
    try:
        content = await asyncio.to_thread(path.read_bytes)
    except FileNotFoundError:
        raise missing("file any more: it was removed meanwhile") from None
    return Response(content, media_type=kind, headers=headers)
