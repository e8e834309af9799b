"""``huefold compare``: how close a drawing comes to its photo, and what it costs."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from huefold.cli.drawings import warnings_told
from huefold.cli.flags import flags_from_schema
from huefold.errors import OptionError, SvgError
from huefold.options import Options

if TYPE_CHECKING:
    from huefold.metrics.statistics import PathStatistics
    from huefold.run.report import Fidelity

__all__ = ["Comparison", "compare", "measure"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A drawing measured against its photo: fidelity, counts of paths and nodes, bytes, notes on the photo."""

    fidelity: Fidelity
    counts: PathStatistics
    bytes: int
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; an infinite PSNR becomes None."""
        fidelity = self.fidelity.to_dict()
        values = {name: fidelity[name] for name in ("width", "height", "mse", "psnr", "ssim")}
        counts = {name: getattr(self.counts, name) for name in ("paths", "structural", "detail", "nodes")}
        return values | counts | {"bytes": self.bytes, "notes": list(self.notes)}

    def rows(self) -> list[tuple[str, str]]:
        """Return names and values for a table."""
        fidelity, counts = self.fidelity, self.counts
        return [
            ("size", f"{fidelity.width}x{fidelity.height}"),
            ("MSE", f"{fidelity.mse:.6f}"),
            ("PSNR", f"{fidelity.psnr:.2f} dB"),
            ("SSIM", f"{fidelity.ssim:.4f}"),
            ("paths", f"{counts.paths} ({counts.structural} structural, {counts.detail} detail)"),
            ("nodes", str(counts.nodes)),
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
    """Return how close the SVG at `drawing` comes to `photo`, by the `background` and `threads` of `options`.

    Raises
    ------
    ImageError, SvgError
        If one of them cannot be read, or their proportions differ by more than 1 %.
    """
    from huefold import metrics  # noqa: PLC0415 - slow to import
    from huefold.images import load_original  # noqa: PLC0415 - slow to import
    from huefold.images.checks import same_proportions  # noqa: PLC0415 - slow to import
    from huefold.render import rasterize  # noqa: PLC0415 - slow to import
    from huefold.run.writing import fidelity_of  # noqa: PLC0415 - slow to import
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
    fidelity = fidelity_of(original.rgb, drawn, threads=options.threads)
    return Comparison(fidelity, metrics.path_statistics(scene), Path(drawing).stat().st_size, original.notes)
