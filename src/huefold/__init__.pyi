from huefold import errors, images, metrics, options, recolor, refine, render, saliency, scene, segment, svg, trace
from huefold.pipeline import Result, vectorize
from huefold.progress import CancelToken, Progress

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
