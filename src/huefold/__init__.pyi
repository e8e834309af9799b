from . import (
    errors,
    images,
    metrics,
    models,
    options,
    recolor,
    refine,
    render,
    saliency,
    scene,
    segment,
    svg,
    trace,
)
from .pipeline import Result, vectorize
from .progress import CancelToken, Progress
from .refinement import Refinement, refine_drawing
from .session import Session

__version__: str

__all__ = [
    "CancelToken",
    "Progress",
    "Refinement",
    "Result",
    "Session",
    "errors",
    "images",
    "metrics",
    "models",
    "options",
    "recolor",
    "refine",
    "refine_drawing",
    "render",
    "saliency",
    "scene",
    "segment",
    "svg",
    "trace",
    "vectorize",
]
