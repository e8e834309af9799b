"""Time and memory of the renderer, and its distance to what the memory allows.

    python -m benchmarks.renderer [--quick] [--seed 0] [--runs 30]

Scenes: closed curves of 4 cubic segments, circles of radius 5 to 40 px at 256 px and scaled with the canvas,
opaque, random places and colours. Times are medians of many runs, on buffers that have been used before. The
*covered* pixels are those of all circles inside the canvas, hidden ones included; the *floor* is a plain pass by
numpy over as many pixels on one thread, which blends one colour into three float32 planes, path after path: what a
renderer that skips nothing would spend on its pixels alone. Memory is the rise of a fresh process's peak beyond
target and image (Linux only).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality import commit, processor
from huefold.render import GradientFills, Rasterizer, SceneArrays, Topology
from huefold.scene import Fill, LinearGradient, RadialGradient, Solid, Spread, Stop

SIZES = (256, 512, 1024)
COUNTS = (64, 128, 256, 512, 2048)
KAPPA = 0.5522847498
DISC = np.array(
    [[1, 0], [1, KAPPA], [KAPPA, 1], [0, 1], [-KAPPA, 1], [-1, KAPPA],
     [-1, 0], [-1, -KAPPA], [-KAPPA, -1], [0, -1], [KAPPA, -1], [1, -KAPPA]]
)  # fmt: skip


@dataclass(frozen=True)
class Circles:
    """Circles on a square canvas, bottom to top."""

    size: int
    centres: NDArray[np.float64]  # [N, 2]
    radii: NDArray[np.float64]  # [N]
    colors: NDArray[np.float64]  # [N, 3]

    @classmethod
    def random(cls, size: int, count: int, seed: int, *, area: float | None = None) -> Circles:
        """Radius 5 to 40 px at 256 px; with `area`, scaled so that the discs' areas sum to so many pixels."""
        rng = np.random.default_rng(seed)
        centres = rng.uniform(0, size, (count, 2))
        radii = rng.uniform(5, 40, count) * size / 256
        if area is not None:
            radii *= np.sqrt(area / (np.pi * radii**2).sum())
        return cls(size, centres, radii, rng.random((count, 3)))

    def scene(self) -> SceneArrays:
        """Four cubics a circle."""
        points = self.centres[:, None] + self.radii[:, None, None] * DISC
        topology = Topology.closed_curves(len(self.radii), 4)
        return topology.with_values(points.reshape(-1, 2), self.colors, width=self.size, height=self.size)

    def spans(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """First pixel, pixel after the last, and path of every row of every circle."""
        rows = np.arange(self.size) + 0.5
        half = np.sqrt(np.maximum(self.radii[:, None] ** 2 - (rows - self.centres[:, 1:]) ** 2, 0.0))
        first = np.clip(np.rint(self.centres[:, :1] - half), 0, self.size).astype(np.int64)
        last = np.clip(np.rint(self.centres[:, :1] + half), 0, self.size).astype(np.int64)
        path, row = np.nonzero(last > first)
        base = row * self.size
        return base + first[path, row], base + last[path, row], path


def blend(planes: NDArray[np.float32], covered: Sequence[int], colors: NDArray[np.float32]) -> None:
    """Blend one colour into as many pixels of three planes as each path covers: read, multiply, add, write."""
    alpha = np.float32(0.5)
    for count, color in zip(covered, colors, strict=True):
        for channel, value in enumerate(color):
            planes[channel, :count] *= 1 - alpha
            planes[channel, :count] += alpha * value


def median_ms(call: Callable[[], object], runs: int, *, limit: float = 1.5) -> float:
    """Median wall time in milliseconds, of at least 5 runs and then as many as `limit` seconds allow."""
    call()
    times: list[float] = []
    begin = time.perf_counter()
    while len(times) < 5 or (len(times) < runs and time.perf_counter() - begin < limit):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


@dataclass(frozen=True)
class Measured:
    """Milliseconds for one scene."""

    forward: float
    both: float
    deep: float


def measure(circles: Circles, threads: int, runs: int, gradients: GradientFills | None = None) -> Measured:
    """Time the rasteriser on buffers of its own and outputs that are there already."""
    scene = replace(circles.scene(), gradients=gradients)
    raster = Rasterizer(circles.size, circles.size, threads=threads)
    target = np.random.default_rng(1).random((3, circles.size, circles.size)).astype(np.float32)
    out = np.empty_like(target)
    return Measured(
        forward=median_ms(lambda: raster.draw(scene, out=out), runs),
        both=median_ms(lambda: raster.value_and_grad(scene, target, out=out), runs),
        deep=median_ms(lambda: raster.value_and_grad(scene, target, beneath=True, out=out), runs),
    )


def floor_ms(circles: Circles, runs: int) -> tuple[int, float]:
    """Covered pixels, and milliseconds of the plain pass over as many on one thread."""
    starts, stops, paths = circles.spans()
    covered = np.bincount(paths, stops - starts, len(circles.radii)).astype(np.int64)
    planes = np.zeros((3, circles.size**2), np.float32)
    colors = circles.colors.astype(np.float32)
    elapsed = median_ms(lambda: blend(planes, covered.tolist(), colors), runs)
    return int(covered.sum()), elapsed


def gradient(kind: str, centre: NDArray[np.float64], radius: float, stops: tuple[Stop, ...]) -> Fill:
    """A gradient across a circle; `kind` is a name of `FILLS`."""
    if kind == "solid":
        return Solid(stops[0].color)
    spread: Spread = "reflect" if "reflect" in kind else "pad"
    x, y = centre.tolist()
    if "radial" in kind:
        return RadialGradient((x, y), radius, stops, spread=spread)
    return LinearGradient((x - radius / 2, y - radius / 2), (x + radius / 2, y + radius / 2), stops, spread)


def gradient_fills(circles: Circles, kind: str, seed: int) -> GradientFills:
    """One gradient a circle, its stops evenly spaced."""
    rng = np.random.default_rng(seed)
    count = 4 if "4 stops" in kind else 2
    opacity = 0.5 if "translucent" in kind else 1.0
    fills = []
    for centre, radius in zip(circles.centres, circles.radii.tolist(), strict=True):
        colors = rng.random((count, 3)).tolist()
        offsets = np.linspace(0.0, 1.0, count).tolist()
        stops = tuple(Stop(o, (r, g, b), opacity) for o, (r, g, b) in zip(offsets, colors, strict=True))
        fills.append(gradient(kind, centre, radius, stops))
    return GradientFills.of(fills)


FILLS = (
    "solid", "linear", "linear, 4 stops, reflect", "linear, translucent", "radial", "radial, 4 stops, reflect"
)  # fmt: skip


def painted(seed: int, runs: int) -> Iterator[str]:
    """What gradients cost against colours, on one thread."""
    yield f"| fill of 512 paths at 512 px | {HEAD} |"
    yield "|---|---|---|---|"
    circles = Circles.random(512, 512, seed)
    for kind in FILLS:
        yield f"| {kind} | {cells(measure(circles, 1, runs, gradient_fills(circles, kind, seed)))} |"


HEAD = "forward ms | + backward | + beneath"


def sweep(sizes: tuple[int, ...], counts: tuple[int, ...], seed: int, runs: int) -> Iterator[str]:
    """Every canvas with every number of paths, on one and two threads."""
    yield f"| canvas | paths | threads | {HEAD} | Mpx covered | Mpx/s, + backward | floor ms | + backward / floor |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for size in sizes:
        for count in counts:
            circles = Circles.random(size, count, seed)
            covered, floor = floor_ms(circles, runs)
            for threads in (1, 2):
                found = measure(circles, threads, runs)
                yield (
                    f"| {size} | {count} | {threads} | {found.forward:.2f} | {found.both:.2f} | {found.deep:.2f} "
                    f"| {covered / 1e6:.2f} | {covered / found.both / 1e3:.0f} "
                    f"| {floor:.2f} | {found.both / floor:.2f} |"
                )


def growth(seed: int, runs: int, *, quick: bool) -> Iterator[str]:
    """More paths that cover as much, and more pixels with as many paths; two threads."""
    yield f"| paths, at 512 px and 4 covered canvases | {HEAD} | + backward, us a path |"
    yield "|---|---|---|---|---|"
    for count in (64, 512) if quick else (64, 128, 256, 512, 1024, 2048, 4096):
        found = measure(Circles.random(512, count, seed, area=4.0 * 512 * 512), 2, runs)
        yield f"| {count} | {cells(found)} | {1e3 * found.both / count:.1f} |"
    yield ""
    yield f"| canvas, with 256 paths | {HEAD} | + backward, ns a pixel |"
    yield "|---|---|---|---|---|"
    for size in (128, 256) if quick else (128, 256, 512, 1024, 2048):
        found = measure(Circles.random(size, 256, seed), 2, runs)
        yield f"| {size} | {cells(found)} | {1e6 * found.both / size**2:.1f} |"


def cells(found: Measured) -> str:
    """Three times, as cells of a table."""
    return f"{found.forward:.2f} | {found.both:.2f} | {found.deep:.2f}"


def peak_mib(size: int, count: int, threads: int, seed: int, *, beneath: bool) -> float:
    """Measure `rise_mib` in a process of its own, where nothing was drawn before."""
    arguments = json.dumps([size, count, threads, seed, beneath])
    command = [sys.executable, "-m", "benchmarks.renderer", "--memory", arguments]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def rise_mib(size: int, count: int, threads: int, seed: int, beneath: bool) -> float:
    """Rise of this process's peak memory; its kernels are loaded by a drawing of 16 x 16 pixels first."""
    tiny = Circles.random(16, 2, seed).scene()
    small = np.zeros((3, 16, 16), np.float32)
    for depth in (False, True):
        Rasterizer(16, 16, threads=threads).value_and_grad(tiny, small, beneath=depth, out=small.copy())
    scene = Circles.random(size, count, seed).scene()
    target = np.full((3, size, size), 0.5, np.float32)
    out = np.full_like(target, 0.5)  # touched, so that it counts before
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from what is used now
    before = status_mib("VmRSS")
    raster = Rasterizer(size, size, threads=threads)
    for _ in range(3):
        raster.value_and_grad(scene, target, beneath=beneath, out=out)
    return status_mib("VmHWM") - before


def status_mib(field: str) -> float:
    """Read one line of what Linux says about this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def memory(seed: int) -> Iterator[str]:
    """Peak beyond the images, for 1024 x 1024 pixels and 2048 paths."""
    yield "| 1024 px, 2048 paths, threads | forward + backward MiB | + beneath MiB |"
    yield "|---|---|---|"
    if not Path("/proc/self/clear_refs").exists():
        yield "| - | not measured on this system | |"
        return
    for threads in (1, 2):
        plain, deep = (peak_mib(1024, 2048, threads, seed, beneath=beneath) for beneath in (False, True))
        yield f"| {threads} | {plain:.0f} | {deep:.0f} |"


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small scenes only")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=int, default=30, help="runs for each median")
    parser.add_argument("--memory", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        print(rise_mib(*options.memory))
        return
    print(f"- commit {commit()}, seed {options.seed}, medians of up to {options.runs} runs")
    print(f"- machine: {processor()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(f"- load average at the start: {os.getloadavg()[0]:.1f} (timings want an idle machine)\n")
    sizes, counts = ((256,), (64, 128)) if options.quick else (SIZES, COUNTS)
    for table in (
        sweep(sizes, counts, options.seed, options.runs),
        growth(options.seed, options.runs, quick=options.quick),
        painted(options.seed, options.runs),
        memory(options.seed),
    ):
        for line in table:
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
