"""Automatic masks: prompt with a grid of points, keep good masks, each once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold.errors import SegmentationError
from huefold.images.checks import check_picture
from huefold.models.batches import Batches
from huefold.progress import Reporter
from huefold.segment.anything.filters import cut_by_crop, mask_boxes, stability_scores, unsuppressed
from huefold.segment.anything.grid import Crop, crops, point_grid
from huefold.segment.anything.prompting import Candidates, PointPredictor
from huefold.segment.anything.settings import MaskSettings
from huefold.segment.anything.specks import without_specks

__all__ = ["AutomaticMasks", "automatic_masks"]

NO_MEMORY = (
    "not enough memory for the model's masks of a single point; use a smaller model or a smaller photo"
)

ENCODING = 0.15
"""Time to encode a crop, as a share of that of its points (for the progress only)."""


@dataclass(frozen=True, slots=True, eq=False)
class AutomaticMasks:
    """Masks with their scores, large to small.

    Parameters
    ----------
    masks : (M, H, W) bool ndarray
        Masks may overlap, and leave pixels uncovered.
    quality : (M,) float64 ndarray
        Intersection over union with the true mask, as the model predicts it.
    stability : (M,) float64 ndarray
        See `MaskSettings.stability`.
    points : (M, 2) float64 ndarray
        The point (x, y) that each was predicted for, in pixels of the image.
    """

    masks: NDArray[np.bool_]
    quality: NDArray[np.float64]
    stability: NDArray[np.float64]
    points: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.masks)


def automatic_masks(
    rgb: NDArray[np.float32],
    predictor: PointPredictor,
    *,
    settings: MaskSettings | None = None,
    report: Reporter | None = None,
) -> AutomaticMasks:
    """Predict masks for grids of points on an image and on crops of it, and keep the good ones.

    Masks of high predicted quality and high stability that no crop cuts off are kept, one for each bounding box:
    non-maximum suppression by quality within a crop, then in favour of smaller crops. Small holes and islands are
    removed last [1]_.

    Parameters
    ----------
    rgb : (H, W, 3) float32 ndarray
        sRGB values in [0, 1].
    predictor : PointPredictor
        The model.
    settings : MaskSettings, optional
        Points, crops and thresholds.
    report : Reporter, optional
        Receives the progress after each batch of points; may stop the work.

    Returns
    -------
    masks : AutomaticMasks
        Large to small; possibly none.

    Raises
    ------
    SegmentationError
        If `rgb` is not an (H, W, 3) image of finite values, or memory does not suffice for a single point.
    Cancelled
        If `report` is asked to stop.

    References
    ----------
    .. [1] A. Kirillov et al., "Segment Anything", ICCV 2023, appendix B, :arxiv:`2304.02643`
    """
    check_picture(rgb, SegmentationError)
    chosen = settings or MaskSettings()
    windows = crops((rgb.shape[0], rgb.shape[1]), chosen)
    steps = _Steps(report, [chosen.points_at(crop.layer) ** 2 for crop in windows])
    batches = Batches(predictor.batch_size, SegmentationError(NO_MEMORY))
    found = _joined([_in_crop(rgb, crop, predictor, batches, chosen, steps) for crop in windows])
    found = found.take(unsuppressed(found.boxes, -found.crop_area.astype(np.float64), chosen.nms))
    steps.say("removing specks")
    return _cleaned(found, (rgb.shape[0], rgb.shape[1]), chosen)


class _Steps:
    """Progress over the points of all crops."""

    def __init__(self, report: Reporter | None, points: list[int]) -> None:
        self._report = report
        self._all = sum(points) * (1.0 + ENCODING)
        self._crops = len(points)
        self._done = 0.0
        self._crop = 0

    def encoded(self, crop_points: int) -> None:
        self._crop += 1
        self._advance(ENCODING * crop_points)

    def answered(self, points: int) -> None:
        self._advance(points)

    def say(self, message: str) -> None:
        if self._report is not None:
            self._report(self._done / self._all, message)

    def _advance(self, by: float) -> None:
        self._done += by
        self.say(f"masks, view {max(1, self._crop)} of {self._crops}")


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Masks packed as bits within their crops: an eighth of the memory or less."""

    bits: list[tuple[Crop, NDArray[np.uint8]]]
    boxes: NDArray[np.int64]  # (M, 4), in pixels of the image
    quality: NDArray[np.float64]
    stability: NDArray[np.float64]
    points: NDArray[np.float64]

    @property
    def crop_area(self) -> NDArray[np.int64]:
        return np.array([crop.area for crop, _ in self.bits], dtype=np.int64)

    def take(self, kept: NDArray[np.integer[Any]]) -> _Found:
        bits = [self.bits[k] for k in kept]
        return _Found(bits, self.boxes[kept], self.quality[kept], self.stability[kept], self.points[kept])

    def mask(self, k: int, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Return mask `k` at the size of the image."""
        crop, packed = self.bits[k]
        rows, columns = crop.bottom - crop.top, crop.right - crop.left
        mask = np.zeros(shape, dtype=bool)
        mask[crop.window] = np.unpackbits(packed, count=rows * columns).reshape(rows, columns)
        return mask


def _joined(parts: list[_Found]) -> _Found:
    return _Found(
        [bits for part in parts for bits in part.bits],
        np.concatenate([np.zeros((0, 4), np.int64), *(part.boxes for part in parts)]),
        np.concatenate([np.zeros(0), *(part.quality for part in parts)]),
        np.concatenate([np.zeros(0), *(part.stability for part in parts)]),
        np.concatenate([np.zeros((0, 2)), *(part.points for part in parts)]),
    )


def _in_crop(
    rgb: NDArray[np.float32],
    crop: Crop,
    predictor: PointPredictor,
    batches: Batches,
    settings: MaskSettings,
    steps: _Steps,
) -> _Found:
    """Return the masks of one crop that pass all filters, one for each box."""
    steps.say("looking at the photo" if crop.layer == 0 else "looking closer")
    view = predictor.encode(np.ascontiguousarray(rgb[crop.window]))
    points = point_grid(crop, settings.points_at(crop.layer))
    steps.encoded(len(points))

    def answers(batch: NDArray[np.float64]) -> tuple[int, _Found]:
        candidates = view.candidates(batch)
        return len(batch), _passing(candidates, batch, crop, rgb.shape[:2], settings)

    parts = []
    for count, part in batches.map(answers, points):
        steps.answered(count)
        parts.append(part)
    found = _joined(parts)
    return found.take(unsuppressed(found.boxes, found.quality, settings.nms))


def _passing(
    candidates: Candidates,
    points: NDArray[np.float64],
    crop: Crop,
    shape: tuple[int, ...],
    settings: MaskSettings,
) -> _Found:
    """Return the masks of a batch that are good, stable, not empty, and not cut off by the crop."""
    good = np.flatnonzero(candidates.quality > settings.predicted_iou)
    if len(good) == 0:
        return _joined([])
    logits = candidates.logits(good)
    stability = stability_scores(logits, settings.stability_offset)
    masks = logits > 0.0
    boxes = mask_boxes(masks) + np.array([crop.left, crop.top, crop.left, crop.top])
    kept = (stability >= settings.stability) & masks.any(axis=(1, 2))
    kept &= ~cut_by_crop(boxes, crop, (shape[0], shape[1]))
    where = good[kept]
    return _Found(
        [(crop, np.packbits(mask)) for mask in masks[kept]],
        boxes[kept],
        np.asarray(candidates.quality[where], dtype=np.float64),
        stability[kept],
        points[candidates.point[where]] + (crop.left, crop.top),
    )


def _cleaned(found: _Found, shape: tuple[int, int], settings: MaskSettings) -> AutomaticMasks:
    """Remove specks, then duplicates, keeping masks that had no specks; order large to small."""
    masks = np.zeros((len(found.bits), *shape), dtype=bool)
    unchanged = np.zeros(len(found.bits))
    for k in range(len(found.bits)):
        mask = found.mask(k, shape)
        masks[k] = without_specks(mask, settings.min_area)
        unchanged[k] = np.array_equal(masks[k], mask)
    kept = unsuppressed(mask_boxes(masks), unchanged, settings.nms)
    kept = kept[np.argsort(-masks[kept].sum(axis=(1, 2)), kind="stable")]
    return AutomaticMasks(masks[kept], found.quality[kept], found.stability[kept], found.points[kept])
