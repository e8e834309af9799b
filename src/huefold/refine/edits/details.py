"""New details, where they repair most."""

from __future__ import annotations

import math

import numpy as np

from huefold.refine.context import LEAST_GAIN, LEAST_LOSS, RefinementContext
from huefold.refine.drawing import Drawing
from huefold.refine.edits.seeding import residual_seeds

__all__ = ["add_details", "fill_budget"]

CANDIDATES = 8
"""Candidates per missing detail in the second attempt, if the first ones do not lower the loss."""


def add_details(context: RefinementContext, drawing: Drawing, count: int) -> None:
    """Add details until there are `count` of them, or the picture needs no more."""
    missing = count - drawing.details
    if missing <= 0 or context.draft.loss(drawing) <= LEAST_LOSS:
        return
    fitter, radius = context.draft, context.settings.detail_radius
    seeds = residual_seeds(
        fitter.draw(drawing),
        fitter.target,
        fitter.weight,
        missing,
        segments=context.settings.detail_segments,
        pixel=fitter.pixel,
        reference=None if radius is None else radius * math.sqrt(fitter.target[0].size),
        least_gain=LEAST_GAIN,
        threads=fitter.raster.threads,
    )
    drawing.add(*seeds)


def fill_budget(context: RefinementContext, drawing: Drawing, paths: int) -> None:
    """Add details that no fit follows, up to so many paths; each lowers the loss as it is.

    Seeding takes pixels to be inside of a disc or not. Where only thin edges are left to repair, hardly a
    disc does what that promises, so more candidates are tried then.
    """
    before, missing = drawing.arrays, paths - drawing.count
    if missing <= 0:
        return
    loss = context.final.loss(drawing)
    for candidates in (missing, CANDIDATES * missing):
        drawing.arrays = before
        add_details(context, drawing, drawing.details + candidates)
        new = np.arange(before.path_count, drawing.count)
        gains = context.final.importance(drawing)[new]
        best = np.argsort(-gains, kind="stable")[:missing]
        good = best[gains[best] > LEAST_GAIN]
        drawing.drop(np.delete(new, good))
        if context.final.loss(drawing) > loss:
            drawing.arrays = before
        if drawing.count == paths:
            return
