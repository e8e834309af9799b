"""The presets: how much work each stage puts in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from huefold.images import WORKING_PIXELS
from huefold.options import PresetName
from huefold.recolor import RecolorSettings
from huefold.refine import RefineSettings

__all__ = ["PRESETS", "Preset"]


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
        Most segments of a structural path, where its shape allows; coarser than the tolerance if need be.
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
        "fast": Preset(WORKING_PIXELS // 2, 1.0, 14, RecolorSettings, RefineSettings.fast),
        "balanced": Preset(WORKING_PIXELS, 0.75, 14, RecolorSettings, RefineSettings.balanced),
        "best": Preset(WORKING_PIXELS, 0.75, 14, RecolorSettings, RefineSettings.best),
        "paper": Preset(WORKING_PIXELS, 0.75, 20, RecolorSettings.paper, RefineSettings.paper),
    }
)
