"""``huefold refine``: an SVG and a photo in, the same drawing closer to the photo out."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from huefold.cli.display import Display, display_for
from huefold.cli.drawings import read_source, warnings_told, write_outputs
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
from huefold.errors import OptionError
from huefold.options import Options

if TYPE_CHECKING:
    from pathlib import Path

    from huefold.progress import CancelToken
    from huefold.run.request import Request
    from huefold.run.result import Refinement

__all__ = ["refine"]

FLAGS = (
    *("preset", "saliency", "prompt", "avoid", "prompt_model", "models", "download", "mask", "box", "point"),
    *("focus", "background", "threads", "time_limit"),
)


@click.command(cls=GroupedCommand)
@click.argument("drawing", metavar="IN.svg")
@click.argument("photo")
@output_flag("OUT.svg", "The refined drawing to write; '-' for standard output.")
@flags_from_schema(*FLAGS)
@click.option("--steps", metavar="N", help="Steps of optimisation [default: the preset's].")
@click.option("--report", metavar="OUT.json", help="Write counts, fidelity and times as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing unless something goes wrong.")
@click.pass_context
def refine(
    context: click.Context,
    /,
    drawing: str,
    photo: str,
    output: str,
    steps: str | None,
    report: str | None,
    quiet: bool,
    **flags: Any,
) -> None:
    """Fit the paths of IN.svg to PHOTO: none is added or removed, all may move and change colour.

    IN.svg is any static SVG of filled shapes; PHOTO is an image of the same proportions, or a bundled sample
    such as sample:coffee. Either may be '-' for standard input.
    """
    options = Options(**given_options(flags))
    count = _whole(steps)
    _check_files(drawing, photo, options, (output, report))
    from huefold.run.request import Request  # noqa: PLC0415 - slow to import

    request = Request.from_flags(options)
    fetch_model(request.saliency, download=options.download, quiet=quiet)
    source = read_source(drawing)
    image: str | bytes = sys.stdin.buffer.read() if photo == "-" else photo
    # Warnings of what the drawing loses are shown even with --quiet.
    with display_for(quiet=quiet) as display, warnings_told(_say if quiet else display.say):
        result = _run(source, image, request, count, display)
    numbers = json.dumps(result.report.to_dict(), indent=2) + "\n" if report else ""
    write_outputs({output: result.svg, report: numbers})
    if not quiet:
        _summarise(result, output)
    if result.report.stopped == "cancelled":
        context.exit(130)


def _say(line: str) -> None:
    click.echo(line, err=True)


def _whole(steps: str | None) -> int | None:
    if steps is None:
        return None
    if not steps.isascii() or not steps.isdigit() or int(steps) < 1:
        raise OptionError(f"steps must be a whole number of at least 1, got {steps!r}")
    return int(steps)


def _check_files(drawing: str, photo: str, options: Options, outputs: tuple[str | None, ...]) -> None:
    check_kinds(outputs[0] or "", *outputs[1:])
    if drawing == photo == "-":
        raise OptionError("only one of IN.svg and PHOTO can come from standard input (-)")
    from huefold.run.sources import mask_files  # noqa: PLC0415 - slow to import

    check_outputs((drawing, photo, options.saliency, *mask_files(options)), outputs)


def _run(
    source: bytes | Path, image: str | bytes, request: Request, steps: int | None, display: Display
) -> Refinement:
    from huefold.run.clock import StageClock  # noqa: PLC0415 - slow to import
    from huefold.run.refinement import open_drawing, refine_open  # noqa: PLC0415 - slow to import

    def work(cancel: CancelToken) -> Refinement:
        clock = StageClock(display, cancel, request.options.time_limit)
        return refine_open(open_drawing(source, image, request, clock, steps=steps), clock)

    return run_interruptibly(work, display.say)


def _summarise(result: Refinement, output: str) -> None:
    report = result.report
    for note in report.notes:
        click.echo(f"note: {note}", err=True)
    place = "standard output" if output == "-" else output
    click.echo(
        f"{place}: {report.paths} paths, {report.nodes} nodes, {report.bytes / 1000:.1f} kB, "
        f"PSNR {report.before.psnr:.2f} -> {report.fidelity.psnr:.2f} dB, "
        f"SSIM {report.before.ssim:.3f} -> {report.fidelity.ssim:.3f}, {report.total_seconds:.1f} s",
        err=True,
    )
