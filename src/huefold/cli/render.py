"""``huefold render``: an SVG in, a PNG out, drawn with huefold's own renderer."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import click

from huefold.cli.drawings import read_source, warnings_told
from huefold.cli.flags import check_outputs, output_flag
from huefold.errors import OptionError
from huefold.files import write_atomically
from huefold.options import Options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from huefold.scene import Scene

__all__ = ["render"]


@click.command()
@click.argument("drawing", metavar="IN.svg")
@output_flag("OUT.png", "The PNG to write; '-' for standard output.")
@click.option(
    "--width", metavar="W", help="Width in pixels; the height follows [default: that of the drawing]."
)
@click.option("--threads", metavar="N", help="Number of threads (default: one per processor).")
def render(drawing: str, output: str, width: str | None, threads: str | None) -> None:
    """Draw a static SVG of filled shapes as a PNG, with alpha where its canvas is transparent."""
    check_outputs((drawing,), (output,))
    if output != "-" and not output.lower().endswith(".png"):
        raise OptionError(f"{output}: the picture is a PNG; give a name that ends in .png")
    options = Options(threads=threads) if threads is not None else Options()
    asked = None if width is None else _whole(width)
    from huefold.render import rasterize  # noqa: PLC0415 - slow to import
    from huefold.svg import read_svg  # noqa: PLC0415 - slow to import

    with warnings_told(lambda line: click.echo(line, err=True)):
        scene = read_svg(read_source(drawing))
    rgba = rasterize(scene, width=_checked_width(asked, scene), threads=options.threads)
    png = _png(rgba)
    if output == "-":
        sys.stdout.buffer.write(png)
    else:
        write_atomically(output, png)


def _whole(width: str) -> int:
    if not width.isascii() or not width.isdigit() or int(width) < 1:
        raise OptionError(f"width must be a whole number of at least 1, got {width!r}")
    return int(width)


def _checked_width(width: int | None, scene: Scene) -> int:
    from huefold.render.api import MAX_PIXELS  # noqa: PLC0415 - slow to import

    pixels = width if width is not None else scene.width
    if pixels * max(1.0, pixels * scene.height / scene.width) > MAX_PIXELS:
        raise OptionError(
            f"a width of {pixels} is more than {MAX_PIXELS // 10**6} megapixels; give a smaller one"
        )
    return pixels


def _png(rgba: NDArray[np.float32]) -> bytes:
    import numpy as np  # noqa: PLC0415 - slow to import
    from PIL import Image  # noqa: PLC0415 - slow to import

    pixels = np.rint(rgba * 255.0).clip(0, 255).astype(np.uint8)
    opaque = bool((pixels[:, :, 3] == 255).all())
    stream = io.BytesIO()
    Image.fromarray(pixels[:, :, :3] if opaque else pixels).save(stream, format="PNG")
    return stream.getvalue()
