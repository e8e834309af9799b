from . import errors, images, metrics, options, recolor, refine, render, saliency, scene, segment, svg, trace
from .pipeline import Result, vectorize
from .progress import CancelToken, Progress

__version__: str

__all__ = [
    "CancelToken",
    "Progress",
    "Result",
    "errors",
    "images",
    "metrics",
    "options",
    "recolor",
    "refine",
    "render",
    "saliency",
    "scene",
    "segment",
    "svg",
    "trace",
    "vectorize",
]
