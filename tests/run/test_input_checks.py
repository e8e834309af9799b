"""Every stage of a run refuses what it cannot work on."""

from __future__ import annotations

import numpy as np
import pytest

from huefold import recolor, refine, saliency, segment, trace
from huefold.errors import HuefoldError
from huefold.refine import RefineSettings
from huefold.scene import Scene

HEIGHT, WIDTH = 30, 40


def photo():
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    rgb = np.stack([x / WIDTH, y / HEIGHT, (x - 20) ** 2 + (y - 15) ** 2 < 80], axis=2) * 0.9 + 0.05
    return rgb.astype(np.float32)


def middle():
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[10:20, 10:30] = 1.0
    return mask


PARTITION = np.repeat(np.arange(4, dtype=np.int32), WIDTH // 4)[None].repeat(HEIGHT, axis=0)
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
