"""A small picture with a disc, a mask of its middle, and a partition of it into stripes."""

from __future__ import annotations

import numpy as np

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
