"""Region statistics: sums over the regions of a picture that the recoloring losses need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huefold.errors import SaliencyError, SegmentationError
from huefold.images.checks import check_picture
from huefold.recolor.settings import require_number

__all__ = ["RegionStatistics", "in_metric", "region_statistics"]


@dataclass(frozen=True, slots=True, eq=False)
class RegionStatistics:
    """Sums over the regions of a partition from which the losses follow exactly.

    Parameters
    ----------
    size : (N,) float64 ndarray
        Pixels of each region.
    weight : (N,) float64 ndarray
        ``a``: summed saliency A.
    weighted_color : (N, 3) float64 ndarray
        ``b``: sum of A I.
    weighted_square : (N,) float64 ndarray
        ``d``: sum of A |I|^2.
    color_sum : (N, 3) float64 ndarray
        Sum of I.
    edges : (E, 2) int64 ndarray
        Adjacent regions, lower number first, sorted.
    border : (E,) float64 ndarray
        ``w``: sum of ``(W(p) + W(q)) / 2``, ``W = 1 - A``, over the 4-neighbour pairs that cross the border.
    pairs : int
        Number of all 4-neighbour pairs in the image.
    """

    size: NDArray[np.float64]
    weight: NDArray[np.float64]
    weighted_color: NDArray[np.float64]
    weighted_square: NDArray[np.float64]
    color_sum: NDArray[np.float64]
    edges: NDArray[np.int64]
    border: NDArray[np.float64]
    pairs: int

    @property
    def regions(self) -> int:
        """Number of regions."""
        return len(self.size)

    @property
    def mean_color(self) -> NDArray[np.float64]:
        """(N, 3) mean colours, each pixel counting alike."""
        return self.color_sum / self.size[:, None]

    def merged(self, labels: NDArray[np.int64]) -> RegionStatistics:
        """Return the statistics after region i became region ``labels[i]``.

        Parameters
        ----------
        labels : (N,) int64 ndarray
            New numbers, 0 to the largest, each used.
        """
        count = int(labels.max()) + 1
        edges, border = _collect_edges(labels[self.edges], self.border, count)
        return RegionStatistics(
            size=_sum_by(labels, self.size, count),
            weight=_sum_by(labels, self.weight, count),
            weighted_color=_sum_by(labels, self.weighted_color, count),
            weighted_square=_sum_by(labels, self.weighted_square, count),
            color_sum=_sum_by(labels, self.color_sum, count),
            edges=edges,
            border=border,
            pairs=self.pairs,
        )


def region_statistics(
    rgb: ArrayLike, partition: ArrayLike, saliency: ArrayLike, *, saliency_floor: float = 0.0
) -> RegionStatistics:
    """Collect the sums over regions that the recoloring losses need (eqs. 2 to 4).

    Parameters
    ----------
    rgb : (H, W, 3) array_like
        Image, sRGB values in [0, 1].
    partition : (H, W) array_like of int
        Labels 0 to N - 1, each used.
    saliency : (H, W) array_like
        A, in [0, 1].
    saliency_floor : float, optional
        The weights used are ``floor + (1 - floor) * A``.

    Returns
    -------
    statistics : RegionStatistics

    Raises
    ------
    ImageError, SegmentationError, SaliencyError
        If an array has the wrong shape or values that it cannot have.
    OptionError
        If the floor lies outside [0, 1].

    Examples
    --------
    >>> region_statistics(np.ones((2, 2, 3)), [[0, 0], [1, 1]], np.ones((2, 2))).edges
    array([[0, 1]])
    """
    require_number("saliency_floor", saliency_floor, 0.0, 1.0)
    image, labels, salient = _validated(rgb, partition, saliency)
    salient = saliency_floor + (1.0 - saliency_floor) * salient
    count = int(labels.max()) + 1
    flat, a = labels.ravel(), salient.ravel()
    pixels = image.reshape(-1, 3)
    crossing, across = _crossing_pairs(labels, 1.0 - salient)
    edges, border = _collect_edges(crossing, across, count)
    height, width = labels.shape
    return RegionStatistics(
        size=_sum_by(flat, np.ones_like(a), count),
        weight=_sum_by(flat, a, count),
        weighted_color=_sum_by(flat, a[:, None] * pixels, count),
        weighted_square=_sum_by(flat, a * (pixels**2).sum(axis=1), count),
        color_sum=_sum_by(flat, pixels, count),
        edges=edges,
        border=border,
        pairs=height * (width - 1) + width * (height - 1),
    )


def in_metric(color: NDArray[np.float64], metric: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return colours (N, 3) times a metric (3, 3), in a fixed order, which products of matrices do not have."""
    red, green, blue = (color[:, channel, None] * metric[channel] for channel in range(3))
    product: NDArray[np.float64] = red + green + blue
    return product


def _validated(
    rgb: ArrayLike, partition: ArrayLike, saliency: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    check_picture(np.asarray(rgb))
    image = np.asarray(rgb, dtype=np.float64)
    given = np.asarray(partition)
    if given.shape != image.shape[:2] or not np.issubdtype(given.dtype, np.integer):
        raise SegmentationError(
            f"the partition must be integers of shape {image.shape[:2]}, "
            f"got {given.dtype} of shape {given.shape}"
        )
    labels = given.astype(np.int64)
    if labels.min() < 0 or labels.max() >= labels.size or np.any(np.bincount(labels.ravel()) == 0):
        raise SegmentationError("the partition's labels must be 0 to N - 1, each used; renumber them")
    salient = np.asarray(saliency, dtype=np.float64)
    if salient.shape != image.shape[:2]:
        raise SaliencyError(f"the saliency map must have shape {image.shape[:2]}, got {salient.shape}")
    if not (salient.min() >= 0.0 and salient.max() <= 1.0):
        raise SaliencyError(
            f"saliency lies in [0, 1], got {salient.min():g} to {salient.max():g}; rescale it"
        )
    return image, labels, salient


def _crossing_pairs(
    labels: NDArray[np.int64], smoothness: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    pairs: list[NDArray[np.int64]] = []
    weights: list[NDArray[np.float64]] = []
    for first, second in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        crosses = labels[first] != labels[second]
        pairs.append(np.stack([labels[first][crosses], labels[second][crosses]], axis=1))
        weights.append((0.5 * (smoothness[first] + smoothness[second]))[crosses])
    return np.concatenate(pairs).astype(np.int64), np.concatenate(weights)


def _collect_edges(
    pairs: NDArray[np.int64], weights: NDArray[np.float64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Add up the weights of equal unordered pairs; pairs within a region vanish."""
    low, high = pairs.min(axis=1, initial=count), pairs.max(axis=1, initial=0)
    differ = low != high
    keys, inverse = np.unique(low[differ] * count + high[differ], return_inverse=True)
    summed = _sum_by(inverse, weights[differ], len(keys))
    return np.stack([keys // count, keys % count], axis=1), summed


def _sum_by(labels: NDArray[np.int64], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    if values.ndim == 1:
        return np.asarray(np.bincount(labels, values, minlength=count), dtype=np.float64)
    return np.stack([np.bincount(labels, column, minlength=count) for column in values.T], axis=1)
