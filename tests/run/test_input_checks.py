"""Every stage of a run refuses what it cannot work on."""

from __future__ import annotations

import numpy as np
import pytest
from tests.small_picture import HEIGHT, PARTITION, WIDTH, middle, photo

from huefold import recolor, refine, saliency, segment, trace
from huefold.errors import HuefoldError
from huefold.refine import RefineSettings
from huefold.scene import Scene

STAGES = {
    "classical": lambda rgb: segment.classical(rgb, regions=4),
    "labels": lambda rgb: segment.from_labels(PARTITION, rgb),
    "automatic": saliency.automatic,
    "recolor": lambda rgb: recolor.recolor(rgb, PARTITION, middle(), target=2, rounds=1),
    "trace": lambda rgb: trace.trace(rgb, PARTITION, width=WIDTH, height=HEIGHT),
    "refine": lambda rgb: refine.refine(
        rgb, Scene(WIDTH, HEIGHT, (0, 0, 0)), middle(), paths=2, settings=RefineSettings.fast()
    ),
}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda rgb: rgb * 255, r"floats in \[0, 1\], got 12.75 to 242.25; divide 8-bit values by 255"),
        (lambda rgb: rgb - 0.5, r"floats in \[0, 1\], got -0.45"),
        (lambda rgb: np.where(rgb > 0.5, np.float32(np.nan), rgb), "not finite"),
        (lambda rgb: (rgb * 255).astype(np.uint8), r"float array of shape \(H, W, 3\), got uint8"),
    ],
)
def test_stages_refuse_pictures_of_another_scale(stage, spoil, message):
    STAGES[stage](photo())
    with pytest.raises(HuefoldError, match=message):
        STAGES[stage](spoil(photo()))
