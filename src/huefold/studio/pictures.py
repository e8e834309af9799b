"""Photos, maps and labels as pictures for the page, within limits; everything here runs in a worker."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from huefold.errors import ImageError, SaliencyError
from huefold.files import write_atomically
from huefold.images import load_image
from huefold.images.checks import same_proportions
from huefold.images.decode import FORMATS
from huefold.studio.failures import StudioError

__all__ = ["check_photo", "heat_map", "label_png", "png", "read_map", "show_photo"]

MAP_PIXELS = 1 << 24

Rgb8 = NDArray[np.uint8]

# Perceptually even, dark to bright, linear in between.
HEAT = np.array(
    [
        (0, 0, 4),
        (31, 12, 72),
        (85, 15, 109),
        (136, 34, 106),
        (186, 54, 85),
        (227, 89, 51),
        (249, 140, 10),
        (249, 201, 50),
        (252, 255, 164),
    ],
    dtype=np.float64,
)


def check_photo(content: bytes, most: int) -> None:
    """Raise if an upload is empty or its header announces more than `most` pixels; nothing is decoded.

    Raises
    ------
    ImageError
        If it is empty.
    StudioError
        If it is larger.
    """
    if not content:
        raise ImageError("the photo is empty (0 bytes)")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            width, height = image.size
    except Image.DecompressionBombError:
        raise _too_many(most) from None
    except Exception:  # the decoder, which has its own limit, reports what is wrong
        return
    if width * height > most:
        raise _too_many(most, f" {width}x{height},")


def _too_many(most: int, given: str = "") -> StudioError:
    return StudioError(
        413, "too-large", f"the photo is too large:{given} at most {most // 10**6} megapixels are taken"
    )


def show_photo(content: bytes, side: int, into: Path) -> tuple[int, int]:
    """Write a photo as the page shows it: upright, in sRGB, reduced to a longest side of `side`.

    Parameters
    ----------
    content : bytes
        The photo's file.
    side : int
        Longest side in pixels.
    into : Path
        Path of the JPEG, or of the PNG if the photo has transparency.

    Returns
    -------
    size : tuple of 2 int
        Width and height of the upright photo, before reduction.

    Raises
    ------
    ImageError
        If the file is damaged or no photo.
    """
    try:
        shown, size = _plain_photo(content, side) or _any_photo(content, side)
    except ImageError as error:
        raise ImageError(str(error).replace("the given bytes", "this file")) from None
    write_atomically(into, _encoded(shown))
    return size


def _plain_photo(content: bytes, side: int) -> tuple[Image.Image, tuple[int, int]] | None:
    """Return an 8-bit sRGB photo by Pillow alone, at several times the speed, or None for another photo."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.mode not in ("RGB", "L", "RGBA", "P") or image.format == "TIFF" or _profiled(image):
                return None
            stored = image.size
            image.draft(None, _fitted(stored, side))
            image.load()
            turned = int(image.getexif().get(0x0112, 1) or 1) >= 5
            upright = ImageOps.exif_transpose(image)
    except Exception:  # the general reader, which is next, reports it
        return None
    upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    size = (stored[1], stored[0]) if turned else stored
    return upright.resize(_fitted(size, side), Image.Resampling.BOX, reducing_gap=2.0), size


def _profiled(image: Image.Image) -> bool:
    profile = image.info.get("icc_profile")
    return isinstance(profile, bytes) and b"sRGB" not in profile and b"s\0R\0G\0B" not in profile


def _any_photo(content: bytes, side: int) -> tuple[Image.Image, tuple[int, int]]:
    loaded = load_image(content, max_pixels=side * side)
    image = Image.fromarray(np.round(loaded.rgb * 255.0).astype(np.uint8))
    size = (loaded.width, loaded.height)
    return image.resize(_fitted(size, side), Image.Resampling.BOX, reducing_gap=2.0), size


def _fitted(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _encoded(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.info.clear()  # comments and the like are not passed on
    if image.mode == "RGBA" and np.asarray(image)[:, :, 3].min() < 255:
        image.save(out, "PNG", compress_level=1)
    else:
        image.convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def read_map(content: bytes, width: int, height: int) -> Rgb8:
    """Return a painted map as grey values.

    Parameters
    ----------
    content : bytes
        A PNG or other picture.
    width, height : int
        Size of the photo, whose proportions the map must have.

    Returns
    -------
    grey : (h, w) uint8 ndarray

    Raises
    ------
    SaliencyError
        If the map is no picture, too large, or of other proportions.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MAP_PIXELS:
                raise SaliencyError(
                    f"the map is {image.width}x{image.height}; at most 16 megapixels are taken"
                )
            grey = np.asarray(ImageOps.exif_transpose(image).convert("L"))
    except SaliencyError:
        raise
    except Exception:  # hostile bytes raise nearly anything
        raise SaliencyError("the map is no picture that can be read; send a grey PNG") from None
    rows, columns = grey.shape
    if not same_proportions(columns, rows, width, height, rounded=True):
        raise SaliencyError(
            f"the map is {columns}x{rows} and the photo {width}x{height}: their proportions differ by more than 1 %"
        )
    return grey


def png(pixels: NDArray[Any]) -> bytes:
    r"""Return grey, RGB or RGBA values as a PNG: uint8, or floats in [0, 1].

    Examples
    --------
    >>> png(np.zeros((2, 2)))[:4]
    b'\x89PNG'
    """
    if pixels.dtype.kind == "f":
        pixels = np.round(np.clip(pixels, 0.0, 1.0) * 255.0).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=3)
    return out.getvalue()


def label_png(labels: NDArray[np.int32]) -> bytes:
    r"""Return a partition as a PNG whose labels are ``r + 256 g + 65536 b``.

    Examples
    --------
    >>> label_png(np.array([[0, 300]], np.int32))[:4]
    b'\x89PNG'
    """
    channels = np.stack([labels & 255, labels >> 8 & 255, labels >> 16 & 255], axis=2)
    return png(channels.astype(np.uint8))


def heat_map(photo: NDArray[np.float32], drawn: NDArray[np.float32]) -> bytes:
    """Return the error map of a drawing as a PNG.

    Parameters
    ----------
    photo, drawn : (H, W, 3) float32 ndarray
        sRGB values in [0, 1].

    Returns
    -------
    picture : bytes
        The root of the squared error over its 99.5th percentile, dark to bright.
    """
    error = np.sqrt(((photo - drawn[:, :, :3]) ** 2).mean(axis=2, dtype=np.float64))
    top = float(np.quantile(error, 0.995))
    place = np.clip(error / max(top, 1 / 255), 0.0, 1.0) * (len(HEAT) - 1)
    low = np.minimum(place.astype(np.int64), len(HEAT) - 2)
    part = (place - low)[:, :, None]
    return png(np.round(HEAT[low] * (1 - part) + HEAT[low + 1] * part).astype(np.uint8))
