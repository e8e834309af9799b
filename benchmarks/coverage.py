"""How far the renderer's coverage is from exact: outlines that cross themselves, and curves cut into lines.

    python -m benchmarks.coverage [--seed 0]

First table: closed curves of cubic segments against the fill of the same lines, exact in x and sampled on 64 rows
a pixel. An outline that does not cross itself stands for what that sampling leaves. Second table: how far curves
stray from the lines drawn for them, on 256 points of every line.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality import commit
from huefold.bezier.curves import evaluate, thirds
from huefold.render import Rasterizer, SceneArrays, Topology
from huefold.render.geometry import kernels as geometry

Floats = NDArray[np.float64]

ROWS = 64
SHAPES = ("no crossing", "figure-eight", "five loops", "spiral over itself")


def outline(name: str, size: int) -> Floats:
    """Points on a closed curve on a canvas of `size` pixels, off the pixel grid."""
    a = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    if name == "no crossing":
        curve = np.stack([np.cos(a), 0.8 * np.sin(a)], axis=1)
    elif name == "figure-eight":
        curve = np.stack([np.sin(a), 0.8 * np.sin(2 * a)], axis=1)
    elif name == "five loops":
        curve = 0.55 * np.stack([np.cos(a) + 0.8 * np.cos(4 * a), np.sin(a) - 0.8 * np.sin(4 * a)], axis=1)
    else:  # out three turns and back, on a band wider than the turns are apart
        turn = np.concatenate([np.linspace(0, 6 * np.pi, 64), np.linspace(6 * np.pi, 0, 64)])
        radius = 0.3 + 0.6 * turn / (6 * np.pi)
        radius[64:] -= 0.25
        curve = radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return 0.45 * size * curve + np.array([0.503, 0.497]) * size


def chain(points: Floats) -> Floats:
    """Smooth closed chain of cubics through points (Catmull-Rom)."""
    tangent = (np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)) / 6.0
    rows = [points, points + tangent, np.roll(points - tangent, -1, axis=0)]
    return np.stack(rows, axis=1).reshape(-1, 2)


def scene(contour: Floats, size: int, *, evenodd: bool) -> SceneArrays:
    """White on black."""
    topology = Topology([0, len(contour)], evenodd=[evenodd])
    return topology.with_values(contour, [(1, 1, 1)], background=(0, 0, 0), width=size, height=size)


def lines_of(drawing: SceneArrays, tolerance: float) -> tuple[Floats, NDArray[np.int32]]:
    """The lines that are drawn, (L, 4), and how many each segment has."""
    segments, path = drawing.segments()
    counts = np.empty(len(segments), np.int32)
    total = geometry.count_lines(drawing.points, segments, 1.0, 1.0, tolerance, counts)
    lines, line_path = np.empty((total, 4)), np.empty(total, np.int32)
    geometry.flatten(drawing.points, segments, path, counts, 1.0, 1.0, lines, line_path)
    return lines, counts


def filled(lines: Floats, size: int, *, evenodd: bool) -> Floats:
    """Coverage of every pixel, exact along each of `ROWS` lines through it."""
    image = np.zeros((size, size))
    for sample in range(size * ROWS):
        y = (sample + 0.5) / ROWS
        hit = (lines[:, 1] <= y) != (lines[:, 3] <= y)
        ax, ay, bx, by = lines[hit].T
        x = ax + (bx - ax) * (y - ay) / (by - ay)
        order = np.argsort(x)
        winding = np.cumsum(np.where(by > ay, 1, -1)[order])
        x = np.clip(x[order], 0.0, size)
        inside = winding % 2 != 0 if evenodd else winding != 0
        # Area to the left of every pixel's right border, span by span.
        edges = np.arange(1, size + 1)
        reach = np.clip(edges[:, None] - x[:-1], 0.0, np.diff(x)) * inside[:-1]
        image[sample // ROWS] += np.diff(reach.sum(axis=1), prepend=0.0) / ROWS
    return image


def overlap() -> Iterator[str]:
    """Averaged winding against the fill, both rules."""
    yield "| outline | canvas | rule | pixels off by over 1/255 | mean, 1/255 | worst, 1/255 |"
    yield "|---|---|---|---|---|---|"
    for name in SHAPES:
        for size in (24, 96):
            for rule in ("nonzero", "evenodd"):
                drawing = scene(chain(outline(name, size)), size, evenodd=rule == "evenodd")
                ours = Rasterizer(size, size, dtype=np.float64).draw(drawing)[0]
                exact = filled(lines_of(drawing, 0.05)[0], size, evenodd=rule == "evenodd")
                off = 255.0 * np.abs(ours - exact)
                yield (
                    f"| {name} | {size} px | {rule} | {100 * (off > 1.0).mean():.2f} % "
                    f"| {off.mean():.3f} | {off.max():.0f} |"
                )


def flattening(seed: int) -> Iterator[str]:
    """Distance of random cubics from their lines."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0.0, 1.0, 256)
    yield "| tolerance, px | box of control points, px | lines a segment | mean of the worst, px | worst, px |"
    yield "|---|---|---|---|---|"
    for tolerance in (0.05, 0.2):
        for box in (8, 64, 512, 4096):
            cubics = rng.uniform(0, box, (1000, 4, 2))
            stray = np.empty(len(cubics))
            count = np.empty(len(cubics))
            for index, cubic in enumerate(cubics):
                contour = np.stack([*cubic, *thirds(cubic[3], cubic[0])])
                lines, counts = lines_of(scene(contour, box, evenodd=False), tolerance)
                count[index] = counts[0]
                stray[index] = distance(cubic, lines[: counts[0]], t)
            yield (f"| {tolerance} | {box} | {count.mean():.1f} | {stray.mean():.4f} | {stray.max():.4f} |")


def distance(cubic: Floats, lines: Floats, t: Floats) -> float:
    """Largest distance of points on a cubic from the line that stands for their part of it."""
    step, _ = geometry.parameter_step(len(lines))
    inner = (np.arange(len(lines) - 1) + geometry.END) * step
    ends = np.concatenate([[0.0], inner, [1.0]])
    u = ends[:-1, None] + np.diff(ends)[:, None] * t
    points = evaluate(cubic, u)
    start, along = lines[:, None, :2], (lines[:, 2:] - lines[:, :2])[:, None]
    share = ((points - start) * along).sum(-1) / np.maximum((along * along).sum(-1), 1e-300)
    nearest = start + np.clip(share, 0.0, 1.0)[..., None] * along
    return float(np.sqrt(((points - nearest) ** 2).sum(-1)).max())


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"- commit {commit()}, seed {options.seed}\n")
    for table in (overlap(), flattening(options.seed)):
        for line in table:
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
