"""A worker process: takes messages from standard input and answers on standard output.

There are two kinds. The drawing worker runs one job at a time, in order. The helper worker answers quick requests,
several at a time. Both end with the server, however that ends: standard input is then closed.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

from huefold.studio.failures import failure_of
from huefold.studio.worker_messages import frame, read_frame

__all__ = ["Channel", "main"]

Reply: TypeAlias = tuple[dict[str, Any], bytes]

HELPER_THREADS = 3
NICENESS = 5


class Channel:
    """Messages over standard input and output; other output goes to standard error.

    Examples
    --------
    >>> channel = Channel()  # doctest: +SKIP
    >>> channel.send({"event": "ready"})  # doctest: +SKIP
    """

    def __init__(self) -> None:
        self._in = os.fdopen(os.dup(0), "rb")
        self._out = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def send(self, header: dict[str, Any], payload: bytes = b"") -> None:
        """Send a message to the server, from any thread."""
        with self._lock:
            self._out.write(frame(header, payload))
            self._out.flush()

    def listen(self, heard: Callable[[dict[str, Any], bytes], None]) -> None:
        """Pass each message on; end the process when the server is gone."""
        while (message := read_frame(self._in)) is not None:
            heard(*message)
        os._exit(0)


def main(kind: str) -> None:
    """Work until the server is gone.

    Parameters
    ----------
    kind : {"draw", "help"}
        Drawing worker or helper worker.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the server, which closes standard input
    channel = Channel()
    if kind == "draw":
        _draw_in_order(channel)
    else:
        _answer_requests(channel)


def _draw_in_order(channel: Channel) -> None:
    if hasattr(os, "nice"):
        os.nice(NICENESS)  # the page and the helper worker come first
    jobs: queue.Queue[dict[str, Any]] = queue.Queue()
    from huefold.progress import CancelToken  # noqa: PLC0415 - only the drawing worker needs it

    tokens: dict[str, CancelToken] = {}

    def heard(header: dict[str, Any], _payload: bytes) -> None:
        token = tokens.setdefault(header["id"], CancelToken())  # a cancellation may come before its job
        if header["op"] == "draw":
            jobs.put(header)
        else:
            token.cancel()

    threading.Thread(target=channel.listen, args=(heard,), daemon=True).start()
    from huefold.studio.drawing import DrawingWorker  # noqa: PLC0415 - slow to import, and messages wait meanwhile

    worker = DrawingWorker(channel.send)
    worker.warm_up()
    channel.send({"event": "ready"})
    while True:
        header = jobs.get()
        job = header["id"]
        reply, payload = _answer(lambda: worker.draw(header, tokens[job]))  # noqa: B023 - called at once
        del tokens[job]
        channel.send({"event": "end", "id": job, "bytes": resident_bytes(), **reply}, payload)


def _answer_requests(channel: Channel) -> None:
    requests: queue.Queue[tuple[dict[str, Any], bytes]] = queue.Queue()
    threading.Thread(
        target=channel.listen, args=(lambda *message: requests.put(message),), daemon=True
    ).start()
    from huefold.studio.helper_operations import OPERATIONS, warm_up  # noqa: PLC0415 - slow to import, and messages wait meanwhile

    def answer(header: dict[str, Any], payload: bytes) -> None:
        reply, content = _answer(lambda: OPERATIONS[header["op"]](header, payload))
        channel.send({"event": "end", "id": header["id"], "bytes": resident_bytes(), **reply}, content)

    channel.send({"event": "ready"})
    with ThreadPoolExecutor(HELPER_THREADS) as pool:
        pool.submit(warm_up)
        while True:
            pool.submit(answer, *requests.get())


def _answer(work: Callable[[], Reply]) -> Reply:
    """Return the result of the work, or how to answer its error."""
    try:
        values, payload = work()
    except Exception as error:
        failure = failure_of(error)
        if failure.code == "internal":
            sys.stderr.write(f"huefold studio: {time.strftime('%H:%M:%S')} {traceback.format_exc()}")
        return {"ok": False, "status": failure.status, "error": failure.to_dict()}, b""
    return {"ok": True, "values": values}, payload


def resident_bytes() -> int:
    """Return the resident memory of this process in bytes; its peak where the system tells no more.

    Examples
    --------
    >>> resident_bytes() > 0
    True
    """
    try:
        with open("/proc/self/statm", "rb") as stream:  # noqa: PTH123 - one read of a pseudo-file
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        import resource  # noqa: PLC0415 - not on every system

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    main(sys.argv[1])
