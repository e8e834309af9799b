from .classical import classical
from .given_masks import Segmenter, from_labels, from_masks, from_segmenter, load_masks
from .partition import Partition, absorb_slivers, connected, merge_down

__all__ = [
    "Partition",
    "Segmenter",
    "absorb_slivers",
    "classical",
    "connected",
    "from_labels",
    "from_masks",
    "from_segmenter",
    "load_masks",
    "merge_down",
]
