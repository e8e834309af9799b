"""What the flags say of where the first regions come from, and how they merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huefold.errors import OptionError
from huefold.options import Options

if TYPE_CHECKING:
    from huefold.segment.anything import SegmentAnything

__all__ = ["SAM_FLAGS", "segmenter_of"]

SAM_FLAGS = ("sam_model", "sam_points", "sam_crops")


def segmenter_of(options: Options) -> str | SegmentAnything:
    """Return the segmenter that the options name.

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
    if options.segmenter != "sam":
        asked = next((name for name in SAM_FLAGS if name in options.model_fields_set), None)
        if asked is not None:
            raise OptionError(
                f"{asked.replace('_', '-')} is for Segment Anything only; add --segmenter sam", option=asked
            )
        return options.segmenter
    from huefold.segment.anything import MaskSettings, SegmentAnything  # noqa: PLC0415 - slow to import

    return SegmentAnything(
        options.sam_model,
        settings=MaskSettings(points_per_side=options.sam_points, crop_layers=options.sam_crops),
        folder=options.models,
        allow_download=options.download,
    )
