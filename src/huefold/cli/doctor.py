"""``huefold doctor``: what is installed, what is there, and whether it works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from huefold.selftest import Diagnosis

__all__ = ["doctor"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(context: click.Context, /, as_json: bool) -> None:
    """Show versions, extras, weights, threads, folders and kernels, and try out a small drawing.

    Ends with exit code 1 if the drawing goes wrong.
    """
    from huefold.selftest import diagnose, try_out  # noqa: PLC0415 - slow to import

    diagnosis = diagnose()
    if not as_json:
        for line in _told(diagnosis):
            click.echo(line)
    trial = try_out()
    if as_json:
        click.echo(json.dumps(replace(diagnosis, trial=trial).to_dict(), indent=2))
    else:
        click.echo(
            f"self-test   {'passed' if trial.passed else 'FAILED'} in {trial.seconds:.1f} s: {trial.said}"
        )
    context.exit(0 if trial.passed else 1)


def _told(diagnosis: Diagnosis) -> Iterator[str]:
    """Yield the diagnosis line by line."""
    yield f"huefold     {diagnosis.versions['huefold']}"
    yield from (f"{name:<11} {value}" for name, value in diagnosis.system.items())
    yield f"threads     {diagnosis.threads}"
    others = [f"{name} {version}" for name, version in diagnosis.versions.items() if name != "huefold"]
    yield f"packages    {', '.join(others)}"
    for extra, packages in diagnosis.extras.items():
        shown = ", ".join(f"{name} {version or 'missing'}" for name, version in packages.items())
        hint = "" if all(packages.values()) else f"; pip install 'huefold[{extra}]'"
        yield f"extra       {extra}: {shown}{hint}"
    if not diagnosis.weights:
        yield "weights     none found"
    for name, model in diagnosis.weights.items():
        use = f" ({model['use']})" if model["use"] else ""
        yield f"weights     {name}{use}: {model['path']}"
    for name, folder in diagnosis.folders.items():
        state = "" if folder["writable"] else ", CANNOT BE WRITTEN"
        state += "" if folder["exists"] else ", not there yet"
        yield f"folder      {name}: {folder['path']}{state}"
    kernels = diagnosis.kernels
    if "error" in kernels:
        yield f"kernels     CANNOT BE LOADED: {kernels['error']}"
    else:
        builds = ", ".join(kernels["available"])
        yield f"kernels     {kernels['instructions']} (this processor has {builds}): {kernels['library']}"
