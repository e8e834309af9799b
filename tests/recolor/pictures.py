"""Squares of random colour and quick settings, for tests of recoloring."""

from __future__ import annotations

import numpy as np

from huefold.recolor import RecolorSettings

QUICK = RecolorSettings(stage1_iterations=40, stage2_iterations=20)


def checkered(rows, columns, side=4, seed=0):
    """Return squares of random colour with noise, and their labels."""
    rng = np.random.default_rng(seed)
    partition = np.kron(np.arange(rows * columns).reshape(rows, columns), np.ones((side, side), int))
    colors = rng.random((rows * columns, 3))
    rgb = np.clip(colors[partition] + rng.normal(0.0, 0.02, (*partition.shape, 3)), 0.0, 1.0)
    return rgb.astype(np.float32), partition.astype(np.int32)
