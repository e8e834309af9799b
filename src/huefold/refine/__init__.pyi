from .drawing import Drawing
from .refine import loss_weight, refine
from .settings import RefineSettings

__all__ = ["Drawing", "RefineSettings", "loss_weight", "refine"]
