from .baselines import dbscan, kmeans, ward
from .hierarchy import Hierarchy, Merge
from .regions import RegionStatistics, region_statistics
from .rounds import recolor
from .settings import RecolorSettings

__all__ = [
    "Hierarchy",
    "Merge",
    "RecolorSettings",
    "RegionStatistics",
    "dbscan",
    "kmeans",
    "recolor",
    "region_statistics",
    "ward",
]
