"""Filters of masks: stability, cut off by a crop, and non-maximum suppression of boxes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold.segment.anything.grid import Crop

__all__ = ["CROP_MARGIN", "cut_by_crop", "mask_boxes", "overlaps", "stability_scores", "unsuppressed"]

CROP_MARGIN = 20
"""Pixels: a mask this close to the border of its crop is taken to continue beyond it."""


def stability_scores(logits: NDArray[np.floating[Any]], offset: float) -> NDArray[np.float64]:
    """Return the stability score of each mask: how little it changes when its threshold moves.

    The score is the intersection over union of the masks ``logits > offset`` and ``logits > -offset`` [1]_: as one
    contains the other, the ratio of their areas.

    Parameters
    ----------
    logits : (M, H, W) float ndarray
        Masks are where they are above 0.
    offset : float
        At least 0.

    Returns
    -------
    scores : (M,) float64 ndarray
        In [0, 1]; 0 where both are empty.

    References
    ----------
    .. [1] A. Kirillov et al., "Segment Anything", ICCV 2023, appendix B, :arxiv:`2304.02643`

    Examples
    --------
    >>> stability_scores(np.array([[[3.0, 0.5, -0.5, -3.0]]]), 1.0)
    array([0.33333333])
    """
    inner = np.count_nonzero(logits > offset, axis=(1, 2))
    outer = np.count_nonzero(logits > -offset, axis=(1, 2))
    return np.asarray(inner / np.maximum(outer, 1), dtype=np.float64)


def mask_boxes(masks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the bounding box of each mask.

    Parameters
    ----------
    masks : (M, H, W) bool ndarray
        Masks.

    Returns
    -------
    boxes : (M, 4) int64 ndarray
        Left, top, right, bottom in pixels; right and bottom lie just outside. All 0 for an empty mask.

    Examples
    --------
    >>> mask_boxes(np.array([[[0, 0, 0], [0, 1, 1]]], bool))
    array([[1, 1, 3, 2]])
    """
    boxes = np.zeros((len(masks), 4), dtype=np.int64)
    for k, size in ((0, masks.shape[2]), (1, masks.shape[1])):
        occupied = np.asarray(masks.any(axis=1 + k))
        some = np.asarray(occupied.any(axis=1))
        boxes[some, k] = occupied[some].argmax(axis=1)
        boxes[some, k + 2] = size - occupied[some, ::-1].argmax(axis=1)
    return boxes


def cut_by_crop(
    boxes: NDArray[np.int64], crop: Crop, shape: tuple[int, int], *, margin: int = CROP_MARGIN
) -> NDArray[np.bool_]:
    """Tell which masks are cut off: they end at a side of their crop that is no side of the image.

    Parameters
    ----------
    boxes : (M, 4) int64 ndarray
        Boxes of masks in pixels of the image.
    crop : Crop
        The crop they were found in.
    shape : (int, int)
        Height and width of the image.
    margin : int, optional
        Distance that counts as touching, in pixels.

    Returns
    -------
    cut : (M,) bool ndarray
        True where a side of the box is near the crop's but not near the image's.

    Examples
    --------
    >>> cut_by_crop(np.array([[0, 0, 50, 50], [0, 0, 99, 50]]), Crop(0, 0, 100, 100, 1), (200, 200))
    array([False,  True])
    """
    height, width = shape
    near_crop = np.abs(boxes - (crop.left, crop.top, crop.right, crop.bottom)) <= margin
    near_image = np.abs(boxes - (0, 0, width, height)) <= margin
    return np.asarray((near_crop & ~near_image).any(axis=1))


def unsuppressed(
    boxes: NDArray[np.int64], scores: NDArray[np.floating[Any]], threshold: float
) -> NDArray[np.int64]:
    """Return the indices of the boxes that remain after greedy non-maximum suppression.

    Boxes are visited best first, earlier ones first among equal scores. Each remaining box removes those whose
    intersection over union with it is above `threshold`.

    Parameters
    ----------
    boxes : (M, 4) int64 ndarray
        Left, top, right, bottom.
    scores : (M,) float ndarray
        The higher the better.
    threshold : float
        In [0, 1].

    Returns
    -------
    kept : (K,) int64 ndarray
        Indices into `boxes`, best first.

    Examples
    --------
    >>> unsuppressed(np.array([[0, 0, 9, 9], [0, 0, 10, 10], [20, 0, 30, 10]]), np.array([0.8, 0.9, 0.5]), 0.7)
    array([1, 2])
    """
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")
    kept = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(best)
        order = order[overlaps(boxes[best], boxes[order]) <= threshold]
    return np.array(kept, dtype=np.int64)


def overlaps(box: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the intersection over union of `box` with each of `others`.

    Parameters
    ----------
    box : (4,) int64 ndarray
        Left, top, right, bottom.
    others : (M, 4) int64 ndarray
        The same for each of them.

    Returns
    -------
    iou : (M,) float64 ndarray
        In [0, 1]; 0 where both are empty.

    Examples
    --------
    >>> overlaps(np.array([0, 0, 2, 2]), np.array([[1, 0, 3, 2]]))
    array([0.33333333])
    """
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    common = sides.clip(min=0).prod(axis=1)
    union = (box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(axis=1) - common
    return np.asarray(common / np.maximum(union, 1), dtype=np.float64)
