"""Partitions from what the user or another segmenter gives: label maps, masks, and files of masks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, UnidentifiedImageError

from huefold.errors import SegmentationError
from huefold.images.checks import check_picture
from huefold.segment.classical import classical
from huefold.segment.partition import Partition, absorb_slivers, connected, lab_features

__all__ = ["Segmenter", "from_labels", "from_masks", "from_segmenter", "load_masks"]

Segmenter: TypeAlias = Callable[[NDArray[np.float32]], NDArray[Any]]
"""Any model that segments: (H, W, 3) float32 rgb -> integer labels (H, W), or bool masks (M, H, W)."""

MASK_SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".tif", ".tiff", ".webp"})


def from_labels(labels: ArrayLike, rgb: NDArray[np.floating[Any]], *, min_area: int = 4) -> Partition:
    """Turn any label map into a partition.

    Regions are split into 4-connected components; those smaller than `min_area` join the neighbour with the
    closest mean colour (CIELAB).

    Parameters
    ----------
    labels : (H, W) integer array_like
        Any integers, in any order, negative ones too; equal labels may lie apart.
    rgb : (H, W, 3) float ndarray
        The image, sRGB values in [0, 1].
    min_area : int, optional
        Smallest region kept, in pixels; 1 keeps all.

    Returns
    -------
    partition : (H, W) int32 ndarray
        Labels 0..N-1 in reading order, each 4-connected.

    Raises
    ------
    SegmentationError
        If the labels are not whole numbers or have another size than the image.

    Examples
    --------
    >>> from_labels([[5, 5, 9], [5, 5, 9]], np.zeros((2, 3, 3), np.float32), min_area=1)
    array([[0, 0, 1],
           [0, 0, 1]], dtype=int32)
    """
    check_picture(rgb, SegmentationError)
    given = np.asarray(labels)
    if given.shape != rgb.shape[:2]:
        raise SegmentationError(
            f"labels must have the image's size {_size(rgb.shape[:2])}, got an array of shape {given.shape}",
            expected=rgb.shape[:2],
            given=given.shape,
        )
    if given.dtype.kind not in "biu":
        raise SegmentationError(
            f"labels must be whole numbers, got dtype {given.dtype}; convert them to an integer dtype"
        )
    return absorb_slivers(connected(given), lab_features(rgb), min_area=min_area)


def from_masks(
    masks: ArrayLike, rgb: NDArray[np.floating[Any]], *, regions: int = 300, min_area: int = 4
) -> Partition:
    """Turn overlapping masks into a partition.

    Masks are painted large to small, so that a small one lies on top of a large one that contains it; of two
    equally large ones the later is on top. What no mask covers is filled by the regions of `classical`, cut
    at the masks. The result is split into 4-connected components, and slivers join the closest-coloured
    neighbour.

    Parameters
    ----------
    masks : (M, H, W) bool array_like
        One mask each; they may overlap, be empty, or leave pixels uncovered. M may be 0.
    rgb : (H, W, 3) float ndarray
        The image, sRGB values in [0, 1].
    regions : int, optional
        How many regions `classical` would use for the whole image; the uncovered part gets its share of them.
    min_area : int, optional
        Smallest region kept, in pixels; 1 keeps all.

    Returns
    -------
    partition : (H, W) int32 ndarray
        Labels 0..N-1 in reading order, each 4-connected.

    Raises
    ------
    SegmentationError
        If the masks are not booleans (or 0 and 1), or have another size than the image.

    Examples
    --------
    >>> ring = np.ones((1, 6, 6), bool)
    >>> core = np.zeros((1, 6, 6), bool)
    >>> core[0, 2:4, 2:4] = True
    >>> from_masks(np.concatenate([core, ring]), np.zeros((6, 6, 3), np.float32))[2]
    array([0, 0, 1, 1, 0, 0], dtype=int32)
    """
    check_picture(rgb, SegmentationError)
    stack = _as_masks(masks, rgb.shape[:2])
    painted = np.full(rgb.shape[:2], -1, dtype=np.int64)
    for m in np.argsort(-stack.sum(axis=(1, 2)), kind="stable"):
        painted[stack[m]] = m
    uncovered = painted < 0
    if uncovered.any():
        rest = classical(rgb, regions=regions)
        painted[uncovered] = len(stack) + rest[uncovered]
    return from_labels(painted, rgb, min_area=min_area)


def from_segmenter(segmenter: Segmenter, rgb: NDArray[np.float32], *, regions: int = 300) -> Partition:
    """Run any segmenter and turn its labels or masks into a partition.

    Parameters
    ----------
    segmenter : callable
        Takes the (H, W, 3) float32 image and gives a label map (H, W) of an integer dtype, or masks (M, H,
        W).
    rgb : (H, W, 3) float32 ndarray
        The image, sRGB values in [0, 1].
    regions : int, optional
        Passed to `from_masks`.

    Returns
    -------
    partition : (H, W) int32 ndarray
        Labels 0..N-1 in reading order, each 4-connected.

    Raises
    ------
    SegmentationError
        If what the segmenter gives is neither.

    Examples
    --------
    >>> rgb = np.zeros((4, 8, 3), np.float32)
    >>> from_segmenter(lambda rgb: np.indices(rgb.shape[:2])[1] // 4, rgb)[0]
    array([0, 0, 0, 0, 1, 1, 1, 1], dtype=int32)
    """
    found = np.asarray(segmenter(rgb.copy()))  # a model may well normalise it in place
    if found.ndim == 3:
        return from_masks(found, rgb, regions=regions)
    return from_labels(found, rgb)


def load_masks(
    source: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Read masks from the image files of a folder, or from a list of files.

    A pixel belongs to the mask where the image is brighter than half; of an image with an alpha channel that
    is not opaque everywhere, where alpha is above half.

    Parameters
    ----------
    source : path or sequence of paths
        A folder (its image files in the order of their names), or the files.
    shape : (int, int)
        Height and width of the image; every mask must have them.

    Returns
    -------
    masks : (M, H, W) bool ndarray
        In the order of the files.

    Raises
    ------
    SegmentationError
        If there is no such folder or file, no mask in it, or one that is not an image or has another size.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("L", (4, 3), 255).save(Path(folder) / "sky.png")
    ...     load_masks(folder, (3, 4)).shape
    (1, 3, 4)
    """
    files = _mask_files(source)
    return np.stack([_load_mask(file, shape) for file in files])


def _mask_files(source: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Path]:
    if not isinstance(source, str | os.PathLike):
        files = [Path(file) for file in source]
    elif not (folder := Path(source)).is_dir():
        raise SegmentationError(
            f"no folder of masks at {folder}; give a folder, or a list of files", path=folder
        )
    else:
        files = sorted(file for file in folder.iterdir() if file.suffix.lower() in MASK_SUFFIXES)
    if not files:
        raise SegmentationError(f"no mask images in {source}; put one PNG per mask there", path=source)
    return files


def _load_mask(file: Path, shape: tuple[int, int]) -> NDArray[np.bool_]:
    try:
        with Image.open(file) as image:
            if (image.height, image.width) != tuple(shape):
                raise SegmentationError(
                    f"mask {file} is {image.width}x{image.height}, the image {_size(shape)}; resize it",
                    path=file,
                    expected=shape,
                    given=(image.height, image.width),
                )
            alpha = np.asarray(image.convert("RGBA").getchannel("A"))
            grey = alpha if alpha.min() < 255 else _grey(image)
    except FileNotFoundError:
        raise SegmentationError(f"no mask file at {file}; check the path", path=file) from None
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError) as error:
        raise SegmentationError(
            f"mask {file} is not an image that can be read: {error}", path=file
        ) from error
    return grey > 127


