"""The presets: how much work each stage puts in."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from huefold.images import WORKING_PIXELS
from huefold.options import PresetName
from huefold.recolor import RecolorSettings
from huefold.refine import RefineSettings

__all__ = ["PRESETS", "Preset", "detail_scale", "segment_allowance"]

FEW_PATHS = 128
"""Up to here a drawing is for editing by hand: as few nodes as do. Beyond, nodes go where they lower the error."""

MOST_ALLOWED = 1.7
"""So many times the segments of a path of few has one of many."""


@dataclass(frozen=True, slots=True)
class Preset:
    """What one preset asks of the stages.

    Parameters
    ----------
    working_pixels : int
        Larger photos are worked on at this many pixels.
    trace_tolerance : float
        Largest distance between a region's border and the curve fitted to it, in working pixels.
    trace_segments : int or None
        Most segments of a structural path in a drawing of few paths (see `segment_allowance`), where its shape
        allows; coarser than the tolerance if need be.
    recolor_settings, refine_settings : callable
        Make the settings of Stages I and II, and of Stage III.

    Examples
    --------
    >>> PRESETS["paper"].recolor_settings().stage1_iterations
    1000
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


def segment_allowance(paths: int) -> float:
    """Return how many times the segments of a drawing of few paths each path of one with so many may have.

    Parameters
    ----------
    paths : int
        The budget.

    Returns
    -------
    allowance : float
        In [1, 1.7]: 1 up to 128 paths, 1.7 from 218.

    Examples
    --------
    >>> [segment_allowance(paths) for paths in (64, 128, 192, 256, 1024)]
    [1.0, 1.0, 1.5, 1.7, 1.7]
    """
    return min(max(paths / FEW_PATHS, 1.0), MOST_ALLOWED)


def detail_scale(paths: int, allowance: float) -> float:
    """Return the size of details that get a usual number of segments, against that in a drawing of few paths.

    Details of a finer drawing are smaller, by the area that there is for each; and they may have more segments.

    Parameters
    ----------
    paths : int
        Of the drawing.
    allowance : float
        See `segment_allowance`.

    Returns
    -------
    scale : float
        In (0, 1].

    Examples
    --------
    >>> [round(detail_scale(paths, 2.0), 2) for paths in (128, 256, 512, 1024)]
    [0.5, 0.35, 0.25, 0.18]
    """
    return math.sqrt(FEW_PATHS / max(paths, FEW_PATHS)) / allowance
