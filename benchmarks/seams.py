"""Look for seams in drawings: places where what lies behind the paths, or far beneath them, shows.

    python -m benchmarks.seams FOLDER [--photos 3] [--paths 51 128] [--scales 1 2.3 8] [--side 384] [--no-browser]

Each photo's regions are traced into stacked paths without a background, and drawn as a whole with one; resvg and
Chromium (through Playwright, where both are installed) draw each file at every scale, once on magenta and once on
green. *tinted*: pixels of the canvas that differ, so that the background shows in them, however faintly; 0 is
wanted. *strays*: of the lowest paths of a tracing, each in turn drawn in magenta with all others white, pixels
that are tinted although they lie further than `REACH` from the path's region: a gap above it; 0 is wanted.
"""

from __future__ import annotations

import argparse
import io
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

import huefold
from huefold.images import load_image
from huefold.recolor import ward
from huefold.scene import Path as ScenePath
from huefold.scene import Scene, Solid
from huefold.segment import classical
from huefold.svg import write_svg
from huefold.trace import painter_order, trace

SCALES = (1.0, 2.3, 8.0)
GROUNDS = ("#ff00ff", "#00ff00")
REACH = 3.0
"""Pixels of the photo: the tolerance of tracing at a sharp corner, and a pixel of anti-aliasing."""
LOWEST = 6
"""Paths whose strays are counted."""
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")

Pixels = NDArray[np.uint8]
Renderer = Callable[[str, float, str], Pixels]
"""SVG, scale and colour of the ground -> (H, W, 3) pixels."""


def by_resvg(svg: str, scale: float, ground: str) -> Pixels:
    """Let resvg draw an SVG on a ground."""
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=scale, background=ground))
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGB"))


@contextmanager
def browser() -> Iterator[Renderer | None]:
    """Start Chromium; None where it or Playwright is missing."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - optional
    except ImportError:
        yield None
        return
    program = next((name for name in CHROMIUM if Path(name).exists()), None)
    if program is None:
        yield None
        return
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program)
        try:
            yield by_browser(chromium)
        finally:
            chromium.close()


def by_browser(chromium: Any) -> Renderer:
    """Let a browser that runs draw, each picture on a page of its own."""

    def draw(svg: str, scale: float, ground: str) -> Pixels:
        width, height = canvas(svg)
        page = chromium.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
        page.set_content(f"<style>body{{margin:0;background:{ground}}}svg{{display:block}}</style>{svg}")
        shot = page.screenshot(timeout=120_000)
        page.close()
        with Image.open(io.BytesIO(shot)) as picture:
            return np.asarray(picture.convert("RGB"))

    return draw


def canvas(svg: str) -> tuple[int, int]:
    """Return width and height of one of our SVG files."""
    head = svg[svg.index("<svg") : svg.index(">", svg.index("<svg"))]
    width, height = (int(head.split(f' {name}="')[1].split('"')[0]) for name in ("width", "height"))
    return width, height


def tinted(svg: str, scale: float, draw: Renderer) -> NDArray[np.bool_]:
    """Mark the pixels in which the ground shows, of those that lie on the canvas as a whole."""
    width, height = canvas(svg)
    inside = np.s_[: math.floor(height * scale), : math.floor(width * scale)]
    first, second = (draw(svg, scale, ground)[inside] for ground in GROUNDS)
    marks: NDArray[np.bool_] = (first != second).any(axis=2)
    return marks


def strays(
    paths: Sequence[ScenePath], partition: NDArray[np.int32], level: int, scale: float, draw: Renderer
) -> int:
    """Count the pixels in which the path at `level` shows although its region is further than `REACH`."""
    height, width = partition.shape
    white, magenta = Solid((1.0, 1.0, 1.0)), Solid((1.0, 0.0, 1.0))
    painted = tuple(replace(path, fill=magenta if k == level else white) for k, path in enumerate(paths))
    drawn = draw(write_svg(Scene(width, height, (1.0, 1.0, 1.0), painted)), scale, "#ffffff")
    away = ndimage.distance_transform_edt(painter_order(partition).rank != level) > REACH
    rows, columns = (
        ((np.arange(math.floor(size * scale)) + 0.5) / scale).astype(int) for size in partition.shape
    )
    far = away[rows[:, None], columns]
    shows = drawn[: far.shape[0], : far.shape[1], 1] < 255
    return int((shows & far).sum())


def traced(photo: Path, regions: int, side: int) -> tuple[Sequence[ScenePath], NDArray[np.int32]]:
    """Return the stacked paths of a photo's regions, and the regions."""
    rgb = load_image(photo, max_pixels=side * side).rgb
    fine = classical(rgb, regions=max(300, 2 * regions))
    partition = ward(rgb, fine, np.ones(fine.shape), target=regions).cut(regions)
    height, width = partition.shape
    return trace(rgb, partition, width=width, height=height), partition


def count(photo: Path, paths: int, side: int, scales: Sequence[float], renderers: dict[str, Renderer]) -> int:
    """Print the counts of one photo and budget; return their sum."""
    outlines, partition = traced(photo, paths, side)
    height, width = partition.shape
    small = load_image(photo, max_pixels=side * side).rgb
    drawings = {
        "traced": write_svg(Scene(width, height, None, tuple(outlines))),
        "refined": huefold.vectorize(small, paths=paths, preset="fast").svg,
    }
    total = 0
    for name, draw in renderers.items():
        for scale in scales:
            found = {kind: int(tinted(svg, scale, draw).sum()) for kind, svg in drawings.items()}
            lowest = range(min(LOWEST, len(outlines)))
            found["strays"] = sum(strays(outlines, partition, level, scale, draw) for level in lowest)
            cells = " | ".join(str(value) for value in found.values())
            print(f"| {photo.stem} | {paths} | {name} | {scale:g} | {cells} |", flush=True)
            total += sum(found.values())
    return total


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, count and print; the exit status is 1 if anything shows."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.seams", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=3)
    parser.add_argument("--paths", type=int, nargs="+", default=[51, 128])
    parser.add_argument("--scales", type=float, nargs="+", default=list(SCALES))
    parser.add_argument("--side", type=int, default=384, help="photos are drawn at so many pixels squared")
    parser.add_argument("--no-browser", action="store_true")
    options = parser.parse_args(arguments)
    photos = sorted(file for file in options.folder.iterdir() if file.suffix in {".png", ".jpg"})
    print("| photo | paths | drawn by | scale | tinted, traced | tinted, refined | strays |")
    print("|---" * 7 + "|")
    total = 0
    with browser() as chromium:
        renderers: dict[str, Renderer] = {"resvg": by_resvg}
        if chromium is not None and not options.no_browser:
            renderers["Chromium"] = chromium
        for photo in photos[: options.photos]:
            for paths in options.paths:
                total += count(photo, paths, options.side, options.scales, renderers)
    print(f"\n{total} pixels in all")
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main())
