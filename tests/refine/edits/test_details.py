"""Details that no fit follows."""

from __future__ import annotations

import numpy as np

from huefold.refine import Drawing, RefineSettings
from huefold.refine.context import RefinementContext
from huefold.refine.edits import details
from huefold.refine.fit.fitter import Fitter
from huefold.refine.monitor import Monitor
from huefold.scene import Path, Scene, Solid, contour_from_polygon

QUICK = RefineSettings(
    draft_pixels=10**6, structure_iterations=20, growth_steps=2, growth_iterations=20, relocation_rounds=2,
    relocation_iterations=15, polish_iterations=20, final_iterations=20,
)  # fmt: skip


def photo(height=48, width=64, seed=0):
    """Discs and stripes of random colours: something to draw."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    image = np.stack([x / width, y / height, (x + y) / (width + height)], axis=2) * 0.4
    for _ in range(9):
        cx, cy, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(3, 12)
        image[(x - cx) ** 2 + (y - cy) ** 2 < r * r] = rng.random(3)
    return image.astype(np.float32)


def structure(height=48, width=64):
    """Two structural paths side by side, the second one counter-clockwise."""
    left = contour_from_polygon([(0, 0), (width / 2, 0), (width / 2, height), (0, height)])
    right = contour_from_polygon([(width / 2, 0), (width / 2, height), (width, height), (width, 0)])
    paths = tuple(
        Path((c,), Solid((0.5, 0.5, 0.5)), role="structural", id=f"s{i}", name=f"part {i}")
        for i, c in enumerate((left, right))
    )
    return Scene(width, height, (0.5, 0.5, 0.5), paths)


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
