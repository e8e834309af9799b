"""Details that no fit follows."""

from __future__ import annotations

from tests.refine.pictures import QUICK, photo, structure

from huefold.refine import Drawing
from huefold.refine.context import RefinementContext
from huefold.refine.edits import details
from huefold.refine.fit.fitter import Fitter
from huefold.refine.monitor import Monitor


def test_paths_that_no_fit_follows_do_good(monkeypatch):
    """Others are chosen in the place of those that would not."""
    image = photo(seed=5)
    fitter = Fitter(image, None, reduction=1, canvas_width=64, threads=1)
    context = RefinementContext(
        fitter, fitter, image[..., 0], 30, QUICK, 0, Monitor(1, None, None), "solid", 0
    )
    drawing = Drawing.from_scene(structure())
    first, add_details = [], details.add_details

    def spoil(context, drawing, wanted):
        """Add details, and turn the colours of the first two to their opposites."""
        count = drawing.count
        add_details(context, drawing, wanted)
        drawing.arrays.colors[count : count + 2] = 1.0 - drawing.arrays.colors[count : count + 2]
        first.append(drawing.count - count)

    monkeypatch.setattr(details, "add_details", spoil)
    before = fitter.loss(drawing)
    details.fill_budget(context, drawing, 12)
    assert first == [10, 80]
    assert drawing.count == 12
    assert (fitter.importance(drawing)[2:] > 0).all()
    assert fitter.loss(drawing) < 0.9 * before
