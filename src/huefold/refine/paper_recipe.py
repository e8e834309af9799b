"""The published recipe: all details at once, Adam on the plain squared error (section 4.4)."""

from __future__ import annotations

from huefold.refine.context import RefinementContext
from huefold.refine.drawing import Drawing
from huefold.refine.edits.seeding import saliency_seeds
from huefold.refine.fills.gradients import snap_opacity

__all__ = ["paper"]

RADIUS = 5.0
"""Radius of details in pixels of the photo at working size."""


def paper(context: RefinementContext, drawing: Drawing) -> None:
    """Add all details as circles where saliency is high, and fit everything at constant rates."""
    seeds = saliency_seeds(
        context.final.target,
        context.saliency,
        context.detail_budget(drawing),
        radius=RADIUS,
        segments=context.settings.detail_segments,
        pixel=context.final.pixel,
        seed=context.seed,
    )
    drawing.add(*seeds)
    context.fit(drawing, context.final, context.settings.final_iterations, "all paths", last_rate=1.0)
    snap_opacity(drawing)
