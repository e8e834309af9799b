"""The drawing worker: runs one job after the other and sends previews."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold import saliency as saliency_maps
from huefold.errors import OptionError
from huefold.files import write_atomically
from huefold.options import Options
from huefold.progress import CancelToken, Progress
from huefold.run.result import Result
from huefold.run.session import Session
from huefold.run.sources import segment_anything
from huefold.studio.pictures import png, read_map
from huefold.studio.scenes import dumped, keep_drawing, scene_to_json
from huefold.svg import read_svg

__all__ = ["DrawingWorker", "Sessions", "saliency_for", "segmenter_for"]

Send: TypeAlias = Callable[..., None]

KEPT_SESSIONS = 3
PREVIEW_SECONDS = 0.125
PREVIEW_SHARE = 5.0
"""Least time between previews, as a multiple of the time that making one takes."""
REPORT_SECONDS = 0.1


class Sessions:
    """Sessions of the photos that were drawn last.

    Examples
    --------
    >>> sessions = Sessions()
    >>> photo = np.zeros((4, 4, 3), np.uint8)
    >>> sessions.of("a", lambda: photo) is sessions.of("a", lambda: photo)
    True
    """

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def of(self, project: str, photo: Callable[[], Any]) -> Session:
        """Return the session of a project; `photo` is called only if there is none yet."""
        if project not in self._sessions:
            self._sessions[project] = Session(photo())
        self._sessions.move_to_end(project)
        while len(self._sessions) > KEPT_SESSIONS:
            self._sessions.popitem(last=False)
        return self._sessions[project]


class DrawingWorker:
    """Draws jobs and writes their files.

    Parameters
    ----------
    send : callable
        Takes a header and bytes to send to the server.

    Examples
    --------
    >>> worker = DrawingWorker(lambda header, payload=b"": None)
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._sessions = Sessions()

    def warm_up(self) -> None:
        """Load all that a drawing needs, so that the first job starts at once."""
        photo = np.random.default_rng(0).random((48, 64, 3), dtype=np.float32)
        Session(photo).draw(Options(paths=8, preset="fast", rounds=2, fills="auto"), saliency="auto")

    def draw(self, task: dict[str, Any], cancel: CancelToken) -> tuple[dict[str, Any], bytes]:
        """Draw one job and write the result into its folder.

        Parameters
        ----------
        task : dict
            ``id``, ``project``, ``photo`` and ``folder`` (paths), ``options``, ``map`` and ``resume`` (paths or
            None).
        cancel : CancelToken
            Ends the job with the best drawing so far.

        Returns
        -------
        values : dict
            The report, and whether it was cancelled.
        payload : bytes
            Empty.
        """
        cancel.raise_if_cancelled()
        folder = Path(task["folder"])
        session = self._sessions.of(task["project"], Path(task["photo"]).read_bytes)
        options = Options(**task["options"])
        saliency, notes = saliency_for(options, task["map"], task["size"])
        resume = None if task["resume"] is None else read_svg(Path(task["resume"]).read_bytes())
        result = session.draw(
            options,
            saliency=saliency,
            segmenter=segmenter_for(options),
            resume=resume,
            progress=_Watch(task["id"], self._send),
            cancel=cancel,
        )
        report = result.report.to_dict()
        report["notes"] = [*report["notes"], *notes]
        _keep(result, folder)
        return {"report": report, "cancelled": result.report.stopped == "cancelled"}, b""


def segmenter_for(options: Options) -> Any:
    """Return the segmenter that the options name."""
    if options.segmenter != "sam":
        return None
    return segment_anything(options)


def saliency_for(options: Options, map_path: str | None, size: list[int]) -> tuple[Any, list[str]]:
    """Return the source of saliency that the options name, and notes for the user.

    Parameters
    ----------
    options : Options
        Options of the job.
    map_path : str or None
        Path of the painted map.
    size : list of 2 int
        Width and height of the photo.

    Returns
    -------
    source : str, Prompt or (h, w) uint8 ndarray
        As `huefold.vectorize` takes it.
    notes : list of str
        One line each.

    Raises
    ------
    OptionError
        If the options name a map and there is none.
    """
    if options.prompt or options.avoid:
        return saliency_maps.prompt(options.prompt, avoid=options.avoid), []
    if options.saliency != "map":
        return options.saliency, []
    if map_path is None:
        raise OptionError("saliency is 'map', but no map was painted or sent; paint one", option="saliency")
    grey: NDArray[np.uint8] = read_map(Path(map_path).read_bytes(), *size)
    if not grey.any():
        return "noise", ["nothing is painted: drawn without guidance"]
    return grey, []


@dataclass
class _Watch:
    """Sends progress and previews of a run, at a rate that the page can use."""

    job: str
    send: Send
    _told: tuple[str, float] = field(default=("", 0.0), init=False)
    _next_preview: float = field(default=0.0, init=False)

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.stage != self._told[0] or now >= self._told[1] or progress.fraction == 1.0:
            self._told = (progress.stage, now + REPORT_SECONDS)
            said = {"stage": progress.stage, "fraction": progress.fraction, "message": progress.message}
            self.send({"event": "progress", "id": self.job, **said})
        if progress.scene is not None and now >= self._next_preview:
            self.send({"event": "scene", "id": self.job}, dumped(scene_to_json(progress.scene)))
            after = time.monotonic()
            self._next_preview = after + max(PREVIEW_SECONDS, PREVIEW_SHARE * (after - now))


def _keep(result: Result, folder: Path) -> None:
    """Write the files of a drawing, the drawing itself last: where it is, the rest is too."""
    write_atomically(folder / "saliency.png", png(result.saliency))
    keep_drawing(folder, result.scene, result.svg)
