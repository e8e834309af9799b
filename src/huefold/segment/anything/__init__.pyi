from .generator import AutomaticMasks, automatic_masks
from .prompting import Candidates, PointPredictor, PromptedImage
from .segmenter import DEFAULT_MODEL, SegmentAnything
from .settings import MaskSettings

__all__ = [
    "DEFAULT_MODEL",
    "AutomaticMasks",
    "Candidates",
    "MaskSettings",
    "PointPredictor",
    "PromptedImage",
    "SegmentAnything",
    "automatic_masks",
]
