from .api import rasterize
from .arrays import RenderError, SceneArrays
from .rasterizer import Gradients, Rasterizer, available_threads

__all__ = ["Gradients", "Rasterizer", "RenderError", "SceneArrays", "available_threads", "rasterize"]
