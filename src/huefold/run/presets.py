"""Presets: how much work each stage puts in."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from huefold.images import WORKING_PIXELS
from huefold.options import PresetName
from huefold.recolor import RecolorSettings
from huefold.refine import RefineSettings

__all__ = ["PRESETS", "Preset", "detail_scale", "segment_scale"]

FEW_PATHS = 128
"""Drawings of at most so many paths are edited by hand and get few nodes; larger ones get what lowers the error."""

MAX_SEGMENT_SCALE = 1.7
"""Segments of a path in a drawing of many paths, as a multiple of those in a drawing of few."""


@dataclass(frozen=True, slots=True)
class Preset:
    """What a preset sets for each stage.

    Parameters
    ----------
    working_pixels : int
        Most pixels worked on; larger photos are reduced.
    trace_tolerance : float
        Largest distance between a region's border and the curve fitted to it, in working pixels.
    trace_segments : int or None
        Most segments of a structural path in a drawing of few paths (see `segment_scale`), where its shape
        allows, even if the curve then exceeds the tolerance.
    recolor_settings, refine_settings : callable
        Make the settings of Stages I and II, and of Stage III.
    """

    working_pixels: int
    trace_tolerance: float
    trace_segments: int | None
    recolor_settings: Callable[[], RecolorSettings]
    refine_settings: Callable[[], RefineSettings]


PRESETS: Mapping[PresetName, Preset] = MappingProxyType(
    {
        "fast": Preset(WORKING_PIXELS // 2, 1.0, 17, RecolorSettings, RefineSettings.fast),
        "balanced": Preset(WORKING_PIXELS, 0.75, 17, RecolorSettings, RefineSettings.balanced),
        "best": Preset(WORKING_PIXELS, 0.75, 17, RecolorSettings, RefineSettings.best),
        "paper": Preset(WORKING_PIXELS, 0.75, 20, RecolorSettings.paper, RefineSettings.paper),
    }
)


def segment_scale(paths: int) -> float:
    """Return how many segments a path may have, as a multiple of those in a drawing of few paths.

    It is 1 up to 128 paths, and 1.7 from 218.

    Examples
    --------
    >>> [segment_scale(paths) for paths in (64, 128, 192, 256, 1024)]
    [1.0, 1.0, 1.5, 1.7, 1.7]
    """
    return min(max(paths / FEW_PATHS, 1.0), MAX_SEGMENT_SCALE)


def detail_scale(paths: int, segments: float) -> float:
    """Return the radius of details that get the usual number of segments, relative to a drawing of few paths.

    Details of a finer drawing are smaller, because there is less area for each, and may have more `segments` (see
    `segment_scale`). The radius is in (0, 1].

    Examples
    --------
    >>> [round(detail_scale(paths, 2.0), 2) for paths in (128, 256, 512, 1024)]
    [0.5, 0.35, 0.25, 0.18]
    """
    return math.sqrt(FEW_PATHS / max(paths, FEW_PATHS)) / segments
