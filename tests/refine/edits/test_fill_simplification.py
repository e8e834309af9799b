"""Gradients that become simpler where nobody sees it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.refine import Drawing
from huefold.refine.edits.fill_simplification import simplify_fills
from huefold.refine.fit.fitter import Fitter
from huefold.render import rasterize
from huefold.scene import LinearGradient, Path, Scene, Solid, Stop, contour_from_polygon
from huefold.svg import write_svg

HEIGHT, WIDTH = 40, 56


def box(x0, y0, x1, y1, fill=None, **more):
    contour = contour_from_polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    return Path((contour,), fill if fill is not None else Solid((0.5, 0.5, 0.5)), **more)


def fitter_of(image, weight=None, scale=1.0):
    return Fitter(image, weight, reduction=1, canvas_width=image.shape[1] * scale, threads=2)


def shown_fill(fill):
    """A drawing of a box with that fill over another one, and a fitter to its picture."""
    scene = Scene(WIDTH, HEIGHT, (0.1, 0.2, 0.3), (box(4, 4, 44, 36), box(20, 10, 50, 30, fill)))
    return Drawing.from_scene(scene), fitter_of(rasterize(scene)[..., :3].astype(np.float32))


def ramp_of(*stops):
    return LinearGradient((20, 10), (50, 10), tuple(Stop(t, (c, c, c), a) for t, c, a in stops))


@pytest.mark.parametrize(
    ("fill", "plainer"),
    [
        (ramp_of((0, 0.0, 1), (0.5, 0.5, 1), (1, 1.0, 1)), ramp_of((0, 0.0, 1), (1, 1.0, 1))),
        (ramp_of((0, 0.0, 1), (0.5, 0.9, 1), (1, 0.2, 1)), None),
        (ramp_of((0, 0.4, 1), (0.5, 0.4, 1), (1, 0.4, 1)), Solid((0.4, 0.4, 0.4))),
        (ramp_of((0, 0.0, 0.999), (1, 1.0, 0.999)), ramp_of((0, 0.0, 1), (1, 1.0, 1))),
        (ramp_of((0, 0.0, 0.2), (1, 1.0, 0.9)), None),
    ],
)
def test_gradients_lose_what_nobody_sees(fill, plainer):
    drawing, fitter = shown_fill(fill)
    simplify_fills(drawing, fitter, loss_per_byte=0.0, least_gain=2e-7)
    found = drawing.to_scene().paths[1].fill
    if isinstance(plainer, Solid):
        np.testing.assert_allclose(found.color, plainer.color, atol=1e-3)
    else:
        assert found == (fill if plainer is None else plainer)
    assert drawing.to_scene().paths[0].fill == Solid((0.5, 0.5, 0.5))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1e-9, 1e-4))
def test_no_gradient_costs_more_than_its_bytes_are_worth(seed, worth):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 5))
    stops = [(t, *rng.random(2)) for t in np.linspace(0, 1, count)]
    drawing, fitter = shown_fill(ramp_of(*stops))
    before = write_svg(drawing.to_scene())
    simplify_fills(drawing, fitter, loss_per_byte=worth)
    after = write_svg(drawing.to_scene())
    assert fitter.loss(drawing) <= worth * 400 + 1e-9  # a gradient of four stops that fade has no more bytes
    assert len(after) <= len(before)


def test_every_gradient_is_looked_at_by_itself():
    flat, steep = ramp_of((0, 0.40, 1), (1, 0.402, 1)), ramp_of((0, 0.0, 1), (1, 1.0, 1))
    paths = tuple(
        box(x, 4, x + 8, 36, replace(fill, start=(x, 4), end=(x + 8, 4)))
        for x, fill in zip((2, 12, 22, 32, 42), (flat, steep, flat, steep, flat), strict=True)
    )
    scene = Scene(WIDTH, HEIGHT, (0.1, 0.2, 0.3), paths)
    drawing = Drawing.from_scene(scene)
    arrays = drawing.arrays
    assert arrays.gradients is not None
    shared = arrays.gradients.reordered([0, 1, 2, 3, 0])  # the last path has the first one's
    drawing.arrays = replace(arrays, gradients=shared)
    fitter = fitter_of(rasterize(scene)[..., :3].astype(np.float32))
    simplify_fills(drawing, fitter, loss_per_byte=1e-8)
    assert [isinstance(path.fill, Solid) for path in drawing.to_scene().paths] == [True, False] * 2 + [True]
    np.testing.assert_allclose([path.fill.color for path in drawing.to_scene().paths[::2]], 0.401, atol=1e-3)
