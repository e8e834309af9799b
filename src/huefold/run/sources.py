"""Sources of saliency and of first regions that options name, as the command line's flags do."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huefold.errors import OptionError
from huefold.options import Options
from huefold.saliency import Box, RegionAt

if TYPE_CHECKING:
    from huefold.saliency import Prompt
    from huefold.segment.anything import SegmentAnything

__all__ = ["SOURCE_OPTIONS", "mask_files", "named_saliency", "named_segmenter", "segment_anything"]

SAM_OPTIONS = ("sam_model", "sam_points", "sam_crops")
SOURCE_OPTIONS = frozenset(
    {"saliency", "prompt", "avoid", "prompt_model", "mask", "box", "point", "segmenter", "models", "download"}
).union(SAM_OPTIONS)
"""Options that say where saliency and first regions come from."""

_FORMS = {
    "mask": "[NAME=]FILE[:WEIGHT]",
    "box": "[NAME=]X0,Y0,X1,Y1[:WEIGHT]",
    "point": "[NAME=]X,Y[:WEIGHT]",
}


def named_saliency(options: Options) -> str | Prompt | dict[str, tuple[Any, float]]:
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
    if words:
        from huefold.saliency import prompt  # noqa: PLC0415 - slow to import

        return prompt(options.prompt, avoid=options.avoid, model=options.prompt_model, folder=options.models)
    if options.saliency == "noise" and "focus" in options.model_fields_set:
        raise OptionError(
            "focus is for what matters, and nothing says what does; "
            "add --saliency, --prompt, --mask, --box or --point",
            option="focus",
        )
    return options.saliency


def named_segmenter(options: Options) -> str | SegmentAnything:
    """Return the source of first regions that the options name.

    Raises
    ------
    OptionError
        If they say how to run Segment Anything or recoloring but not to run it, or name what only a program can
        give.
    """
    if options.clustering != "recoloring" and "rounds" in options.model_fields_set:
        raise OptionError(
            f"rounds is for recoloring only; leave it out, or --clustering {options.clustering}",
            option="rounds",
        )
    if options.segmenter == "given":
        raise OptionError("segmenter must be classical or sam, got 'given'", option="segmenter")
    if options.segmenter == "sam":
        return segment_anything(options)
    asked = next((name for name in SAM_OPTIONS if name in options.model_fields_set), None)
    if asked is not None:
        raise OptionError(
            f"{asked.replace('_', '-')} is for Segment Anything only; add --segmenter sam", option=asked
        )
    return options.segmenter


def segment_anything(options: Options) -> SegmentAnything:
    """Return Segment Anything as the options set it."""
    from huefold.segment.anything import MaskSettings, SegmentAnything  # noqa: PLC0415 - slow to import

    settings = MaskSettings(points_per_side=options.sam_points, crop_layers=options.sam_crops)
    return SegmentAnything(
        options.sam_model, settings=settings, folder=options.models, allow_download=options.download
    )


def mask_files(options: Options) -> tuple[str, ...]:
    """Return the files that ``--mask`` names."""
    return tuple(_split(text, "mask")[1] for text in options.mask)


def _marks(options: Options) -> dict[str, tuple[Any, float]]:
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
