"""What painting an object as saliency changes, against no guidance, at the same budget.

    python -m benchmarks.guidance FOLDER --paths 128 --preset balanced [--limit N]

FOLDER holds `images/` and `masks/` of the same names; masks are 255 on the object, 0 elsewhere, 128 where nobody
knows. For each photo: mean squared error inside and outside the object and the number of paths whose middle lies
inside it, guided over unguided.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import huefold
from benchmarks.quality import describe
from huefold.images import load_image
from huefold.scene import Scene
from huefold.warmup import ensure_compiled


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all photos of a folder and print the table."""
    options = parse_arguments(arguments)
    photos = sorted((options.folder / "images").iterdir())[: options.limit]
    if not photos:
        print(f"no photos in {options.folder / 'images'}", file=sys.stderr)
        return 2
    ensure_compiled(lambda message: print(message, file=sys.stderr))
    print(*describe(options), sep="\n")
    print("\n| photo | object | error inside | outside, dB | paths inside, unguided | guided |")
    print("|---|---|---|---|---|---|")
    rows = []
    for photo in photos:
        row = compare(photo, options.folder / "masks" / f"{photo.stem}.png", options)
        rows.append(row)
        print("| " + photo.stem + " | {:.0%} | {:.3f} | {:+.2f} | {:.0f} | {:.0f} |".format(*row), flush=True)
    print("| **mean** | {:.0%} | {:.3f} | {:+.2f} | {:.1f} | {:.1f} |".format(*np.mean(rows, axis=0)))
    fewer = sum(row[4] <= row[3] for row in rows)
    print(f"\nphotos without more paths inside: {fewer} of {len(rows)}")
    return 0


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guidance", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with images/ and masks/")
    parser.add_argument("--paths", type=int, default=128)
    parser.add_argument("--preset", default="balanced")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--limit", type=int, default=None)
    return parser.parse_args(arguments)


def compare(photo: Path, mask_file: Path, options: argparse.Namespace) -> tuple[float, ...]:
    """Return the object's share, error ratio inside, decibels outside, paths inside without and with guidance."""
    mask = np.asarray(Image.open(mask_file).convert("L"))
    inside, outside = mask == 255, mask == 0
    target = load_image(photo, max_pixels=2**62).rgb
    settings = {
        "paths": options.paths,
        "preset": options.preset,
        "seed": options.seed,
        "threads": options.threads,
    }
    plain = huefold.vectorize(photo, **settings)
    guided = huefold.vectorize(photo, saliency=np.where(inside, 1.0, 0.0).astype(np.float32), **settings)
    errors = [((result.render()[:, :, :3] - target) ** 2).mean(axis=2) for result in (plain, guided)]
    return (
        float(inside.mean()),
        float(errors[1][inside].mean() / errors[0][inside].mean()),
        float(-10.0 * np.log10(errors[1][outside].mean() / errors[0][outside].mean())),
        float(paths_inside(plain.scene, inside)),
        float(paths_inside(guided.scene, inside)),
    )


def paths_inside(scene: Scene, inside: NDArray[np.bool_]) -> int:
    """Count paths the middle of whose outline lies on the object."""
    count = 0
    for path in scene.paths:
        middle = np.concatenate([contour[::3] for contour in path.contours]).mean(axis=0)
        column, row = np.clip(middle.astype(int), 0, np.array(inside.shape[::-1]) - 1)
        count += bool(inside[row, column])
    return count


if __name__ == "__main__":
    raise SystemExit(main())
