from .areas import path_areas
from .compactness import scene_compactness, vector_compactness
from .fidelity import mse, psnr, ssim
from .gradient_similarity import gmsd
from .perceptual import lpips
from .statistics import PathStatistics, path_statistics

__all__ = [
    "PathStatistics",
    "gmsd",
    "lpips",
    "mse",
    "path_areas",
    "path_statistics",
    "psnr",
    "scene_compactness",
    "ssim",
    "vector_compactness",
]
