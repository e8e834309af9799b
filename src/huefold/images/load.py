"""Loading of images: a path, bytes, a file, a Pillow image or an array becomes float RGB at a bounded size."""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from huefold.colors import hex_color
from huefold.errors import ImageError, OptionError
from huefold.images.decode import Raster, raster_from_array, raster_from_file, raster_from_pil
from huefold.native.arguments import array, output
from huefold.native.kernels import bind
from huefold.parallel import available_threads

__all__ = [
    "ImageSource",
    "LoadedImage",
    "area_average",
    "load_image",
    "load_original",
    "read_stream",
    "sample_names",
    "sample_path",
    "working_size",
]

ImageSource: TypeAlias = (
    "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Image.Image | NDArray[Any]"
)

WORKING_PIXELS = 786_432
COMPARED_PIXELS = 33_554_432

_SAMPLES = {
    "astronaut": "astronaut.png",
    "camera": "camera.png",
    "cat": "chelsea.png",
    "chelsea": "chelsea.png",
    "coffee": "coffee.png",
    "galaxies": "hubble_deep_field.jpg",
    "motorcycle": "motorcycle_left.png",
    "retina": "retina.jpg",
    "rocket": "rocket.jpg",
}

_STRIP_PIXELS = 1 << 21

_average_areas = bind(
    "hf_average_areas",
    array(np.float32, 3),
    *(array(np.int64, 1), array(np.float64, 2)),
    *(array(np.int64, 1), array(np.float64, 2)),
    output(np.float32, 3),
    *(int,) * 7,
    status=True,
)


@dataclass(frozen=True, slots=True, eq=False)
class LoadedImage:
    """A picture at working size.

    Parameters
    ----------
    rgb : (h, w, 3) float32 ndarray
        sRGB values in [0, 1], upright, laid over the background.
    alpha : (h, w) float32 ndarray or None
        Opacity in [0, 1]; None if the picture is opaque throughout.
    width, height : int
        Size of the upright original in pixels; `rgb` may be smaller.
    notes : tuple of str
        What the user should know about the reading, one line each.
    """

    rgb: NDArray[np.float32]
    alpha: NDArray[np.float32] | None
    width: int
    height: int
    notes: tuple[str, ...] = ()


def load_image(
    source: ImageSource,
    *,
    background: Sequence[float] = (1.0, 1.0, 1.0),
    max_pixels: int = WORKING_PIXELS,
) -> LoadedImage:
    """Read an image at a size of at most `max_pixels`.

    Parameters
    ----------
    source : path_like, bytes, binary file, PIL.Image.Image or (H, W[, C]) ndarray
        The picture. Paths may be ``"sample:coffee"`` and the like (see `sample_names`). Arrays are grey, RGB
        or RGBA; uint8, uint16 or floats in [0, 1].
    background : sequence of 3 float, optional
        sRGB colour in [0, 1] that transparent pixels are laid over.
    max_pixels : int, optional
        Larger pictures are reduced by area averaging to at most this many pixels, keeping their proportions.

    Raises
    ------
    ImageError
        If the source is missing, no image, damaged, or larger than 178 megapixels.
    OptionError
        If a sample of that name does not exist.

    Examples
    --------
    >>> picture = load_image("sample:coffee", max_pixels=10_000)
    >>> picture.rgb.shape, (picture.width, picture.height)
    ((81, 122, 3), (600, 400))
    """

    def fit(width: int, height: int) -> tuple[int, int]:
        return working_size(width, height, max_pixels)

    raster = _raster(source, fit)
    stored_width, stored_height = raster.stored_size or (raster.width, raster.height)
    small_width, small_height = fit(stored_width, stored_height)
    rgb, alpha = _composite_reduced(raster, small_width, small_height, np.asarray(background, np.float32))
    turned = raster.orientation in (5, 6, 7, 8)
    width, height = (stored_height, stored_width) if turned else (stored_width, stored_height)
    rgb = _upright(rgb, raster.orientation)
    notes = list(raster.notes)
    if rgb.shape[:2] != (height, width):
        notes.append(f"worked on at {rgb.shape[1]}x{rgb.shape[0]} of {width}x{height} pixels")
    if alpha is not None:
        alpha = _upright(alpha, raster.orientation)
        notes.append("transparent pixels laid over the background " + hex_color(background))
    return LoadedImage(rgb, alpha, width, height, tuple(notes))


