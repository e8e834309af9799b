from .drawing import Drawing
from .given_drawing import drawing_loss, refine_given
from .penalties.region_tree import RegionTree
from .refine import loss_weight, refine
from .settings import RefineSettings

__all__ = ["Drawing", "RefineSettings", "RegionTree", "drawing_loss", "loss_weight", "refine", "refine_given"]
