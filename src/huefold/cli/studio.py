"""``huefold studio``: a page in the browser to paint what matters and watch it become vectors."""

from __future__ import annotations

import importlib.util
import webbrowser
from contextlib import suppress
from pathlib import Path

import click

from huefold.errors import MissingExtraError, OptionError

__all__ = ["studio"]

DEFAULT_PORT = 8765
PACKAGES = {"fastapi": "fastapi", "uvicorn": "uvicorn", "python_multipart": "python-multipart"}


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Port to listen at [default: {DEFAULT_PORT}, or a free one].",
)
@click.option("--folder", help="Where projects are kept [default: a folder of your own].")
@click.option(
    "--limit",
    type=click.FloatRange(min=0, min_open=True),
    default=4.0,
    show_default=True,
    metavar="GIB",
    help="Most GiB of kept work; what was not opened for longest goes first.",
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
def studio(host: str, port: int | None, folder: str | None, limit: float, no_browser: bool) -> None:
    """Open a page in the browser: drop a photo, say or paint what matters, draw, edit, take the SVG.

    Only this machine can reach it, unless --host is another address; visitors then need the token that is part of
    the address printed.
    """
    _check_extra()
    from huefold.studio.serve import new_token, serve  # noqa: PLC0415 - optional packages
    from huefold.studio.settings import GIB, StudioSettings, default_folder  # noqa: PLC0415 - optional packages

    disk = int(limit * GIB)
    if disk < 1:
        raise OptionError(f"limit must be at least one byte, got {limit} GiB", option="limit")
    place = default_folder() if folder is None else Path(folder)
    chosen = DEFAULT_PORT if port is None else port
    settings = StudioSettings(host=host, port=chosen, token=new_token(host), disk_bytes=disk, folder=place)
    with suppress(KeyboardInterrupt):
        serve(settings, any_port=port is None, say=click.echo, browse=None if no_browser else webbrowser.open)
    click.echo("huefold studio: ended; what you made is kept")


def _check_extra() -> None:
    for module, name in PACKAGES.items():
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError(f"the studio needs {name}: pip install 'huefold[studio]'", extra="studio")
