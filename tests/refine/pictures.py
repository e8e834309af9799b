"""A photo, two structural paths and quick settings, for tests of Stage III."""

from __future__ import annotations

import numpy as np

from huefold.refine import RefineSettings
from huefold.scene import Path, Scene, Solid, contour_from_polygon

QUICK = RefineSettings(
    draft_pixels=10**6, structure_iterations=20, growth_steps=2, growth_iterations=20, relocation_rounds=2,
    relocation_iterations=15, polish_iterations=20, final_iterations=20,
)  # fmt: skip


def photo(height=48, width=64, seed=0):
    """Discs and stripes of random colours: something to draw."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    image = np.stack([x / width, y / height, (x + y) / (width + height)], axis=2) * 0.4
    for _ in range(9):
        cx, cy, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(3, 12)
        image[(x - cx) ** 2 + (y - cy) ** 2 < r * r] = rng.random(3)
    return image.astype(np.float32)


def structure(height=48, width=64):
    """Two structural paths side by side, the second one counter-clockwise."""
    left = contour_from_polygon([(0, 0), (width / 2, 0), (width / 2, height), (0, height)])
    right = contour_from_polygon([(width / 2, 0), (width / 2, height), (width, height), (width, 0)])
    paths = tuple(
        Path((c,), Solid((0.5, 0.5, 0.5)), role="structural", id=f"s{i}", name=f"part {i}")
        for i, c in enumerate((left, right))
    )
    return Scene(width, height, (0.5, 0.5, 0.5), paths)


def flat(height=48, width=64):
    return np.ones((height, width), np.float32)
