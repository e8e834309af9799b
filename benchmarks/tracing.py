"""Error of traced partitions against their nodes, over tolerances and against VTracer.

Usage: python benchmarks/tracing.py FOLDER [--regions 51] [--photos 3] [--caps] [--search]

Each photo is segmented by `huefold.segment.classical`; the same flat-coloured label map goes to both tracers,
and resvg draws both results. The deviation is how deep inside its region a pixel has another colour.

With ``--search``: VTracer over its settings, each drawing against ours with the fewest nodes among those that
deviate no more. Here the deviation is the largest, on drawings four times as large, without anti-aliasing.
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

ZOOM = 4
TOLERANCES = (0.3, 0.4, 0.5, 0.6, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
Options = dict[str, float | str]
Drawn = tuple[int, float]
"""Nodes, and the largest deviation in pixels."""


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


def vtracer_svg(label_map: NDArray[np.uint8], **options: float | str) -> str:
    """Trace a flat-coloured picture with VTracer, by default into stacked splines."""
    import vtracer  # noqa: PLC0415 - optional, for this comparison only

    picture = io.BytesIO()
    Image.fromarray(label_map).save(picture, "PNG")
    return str(
        vtracer.convert_raw_image_to_svg(
            picture.getvalue(),
            img_format="png",
            filter_speckle=0,
            color_precision=8,
            layer_difference=0,
            **options,
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


class Truth:
    """A label map in flat colours, `ZOOM` times as large, and how deep inside its region each pixel lies."""

    def __init__(self, partition: NDArray[np.int32], colors: NDArray[np.uint8]) -> None:
        large = partition.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)
        edge = np.zeros(large.shape, dtype=bool)
        across, down = large[:, 1:] != large[:, :-1], large[1:] != large[:-1]
        edge[:, 1:] |= across
        edge[:, :-1] |= across
        edge[1:] |= down
        edge[:-1] |= down
        self.flat = colors[partition]
        self._colors = colors[large]
        self._depth = (ndimage.distance_transform_edt(~edge) + 1.0) / ZOOM

    def largest_deviation(self, svg: str) -> float:
        """How deep inside its region a pixel of another colour lies at most; pixels of the label map."""
        crisp = svg.replace("<svg", '<svg shape-rendering="crispEdges"', 1)
        wrong = (draw(crisp, self._colors.shape[1]) * 255.0).round() != self._colors
        return float(self._depth[wrong.any(axis=-1)].max(initial=0.0))


def search_settings() -> dict[str, Options]:
    """Settings of VTracer to search over: what its options allow, coarse and fine."""
    found: dict[str, Options] = {}
    for hierarchical in ("stacked", "cutout"):
        found[f"{hierarchical} polygon"] = {"mode": "polygon", "hierarchical": hierarchical}
        for length, corner, splice in (
            (3.5, 60, 45), (6.0, 60, 45), (10.0, 60, 45), (10.0, 30, 45), (10.0, 90, 45), (10.0, 120, 45),
            (10.0, 60, 20), (10.0, 60, 70), (10.0, 180, 180),
        ):  # fmt: skip
            found[f"{hierarchical} spline, length {length}, corner {corner}, splice {splice}"] = {
                "mode": "spline",
                "hierarchical": hierarchical,
                "length_threshold": length,
                "corner_threshold": corner,
                "splice_threshold": splice,
            }
    for precision in (0, 2):
        found[f"stacked spline, length 10.0, path precision {precision}"] = {
            "mode": "spline",
            "length_threshold": 10.0,
            "path_precision": precision,
        }
    return found


def compared(photo: Path, regions: int) -> list[tuple[str, Drawn, Drawn | None]]:
    """VTracer's drawings of one photo, and for each ours of fewest nodes that deviates no more, if any."""
    partition = classical(load_image(photo).rgb, regions=regions)
    height, width = partition.shape
    truth = Truth(partition, label_colors(int(partition.max()) + 1))
    rgb = truth.flat.astype(np.float32) / 255
    ours: dict[str, list[Drawn]] = {"stacked": [], "cutout": []}
    for mode, drawn in ours.items():
        for tolerance in TOLERANCES:
            paths = trace(rgb, partition, width=width, height=height, tolerance=tolerance, mode=mode)  # type: ignore[arg-type]
            svg = write_svg(Scene(width, height, (1.0, 0.0, 1.0), paths))
            drawn.append((sum(path.segments for path in paths), truth.largest_deviation(svg)))
    rows = []
    for name, options in search_settings().items():
        svg = vtracer_svg(truth.flat, **options)
        theirs = vtracer_nodes(svg), truth.largest_deviation(svg)
        mode = str(options.get("hierarchical", "stacked"))
        rows.append((name, theirs, min((d for d in ours[mode] if d[1] <= theirs[1]), default=None)))
    return rows


def search(photos: list[Path], regions: int) -> None:
    """Print the comparison, medians over photos, and how often ours needs more nodes."""
    table = [compared(photo, regions) for photo in photos]
    print(
        "| VTracer | nodes a region | deviation (px) | ours, no further off: nodes | deviation | nodes, ratio |"
    )
    print("|---|---|---|---|---|---|")
    more = unmatched = 0
    for rows in zip(*table, strict=True):
        pairs = [(theirs, ours) for _, theirs, ours in rows if ours is not None]
        unmatched += len(rows) - len(pairs)
        more += sum(ours[0] > theirs[0] for theirs, ours in pairs)
        cells = [statistics.median(pair[who][what] for pair in pairs) for who in (0, 1) for what in (0, 1)]
        ratio = statistics.median(ours[0] / theirs[0] for theirs, ours in pairs)
        print(f"| {rows[0][0]} | {cells[0] / regions:.1f} | {cells[1]:.2f} | {cells[2] / regions:.1f} "
              f"| {cells[3]:.2f} | {ratio:.2f} |")  # fmt: skip
    print(f"\nours has more nodes in {more} of {sum(map(len, table))} pairs; {unmatched} have no match")


def main() -> None:
    """Print the table, medians over photos."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--regions", type=int, default=51)
    parser.add_argument("--photos", type=int, default=3)
    parser.add_argument("--caps", action="store_true")
    parser.add_argument("--search", action="store_true", help="compare at equal largest deviation instead")
    options = parser.parse_args()
    warm = np.pad(np.ones((4, 4), dtype=np.int32), 4)
    trace(np.zeros((12, 12, 3), dtype=np.float32), warm, width=12, height=12)
    photos = sorted(options.folder.glob("*.png"))[: options.photos]
    if options.search:
        search(photos, options.regions)
        return
    table = [measure(photo, options.regions, tracers(options.caps)) for photo in photos]
    print("| tracer | nodes a region | deviation (px) | MSE to the flat picture | CPU s |")
    print("|---|---|---|---|---|")
    for rows in zip(*table, strict=True):
        nodes, off, error, seconds = (statistics.median(row[k] for row in rows) for k in range(1, 5))
        print(f"| {rows[0][0]} | {nodes / options.regions:.1f} | {off:.2f} | {error:.5f} | {seconds:.2f} |")


if __name__ == "__main__":
    main()
