"""Saliency painted by the user: an image or an array, bright (or opaque) where the picture matters."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from huefold.errors import OptionError, SaliencyError
from huefold.images.checks import same_proportions
from huefold.saliency.checks import check_shape

__all__ = ["MapSource", "painted"]

MapSource: TypeAlias = str | os.PathLike[str] | Image.Image | NDArray[Any]

LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as Pillow's conversion to grey


def painted(
    source: MapSource, shape: tuple[int, int], *, channel: Literal["auto", "grey", "alpha"] = "auto"
) -> NDArray[np.float32]:
    """Read a painted saliency map and fit it to the image's size.

    Parameters
    ----------
    source : path, PIL image, or (h, w), (h, w, 1), (h, w, 2), (h, w, 3) or (h, w, 4) ndarray
        Integers are read as parts of their type's maximum (255 for uint8, 65535 for uint16), booleans as 0
        and 1; floats must lie in [0, 1]. An EXIF rotation is applied.
    shape : (int, int)
        Height and width of the image. A map of another size is resized (bilinear) if the aspect ratios agree
        within 1 %, or to the pixel that rounding costs.
    channel : {"auto", "grey", "alpha"}, optional
        Which part of the source is the weight. ``"auto"``: alpha when there is an alpha channel that is not
        opaque everywhere, else grey.

    Returns
    -------
    saliency : (H, W) float32 ndarray
        In [0, 1]. A constant map above zero is allowed and guides nothing.

    Raises
    ------
    SaliencyError
        If the source cannot be read, has another aspect ratio than the image, holds values that are not
        weights, or is zero everywhere (nothing would matter: most likely the wrong file or channel).
    OptionError
        If `channel` is unknown.

    Examples
    --------
    >>> painted(np.array([[0, 255], [51, 0]], np.uint8), (2, 2))
    array([[0. , 1. ],
           [0.2, 0. ]], dtype=float32)
    """
    check_shape(shape)
    if channel not in ("auto", "grey", "alpha"):
        raise OptionError(f'channel must be "auto", "grey" or "alpha", got {channel!r}', given=channel)
    weights = _one_channel(_as_array(source), channel)
    _check_values(weights)
    fitted = _fitted(weights, shape)
    return np.clip(fitted, 0.0, 1.0).astype(np.float32)


def _as_array(source: MapSource) -> NDArray[np.float64]:
    """Any source as floats in [0, 1], two- or three-dimensional."""
    if isinstance(source, np.ndarray):
        return _unit_range(source)
    if isinstance(source, Image.Image):
        return _from_pillow(source)
    if not isinstance(source, str | os.PathLike):
        raise SaliencyError(f"a saliency map is a path, a PIL image or an array, got {type(source).__name__}")
    try:
        with Image.open(Path(source)) as image:
            return _from_pillow(image)
    except FileNotFoundError:
        raise SaliencyError(
            f"no saliency map at {source}; check the path, or say auto or noise for one that is made",
            path=source,
        ) from None
    except IsADirectoryError:
        raise SaliencyError(
            f"saliency map {source} is a folder, not an image that can be read", path=source
        ) from None
    except UnidentifiedImageError:
        raise SaliencyError(
            f"saliency map {source} is not an image that can be read; give a PNG", path=source
        ) from None
    except (Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SaliencyError(
            f"saliency map {source} is not an image that can be read: {reason}", path=source
        ) from error


def _from_pillow(image: Image.Image) -> NDArray[np.float64]:
    upright = ImageOps.exif_transpose(image)
    if (
        upright.mode == "I" and image.format is not None
    ):  # Pillow's container for 16-bit PNGs in older releases
        return np.asarray(upright, dtype=np.float64) / 65535.0
    if upright.mode in ("F", "I") or upright.mode.startswith("I;16"):
        return _unit_range(np.asarray(upright))
    if upright.mode == "1":
        return _unit_range(np.asarray(upright))
    has_alpha = "A" in upright.getbands() or "transparency" in upright.info
    return _unit_range(np.asarray(upright.convert("RGBA" if has_alpha else "RGB")))


def _unit_range(values: NDArray[Any]) -> NDArray[np.float64]:
    if values.dtype.kind == "u":
        return values / float(np.iinfo(values.dtype).max)
    if values.dtype.kind in "bf":
        return values.astype(np.float64)
    raise SaliencyError(
        f"a saliency array must be of unsigned integers, booleans or floats in [0, 1], got {values.dtype}; "
        "convert it, 0 to 255 with .astype(np.uint8)",
        given=str(values.dtype),
    )


def _one_channel(values: NDArray[np.float64], channel: str) -> NDArray[np.float64]:
    if values.ndim == 2:
        values = values[..., None]
    if values.ndim != 3 or not 1 <= values.shape[2] <= 4 or 0 in values.shape:
        raise SaliencyError(f"a saliency array has shape (h, w) or (h, w, 1 to 4), got {values.shape}")
    has_alpha = values.shape[2] in (2, 4)
    if channel == "alpha" and not has_alpha:
        raise SaliencyError('the saliency map has no alpha channel; use channel="grey"')
    if has_alpha and (channel == "alpha" or (channel == "auto" and (values[..., -1] < 1.0).any())):
        return values[..., -1]
    color = values[..., :-1] if has_alpha else values
    return color[..., 0] if color.shape[2] == 1 else (color * LUMA).sum(axis=2)


def _check_values(weights: NDArray[np.float64]) -> None:
    if not np.isfinite(weights).all():
        bad = int((~np.isfinite(weights)).sum())
        raise SaliencyError(
            f"the saliency map holds {bad} values that are not finite numbers; replace them first"
        )
    low, high = float(weights.min()), float(weights.max())
    if low < 0.0 or high > 1.0 + 1e-6:
        raise SaliencyError(
            f"saliency values must lie in [0, 1], got {low:g} to {high:g}; divide by the largest"
        )
    if high == 0.0:
        raise SaliencyError("the saliency map is zero everywhere, so nothing would matter; paint what does")


def _fitted(weights: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
    height, width = weights.shape
    if (height, width) == tuple(shape):
        return weights
    if not same_proportions(width, height, shape[1], shape[0], rounded=True):
        raise SaliencyError(
            f"the saliency map is {width}x{height}, the image {shape[1]}x{shape[0]}: their aspect "
            "ratios differ by more than 1 %; crop or repaint the map",
            given=(height, width),
            expected=tuple(shape),
        )
    resized = Image.fromarray(weights.astype(np.float32)).resize(
        (shape[1], shape[0]), Image.Resampling.BILINEAR
    )
    return np.asarray(resized, dtype=np.float64)
