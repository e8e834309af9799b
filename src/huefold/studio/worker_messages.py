"""Messages between the server and its workers: a line of JSON, and as many bytes as it announces."""

from __future__ import annotations

import asyncio
import json
from typing import Any, BinaryIO, TypeAlias

__all__ = ["Frame", "frame", "read_frame", "read_frame_async"]

Frame: TypeAlias = tuple[dict[str, Any], bytes]


def frame(header: dict[str, Any], payload: bytes = b"") -> bytes:
    r"""Return a message as bytes.

    Examples
    --------
    >>> frame({"op": "stop"}, b"now")
    b'{"op": "stop", "payload": 3}\nnow'
    """
    return json.dumps(header | {"payload": len(payload)}).encode() + b"\n" + payload


def read_frame(stream: BinaryIO) -> Frame | None:
    """Return the next message, or None at the end of the stream.

    Examples
    --------
    >>> import io
    >>> read_frame(io.BytesIO(frame({"op": "stop"}, b"now")))
    ({'op': 'stop', 'payload': 3}, b'now')
    """
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    header = json.loads(line)
    payload = stream.read(header["payload"])
    return (header, payload) if len(payload) == header["payload"] else None


async def read_frame_async(stream: asyncio.StreamReader) -> Frame | None:
    """Return the next message of a worker, or None where it has ended or sends something else."""
    try:
        header = json.loads(await stream.readuntil(b"\n"))
        return header, await stream.readexactly(header["payload"])
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
        return None
