from .api import LossAndGradients, rasterize, value_and_grad, vjp
from .arrays import RenderError, SceneArrays
from .fills.arrays import FillGradients, GradientFills
from .rasterizer import Gradients, Rasterizer, available_threads
from .topology import Topology

__all__ = [
    "FillGradients",
    "GradientFills",
    "Gradients",
    "LossAndGradients",
    "Rasterizer",
    "RenderError",
    "SceneArrays",
    "Topology",
    "available_threads",
    "rasterize",
    "value_and_grad",
    "vjp",
]
