"""Error of traced partitions against their nodes, over tolerances and against VTracer.

Usage: python benchmarks/tracing.py FOLDER [--regions 51] [--photos 3] [--caps]

Each photo is segmented by `huefold.segment.classical`; the same flat-coloured label map goes to both tracers,
and resvg draws both results. The deviation is how deep inside its region a pixel has another colour.
"""

from __future__ import annotations

import argparse
import io
import re
import statistics
import time
from pathlib import Path

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from huefold.images import load_image
from huefold.scene import Scene
from huefold.segment import classical
from huefold.svg import write_svg
from huefold.trace import trace


def draw(svg: str, width: int) -> NDArray[np.float64]:
    """Let resvg draw an SVG."""
    with Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width)))) as image:
        return np.asarray(image.convert("RGB")) / 255.0


def label_colors(count: int) -> NDArray[np.uint8]:
    """Well separated colours, one for each label."""
    steps = range(0, 256, 36)
    levels = np.array([(r, g, b) for r in steps for g in steps for b in steps])
    return np.random.default_rng(0).permutation(levels)[:count].astype(np.uint8)


def deviation(partition: NDArray[np.int32], drawn: NDArray[np.float64], colors: NDArray[np.uint8]) -> float:
    """99.9th percentile of how deep inside its region a pixel of another colour lies; pixels."""
    wrong = np.abs(drawn - colors[partition] / 255.0).max(axis=-1) > 0.07
    depth = np.zeros(partition.shape)
    for label, box in enumerate(ndimage.find_objects(partition + 1)):
        inside = np.pad(partition[box] == label, 1)
        depth[box] += ndimage.distance_transform_edt(inside)[1:-1, 1:-1] * inside[1:-1, 1:-1]
    return float(np.percentile(np.where(wrong, depth, 0.0), 99.9))


def vtracer_svg(label_map: NDArray[np.uint8], **options: float) -> str:
    """Trace a flat-coloured picture with VTracer's stacked splines."""
    import vtracer  # noqa: PLC0415 - optional, for this comparison only

    rgba = np.dstack([label_map, np.full(label_map.shape[:2], 255, dtype=np.uint8)])
    pixels = [tuple(pixel) for pixel in rgba.reshape(-1, 4).tolist()]
    size = label_map.shape[1], label_map.shape[0]
    return str(
        vtracer.convert_pixels_to_svg(
            pixels, size, filter_speckle=0, color_precision=8, layer_difference=0, **options
        )
    )


def vtracer_nodes(svg: str) -> int:
    """On-curve points of an SVG by VTracer, which writes C and L with all their coordinates."""
    return sum(len(re.findall(r"[CL]", data)) for data in re.findall(r' d="([^"]*)"', svg))


def measure(
    photo: Path, regions: int, tracers: dict[str, dict[str, float]]
) -> list[tuple[str, float, float, float, float]]:
    """Nodes, deviation, error against the flat picture, and CPU seconds of each tracer."""
    rgb = load_image(photo).rgb
    partition = classical(rgb, regions=regions)
    height, width = partition.shape
    colors = label_colors(int(partition.max()) + 1)
    flat = colors[partition]
    rows = []
    for name, options in tracers.items():
        start = time.process_time()
        if name.startswith("vtracer"):
            svg = vtracer_svg(flat, **options)
            nodes = vtracer_nodes(svg)
        else:
            paths = trace(flat.astype(np.float32) / 255, partition, width=width, height=height, **options)
            nodes = sum(path.segments for path in paths)
            svg = write_svg(Scene(width, height, (1.0, 0.0, 1.0), paths))
        seconds = time.process_time() - start
        drawn = draw(svg, width)
        rows.append(
            (
                name,
                nodes,
                deviation(partition, drawn, colors),
                float(np.mean((drawn - flat / 255) ** 2)),
                seconds,
            )
        )
    return rows


def tracers(caps: bool) -> dict[str, dict[str, float]]:
    """Tracers to compare."""
    table: dict[str, dict[str, float]] = {}
    for tolerance in (0.4, 0.6, 0.75, 1.0, 1.5, 2.5):
        table[f"stacked {tolerance}"] = {"tolerance": tolerance}
    table["cutout 0.75"] = {"tolerance": 0.75, "mode": "cutout"}  # type: ignore[dict-item]
    for cap in (8, 14, 24) if caps else ():
        table[f"stacked, at most {cap}"] = {"max_segments": cap}
    for length in (3.5, 6.0, 10.0):
        table[f"vtracer length {length}"] = {"length_threshold": length}
    return table


def main() -> None:
    """Print the table, medians over photos."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--regions", type=int, default=51)
    parser.add_argument("--photos", type=int, default=3)
    parser.add_argument("--caps", action="store_true")
    options = parser.parse_args()
    warm = np.pad(np.ones((4, 4), dtype=np.int32), 4)
    trace(np.zeros((12, 12, 3), dtype=np.float32), warm, width=12, height=12)
    photos = sorted(options.folder.glob("*.png"))[: options.photos]
    table = [measure(photo, options.regions, tracers(options.caps)) for photo in photos]
    print("| tracer | nodes a region | deviation (px) | MSE to the flat picture | CPU s |")
    print("|---|---|---|---|---|")
    for rows in zip(*table, strict=True):
        nodes, off, error, seconds = (statistics.median(row[k] for row in rows) for k in range(1, 5))
        print(f"| {rows[0][0]} | {nodes / options.regions:.1f} | {off:.2f} | {error:.5f} | {seconds:.2f} |")


if __name__ == "__main__":
    main()