def load_original(source: ImageSource, *, background: Sequence[float] = (1.0, 1.0, 1.0)) -> LoadedImage:
    """Read an image as `load_image` does, but at its original size; reduced only above 33 megapixels."""
    return load_image(source, background=background, max_pixels=COMPARED_PIXELS)


def working_size(width: int, height: int, max_pixels: int) -> tuple[int, int]:
    """Return the largest size of the same proportions with at most `max_pixels` pixels, never enlarged.

    Examples
    --------
    >>> working_size(4000, 3000, 786_432)
    (1024, 768)
    """
    if width * height <= max_pixels:
        return width, height
    scale = math.sqrt(max_pixels / (width * height))
    short, long = sorted((width, height))
    # Where one side is rounded up to one pixel, the other one keeps the bound.
    new_short = max(1, int(short * scale + 1e-9))
    new_long = max(1, min(int(long * scale + 1e-9), max_pixels // new_short))
    return (new_long, new_short) if width >= height else (new_short, new_long)


def sample_names() -> tuple[str, ...]:
    """Return the names of the bundled sample photos, such as ``"coffee"``."""
    folder = _sample_folder()
    return tuple(name for name, file in _SAMPLES.items() if (folder / file).is_file())


def sample_path(name: str) -> Path:
    """Return the file of a sample photo, which comes with scikit-image; `OptionError` if there is none."""
    if name not in sample_names():
        known = ", ".join(sample_names())
        raise OptionError(f"there is no sample {name!r}; choose one of {known}", sample=name)
    return _sample_folder() / _SAMPLES[name]


def _sample_folder() -> Path:
    # The folder is found without importing scikit-image, which takes longer than reading the photo.
    spec = importlib.util.find_spec("skimage")
    if spec is None or spec.origin is None:  # pragma: no cover - scikit-image is a dependency
        raise ImageError("the sample photos come with scikit-image, which is not installed")
    return Path(spec.origin).parent / "data"


def _raster(source: ImageSource, fit: Any) -> Raster:
    if isinstance(source, np.ndarray):
        return raster_from_array(source)
    if isinstance(source, Image.Image):
        return raster_from_pil(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return raster_from_file(bytes(source), name="the given bytes", fit=fit)
    if isinstance(source, (str, os.PathLike)):
        return raster_from_file(_existing_file(source), name=os.fspath(source), fit=fit)
    if hasattr(source, "read"):
        content, name = read_stream(source)
        return raster_from_file(content, name=name, fit=fit)
    raise ImageError(
        f"an image is a path, bytes, a binary file, a Pillow image or an array, got {type(source).__name__}"
    )


def _existing_file(source: str | os.PathLike[str]) -> Path:
    text = os.fspath(source)
    if not text:
        raise ImageError("the name of the image is empty; give the path of one photo")
    if isinstance(text, str) and text.startswith("sample:"):
        return sample_path(text.removeprefix("sample:"))
    path = Path(text)
    try:
        if path.is_dir():
            raise ImageError(f"{text} is a folder, not an image; give the path of one photo", path=text)
        if not path.exists():
            raise ImageError(f"{text}: there is no such file", path=text)
        if path.is_file() and path.stat().st_size == 0:
            raise ImageError(f"{text} is empty (0 bytes)", path=text)
    except (OSError, ValueError) as error:
        if isinstance(error, ImageError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise ImageError(f"{text[:80]!r} is not a path that can be opened ({reason})", path=text) from None
    return path


def read_stream(stream: Any) -> tuple[bytes, str]:
    """Return the content and the name of an open file; `ImageError` if it is open as text."""
    content = stream.read()
    if not isinstance(content, bytes):
        raise ImageError("the given file is open as text; open it with mode 'rb'")
    return content, str(getattr(stream, "name", "the given file"))


def _composite_reduced(
    raster: Raster, width: int, height: int, background: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Lay a raster over a colour and area-average it, a strip of rows at a time."""
    rgb = np.empty((height, width, 3), dtype=np.float32)
    alpha = np.ones((height, width), dtype=np.float32)
    down, across = _shares(raster.height, height), _shares(raster.width, width)
    step = max(1, _STRIP_PIXELS * height // (raster.width * raster.height))
    for top in range(0, height, step):
        bottom = min(top + step, height)
        first = top * raster.height // height
        last = -(-bottom * raster.height // height)
        pixels = raster.rows(first, last)
        if pixels.shape[2] == 4:
            opacity = pixels[:, :, 3:]
            pixels = np.concatenate([background + opacity * (pixels[:, :, :3] - background), opacity], axis=2)
        reduced = _averaged(pixels, Shares(down.first[top:bottom] - first, down.shares[top:bottom]), across)
        rgb[top:bottom] = reduced[:, :, :3]
        if reduced.shape[2] == 4:
            alpha[top:bottom] = reduced[:, :, 3]
    opaque = bool((alpha > 1.0 - 0.5 / 255.0).all())
    return np.clip(rgb, 0.0, 1.0), None if opaque else np.clip(alpha, 0.0, 1.0)


def area_average(values: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """Resize by exact area averaging: each new pixel is the mean of the area that it covers.

    Parameters
    ----------
    values : (H, W, C) float32 ndarray
        Any values; enlarged pictures repeat their pixels in proportion.
    width, height : int
        New size.

    Returns
    -------
    resized : (height, width, C) float32 ndarray

    Examples
    --------
    >>> area_average(np.array([[[0.0], [1.0], [1.0]]], dtype=np.float32), 2, 1).ravel().round(3)
    array([0.333, 1.   ], dtype=float32)
    """
    return _averaged(values, _shares(values.shape[0], height), _shares(values.shape[1], width))


class Shares(NamedTuple):
    """Which old cells a new one is the mean of, along one side."""

    first: NDArray[np.int64]  # (new,), the first old cell
    shares: NDArray[np.float64]  # (new, reach), of that one and those after it; 0 beyond the last


def _averaged(values: NDArray[np.float32], down: Shares, across: Shares) -> NDArray[np.float32]:
    rows, columns, channels = values.shape
    height, width = len(down.first), len(across.first)
    if (height, width) == (rows, columns):
        return values
    out = np.empty((height, width, channels), np.float32)
    given = np.ascontiguousarray(values, np.float32)
    sizes = columns, channels, height, width, down.shares.shape[1], across.shares.shape[1]
    _average_areas(given, *down, *across, out, *sizes, available_threads())
    return out


def _shares(old: int, new: int) -> Shares:
    """Return the share that each of `old` cells has in each of `new` ones."""
    edges = np.arange(new + 1) * old / new  # whole where it should be: a strip has no row before its first
    first = np.minimum(edges[:-1].astype(np.int64), old - 1)
    reach = math.ceil(old / new) + 1
    cells = first[:, None] + np.arange(reach)
    covered = np.minimum(cells + 1, edges[1:, None]) - np.maximum(cells, edges[:-1, None])
    shares = np.where(cells < old, np.maximum(covered, 0.0), 0.0)
    return Shares(first, shares / shares.sum(axis=1, keepdims=True))


def _upright(pixels: NDArray[np.float32], orientation: int) -> NDArray[np.float32]:
    """Apply an EXIF orientation (1 to 8; CIPA DC-008, tag 0x0112)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
