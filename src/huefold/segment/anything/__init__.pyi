from .generator import AutomaticMasks, automatic_masks
from .prompting import Candidates, PointPredictor, PromptedImage
from .segmenter import DEFAULT_MODEL, SegmentAnything, segmenter_options
from .settings import MaskSettings
from .subdivide import subdivided

__all__ = [
    "DEFAULT_MODEL",
    "AutomaticMasks",
    "Candidates",
    "MaskSettings",
    "PointPredictor",
    "PromptedImage",
    "SegmentAnything",
    "automatic_masks",
    "segmenter_options",
    "subdivided",
]
