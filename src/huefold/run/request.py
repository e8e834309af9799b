"""What a run was asked for, resolved once at the door."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from huefold import saliency as saliency_maps
from huefold.options import DEFAULTS, Options
from huefold.run.sources import SOURCE_OPTIONS, named_saliency, named_segmenter
from huefold.saliency import Box, Point, RegionAt
from huefold.segment import anything

__all__ = ["Request", "SaliencySource", "SegmenterSource"]

Painted: TypeAlias = (
    "str | os.PathLike[str] | Image.Image | NDArray[Any] | Callable[[NDArray[np.float32]], NDArray[Any]]"
)
Mark: TypeAlias = "Painted | Box | Point | RegionAt"
SaliencySource: TypeAlias = "Painted | Mapping[str, Mark | tuple[Mark, float]] | None"
SegmenterSource: TypeAlias = "str | NDArray[Any] | Callable[[NDArray[np.float32]], NDArray[Any]] | None"


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """What to draw a photo with.

    Parameters
    ----------
    options : Options
        All options, among them where saliency and first regions come from, as the report says it.
    saliency, segmenter
        The sources themselves, as `huefold.vectorize` takes them, but never None.

    Examples
    --------
    >>> Request.from_arguments(paths=64, saliency=np.ones((2, 2))).options.saliency
    'given'
    """

    options: Options
    saliency: SaliencySource = "noise"
    segmenter: SegmenterSource = "classical"

    @classmethod
    def from_arguments(
        cls, *, saliency: SaliencySource = None, segmenter: SegmenterSource = None, **arguments: object
    ) -> Request:
        """Resolve keyword arguments: those of `Options`, with the sources as objects.

        Raises
        ------
        OptionError, BudgetError
            If an option has a value that it cannot have, or there are two budgets.
        """
        saliency = "noise" if saliency is None else saliency
        segmenter = "classical" if segmenter is None else segmenter
        return cls(Options(**(arguments | _source_options(saliency, segmenter))), saliency, segmenter)

    @classmethod
    def from_options(
        cls, options: Options, *, saliency: SaliencySource = None, segmenter: SegmenterSource = None
    ) -> Request:
        """Resolve options whose sources are given apart."""
        values = options.model_dump(exclude_unset=True, exclude={"saliency", "segmenter"})
        return cls.from_arguments(saliency=saliency, segmenter=segmenter, **values)

    @classmethod
    def from_flags(cls, options: Options) -> Request:
        """Resolve options that name their sources themselves, as the command line's flags do.

        Raises
        ------
        OptionError
            If they contradict each other, or a mark cannot be read.
        """
        saliency, segmenter = named_saliency(options), named_segmenter(options)
        sources = {name: getattr(DEFAULTS, name) for name in SOURCE_OPTIONS}
        sources |= _source_options(saliency, segmenter)
        return cls(options.model_copy(update=sources), saliency, segmenter)

    @property
    def classical(self) -> bool:
        """Whether the first regions come from an over-segmentation by colour."""
        return isinstance(self.segmenter, str) and self.segmenter == "classical"


def _source_options(saliency: SaliencySource, segmenter: SegmenterSource) -> dict[str, Any]:
    """Return the options that say where saliency and first regions come from."""
    # A name stands for itself: what knows of models takes long to import.
    how = {"saliency": saliency} if isinstance(saliency, str) else saliency_maps.source_options(saliency)
    if isinstance(segmenter, str):
        return how | {"segmenter": segmenter}
    return how | anything.segmenter_options(segmenter)
