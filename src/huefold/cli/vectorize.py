"""``huefold vectorize``: a photo in, an SVG out."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from huefold.cli.display import Display, display_for
from huefold.cli.flags import (
    GroupedCommand,
    check_kinds,
    check_outputs,
    flags_from_schema,
    given_options,
    output_flag,
)
from huefold.cli.guidance import MARK_FLAGS, PROMPT_FLAGS, fetch_model, mask_files, saliency_of
from huefold.cli.interrupt import compiling, run_interruptibly
from huefold.cli.segmenters import SAM_FLAGS, segmenter_of
from huefold.files import write_atomically
from huefold.options import Options

if TYPE_CHECKING:
    from huefold.progress import CancelToken
    from huefold.run.result import Result
    from huefold.saliency import Prompt
    from huefold.segment.anything import SegmentAnything

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
    saliency = saliency_of(options)
    segmenter = segmenter_of(options)
    for model in (saliency, segmenter):
        fetch_model(model, download=options.download, quiet=quiet)
    source: str | bytes = sys.stdin.buffer.read() if photo == "-" else photo
    with display_for(quiet=quiet) as display:
        _compile_kernels(source, options, display)
        result = run_interruptibly(
            lambda cancel: _run(source, options, saliency, segmenter, display, cancel), display.say
        )
    _write(result, output, report, hierarchy)
    if not quiet:
        _summarise(result, output)
    if result.report.stopped == "cancelled":
        context.exit(130)


def _check_files(photo: str, options: Options, outputs: tuple[str | None, ...]) -> None:
    check_kinds(outputs[0] or "", *outputs[1:])
    check_outputs((photo, options.saliency, *mask_files(options)), outputs)


def _compile_kernels(source: str | bytes, options: Options, display: Display) -> None:
    """Compile on a machine's first run, but not before bad input has been told apart."""
    from huefold.images import load_image  # noqa: PLC0415 - slow to import
    from huefold.run.warmup import ensure_compiled, is_compiled  # noqa: PLC0415 - slow to import
    from huefold.saliency import painted  # noqa: PLC0415 - slow to import

    if not is_compiled():
        photo = load_image(source, background=options.background)
        maps = mask_files(options)
        for source_map in maps if options.saliency in ("auto", "noise") else (options.saliency, *maps):
            painted(source_map, photo.rgb.shape[:2])
        with compiling():
            ensure_compiled(display.say)


def _run(
    source: str | bytes,
    options: Options,
    saliency: str | Prompt | dict[str, Any],
    segmenter: str | SegmentAnything,
    display: Display,
    cancel: CancelToken,
) -> Result:
    from huefold.run.pipeline import vectorize as run  # noqa: PLC0415 - slow to import

    chosen = options.model_dump(
        exclude_unset=True, exclude={"saliency", "segmenter", *PROMPT_FLAGS, *MARK_FLAGS, *SAM_FLAGS}
    )
    sources: dict[str, Any] = {"saliency": saliency, "segmenter": segmenter}
    return run(source, **chosen, **sources, progress=display, cancel=cancel)


def _write(result: Result, output: str, report: str | None, hierarchy: str | None) -> None:
    contents = {
        output: result.svg,
        report: json.dumps(result.report.to_dict(), indent=2) + "\n" if report else "",
        hierarchy: json.dumps(result.hierarchy.to_dict()) + "\n" if hierarchy else "",
    }
    for path, content in contents.items():
        if path == "-":
            sys.stdout.buffer.write(content.encode())
        elif path is not None:
            write_atomically(path, content)


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
