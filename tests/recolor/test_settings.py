"""Settings that are refused."""

from __future__ import annotations

import pytest

from huefold.errors import OptionError
from huefold.recolor import (
    RecolorSettings,
)


@pytest.mark.parametrize(
    "changes",
    [
        {"weight_tv": -1.0},
        {"weight_mse": float("nan")},
        {"tolerance": "small"},
        {"stage1_iterations": 1.5},
        {"palette_size": 0},
        {"learning_rate": 2.0},
        {"convergence": -0.1},
        {"init": "zero"},
        {"merge_order": "size"},
        {"saliency_floor": 1.1},
        {"prune": 0.9},
        {"chroma": -1.0},
        {"reassign": "yes"},
    ],
)
def test_settings_that_cannot_be(changes):
    (name,) = changes
    with pytest.raises(OptionError, match=name) as caught:
        RecolorSettings(**changes)
    assert "\n" not in str(caught.value)
