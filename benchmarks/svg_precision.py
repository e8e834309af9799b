"""Bytes and visible change of rounding where it shows, against a fixed number of decimals.

    python -m benchmarks.svg_precision FOLDER [--limit N]

Photos are segmented into 128 regions and traced; noise of 0.05 pixels stands for what refinement does to
coordinates. The change is the largest of any pixel at twice the size, in 255ths, drawn four times finer.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.curves import segments_of
from huefold.images import load_image
from huefold.render import rasterize
from huefold.scene import Contour, Scene, Solid
from huefold.segment import classical
from huefold.svg import read_svg, write_svg
from huefold.svg.coordinate_grid import quantize_segments
from huefold.trace import trace

FINER = 4


def main() -> None:
    """Print one row for each photo and way of rounding."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.svg_precision")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=None)
    options = parser.parse_args()
    print("| photo | decimals | bytes | largest change / 255 | seconds |\n|---|---|---|---|---|")
    for photo in sorted(options.folder.iterdir())[: options.limit]:
        scene = traced(photo)
        exact = drawn(scene)
        for decimals in (None, 1, 2, 3):
            begin = time.perf_counter()
            text = write_svg(scene if decimals is None else rounded(scene, decimals))
            seconds = time.perf_counter() - begin
            change = 255.0 * np.abs(drawn(read_svg(text)) - exact).max()
            name = "as needed" if decimals is None else decimals
            print(f"| {photo.stem} | {name} | {len(text)} | {change:.2f} | {seconds:.2f} |", flush=True)


def traced(photo: Path) -> Scene:
    """Return a drawing of 128 regions in 8-bit colours, with coordinates on no grid."""
    image = load_image(photo)
    regions = classical(image.rgb, regions=128)
    paths = trace(image.rgb, regions, width=image.width, height=image.height, tolerance=1.0)
    noise = np.random.default_rng(0)
    return Scene(
        image.width,
        image.height,
        (0.0, 0.0, 0.0),
        tuple(
            replace(
                path,
                fill=Solid(tuple(np.round(255.0 * np.array(path.fill.color)) / 255.0)),
                contours=tuple(c + noise.normal(0.0, 0.05, c.shape) for c in path.contours),
            )
            for path in paths
        ),
    )


def rounded(scene: Scene, decimals: int) -> Scene:
    """Return the drawing with all coordinates rounded alike; the writer keeps them as they are."""
    paths = (
        replace(path, contours=tuple(_rounded(contour, decimals) for contour in path.contours))
        for path in scene.paths
    )
    return replace(scene, paths=tuple(paths))


def _rounded(contour: Contour, decimals: int) -> Contour:
    ring = np.arange(len(contour) // 3)
    fineness = np.full(len(ring), 2 * decimals)
    return quantize_segments(segments_of(contour), fineness, ring - 1, np.roll(ring, -1)).reshape(-1, 2)


def drawn(scene: Scene) -> NDArray[np.float64]:
    """Return the drawing at twice its size, (2 H, 2 W, 3)."""
    picture = rasterize(scene, width=2 * FINER * scene.width)[..., :3]
    blocks = picture.reshape(2 * scene.height, FINER, 2 * scene.width, FINER, 3)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float64))


if __name__ == "__main__":
    main()
