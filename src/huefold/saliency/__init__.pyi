from .automatic import automatic, centre_prior
from .combine import combine, normalise
from .marks import Box, Point, RegionAt, boxes, points
from .noise import noise
from .painted import painted
from .prompts import Found, Phrase, Prompt, prompt, source_options

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
