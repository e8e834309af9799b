"""Stage III refuses budgets, fills, maps and weights that it cannot work with."""

from __future__ import annotations

import numpy as np
import pytest
from tests.small_picture import HEIGHT, WIDTH, middle, photo

from huefold import refine
from huefold.errors import BudgetError, OptionError, SaliencyError
from huefold.refine import RefineSettings
from huefold.scene import Scene


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"paths": 2.5}, BudgetError, "paths must be a whole number, got 2.5"),
        ({"paths": True}, BudgetError, "paths must be a whole number"),
        ({"fills": "radial"}, OptionError, "fills must be one of solid, linear, auto, got 'radial'"),
        ({"saliency": middle().T}, SaliencyError, r"saliency must have the shape of the photo, \(30, 40\)"),
        ({"saliency": middle() * 255}, SaliencyError, r"saliency must lie in \[0, 1\], got 0 to 255"),
        ({"saliency": middle() + np.nan}, SaliencyError, r"saliency must lie in \[0, 1\], got nan"),
        ({"weight": middle() - 1}, SaliencyError, "weights must be 0 or more, got -1 to 0"),
        ({"weight": middle() + np.inf}, SaliencyError, "weights must be 0 or more"),
        ({"weight": middle() * 0}, SaliencyError, "weights are 0 everywhere"),
    ],
)
def test_refining_refuses_what_would_draw_something_else(given, error, message):
    arguments = {"saliency": middle(), "paths": 2, "settings": RefineSettings.fast()} | given
    with pytest.raises(error, match=message):
        refine.refine(photo(), Scene(WIDTH, HEIGHT, (0, 0, 0)), **arguments)
