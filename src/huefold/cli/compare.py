"""``huefold compare``: how close a drawing comes to its photo, and what it costs."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from huefold.cli.drawings import warnings_told
from huefold.cli.flags import flags_from_schema
from huefold.errors import OptionError, SvgError
from huefold.options import Options

__all__ = ["Comparison", "compare", "measure"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A drawing measured against its photo.

    Parameters
    ----------
    width, height : int
        Size in pixels at which they were compared.
    mse, psnr, ssim : float
        On RGB values in [0, 1]; PSNR in dB, infinite for identical pictures.
    paths, structural, detail : int
        Paths in all, merged regions, and added details.
    nodes, bytes : int
        On-curve points, and the size of the file.
    notes : tuple of str
        What the user should know about reading the photo.

    Examples
    --------
    >>> Comparison(4, 3, 0.0, math.inf, 1.0, 2, 1, 1, 8, 200, ()).to_dict()["psnr"] is None
    True
    """

    width: int
    height: int
    mse: float
    psnr: float
    ssim: float
    paths: int
    structural: int
    detail: int
    nodes: int
    bytes: int
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; an infinite PSNR becomes None."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        return values | {"psnr": self.psnr if math.isfinite(self.psnr) else None, "notes": list(self.notes)}

    def rows(self) -> list[tuple[str, str]]:
        """Return names and values for a table."""
        return [
            ("size", f"{self.width}x{self.height}"),
            ("MSE", f"{self.mse:.6f}"),
            ("PSNR", f"{self.psnr:.2f} dB"),
            ("SSIM", f"{self.ssim:.4f}"),
            ("paths", f"{self.paths} ({self.structural} structural, {self.detail} detail)"),
            ("nodes", str(self.nodes)),
            ("bytes", str(self.bytes)),
        ]


@click.command()
@click.argument("photo")
@click.argument("drawing", metavar="OUT.svg")
@flags_from_schema("background", "threads")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def compare(photo: str, drawing: str, background: str | None, threads: str | None, as_json: bool) -> None:
    """Print how close OUT.svg comes to PHOTO at the photo's size, and its counts."""
    if photo == "-":
        raise OptionError("compare reads the photo from a file; give its path")
    given = {"background": background, "threads": threads}
    known: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    with warnings_told(lambda line: click.echo(line, err=True)):
        found = measure(photo, drawing, Options(**known))
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=2))
        return
    for name, value in found.rows():
        click.echo(f"{name:<7}{value}")
    for note in found.notes:
        click.echo(f"note: {note}", err=True)


def measure(photo: str, drawing: str, options: Options) -> Comparison:
    """Return how close the SVG at `drawing` comes to `photo`.

    Parameters
    ----------
    photo, drawing : str
        Paths of the photo and of the SVG.
    options : Options
        `background` and `threads` are used.

    Returns
    -------
    comparison : Comparison

    Raises
    ------
    ImageError, SvgError
        If one of them cannot be read, or their proportions differ by more than 1 %.
    """
    from huefold import metrics  # noqa: PLC0415 - slow to import
    from huefold.images import load_original  # noqa: PLC0415 - slow to import
    from huefold.images.checks import same_proportions  # noqa: PLC0415 - slow to import
    from huefold.render import rasterize  # noqa: PLC0415 - slow to import
    from huefold.svg import read_svg  # noqa: PLC0415 - slow to import

    original = load_original(photo, background=options.background)
    scene = read_svg(Path(drawing))
    if not same_proportions(scene.width, scene.height, original.width, original.height):
        raise SvgError(
            f"{drawing} is {scene.width}x{scene.height} and {photo} is {original.width}x{original.height}: "
            "their proportions differ by more than 1 %"
        )
    height, width = original.rgb.shape[:2]
    if scene.background is None:  # as transparent photos
        scene = replace(scene, background=options.background)
    drawn = rasterize(scene, width=width, height=height, threads=options.threads)[:, :, :3]
    counts = metrics.path_statistics(scene)
    return Comparison(
        width,
        height,
        float(metrics.mse(original.rgb, drawn)),
        float(metrics.psnr(original.rgb, drawn)),
        float(metrics.ssim(original.rgb, drawn)),
        counts.paths,
        counts.structural,
        counts.detail,
        counts.nodes,
        Path(drawing).stat().st_size,
        original.notes,
    )
