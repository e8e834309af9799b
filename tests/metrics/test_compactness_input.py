"""Vector compactness: any overlap is more than none, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from huefold.errors import ImageError, OptionError
from huefold.metrics import scene_compactness, vector_compactness
from huefold.scene import Path, Scene, Solid, contour_from_polygon

SQUARE = contour_from_polygon([(1, 1), (9, 1), (9, 9), (1, 9)])
SCENE = Scene(10, 10, (1, 1, 1), (Path((SQUARE,), Solid((1, 0, 0))),))


def halves():
    left = np.zeros((4, 8), bool)
    left[:, :4] = True
    return left, ~left


def test_any_overlap_is_more_than_none():
    left, right = halves()
    assert vector_compactness([left, right], [left], min_overlap=0) == 1.0
    touching = right.astype(float)
    touching[0, 3] = 0.1
    assert vector_compactness([left, touching], [left], min_overlap=0) == 0.5


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"share": 85}, OptionError),
        ({"share": -1}, OptionError),
        ({"min_overlap": -1}, OptionError),
        ({"masks": [[[1, 1, 2, 2, 3, 3, 4, 4]] * 4]}, ImageError),
        ({"masks": [np.full((4, 8), np.nan)]}, ImageError),
        ({"coverages": [np.full((4, 8), 255.0)]}, ImageError),
        ({"coverages": [np.full((4, 8), np.nan)]}, ImageError),
        ({"coverages": [[[0, 1], [1]]]}, ImageError),
        ({"masks": [[[0, 1], [1]]]}, ImageError),
        ({"coverages": [[["a"] * 8] * 4]}, ImageError),
        ({"share": np.nan}, OptionError),
        ({"share": "0.85"}, OptionError),
        ({"min_overlap": None}, OptionError),
        ({"missed": 5}, OptionError),
        ({"missed": "0"}, OptionError),
    ],
)
def test_compactness_of_nonsense_is_refused(given, error):
    left, right = halves()
    with pytest.raises(error):
        vector_compactness(**({"coverages": [left, right], "masks": [left]} | given))
    if "coverages" not in given:
        with pytest.raises(error):
            scene_compactness(SCENE, **({"masks": [left]} | given))
