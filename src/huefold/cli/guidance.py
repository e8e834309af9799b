"""What the flags say of what matters in the picture, and the weights that finding it needs."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from huefold.cli.display import Display, display_for
from huefold.errors import OptionError, WeightsError
from huefold.options import Options
from huefold.progress import Progress

if TYPE_CHECKING:
    from huefold.models import WeightsInfo
    from huefold.saliency import Prompt
    from huefold.segment.anything import SegmentAnything

__all__ = ["PROMPT_FLAGS", "fetch_model", "saliency_of"]

PROMPT_FLAGS = ("prompt", "avoid", "prompt_model", "models", "download")


def saliency_of(options: Options) -> str | Prompt:
    """Return the source of saliency that the options name.

    Raises
    ------
    OptionError
        If they name two, or a phrase is empty.
    """
    if not options.prompt and not options.avoid:
        return options.saliency
    if options.saliency != "noise":
        raise OptionError("saliency and prompt (or avoid) both say what matters; give one of them")
    from huefold.saliency import prompt  # noqa: PLC0415 - slow to import

    return prompt(options.prompt, avoid=options.avoid, model=options.prompt_model, folder=options.models)


def fetch_model(source: str | Prompt | SegmentAnything, *, download: bool, quiet: bool) -> None:
    """See to it that the model of a prompt or segmenter is on this machine, before any other work.

    It is downloaded with ``--download``, or where somebody at a terminal says yes to its size and licence.

    Raises
    ------
    WeightsError
        If it is not here and not to be downloaded.
    MissingExtraError
        If torch or transformers is not installed.
    """
    if isinstance(source, str):
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
