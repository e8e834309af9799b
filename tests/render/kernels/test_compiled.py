"""Compiled code: all builds and any number of threads give the same digits."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from huefold.native.library import available_instructions

DIGESTS = """
import hashlib
import sys
import numpy as np
from huefold.recolor import recolor
from huefold.render import Rasterizer, SceneArrays
from huefold.scene import LinearGradient, Path, RadialGradient, Scene, Solid, Stop, contour_from_polygon

WIDTH, HEIGHT = 128, 96
rng = np.random.default_rng(0)

def stops(count):
    return [Stop(k / (count - 1), tuple(rng.random(3)), rng.uniform(0.3, 1.0)) for k in range(count)]

def linear(count):
    return LinearGradient(tuple(rng.uniform(0, 96, 2)), tuple(rng.uniform(0, 96, 2)), stops(count))

FILLS = {
    "solid": lambda: Solid(tuple(rng.random(3))),
    "two stops": lambda: linear(2),
    "four stops": lambda: linear(4),
    "radial": lambda: RadialGradient(tuple(rng.uniform(0, 96, 2)), 40.0, stops(3)),
}

def told(name, gradients):
    found = [gradients.loss, gradients.points, gradients.colors, gradients.background, gradients.importance]
    if gradients.fills is not None:
        found += [getattr(gradients.fills, field) for field in gradients.fills.__dataclass_fields__]
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(x, np.float64).tobytes() for x in found if x is not None))
    print(name, digest.hexdigest())

target = rng.random((3, HEIGHT, WIDTH), np.float32)
weight = rng.random((HEIGHT, WIDTH), np.float32)
raster = Rasterizer(WIDTH, HEIGHT, threads=int(sys.argv[1]))
for name, fill in FILLS.items():
    angles = np.linspace(0.0, 2.0 * np.pi, 7)[:-1]
    shape = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    outlines = [rng.uniform(0, 96, 2) + rng.uniform(10, 60) * shape for _ in range(12)]
    paths = [Path((contour_from_polygon(outline),), fill(), opacity=0.9) for outline in outlines]
    arrays = SceneArrays.from_scene(Scene(WIDTH, HEIGHT, (1.0, 1.0, 1.0), paths))
    told(name, raster.value_and_grad(arrays, target, weight, beneath=True))
    told(name, raster.value_and_grad(arrays, target))

rgb, saliency = rng.random((48, 64, 3)), rng.random((48, 64))
first = np.arange(48)[:, None] // 6 * 8 + np.arange(64) // 8
print("recolor", [merge.cost.hex() for merge in recolor(rgb, first, saliency, target=9).merges])
"""


@pytest.mark.slow
def test_all_builds_and_any_number_of_threads_give_the_same_digits():
    """Sums are taken in one order, whatever instructions they are compiled for."""
    found = []
    for instructions in available_instructions():
        for threads in (1, 2):
            environment = {**os.environ, "HUEFOLD_INSTRUCTIONS": instructions}
            command = [sys.executable, "-c", DIGESTS, str(threads)]
            done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
            found.append(done.stdout.splitlines())
    assert len(found[0]) == 9
    for other in found[1:]:
        assert other == found[0]
