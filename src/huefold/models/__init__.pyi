from .download import WeightsInfo
from .extras import needs
from .folders import hub_cache, models_folder
from .load import load_relevance_model
from .relevance import Evidence, RelevanceModel
from .state import load_state_dict
from .weights import find_weights, missing_from, model_files

__all__ = [
    "Evidence",
    "RelevanceModel",
    "WeightsInfo",
    "find_weights",
    "hub_cache",
    "load_relevance_model",
    "load_state_dict",
    "missing_from",
    "model_files",
    "models_folder",
    "needs",
]
