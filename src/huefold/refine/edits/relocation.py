"""Relocation: paths that can be spared are replaced by details where the error is."""

from __future__ import annotations

import numpy as np

from huefold.refine.context import LEAST_GAIN, RefinementContext
from huefold.refine.drawing import Drawing
from huefold.refine.edits.details import add_details
from huefold.refine.edits.path_merging import merge_paths

__all__ = ["relocate"]

GRADED_SHARE = 1.0 / 3.0
"""Share of the merge threshold for merges with a gradient, which gain less when they are fitted."""


def relocate(context: RefinementContext, drawing: Drawing, share: float) -> None:
    """Relocate a share of the details: merge paths, drop the least important ones, and add others."""
    settings, count = context.settings, round(share * drawing.details)
    importance = context.draft.importance(drawing)[drawing.structural :]
    if settings.merge_threshold > 0.0 and count > 0:
        graded = context.fills != "solid"
        threshold = (GRADED_SHARE if graded else 1.0) * settings.merge_threshold
        threshold *= float(np.sort(importance)[min(count, len(importance) - 1)])
        most = settings.detail_segments if settings.fixed_segments is not None else None
        count -= merge_paths(drawing, context.draft, count, threshold, segments=most, graded=graded)
        importance = context.draft.importance(drawing)[drawing.structural :]
    weakest = np.argsort(importance, kind="stable")[:count]
    useless = np.flatnonzero(importance <= LEAST_GAIN)
    drawing.drop(drawing.structural + np.union1d(weakest, useless))
    add_details(context, drawing, context.detail_budget(drawing))
