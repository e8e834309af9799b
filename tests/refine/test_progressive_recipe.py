"""The progressive recipe: which relocations are undone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.refine.pictures import QUICK, flat, photo, structure

from huefold.refine import Drawing
from huefold.refine import progressive_recipe as progressive
from huefold.refine.context import RefinementContext
from huefold.refine.fit.fitter import Fitter
from huefold.refine.monitor import Monitor


@pytest.mark.parametrize(("increase", "kept"), [(1.005, True), (1.015, True), (1.04, False), (1.4, False)])
def test_relocations_that_increase_the_loss_much_are_undone(monkeypatch, increase, kept):
    """A relocation that only changes a colour until the loss is so many times what it was; no fit follows."""
    image = photo()
    fitter = Fitter(image, None, reduction=1, canvas_width=64.0, threads=1)
    none = replace(
        QUICK,
        structure_iterations=0,
        growth_steps=1,
        growth_iterations=0,
        relocation_rounds=1,
        relocation_iterations=0,
    )
    context = RefinementContext(fitter, fitter, flat(), 2, none, 0, Monitor(1, None, None), "solid", 0)
    drawing = Drawing.from_scene(structure())
    before, loss = drawing.arrays, fitter.loss(drawing)

    def relocate(_context, drawing, _share):
        mean = image[:, :32].mean(axis=(0, 1)).astype(float)
        low, high = 0.0, 1.0  # the loss is a parabola in how far the colour is from the best one
        for _ in range(60):
            middle = 0.5 * (low + high)
            color = mean + middle * ((1.0, 1.0, 1.0) - mean)
            drawing.arrays = replace(before, colors=np.stack([color, before.colors[1]]))
            low, high = (middle, high) if fitter.loss(drawing) < increase * loss else (low, middle)

    monkeypatch.setattr(progressive, "relocate", relocate)
    progressive.compose(context, drawing)
    assert fitter.loss(drawing) == pytest.approx(increase * loss if kept else loss, rel=1e-3)
