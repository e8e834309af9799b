"""Decoding of image files and arrays into rows of RGB or RGBA values, a strip at a time."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from huefold.errors import ImageError

__all__ = ["MAX_PIXELS", "Raster", "raster_from_array", "raster_from_file", "raster_from_pil"]

MAX_PIXELS = 178_956_970
"""Pixels of the largest picture that is opened: half a gigabyte at 24 bits."""

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "DIB", "GIF", "PPM", "AVIF", "JPEG2000")
READS = "PNG, JPEG, WebP, TIFF, BMP and GIF are read"

_SILENT = logging.NullHandler()

FileSource: TypeAlias = Path | bytes
Rows: TypeAlias = Callable[[int, int], NDArray[np.float32]]


@dataclass(frozen=True)
class Raster:
    """A decoded picture that gives its rows in strips, so that no full-size float copy exists.

    Parameters
    ----------
    width, height : int
        Size as decoded, not yet turned upright.
    rows : callable
        ``rows(y0, y1)`` gives the (y1 - y0, width, C) float32 values in [0, 1] of those rows; C is 3 (RGB) or
        4 (RGB and straight alpha).
    orientation : int, optional
        EXIF orientation, 1 to 8, still to be applied.
    stored_size : tuple of 2 int, optional
        Width and height in the file, if the decoder has reduced the picture.
    notes : tuple of str, optional
        What the user should know about the reading.
    """

    width: int
    height: int
    rows: Rows
    orientation: int = 1
    stored_size: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()


def raster_from_array(array: NDArray[Any]) -> Raster:
    """Return the picture that an array holds.

    Parameters
    ----------
    array : (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) ndarray
        Grey, RGB or RGBA with straight alpha; uint8, uint16, bool, or floats in [0, 1].

    Raises
    ------
    ImageError
        If shape, type or values are of another kind.

    Examples
    --------
    >>> raster_from_array(np.full((1, 1), 65535, dtype=np.uint16)).rows(0, 1)
    array([[[1., 1., 1.]]], dtype=float32)
    """
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)) or array.size == 0:
        raise ImageError(
            f"an image array has shape (H, W), (H, W, 3) or (H, W, 4), got {array.shape}", shape=array.shape
        )
    pixels = array if array.ndim == 3 else array[:, :, None]
    height, width = pixels.shape[:2]
    _check_size(width, height, "the array")
    full = _full_value(pixels)

    def rows(y0: int, y1: int) -> NDArray[np.float32]:
        strip = np.clip(pixels[y0:y1].astype(np.float32) / full, 0.0, 1.0)
        return np.repeat(strip, 3, axis=2) if strip.shape[2] == 1 else strip

    return Raster(width, height, rows)


def _full_value(pixels: NDArray[Any]) -> np.float32:
    """Return the value that stands for full intensity, or raise if the values are no intensities."""
    if pixels.dtype == np.bool_:
        return np.float32(1.0)
    if pixels.dtype.kind == "u" and pixels.dtype.itemsize <= 2:
        return np.float32(np.iinfo(pixels.dtype).max)
    if pixels.dtype.kind != "f":
        raise ImageError(
            f"an image array holds uint8, uint16 or floats in [0, 1], got {pixels.dtype}; convert it first",
            dtype=str(pixels.dtype),
        )
    low, high = float(pixels.min()), float(pixels.max())
    if not (low >= -1e-3 and high <= 1.0 + 1e-3):  # also catches NaN
        raise ImageError(
            f"float images hold values in [0, 1], got {low:g} to {high:g}; divide by their maximum first",
            low=low,
            high=high,
        )
    return np.float32(1.0)


def raster_from_pil(image: Image.Image, *, name: str = "the image") -> Raster:
    """Return the picture that a Pillow image holds, with its colour profile applied.

    Parameters
    ----------
    image : PIL.Image.Image
        Any mode that can be shown; only the current frame is read.
    name : str, optional
        Its name in messages.

    Raises
    ------
    ImageError
        If the pixels cannot be decoded.
    """
    with _decoder_errors(name) as notes:
        _check_size(*image.size, name)
        image.load()
        orientation = int(image.getexif().get(0x0112, 1) or 1)
        if image.mode.startswith(("I", "F")):
            raster = raster_from_array(_deep_grey(image))
        else:
            raster = _shallow_raster(image)
    return replace(raster, orientation=orientation, notes=(*raster.notes, *notes))


def raster_from_file(source: FileSource, *, name: str, fit: Callable[[int, int], tuple[int, int]]) -> Raster:
    """Return the picture in a file.

    Parameters
    ----------
    source : Path or bytes
        The file, or its content.
    name : str
        Its name in messages.
    fit : callable
        Maps a width and height to the size that is needed; JPEG files are decoded at a smaller scale if that is
        enough.

    Raises
    ------
    ImageError
        If the source is no image, damaged, or larger than `MAX_PIXELS`.

    Examples
    --------
    >>> raster_from_file(b"plain text", name="notes.txt", fit=lambda w, h: (w, h))
    Traceback (most recent call last):
        ...
    huefold.errors.ImageError: notes.txt is not an image: it looks like text (PNG, ... and GIF are read)
    """
    try:
        with _decoder_errors(name) as notes, Image.open(_stream(source), formats=FORMATS) as image:
            _check_size(*image.size, name)
            if _is_deep_tiff(image):
                return _tiff_raster(source, name, image)
            stored = image.size
            image.draft(None, fit(*stored))
            notes.extend(_frame_notes(image))  # before the first frame is decoded: it seeks later ones
            raster = raster_from_pil(image, name=name)
            notes.extend(_depth_notes(source, image))
    except UnidentifiedImageError:
        if _head(source)[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
            return _tiff_raster(source, name, None)
        head = _head(source)
        if not head:
            raise ImageError(f"{name}: the image is empty (0 bytes)", name=name) from None
        raise ImageError(f"{name} is not an image: {_looks_like(head)} ({READS})", name=name) from None
    return replace(raster, stored_size=stored, notes=(*raster.notes, *notes))


def _stream(source: FileSource) -> Path | io.BytesIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source


def _head(source: FileSource) -> bytes:
    if isinstance(source, bytes):
        return source[:1024]
    with source.open("rb") as stream:
        return stream.read(1024)


def _looks_like(head: bytes) -> str:
    if b"<svg" in head.lower():
        return "it is an SVG already; draw it as a PNG with 'huefold render' first"
    if b"\0" not in head:
        try:
            head.decode("utf-8", errors="strict")
        except UnicodeDecodeError as error:
            if error.start < len(head) - 4:  # a character cut in two by the end of the sample is still text
                return "its content is of no known kind"
        return "it looks like text"
    return "its content is of no known kind"


@contextmanager
def _decoder_errors(name: str) -> Iterator[list[str]]:
    """Turn errors of decoders on damaged files into `ImageError`, and their warnings into notes."""
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield notes
        except (ImageError, UnidentifiedImageError, MemoryError):
            raise
        except Image.DecompressionBombError:
            raise _too_large(name) from None
        except OSError as error:
            if error.filename is not None:
                raise ImageError(f"{name} cannot be read: {error.strerror}", name=name) from None
            raise _damaged(name, error) from None
        except Exception as error:  # decoders raise nearly anything on hostile bytes
            raise _damaged(name, error) from None
    notes += [f"decoder: {w.message}" for w in caught if w.category is not Image.DecompressionBombWarning]


def _damaged(name: str, error: Exception) -> ImageError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return ImageError(f"{name} is damaged or cut short ({reason[:120]})", name=name)


def _too_large(name: str, size: tuple[int, int] | None = None) -> ImageError:
    given = "" if size is None else f" {size[0]}x{size[1]},"
    return ImageError(
        f"{name} is too large:{given} at most {MAX_PIXELS // 10**6} megapixels are read", name=name
    )


def _check_size(width: int, height: int, name: str) -> None:
    if width < 1 or height < 1:
        raise ImageError(f"{name} has no pixels ({width}x{height})", name=name)
    if width * height > MAX_PIXELS:
        raise _too_large(name, (width, height))


def _deep_grey(image: Image.Image) -> NDArray[Any]:
    """Return the pixels of a 16-bit, 32-bit or float grey image, in a type that has their range."""
    pixels = np.asarray(image)
    if pixels.dtype.kind == "i" and pixels.min() >= 0 and pixels.max() <= 65535:
        return pixels.astype(np.uint16)  # 16-bit files that Pillow widens to 32 bits
    return pixels


def _shallow_raster(image: Image.Image) -> Raster:
    """Return the raster of an image of at most 8 bits a channel."""
    has_alpha = image.has_transparency_data
    to_srgb, notes = _profile_transform(image)

    def rows(y0: int, y1: int) -> NDArray[np.float32]:
        strip = image.crop((0, y0, image.width, y1))
        if image.mode == "P":
            strip.info.update(image.info)
        colors = np.asarray(to_srgb(strip), dtype=np.float32) / np.float32(255)
        if not has_alpha:
            return colors
        alpha = np.asarray(strip.convert("RGBA").getchannel("A"), dtype=np.float32) / np.float32(255)
        return np.concatenate([colors, alpha[:, :, None]], axis=2)

    return Raster(image.width, image.height, rows, notes=notes)


def _plain_rgb(strip: Image.Image) -> Image.Image:
    # By way of RGBA where there is alpha: Pillow then undoes premultiplied modes and palettes' transparency.
    return strip.convert("RGBA").convert("RGB") if strip.has_transparency_data else strip.convert("RGB")


def _profile_transform(image: Image.Image) -> tuple[Callable[[Image.Image], Image.Image], tuple[str, ...]]:
    """Return a conversion of strips of `image` to sRGB, by its embedded profile if there is one, and notes."""
    embedded = image.info.get("icc_profile")
    if not embedded:
        plain = "CMYK without a colour profile: colours taken by the plain formula"
        return _plain_rgb, (plain,) if image.mode == "CMYK" else ()
    from PIL import ImageCms  # noqa: PLC0415 - slow to import

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(embedded))
        name = ImageCms.getProfileDescription(profile).strip() or "without a name"
        space = profile.profile.xcolor_space.strip()
        mode = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}[space]
        if (mode == "CMYK") != (image.mode == "CMYK"):
            raise ValueError(f"made for {space}, on an image of mode {image.mode}")
        if mode == "RGB" and name.lower().startswith("srgb"):
            return _plain_rgb, ()
        transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, KeyError, TypeError) as error:
        return _plain_rgb, (f"embedded colour profile not usable ({error}): colours taken as sRGB",)

    def to_srgb(strip: Image.Image) -> Image.Image:
        converted = _plain_rgb(strip) if mode == "RGB" else strip.convert(mode)
        return ImageCms.applyTransform(converted, transform) or converted

    return to_srgb, (f"colours converted from {name!r} to sRGB",)


def _frame_notes(image: Image.Image) -> list[str]:
    animated = image.format in ("GIF", "WEBP", "PNG", "TIFF", "AVIF") and getattr(image, "is_animated", False)
    return ["only the first of several frames is used"] if animated else []


def _depth_notes(source: FileSource, image: Image.Image) -> list[str]:
    """Note that Pillow reads only the high bytes of 16-bit colour PNGs, which is exact to 1/255."""
    is_deep_png = image.format == "PNG" and _head(source)[24:25] == b"\x10" and not image.mode.startswith("I")
    return ["16 bits a channel, read at 8"] if is_deep_png else []


def _is_deep_tiff(image: Image.Image) -> bool:
    bits = getattr(image, "tag_v2", {}).get(258, (8,))
    return image.format == "TIFF" and max(np.atleast_1d(bits)) > 8 and not image.mode.startswith(("I", "F"))


def _tiff_raster(source: FileSource, name: str, image: Image.Image | None) -> Raster:
    """Return the raster of a TIFF with more than 8 bits a channel, which Pillow would reduce or refuse."""
    import tifffile  # noqa: PLC0415 - slow to import and rarely needed; comes with scikit-image

    # Its log of damaged files must not reach the terminal by way of Python's last-resort handler.
    logging.getLogger("tifffile").addHandler(_SILENT)
    with _decoder_errors(name) as notes, tifffile.TiffFile(_stream(source)) as tiff:
        page: Any = tiff.pages[0]
        _check_size(page.imagewidth, page.imagelength, name)
        if page.photometric not in (1, 2):
            raise ImageError(
                f"{name}: TIFF colours of kind {page.photometric} with deep channels are not read"
            )
        try:
            pixels = page.asarray()
        except MemoryError:  # a damaged table that asks for more than the picture holds
            raise ImageError(f"{name}: the TIFF file is damaged: its strips do not fit its size") from None
        except (KeyError, ValueError) as error:  # a compression that tifffile has no decoder for
            if image is None:
                raise  # Pillow has refused it already
            return _shallow_tiff(source, name, error)
        if pixels.ndim == 3 and page.planarconfig == 2:
            pixels = np.moveaxis(pixels, 0, 2)
        if page.extrasamples and page.extrasamples[0] == 1:
            pixels = _straight_alpha(pixels)
        orientation = int(page.tags.valueof(274, default=1))
        if image is not None and image.info.get("icc_profile"):
            notes.append("16-bit TIFF: its colour profile is not applied, colours taken as sRGB")
    raster = raster_from_array(pixels)
    return replace(raster, orientation=orientation, notes=tuple(notes))


def _shallow_tiff(source: FileSource, name: str, error: Exception) -> Raster:
    with _decoder_errors(name), Image.open(_stream(source), formats=("TIFF",)) as image:
        raster = raster_from_pil(image, name=name)
    reason = str(error).strip("'\"")
    return replace(raster, notes=(*raster.notes, f"deep TIFF read at 8 bits a channel ({reason})"))


def _straight_alpha(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Undo premultiplication, which TIFF calls associated alpha."""
    values = pixels.astype(np.float32) / _full_value(pixels)
    alpha = values[:, :, 3:4]
    colors = np.divide(values[:, :, :3], alpha, out=np.zeros_like(values[:, :, :3]), where=alpha > 0)
    return np.concatenate([np.clip(colors, 0.0, 1.0), alpha], axis=2)
