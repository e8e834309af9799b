"""``huefold vectorize``: a photo in, an SVG out."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from huefold.cli.display import Display, display_for
from huefold.cli.drawings import write_outputs
from huefold.cli.flags import (
    GroupedCommand,
    check_kinds,
    check_outputs,
    flags_from_schema,
    given_options,
    output_flag,
)
from huefold.cli.interrupt import run_interruptibly
from huefold.cli.model_weights import fetch_model
from huefold.options import Options

if TYPE_CHECKING:
    from huefold.run.request import Request
    from huefold.run.result import Result

__all__ = ["vectorize"]


@click.command(cls=GroupedCommand)
@click.argument("photo")
@output_flag("OUT.svg", "The drawing to write; '-' for standard output.")
@flags_from_schema()
@click.option("--report", metavar="OUT.json", help="Write counts, fidelity and times as JSON.")
@click.option("--hierarchy", metavar="OUT.json", help="Write the tree of merged regions as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing unless something goes wrong.")
@click.pass_context
def vectorize(
    context: click.Context,
    /,
    photo: str,
    output: str,
    report: str | None,
    hierarchy: str | None,
    quiet: bool,
    **flags: Any,
) -> None:
    """Turn PHOTO into an SVG of a fixed number of filled paths.

    PHOTO is a PNG, JPEG, WebP, TIFF, BMP or GIF file, '-' for standard input, or a bundled sample such as
    sample:coffee, sample:chelsea, sample:astronaut or sample:rocket.
    """
    options = Options(**given_options(flags))
    _check_files(photo, options, (output, report, hierarchy))
    from huefold.run.request import Request  # noqa: PLC0415 - slow to import

    request = Request.from_flags(options)
    for source in (request.saliency, request.segmenter):
        fetch_model(source, download=options.download, quiet=quiet)
    image: str | bytes = sys.stdin.buffer.read() if photo == "-" else photo
    with display_for(quiet=quiet) as display:
        result = _run(image, request, display)
    _write(result, output, report, hierarchy)
    if not quiet:
        _summarise(result, output)
    if result.report.stopped == "cancelled":
        context.exit(130)


def _check_files(photo: str, options: Options, outputs: tuple[str | None, ...]) -> None:
    from huefold.run.sources import mask_files  # noqa: PLC0415 - slow to import

    check_kinds(outputs[0] or "", *outputs[1:])
    check_outputs((photo, options.saliency, *mask_files(options)), outputs)


def _run(image: str | bytes, request: Request, display: Display) -> Result:
    from huefold.run.clock import StageClock  # noqa: PLC0415 - slow to import
    from huefold.run.pipeline import draw  # noqa: PLC0415 - slow to import

    limit = request.options.time_limit
    return run_interruptibly(
        lambda cancel: draw(image, request, StageClock(display, cancel, limit)), display.say
    )


def _write(result: Result, output: str, report: str | None, hierarchy: str | None) -> None:
    numbers = json.dumps(result.report.to_dict(), indent=2) + "\n" if report else ""
    tree = json.dumps(result.hierarchy.to_dict()) + "\n" if hierarchy else ""
    write_outputs({output: result.svg, report: numbers, hierarchy: tree})


def _summarise(result: Result, output: str) -> None:
    report, paths = result.report, result.report.paths
    for note in report.notes:
        click.echo(f"note: {note}", err=True)
    place = "standard output" if output == "-" else output
    filled = f", {paths.gradients} with gradients" if paths.gradients else ""
    click.echo(
        f"{place}: {paths.drawn} paths ({paths.structural} structural, {paths.detail} detail{filled}), "
        f"{report.nodes} nodes, {report.bytes / 1000:.1f} kB, PSNR {report.fidelity.psnr:.2f} dB, "
        f"SSIM {report.fidelity.ssim:.3f}, {report.total_seconds:.1f} s",
        err=True,
    )
    for share in report.named:
        click.echo(
            f"{share.name}: {share.paths} paths ({share.share:.0%}) for {share.area:.0%} of the picture, "
            f"PSNR {share.psnr:.2f} dB inside",
            err=True,
        )
    if report.budget is not None:
        use, unit = report.budget, "dB" if report.budget.kind == "psnr" else report.budget.kind
        found = f"{use.found:.2f}" if unit == "dB" else f"{use.found:.0f}"
        click.echo(f"budget: {found} of {use.asked:g} {unit}, found in {use.fits} fits", err=True)
