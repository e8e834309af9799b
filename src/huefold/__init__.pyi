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
from .progress import CancelToken, Progress
from .run.pipeline import vectorize
from .run.refinement import refine_drawing
from .run.result import Refinement, Result
from .run.session import Session

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
