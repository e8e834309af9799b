from .automatic import automatic, centre_prior
from .combine import combine, normalise
from .marks import Box, Point, boxes, points
from .noise import noise
from .painted import painted

__all__ = [
    "Box",
    "Point",
    "automatic",
    "boxes",
    "centre_prior",
    "combine",
    "noise",
    "normalise",
    "painted",
    "points",
]
