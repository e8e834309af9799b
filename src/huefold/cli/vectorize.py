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
from huefold.cli.interrupt import compiling, run_interruptibly
from huefold.cli.model_weights import fetch_model
from huefold.options import Options

if TYPE_CHECKING:
    from huefold.run.clock import StageClock
    from huefold.run.request import Request
    from huefold.run.result import Result
    from huefold.run.session import Session

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
    files = _check_files(photo, options, (output, report, hierarchy))
    from huefold.run.clock import StageClock  # noqa: PLC0415 - slow to import
    from huefold.run.request import Request  # noqa: PLC0415 - slow to import
    from huefold.run.session import Session  # noqa: PLC0415 - slow to import

    request = Request.from_flags(options)
    for source in (request.saliency, request.segmenter):
        fetch_model(source, download=options.download, quiet=quiet)
    session = Session(sys.stdin.buffer.read() if photo == "-" else photo)
    with display_for(quiet=quiet) as display:
        clock = StageClock(limit=options.time_limit)
        _compile_kernels(session, request, clock, files, display)
        result = run_interruptibly(
            lambda cancel: session.run(request, clock.restarted(display, cancel)), display.say
        )
    _write(result, output, report, hierarchy)
    if not quiet:
        _summarise(result, output)
    if result.report.stopped == "cancelled":
        context.exit(130)


def _check_files(photo: str, options: Options, outputs: tuple[str | None, ...]) -> tuple[str, ...]:
    """Raise if an output cannot be written or would overwrite an input; return the files of maps and masks."""
    from huefold.run.sources import mask_files  # noqa: PLC0415 - slow to import

    check_kinds(outputs[0] or "", *outputs[1:])
    masks = mask_files(options)
    check_outputs((photo, options.saliency, *masks), outputs)
    return masks if options.saliency in ("auto", "noise") else (options.saliency, *masks)


def _compile_kernels(
    session: Session, request: Request, clock: StageClock, maps: tuple[str, ...], display: Display
) -> None:
    """Compile on a machine's first run, but not before bad input has been told apart."""
    from huefold.run.warmup import ensure_compiled, is_compiled  # noqa: PLC0415 - slow to import
    from huefold.saliency import painted  # noqa: PLC0415 - slow to import

    if not is_compiled():
        photo = session.load(request, clock)
        for source in maps:
            painted(source, photo.rgb.shape[:2])
        with compiling():
            ensure_compiled(display.say)


def _write(result: Result, output: str, report: str | None, hierarchy: str | None) -> None:
    numbers = json.dumps(result.report.to_dict(), indent=2) + "\n"
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
