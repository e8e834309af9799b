from .automatic import automatic, centre_prior
from .combine import combine, normalise
from .marks import Box, Point, RegionAt, boxes, points
from .noise import noise
from .painted import painted
from .phrases import Found, Phrase
from .prompts import Prompt, prompt, source_options

__all__ = [
    "Box",
    "Found",
    "Phrase",
    "Point",
    "Prompt",
    "RegionAt",
    "automatic",
    "boxes",
    "centre_prior",
    "combine",
    "noise",
    "normalise",
    "painted",
    "points",
    "prompt",
    "source_options",
]
