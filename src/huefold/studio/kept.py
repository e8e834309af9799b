"""Answers made of files that the studio keeps."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fastapi.responses import Response

from huefold.studio.failures import missing

__all__ = ["kept"]


async def kept(path: Path, kind: str, headers: dict[str, str] | None = None) -> Response:
    """Return the file as an answer, read whole before its first byte is sent.

    A map may be replaced and a project removed at any time: a file that is looked up, announced and opened one
    after the other could be another one by then, or gone.

    Parameters
    ----------
    path : Path
        What to send, a few megabytes at most.
    kind : str
        Its media type.
    headers : dict, optional
        More to say about it.

    Raises
    ------
    StudioError
        If the file is not there any more.

    Examples
    --------
    >>> answer = await kept(folder / "map.png", "image/png")  # doctest: +SKIP
    """
    try:
        content = await asyncio.to_thread(path.read_bytes)
    except FileNotFoundError:
        raise missing("file any more: it was removed meanwhile") from None
    return Response(content, media_type=kind, headers=headers)
