"""What every saliency map is."""

from __future__ import annotations

import numpy as np


def assert_map(saliency: np.ndarray, shape: tuple[int, int]) -> None:
    assert saliency.shape == shape
    assert saliency.dtype == np.float32
    assert saliency.min() >= 0 and saliency.max() <= 1
