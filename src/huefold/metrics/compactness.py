"""Vector Compactness (VeC): how well paths keep to semantic objects."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huefold.errors import ImageError, OptionError
from huefold.metrics.areas import path_areas
from huefold.scene import Scene

__all__ = ["Area", "scene_compactness", "vector_compactness"]

Area: TypeAlias = Literal["full", "visible"]


def vector_compactness(
    coverages: ArrayLike,
    masks: ArrayLike,
    *,
    share: float = 0.85,
    min_overlap: float = 1.0,
    missed: float = math.nan,
) -> float:
    """Return the mean over masks of the share of overlapping paths that lie well inside the mask.

    Parameters
    ----------
    coverages : (N, H, W) array_like of float or bool
        Coverage of each pixel by each path, in [0, 1]: drawn alone, or its visible part.
    masks : (M, H, W) array_like of bool
        Semantic objects, each with its pixels.
    share : float, optional
        A path is well contained if more than this share of its area lies in the mask; in [0, 1).
    min_overlap : float, optional
        Least number of pixels shared with a mask to count as overlapping it; paths that border on a mask share
        slivers with it.
    missed : float, optional
        Value of a mask that no path overlaps, in [0, 1]; NaN, the default, leaves such masks out of the mean.

    Returns
    -------
    compactness : float
        In [0, 1]; NaN if there is no mask to count.

    Raises
    ------
    ImageError
        If the arrays are not stacks of planes of one size, coverages do not lie in [0, 1], or masks are neither
        booleans nor 0 and 1.
    OptionError
        If `share`, `min_overlap` or `missed` lies out of its bounds.

    References
    ----------
    .. [1] M. Lu et al. Semantic-guided Recoloring for Compact Image Vectorization, Structural Quality and
       Table 1.

    Examples
    --------
    >>> mask = np.zeros((1, 4, 4), dtype=bool)
    >>> mask[0, :, :2] = True
    >>> inside, across = np.zeros((2, 4, 4))
    >>> inside[:, :2] = across[:, 1:3] = 1
    >>> vector_compactness([inside, across], mask)
    0.5
    """
    paths = _coverages(coverages)
    objects = _objects(masks)
    if paths.ndim != 3 or objects.ndim != 3 or paths.shape[1:] != objects.shape[1:]:
        raise ImageError(
            f"coverages (N, H, W) and masks (M, H, W) must have the same height and width, "
            f"got {paths.shape} and {objects.shape}"
        )
    if paths.size and not (paths.min() >= -1e-6 and paths.max() <= 1.0 + 1e-6):
        raise ImageError(f"coverages lie in [0, 1], got {paths.min():g} to {paths.max():g}")
    pixels = paths.shape[1] * paths.shape[2]
    overlap = paths.reshape(len(paths), pixels) @ objects.reshape(len(objects), pixels).T.astype(np.float64)
    return _mean_share(overlap, paths.sum(axis=(1, 2)), share, min_overlap, missed)


def scene_compactness(
    scene: Scene,
    masks: ArrayLike,
    *,
    area: Area = "full",
    share: float = 0.85,
    min_overlap: float = 1.0,
    missed: float = math.nan,
    threads: int | None = None,
) -> float:
    """Return the Vector Compactness of a drawing: `vector_compactness` of its paths as the renderer draws them.

    Parameters
    ----------
    scene : Scene
        The drawing; stretched over the masks.
    masks : (M, H, W) array_like of bool
        Semantic objects, each with its pixels.
    area : {"full", "visible"}, optional
        A path's area: all that it covers on the canvas, or what shows of it under later paths.
    share, min_overlap, missed : float, optional
        As for `vector_compactness`.
    threads : int, optional
        Does not change the result.

    Returns
    -------
    compactness : float
        In [0, 1]; NaN if there is no mask to count.

    Raises
    ------
    ImageError
        If `masks` is not a stack of planes of booleans, or of 0 and 1.
    OptionError
        If `area` is neither, or `share`, `min_overlap` or `missed` lies out of its bounds.

    Examples
    --------
    >>> from huefold.scene import Path, Scene, Solid, contour_from_polygon
    >>> boxes = [contour_from_polygon([(0, 0), (w, 0), (w, 4), (0, 4)]) for w in (8, 4)]
    >>> scene = Scene(8, 4, (1, 1, 1), [Path((box,), Solid((0, 0, 0))) for box in boxes])
    >>> right = np.zeros((1, 4, 8), dtype=bool)
    >>> right[0, :, 4:] = True
    >>> scene_compactness(scene, right), scene_compactness(scene, right, area="visible")
    (0.0, 1.0)
    """
    if area not in ("full", "visible"):
        raise OptionError(f'area must be "full" or "visible", got {area!r}', given=area)
    objects = _objects(masks)
    if objects.ndim != 3:
        raise ImageError(f"masks have shape (M, H, W), got {objects.shape}", shape=objects.shape)
    planes = np.concatenate([np.ones((1, *objects.shape[1:]), dtype=np.bool_), objects])
    areas = path_areas(scene, planes, visible=area == "visible", threads=threads)
    return _mean_share(areas[:, 1:], areas[:, 0], share, min_overlap, missed)


def _coverages(coverages: ArrayLike) -> NDArray[np.float64]:
    try:
        return np.asarray(coverages, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ImageError(f"coverages are planes of numbers: {error}") from error


def _objects(masks: ArrayLike) -> NDArray[np.bool_]:
    try:
        given = np.asarray(masks)
    except ValueError as error:
        raise ImageError(f"masks are planes of booleans: {error}") from error
    if given.dtype != np.bool_ and given.size and not np.isin(given, (0, 1)).all():
        raise ImageError(
            f"masks hold booleans, or 0 and 1, got other values of {given.dtype}; for a label map give one plane "
            "for each label: labels == k"
        )
    return given.astype(np.bool_)


def _mean_share(
    overlap: NDArray[np.float64], area: NDArray[np.float64], share: float, min_overlap: float, missed: float
) -> float:
    """Return the mean over masks of contained over overlapping paths, from overlaps (N, M) and areas (N,)."""
    if not (_is_number(share) and 0.0 <= share < 1.0):
        raise OptionError(f"share is a number in [0, 1), got {share!r}", given=share)
    if not (_is_number(min_overlap) and 0.0 <= min_overlap < math.inf):
        raise OptionError(
            f"min_overlap is a number of pixels, at least 0, got {min_overlap!r}", given=min_overlap
        )
    if not (_is_number(missed) and (math.isnan(missed) or 0.0 <= missed <= 1.0)):
        raise OptionError(f"missed is a number in [0, 1], or NaN, got {missed!r}", given=missed)
    # Sums of coverages round: a path that just reaches the least overlap counts.
    overlaps = (overlap >= min_overlap * (1.0 - 1e-6)) & (overlap > 1e-9)
    contained = overlaps & (overlap > share * area[:, None])
    counts = overlaps.sum(axis=0)
    shares = np.where(counts > 0, contained.sum(axis=0) / np.maximum(counts, 1), missed)
    known = shares[~np.isnan(shares)]
    return float(known.mean()) if len(known) else math.nan


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating)
