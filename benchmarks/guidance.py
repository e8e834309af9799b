"""What guidance changes, against none, at the same budget.

    python -m benchmarks.guidance FOLDER --paths 128 --preset balanced [--focus 0.5] [--every N] [--limit N]

FOLDER holds `index.json` (photos with named masks, see `named_masks`), or `images/` and `masks/` of the same names:
masks are 255 on the object, 0 elsewhere, 128 where nobody knows. For each mask of 2 % to 60 % of its photo: mean
squared error inside and outside, guided over unguided, and the share of details with most of their area inside.
With several values of `--focus`, a table of the means for each. `--masks largest` takes but one mask of each photo.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import huefold
from benchmarks.quality import describe
from huefold.images import load_image
from huefold.metrics.areas import path_areas
from huefold.scene import Scene

LEAST, MOST = 0.02, 0.6
"""Masks that cover a smaller or larger part of their photo are left out."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One mask of a photo."""

    photo: Path
    name: str
    inside: Mask
    outside: Mask

    @property
    def area(self) -> float:
        """Share of the photo that the mask covers."""
        return float(self.inside.mean())


@dataclass(frozen=True, slots=True)
class Row:
    """What guidance by one mask changed."""

    case: Case
    error: float
    """Inside, guided over unguided."""
    decibels: float
    """PSNR outside, guided less unguided."""
    unguided: float
    """Share of details with most of their area inside."""
    guided: float

    @property
    def numbers(self) -> tuple[float, ...]:
        """All that is averaged."""
        return self.case.area, self.error, self.decibels, self.unguided, self.guided


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all masks of a folder and print the tables."""
    options = parse_arguments(arguments)
    groups = list(photos(options))
    if not groups:
        print(f"no photos with masks of {LEAST:.0%} to {MOST:.0%} in {options.folder}", file=sys.stderr)
        return 2
    print(*describe(options), sep="\n")
    print(
        "\n| photo | mask | focus | area | error inside | outside, dB | details inside, unguided | guided |"
    )
    print("|---|---|---|---|---|---|---|---|")
    rows: dict[float, list[Row]] = {focus: [] for focus in options.focus}
    for cases in groups:
        for focus, row in measured(cases, options):
            rows[focus].append(row)
            print(line(row.case.photo.stem, row.case.name, focus, row.numbers), flush=True)
    for focus, some in rows.items():
        means = np.mean([row.numbers for row in some], axis=0)
        print(line("**mean**", f"{len(some)} masks", focus, means))
    print(*(summary(focus, some) for focus, some in rows.items()), sep="\n")
    return 0


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guidance", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with index.json, or images/ and masks/")
    parser.add_argument("--paths", type=int, default=128)
    parser.add_argument("--preset", default="balanced")
    parser.add_argument("--focus", type=float, nargs="+", default=[0.5])
    parser.add_argument("--masks", choices=("all", "largest"), default="all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--limit", type=int, default=None, help="at most so many photos")
    parser.add_argument("--every", type=int, default=1, help="each N-th photo only")
    return parser.parse_args(arguments)


def photos(options: argparse.Namespace) -> Iterator[list[Case]]:
    """Yield the cases of each photo that is to be measured."""
    folder = options.folder
    found = named_masks(folder) if (folder / "index.json").exists() else object_masks(folder)
    kept = ([case for case in cases if LEAST <= case.area <= MOST] for cases in found)
    groups = [cases for cases in kept if cases][:: options.every][: options.limit]
    for cases in groups:
        yield cases if options.masks == "all" else [max(cases, key=lambda case: case.area)]


def named_masks(folder: Path) -> Iterator[list[Case]]:
    """Yield, for each photo of `index.json`, its masks; those of one name are one mask."""
    for entry in json.loads((folder / "index.json").read_text()):
        with np.load(folder / entry["masks"]) as file:
            height, width = file["shape"]
            bits = np.unpackbits(file["packed"], axis=1)[:, : height * width]
            names = [str(name) for name in file["names"]]
        masks: dict[str, Mask] = {}
        for name, mask in zip(names, bits.reshape(-1, height, width).astype(bool), strict=True):
            masks[name] = masks.get(name, np.zeros_like(mask)) | mask
        yield [Case(folder / entry["image"], name, mask, ~mask) for name, mask in masks.items()]


def object_masks(folder: Path) -> Iterator[list[Case]]:
    """Yield the one case of each photo in `images/`."""
    for photo in sorted((folder / "images").iterdir()):
        mask = np.asarray(Image.open(folder / "masks" / f"{photo.stem}.png").convert("L"))
        yield [Case(photo, "object", mask == 255, mask == 0)]


def measured(cases: Sequence[Case], options: argparse.Namespace) -> Iterator[tuple[float, Row]]:
    """Yield what guidance by each mask of one photo changes, for each focus."""
    photo = cases[0].photo
    target = load_image(photo, max_pixels=2**62).rgb
    settings: dict[str, Any] = {
        name: getattr(options, name) for name in ("paths", "preset", "seed", "threads")
    }
    plain = huefold.vectorize(photo, **settings)
    before = squared_error(plain, target)
    for case in cases:
        for focus in options.focus:
            guided = huefold.vectorize(photo, saliency={case.name: case.inside}, focus=focus, **settings)
            after = squared_error(guided, target)
            yield (
                focus,
                Row(
                    case,
                    float(after[case.inside].mean() / before[case.inside].mean()),
                    float(-10.0 * np.log10(after[case.outside].mean() / before[case.outside].mean())),
                    details_inside(plain.scene, case.inside),
                    details_inside(guided.scene, case.inside),
                ),
            )


def squared_error(result: huefold.Result, target: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean squared error of each pixel, (H, W)."""
    return np.asarray(((result.render()[:, :, :3] - target) ** 2).mean(axis=2))


def details_inside(scene: Scene, inside: Mask) -> float:
    """Return the share of detail paths with most of their area inside a mask."""
    details = np.array([path.role == "detail" for path in scene.paths])
    areas = path_areas(scene, np.stack([inside, np.ones_like(inside)]).astype(np.float64))
    return float((areas[:, 0] > 0.5 * areas[:, 1])[details].mean()) if details.any() else 0.0


def line(photo: str, name: str, focus: float, numbers: Sequence[float] | NDArray[np.float64]) -> str:
    """Return a row of the table."""
    return f"| {photo} | {name} | {focus:g} | " + "{:.1%} | {:.3f} | {:+.2f} | {:.2f} | {:.2f} |".format(
        *numbers
    )


def summary(focus: float, rows: Sequence[Row]) -> str:
    """Return in words what a table's bars ask."""
    lower = sum(row.error < 1.0 for row in rows)
    worst = max(row.error for row in rows)
    twice = np.mean([row.guided for row in rows]) / np.mean([row.case.area for row in rows])
    lost = -min(row.decibels for row in rows)
    return (
        f"focus {focus:g}: error inside lower for {lower} of {len(rows)} masks (largest ratio {worst:.2f}); most "
        f"lost outside {lost:.2f} dB; share of details inside {twice:.2f} times the masks' share of the picture"
    )


if __name__ == "__main__":
    raise SystemExit(main())
