"""How close our drawings of SVG files are to resvg's: mean absolute difference in 255ths.

    python -m benchmarks.resvg_pairs FOLDER [--sheet OUT.png] [--worst 12] [--bar 1.0]

FOLDER holds ``index.json``, a list of objects with ``svg`` and ``png`` (file names in FOLDER) and
``filled_paths_only``. Pictures are compared premultiplied, at the size of the PNG. The sheet shows the worst pairs:
resvg's drawing, ours, and the difference, all over white.
"""

from __future__ import annotations

import argparse
import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from huefold.errors import HuefoldError
from huefold.render import rasterize
from huefold.svg import read_svg

__all__ = ["Pair", "compare", "load_pairs"]

Floats = NDArray[np.float64]
PANEL = 200


@dataclass(frozen=True, slots=True)
class Pair:
    """A file, resvg's drawing of it, and ours.

    Parameters
    ----------
    name : str
        Of the file, in its folder.
    group : str
        ``"filled"`` or ``"gradients"``.
    theirs, ours : (H, W, 4) ndarray
        Premultiplied RGBA in [0, 1].
    notes : tuple of str
        What reading the file warned of, or the error that ended it.
    """

    name: str
    group: str
    theirs: Floats
    ours: Floats
    notes: tuple[str, ...]

    @property
    def difference(self) -> float:
        """Mean absolute difference over pixels and channels, in 255ths."""
        return 255.0 * float(np.abs(self.theirs - self.ours).mean())


def main() -> None:
    """Print a row for each pair that is off or was warned of, and a row for each group."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.resvg_pairs")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sheet", type=Path, default=None, help="write a sheet of the worst pairs")
    parser.add_argument("--worst", type=int, default=12, help="how many pairs the sheet shows")
    parser.add_argument("--bar", type=float, default=1.0, help="largest difference that passes, in 255ths")
    options = parser.parse_args()
    pairs = sorted(
        (compare(*one) for one in load_pairs(options.folder)), key=lambda pair: (-pair.difference, pair.name)
    )
    print("| file | difference / 255 | warned of |\n|---|---|---|")
    for pair in pairs:
        if pair.difference > options.bar or pair.notes:
            print(f"| {pair.name} | {pair.difference:.2f} | {'; '.join(pair.notes)} |")
    print("\n| group | pairs | within the bar | median / 255 |\n|---|---|---|---|")
    for group in ("filled", "gradients"):
        found = [pair.difference for pair in pairs if pair.group == group]
        passed = sum(difference <= options.bar for difference in found)
        print(f"| {group} | {len(found)} | {passed} | {np.median(found):.2f} |")
    if options.sheet is not None:
        sheet(pairs[: options.worst]).save(options.sheet)


def load_pairs(folder: Path) -> list[tuple[Path, Path, str, str]]:
    """Return drawing, picture, name and group of each pair that the folder's index lists."""
    listed = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    return [
        (
            folder / one["svg"],
            folder / one["png"],
            one["svg"],
            "filled" if one["filled_paths_only"] else "gradients",
        )
        for one in listed
    ]


def compare(svg: Path, png: Path, name: str, group: str) -> Pair:
    """Draw a file at the size of its picture."""
    with Image.open(png) as picture:
        theirs = premultiplied(np.asarray(picture.convert("RGBA"), dtype=np.float64) / 255.0)
    height, width = theirs.shape[:2]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            ours = premultiplied(np.asarray(rasterize(read_svg(svg), width=width, height=height), np.float64))
        except HuefoldError as error:
            return Pair(name, group, theirs, np.zeros_like(theirs), (str(error),))
    return Pair(name, group, theirs, ours, tuple(str(one.message) for one in caught))


def premultiplied(rgba: Floats) -> Floats:
    """Return straight RGBA with its colours multiplied by alpha."""
    return np.concatenate([rgba[..., :3] * rgba[..., 3:], rgba[..., 3:]], axis=-1)


def sheet(pairs: list[Pair]) -> Image.Image:
    """Return pictures of pairs: theirs, ours, and the difference, one pair a row."""
    image = Image.new("RGB", (3 * PANEL, (PANEL + 16) * max(1, len(pairs))), "white")
    draw = ImageDraw.Draw(image)
    for row, pair in enumerate(pairs):
        top = row * (PANEL + 16)
        white = [rgba[..., :3] + 1.0 - rgba[..., 3:] for rgba in (pair.theirs, pair.ours)]
        for column, panel in enumerate([*white, np.abs(white[0] - white[1])]):
            pixels = Image.fromarray(np.rint(panel.clip(0.0, 1.0) * 255.0).astype(np.uint8))
            pixels.thumbnail((PANEL - 4, PANEL - 4))
            image.paste(pixels, (column * PANEL, top))
        draw.text((2, top + PANEL), f"{pair.difference:.2f}  {pair.name}", fill="black")
    return image


if __name__ == "__main__":
    main()
