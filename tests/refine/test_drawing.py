"""Paths of a drawing that come and go."""

from __future__ import annotations

import numpy as np
from tests.refine.pictures import structure

from huefold.bezier.arcs import circle
from huefold.refine import Drawing


def test_dropping_takes_the_right_paths_structural_or_not():
    drawing = Drawing.from_scene(structure())
    drawing.add([circle(5 * i, 5, 2, 4) for i in range(4)], np.full((4, 3), 0.25) * np.arange(4)[:, None])
    drawing.drop(np.array([0, 3, 4]))
    assert (drawing.structural, drawing.details) == (1, 2)
    assert drawing.to_scene().paths[0].id == structure().paths[1].id
    left = drawing.to_scene().paths[1:]
    assert [path.fill.color[0] for path in left] == [0.0, 0.75]
    np.testing.assert_allclose(left[1].contours[0], circle(15, 5, 2, 4))
