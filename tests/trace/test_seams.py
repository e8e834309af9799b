"""No seam: what lies behind traced paths never shows, in resvg or in a browser, at any zoom."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from huefold.scene import Scene
from huefold.svg import write_svg
from huefold.trace import painter_order, trace

seams = pytest.importorskip("benchmarks.seams", reason="the benchmarks need resvg-py")


@pytest.fixture(scope="module")
def traced():
    """Ragged regions of many sizes, some a pixel wide, and their stacked paths."""
    noise = ndimage.gaussian_filter(np.random.default_rng(4).random((72, 96)), 2.0)
    bands = np.digitize(noise, np.quantile(noise, [0.2, 0.4, 0.6, 0.8]))
    partition = np.zeros(bands.shape, dtype=np.int32)
    count = 0
    for band in range(5):
        parts, found = ndimage.label(bands == band)
        partition[parts > 0] = parts[parts > 0] + count - 1
        count += found
    rgb = np.random.default_rng(0).random((*partition.shape, 3)).astype(np.float32)
    return trace(rgb, partition, width=96, height=72), partition


def without_background(paths):
    return write_svg(Scene(96, 72, None, tuple(paths)))


@pytest.mark.parametrize("scale", [1.0, 2.3, 8.0])
def test_no_ground_shows_in_resvg(traced, scale):
    assert seams.tinted(without_background(traced[0]), scale, seams.by_resvg).sum() == 0


@pytest.mark.parametrize("scale", [1.0, 2.3, 8.0])
def test_no_ground_shows_in_a_browser(traced, scale, chromium):
    assert seams.tinted(without_background(traced[0]), scale, seams.by_browser(chromium)).sum() == 0


@pytest.mark.parametrize("scale", [2.3, 8.0])
def test_no_path_shows_far_from_its_region(traced, scale):
    paths, partition = traced
    found = [seams.strays(paths, partition, level, scale, seams.by_resvg) for level in range(5)]
    assert found == [0] * 5


def test_a_missing_path_is_noticed(traced):
    """The measure can fail: without the path at the bottom, or one region's, something shows."""
    paths, partition = traced
    assert seams.tinted(without_background(paths[1:]), 1.0, seams.by_resvg).sum() > 100
    sizes = np.bincount(painter_order(partition).rank.ravel())
    large = 5 + int(sizes[5:].argmax())
    holed = [path for level, path in enumerate(paths) if level != large]
    assert sum(seams.strays(holed, partition, level, 1.0, seams.by_resvg) for level in range(5)) > 0


def test_cutout_shows_the_ground_along_shared_borders(traced):
    """Why paths are stacked: the same curves side by side let the ground through."""
    partition = traced[1]
    rgb = np.ones((*partition.shape, 3), dtype=np.float32)
    paths = trace(rgb, partition, width=96, height=72, mode="cutout")
    assert seams.tinted(without_background(paths), 2.3, seams.by_resvg).sum() > 100
