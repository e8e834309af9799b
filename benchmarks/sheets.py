"""Contact sheets: photo, drawings, structural layers and errors, to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.judging import Picture, resvg
from huefold.svg import read_svg, write_svg

PANEL_WIDTH = 320
LABEL_HEIGHT = 14


@dataclass(frozen=True)
class Shown:
    """A drawing on a sheet."""

    label: str
    svg: str


def block(original: Picture, drawings: Sequence[Shown]) -> Image.Image:
    """Return one photo's part of a sheet.

    One drawing: photo, drawing, structural layer and error side by side. Several: the photo and all drawings, and
    beneath each its structural layer and its error (white: 0.25 or more).
    """
    panels = [_panels(original, shown) for shown in drawings]
    if len(panels) == 1:
        return _row([_panel(original, "photo"), *panels[0]])
    blank = np.ones_like(original)
    rows = [_row([_panel(original if k == 0 else blank, "photo" if k == 0 else ""), *row])
            for k, row in enumerate(zip(*panels, strict=True))]  # fmt: skip
    return stacked(rows)


def _panels(original: Picture, shown: Shown) -> list[Image.Image]:
    scene = read_svg(shown.svg)
    structure = replace(scene, paths=tuple(path for path in scene.paths if path.role == "structural"))
    drawing = resvg(shown.svg)
    error = np.abs(original - drawing).max(axis=2, keepdims=True).repeat(3, axis=2)
    return [
        _panel(drawing, shown.label),
        _panel(resvg(write_svg(structure)), f"structure, {len(structure.paths)} paths"),
        _panel(np.minimum(1.0, 4.0 * error), "error"),
    ]


def _panel(picture: Picture, label: str) -> Image.Image:
    size = (PANEL_WIDTH, max(1, round(PANEL_WIDTH * picture.shape[0] / picture.shape[1])))
    panel = Image.new("RGB", (size[0], size[1] + LABEL_HEIGHT), "white")
    small = Image.fromarray(np.round(255.0 * picture).astype(np.uint8)).resize(size, Image.Resampling.LANCZOS)
    panel.paste(small, (0, LABEL_HEIGHT))
    ImageDraw.Draw(panel).text((2, 1), label, fill="black")
    return panel


def _row(panels: Sequence[Image.Image]) -> Image.Image:
    row = Image.new(
        "RGB", (sum(panel.width for panel in panels), max(panel.height for panel in panels)), "white"
    )
    left = 0
    for panel in panels:
        row.paste(panel, (left, 0))
        left += panel.width
    return row


def stacked(rows: Sequence[Image.Image]) -> Image.Image:
    """Return pictures one below the other."""
    sheet = Image.new("RGB", (max(row.width for row in rows), sum(row.height for row in rows)), "white")
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    return sheet
