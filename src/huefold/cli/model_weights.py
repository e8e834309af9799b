"""Weights of the models that a command needs, found or downloaded before any other work."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from huefold.cli.display import Display, display_for
from huefold.errors import WeightsError
from huefold.progress import Progress

if TYPE_CHECKING:
    from huefold.models import WeightsInfo
    from huefold.saliency import Prompt
    from huefold.segment.anything import SegmentAnything

__all__ = ["fetch_model"]


def fetch_model(source: object, *, download: bool, quiet: bool) -> None:
    """Find the model of a prompt or of Segment Anything; other sources need none.

    It is downloaded with ``--download``, or if somebody at a terminal agrees to its size and licence.

    Raises
    ------
    WeightsError
        If it is not here and not to be downloaded.
    MissingExtraError
        If torch or transformers is not installed.
    """
    if isinstance(source, str):
        return
    from huefold.saliency import Prompt  # noqa: PLC0415 - slow to import
    from huefold.segment.anything import SegmentAnything  # noqa: PLC0415 - slow to import

    if not isinstance(source, Prompt | SegmentAnything):
        return
    try:
        source.find()
    except WeightsError as error:
        if "name" not in error.data or not (download or _somebody_there(quiet=quiet)):
            raise
        _download(source, asked=download, quiet=quiet)


def _somebody_there(*, quiet: bool) -> bool:
    return not quiet and sys.stdin.isatty() and sys.stderr.isatty()


def _download(source: Prompt | SegmentAnything, *, asked: bool, quiet: bool) -> None:
    from dataclasses import replace  # noqa: PLC0415 - rarely needed

    def allowed(info: WeightsInfo) -> bool:
        if asked:
            return True
        return click.confirm(f"{info}. Download it?", err=True)

    with ExitStack() as stack:
        shown: list[Display] = []

        def tell(fraction: float, message: str) -> None:
            if not shown:  # only now: a question must not stand among moving bars
                shown.append(stack.enter_context(display_for(quiet=quiet)))
                shown[0].say(message)
            shown[0](Progress("weights", fraction, message))

        replace(source, allow_download=allowed).find(report=tell)
