"""Paths that nobody would miss give way: hidden ones, ones off the canvas, ones shrunk to nothing."""

from __future__ import annotations

import numpy as np

from huefold.refine.context import LEAST_FILL_GAIN, LEAST_GAIN, RefinementContext
from huefold.refine.drawing import Drawing
from huefold.refine.edits.details import add_details, fill_budget
from huefold.refine.edits.fill_simplification import simplify_fills
from huefold.refine.fills.gradients import snap_opacity

__all__ = ["REPLACEMENTS", "prune", "replace_invisible"]

LEAST_VISIBLE = 0.5
"""Square pixels of the canvas that must show of a path."""

REPLACEMENTS = 8
"""How often invisible paths are replaced after the last fit, since new ones may hide others."""


def prune(context: RefinementContext, drawing: Drawing) -> None:
    """Drop details of no importance, and simplify gradients."""
    importance = context.draft.importance(drawing)[drawing.structural :]
    drawing.drop(drawing.structural + np.flatnonzero(importance <= LEAST_GAIN))
    per_byte = context.loss_per_byte(drawing)
    simplify_fills(drawing, context.draft, loss_per_byte=per_byte, least_gain=LEAST_FILL_GAIN)
    snap_opacity(drawing)


def replace_invisible(context: RefinementContext, drawing: Drawing, *, fitted: bool = True) -> bool:
    """Replace paths of which less than half a pixel shows by details; return whether there were any.

    New details that are not `fitted` afterwards must lower the loss as they are.
    """
    invisible = np.flatnonzero(context.final.visible_area(drawing) < LEAST_VISIBLE)
    count = drawing.count
    if not len(invisible):
        return False
    drawing.drop(invisible)
    if fitted:
        add_details(context, drawing, count - drawing.structural)
    else:
        fill_budget(context, drawing, count)
    return True
