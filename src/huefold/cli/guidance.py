"""What the flags say of what matters in the picture, and the weights that finding it needs."""

from __future__ import annotations

import math
import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from huefold.cli.display import Display, display_for
from huefold.errors import OptionError, WeightsError
from huefold.options import Options
from huefold.progress import Progress

if TYPE_CHECKING:
    from huefold.models import WeightsInfo
    from huefold.saliency import Prompt
    from huefold.segment.anything import SegmentAnything

__all__ = ["MARK_FLAGS", "PROMPT_FLAGS", "fetch_model", "mask_files", "saliency_of"]

PROMPT_FLAGS = ("prompt", "avoid", "prompt_model", "models", "download")
MARK_FLAGS = ("mask", "box", "point")

_FORMS = {
    "mask": "[NAME=]FILE[:WEIGHT]",
    "box": "[NAME=]X0,Y0,X1,Y1[:WEIGHT]",
    "point": "[NAME=]X,Y[:WEIGHT]",
}


def saliency_of(options: Options) -> str | Prompt | dict[str, tuple[Any, float]]:
    """Return the source of saliency that the options name.

    Raises
    ------
    OptionError
        If they name two, a phrase is empty, or a mark cannot be read; or if they say how to follow or to find
        what matters, but nothing does.
    """
    words, marks = bool(options.prompt or options.avoid), bool(options.mask or options.box or options.point)
    if words + marks + (options.saliency != "noise") > 1:
        raise OptionError(
            "saliency, prompt (or avoid) and named marks (mask, box, point) all say what matters; give one of them"
        )
    if not words and "prompt_model" in options.model_fields_set:
        raise OptionError("prompt-model is for text only; add --prompt", option="prompt_model")
    if marks:
        return _marks(options)
    if not words and options.saliency == "noise" and "focus" in options.model_fields_set:
        raise OptionError(
            "focus is for what matters, and nothing says what does; "
            "add --saliency, --prompt, --mask, --box or --point",
            option="focus",
        )
    if not words:
        return options.saliency
    from huefold.saliency import prompt  # noqa: PLC0415 - slow to import

    return prompt(options.prompt, avoid=options.avoid, model=options.prompt_model, folder=options.models)


def mask_files(options: Options) -> tuple[str, ...]:
    """Return the files that ``--mask`` names."""
    return tuple(_split(text, "mask")[1] for text in options.mask)


def _marks(options: Options) -> dict[str, tuple[Any, float]]:
    from huefold.saliency import Box, RegionAt  # noqa: PLC0415 - slow to import

    marks: dict[str, tuple[Any, float]] = {}
    for kind, texts in (("mask", options.mask), ("box", options.box), ("point", options.point)):
        for number, text in enumerate(texts, start=1):
            name, value, weight = _split(text, kind)
            name = name or (f"{kind} {number}" if kind != "mask" else Path(value).stem)
            if name in marks:
                raise OptionError(f"two marks are called {name!r}; give each its own name", option=kind)
            mark = value if kind == "mask" else (Box if kind == "box" else RegionAt)(*_numbers(value, kind))
            marks[name] = mark, weight
    return marks


def _split(text: str, kind: str) -> tuple[str, str, float]:
    """Return the name, the value and the weight in ``NAME=VALUE:WEIGHT``, of which only the value must be there."""
    name, equals, rest = text.partition("=")
    rest = rest if equals else text
    value, colon, tail = rest.rpartition(":")
    weight = 1.0
    if colon and re.fullmatch(r"\s*[-+]?(\d+\.?\d*|\.\d+)\s*", tail):
        rest, weight = value, float(tail)
    if not rest.strip() or (equals and not name.strip()):
        raise OptionError(f"{kind} must be {_FORMS[kind]}, got {text!r}", option=kind, given=text)
    if not -1.0 <= weight <= 1.0:
        raise OptionError(f"the weight of a {kind} must lie from -1 to 1, got {text!r}", option=kind)
    return (name.strip() if equals else ""), rest.strip(), weight


def _numbers(text: str, kind: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != {"box": 4, "point": 2}[kind] or not all(map(math.isfinite, numbers)):
        raise OptionError(f"{kind} must be {_FORMS[kind]}, got {text!r}", option=kind, given=text)
    return numbers


def fetch_model(
    source: str | Prompt | SegmentAnything | dict[str, tuple[Any, float]], *, download: bool, quiet: bool
) -> None:
    """See to it that the model of a prompt or segmenter is on this machine, before any other work.

    It is downloaded with ``--download``, or where somebody at a terminal says yes to its size and licence.

    Raises
    ------
    WeightsError
        If it is not here and not to be downloaded.
    MissingExtraError
        If torch or transformers is not installed.
    """
    if isinstance(source, str | dict):
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
