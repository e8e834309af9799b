from .compactness import vector_compactness
from .fidelity import mse, psnr, ssim
from .statistics import PathStatistics, path_statistics

__all__ = ["PathStatistics", "mse", "path_statistics", "psnr", "ssim", "vector_compactness"]
