"""Quality, size, time and memory of `huefold.vectorize` on a folder of photos.

    python -m benchmarks.quality FOLDER --paths 64 128 256 --preset balanced [--limit N] [--out DIR]

Each photo runs in a process of its own, so that its peak memory is its own. The drawing is judged as resvg
renders it at the photo's size, by the metrics of `huefold.metrics`. A Markdown table goes to the terminal;
with ``--out``, a CSV file, the drawings, and a contact sheet for each budget: photo, drawing, structural
layer, error.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image

import huefold
from huefold.images import load_image
from huefold.metrics import mse, path_statistics, psnr, ssim
from huefold.render import rasterize
from huefold.svg import read_svg, write_svg
from huefold.warmup import ensure_compiled

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif"}
PACKAGES = ("huefold", "numpy", "numba", "scipy", "scikit-image", "pillow", "resvg-py")
SHEET_WIDTH = 320

Picture = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """What was measured on one photo with one budget."""

    photo: str
    paths: int
    drawn: int
    psnr: float
    ssim: float
    mse: float
    nodes: int
    bytes: int
    seconds: float
    peak_mib: float
    differs: float
    """Mean absolute difference of our rendering and resvg's, in 255ths."""
    within: float
    """Share of pixels in which the two agree within 4/255, in percent."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all photos of a folder and print the table."""
    options = parse_arguments(arguments)
    photos = sorted(file for file in options.folder.iterdir() if file.suffix.lower() in SUFFIXES)[
        : options.limit
    ]
    if not photos:
        print(f"no photos in {options.folder}", file=sys.stderr)
        return 2
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
    ensure_compiled(lambda message: print(message, file=sys.stderr))
    print(*describe(options), sep="\n")
    print("\n| " + " | ".join(field.name for field in fields(Row)) + " |\n|" + "---|" * len(fields(Row)))
    rows: list[Row] = []
    for paths in options.paths:
        strips = []
        for photo in photos:
            row, strip = measure(photo, paths, options)
            rows.append(row)
            strips.append(strip)
            print(markdown(row), flush=True)
        if options.out:
            contact_sheet(strips).save(options.out / f"contact-{paths}.png")
    for paths in options.paths:
        print(markdown(mean_row([row for row in rows if row.paths == paths])))
    if options.out:
        write_csv(options.out / "quality.csv", rows)
    return 0


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("folder", type=Path, help="folder of photos")
    parser.add_argument("--paths", type=int, nargs="+", default=[128], help="budgets (128)")
    parser.add_argument("--preset", default="balanced", help="fast, balanced, best or paper (balanced)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=None, help="one per processor if not given")
    parser.add_argument("--limit", type=int, default=None, help="only the first so many photos")
    parser.add_argument("--out", type=Path, default=None, help="folder for CSV, drawings and contact sheets")
    return parser.parse_args(arguments)


def describe(options: argparse.Namespace) -> Iterator[str]:
    """Yield lines that say what was measured, and on what."""
    threads = options.threads or "all"
    yield f"- commit {commit()}, seed {options.seed}, preset {options.preset}, threads {threads}"
    yield f"- machine: {processor()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    yield "- " + ", ".join(f"{package} {version(package)}" for package in PACKAGES)


def commit() -> str:
    """Return the checked-out commit, marked if files differ from it."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def processor() -> str:
    """Return the processor's name."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def measure(photo: Path, paths: int, options: argparse.Namespace) -> tuple[Row, Image.Image]:
    """Vectorize one photo in a child process and judge the drawing."""
    settings = {"paths": paths, "preset": options.preset, "seed": options.seed, "threads": options.threads}
    svg, seconds, peak = vectorize_in_child(photo, settings)
    loaded = load_image(photo, max_pixels=2**62)
    original = np.clip(loaded.rgb.astype(np.float64), 0.0, 1.0)
    drawing = resvg(svg)
    scene = read_svg(svg)
    found = path_statistics(scene, svg=svg)
    gap = 255.0 * np.abs(np.rint(255.0 * rasterize(scene)[:, :, :3]) / 255.0 - drawing)
    row = Row(
        photo.name,
        paths,
        found.paths,
        psnr(original, drawing),
        ssim(original, drawing),
        mse(original, drawing),
        found.nodes,
        found.bytes,
        seconds,
        peak,
        float(gap.mean()),
        100.0 * float((gap.max(axis=2) <= 4.0).mean()),
    )
    structure = replace(scene, paths=tuple(path for path in scene.paths if path.role == "structural"))
    if options.out:
        (options.out / f"{photo.stem}-{paths}.svg").write_text(svg, encoding="utf-8")
    return row, strip_of(original, drawing, resvg(write_svg(structure)))


def vectorize_in_child(photo: Path, settings: dict[str, Any]) -> tuple[str, float, float]:
    """Return the SVG, the seconds that `vectorize` took, and the child's peak memory in MiB."""
    command = [sys.executable, "-m", "benchmarks.quality", "--child", str(photo), json.dumps(settings)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    if done.returncode:
        raise SystemExit(f"{photo}: {done.stderr.strip()}")
    answer = json.loads(done.stdout)
    return answer["svg"], answer["seconds"], answer["peak_mib"]


def child(photo: str, settings: str) -> int:
    """Vectorize once and print the answer as JSON."""
    begin = time.perf_counter()
    result = huefold.vectorize(photo, **json.loads(settings))
    seconds = time.perf_counter() - begin
    print(json.dumps({"svg": result.svg, "seconds": seconds, "peak_mib": peak_memory()}))
    return 0


def peak_memory() -> float:
    """Return this process's peak resident memory in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss: on Linux that starts from the peak of the process that started this one.
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def resvg(svg: str) -> Picture:
    """Return the SVG as resvg draws it at its own size, (H, W, 3) in [0, 1]."""
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg))
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=np.float64) / 255.0


def strip_of(original: Picture, drawing: Picture, structure: Picture) -> Image.Image:
    """Return photo, drawing, structural layer and error (white: 0.25 or more) side by side."""
    error = np.abs(original - drawing).max(axis=2, keepdims=True).repeat(3, axis=2)
    panels = [original, drawing, structure, np.minimum(1.0, 4.0 * error)]
    size = (SHEET_WIDTH, max(1, round(SHEET_WIDTH * original.shape[0] / original.shape[1])))
    strip = Image.new("RGB", (size[0] * len(panels), size[1]))
    for k, panel in enumerate(panels):
        picture = Image.fromarray(np.round(255.0 * panel).astype(np.uint8))
        strip.paste(picture.resize(size, Image.Resampling.LANCZOS), (k * size[0], 0))
    return strip


def contact_sheet(strips: Sequence[Image.Image]) -> Image.Image:
    """Return the strips one below the other."""
    sheet = Image.new("RGB", (max(strip.width for strip in strips), sum(strip.height for strip in strips)))
    top = 0
    for strip in strips:
        sheet.paste(strip, (0, top))
        top += strip.height
    return sheet


def mean_row(rows: Sequence[Row]) -> Row:
    """Return the means over photos."""
    numbers = {
        field.name: float(np.mean([getattr(row, field.name) for row in rows]))
        for field in fields(Row)
        if field.name not in ("photo", "paths")
    }
    whole = {name: round(numbers.pop(name)) for name in ("drawn", "nodes", "bytes")}
    return Row(photo=f"**mean of {len(rows)}**", paths=rows[0].paths, **whole, **numbers)


def markdown(row: Row) -> str:
    """Return the row of a Markdown table."""
    digits = {"psnr": 2, "ssim": 4, "mse": 5, "seconds": 1, "peak_mib": 0, "differs": 3, "within": 3}
    values = (f"{v:.{digits[k]}f}" if k in digits else str(v) for k, v in asdict(row).items())
    return "| " + " | ".join(values) + " |"


def write_csv(file: Path, rows: Sequence[Row]) -> None:
    """Write all rows with full precision."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [field.name for field in fields(Row)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


if __name__ == "__main__":
    sys.exit(child(*sys.argv[2:]) if sys.argv[1:2] == ["--child"] else main())