def _grey(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode.startswith("I") or image.mode == "F":  # Pillow clips 16 bit at 255; scale instead
        full, deep = 1.0 if image.mode == "F" else 65535.0, np.asarray(image, dtype=np.float64)
        high = float(deep.max())
        if not 0.5 * full < high <= full and high != 0.0:
            raise SegmentationError(
                f"a mask of {'floats' if full == 1.0 else '16 bits'} has pixels brighter than half of {full:g}, "
                f"the brightest is {high:g}; scale it"
            )
        return np.asarray(np.clip(deep, 0.0, full) * (255.0 / full), dtype=np.uint8)
    return np.asarray(image.convert("L"))


def _as_masks(masks: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    stack = np.asarray(masks)
    if stack.size == 0 and len(stack.shape) < 3:
        stack = np.zeros((0, *shape), dtype=bool)
    if stack.ndim != 3 or stack.shape[1:] != tuple(shape):
        raise SegmentationError(
            f"masks must have shape (M, {shape[0]}, {shape[1]}) to fit the image, got {stack.shape}",
            expected=shape,
            given=stack.shape,
        )
    if stack.dtype != np.bool_:
        if stack.dtype.kind not in "iuf" or not np.isin(stack, (0, 1)).all():
            raise SegmentationError(
                "masks must be booleans, or 0 and 1; threshold them first", dtype=str(stack.dtype)
            )
        stack = stack.astype(bool)
    return stack


def _size(shape: Sequence[int]) -> str:
    return f"{shape[1]}x{shape[0]}"
