"""The progressive recipe: structure first, details step by step where the error is."""

from __future__ import annotations

from dataclasses import replace

from huefold.refine.context import RefinementContext
from huefold.refine.drawing import Drawing
from huefold.refine.edits.details import add_details
from huefold.refine.edits.node_target import remove_excess_nodes
from huefold.refine.edits.pruning import REPLACEMENTS, prune, replace_invisible
from huefold.refine.edits.relocation import relocate
from huefold.refine.fit.smooth_nodes import SmoothNodes
from huefold.refine.schedule import FINAL_LAST_RATE

__all__ = ["compose", "progressive"]

WORSE = 1.02
"""Relative loss beyond which a relocation is undone; fits alone end up to 1 % higher or lower."""


def progressive(context: RefinementContext, drawing: Drawing) -> None:
    """Compose the drawing of more nodes than it may have, remove the least important ones, polish what is left."""
    oversampled = replace(context, settings=context.settings.oversampled())
    nodes = compose(oversampled, drawing)
    remove_excess_nodes(context, drawing, nodes)
    polish(context, drawing)
    prune(context, drawing)
    add_details(context, drawing, context.detail_budget(drawing))
    finish(context, drawing)
    if replace_invisible(context, drawing):
        finish(context, drawing)
        for _ in range(REPLACEMENTS):  # new details may hide what was visible
            if not replace_invisible(context, drawing, fitted=False):
                break


def compose(context: RefinementContext, drawing: Drawing) -> int:
    """Fit the structure, add details in steps, and relocate paths that can be spared.

    Returns the number of nodes before the relocations: merged paths keep the nodes of both.
    """
    settings = context.settings
    context.fit(drawing, context.draft, settings.structure_iterations, "structure")
    first = drawing.details
    for step in range(1, settings.growth_steps + 1):
        missing = context.detail_budget(drawing) - first
        add_details(context, drawing, first + round(missing * step / settings.growth_steps))
        message = f"details, step {step} of {settings.growth_steps}"
        context.fit(drawing, context.draft, settings.growth_iterations, message)
    nodes = drawing.nodes
    for turn in range(settings.relocation_rounds):
        if context.monitor.expired():
            break
        share = settings.relocation_share * (1.0 - 0.8 * turn / settings.relocation_rounds)
        before, loss = drawing.arrays, context.draft.loss(drawing)
        relocate(context, drawing, share)
        message = f"relocation {turn + 1} of {settings.relocation_rounds}"
        context.fit(drawing, context.draft, settings.relocation_iterations, message)
        if context.draft.loss(drawing) > WORSE * loss:
            drawing.arrays = before
    return nodes


def polish(context: RefinementContext, drawing: Drawing) -> None:
    """Run the last iterations on the reduced photo, in which some nodes become smooth."""
    arrays, settings = drawing.arrays, context.settings
    smooth = SmoothNodes.nearest(arrays.points, arrays.contours, share=settings.smooth_share)
    context.fit(drawing, context.draft, settings.polish_iterations, "polishing", FINAL_LAST_RATE, smooth)


def finish(context: RefinementContext, drawing: Drawing) -> None:
    """Run the last iterations, at full working size."""
    smooth = SmoothNodes.existing(drawing.arrays.points, drawing.arrays.contours)
    iterations = context.settings.final_iterations
    context.fit(drawing, context.final, iterations, "full size", FINAL_LAST_RATE, smooth, fading=False)
