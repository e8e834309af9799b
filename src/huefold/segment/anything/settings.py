"""Settings of the automatic mask generator."""

from __future__ import annotations

from dataclasses import dataclass

from huefold.errors import OptionError

__all__ = ["MaskSettings"]


@dataclass(frozen=True, slots=True)
class MaskSettings:
    """Settings of `automatic_masks`; the defaults are those of the recoloring method's experiments.

    Parameters
    ----------
    points_per_side : int
        Points along each side of the grid on the whole image, at least 1.
    predicted_iou : float
        Least predicted quality of a mask, in [0, 1].
    stability : float
        Least intersection over union, in [0, 1], of the masks at logits above and below 0 by `stability_offset`.
    stability_offset : float
        In logits, at least 0.
    nms : float
        Intersection over union of bounding boxes, in [0, 1], above which one of two masks is dropped: the worse
        one within a crop, the one of the larger crop between crops.
    crop_layers : int
        Layer i adds ``4**i`` overlapping crops, ``2**i`` a side; 0 is the whole image only.
    crop_downscale : int
        Crops of layer i have ``points_per_side // crop_downscale**i`` points a side, at least 1.
    crop_overlap : float
        Overlap of the crops of layer 1 as a share of half the shorter side of the image, in [0, 1); deeper layers
        have half as much.
    min_area : int
        Pixels: smaller holes are filled and smaller islands removed; 0 leaves masks as they are.

    Raises
    ------
    OptionError
        If a value lies outside its range.

    Examples
    --------
    >>> MaskSettings(points_per_side=16).stability
    0.85
    """

    points_per_side: int = 32
    predicted_iou: float = 0.86
    stability: float = 0.85
    stability_offset: float = 1.0
    nms: float = 0.7
    crop_layers: int = 1
    crop_downscale: int = 2
    crop_overlap: float = 512 / 1500
    min_area: int = 100

    def __post_init__(self) -> None:
        whole = {"points_per_side": (1, 256), "crop_layers": (0, 4), "crop_downscale": (1, 16)}
        for name, (least, most) in {**whole, "min_area": (0, 2**31 - 1)}.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise OptionError(f"{name} must be a whole number from {least} to {most}, got {value!r}")
        for name in ("predicted_iou", "stability", "nms", "crop_overlap"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise OptionError(f"{name} must be a number from 0 to 1, got {getattr(self, name)!r}")
        if not 0.0 <= self.stability_offset < float("inf"):
            raise OptionError(
                f"stability_offset must be a number of at least 0, got {self.stability_offset!r}"
            )
        if self.crop_overlap == 1.0:
            raise OptionError("crop_overlap must be below 1: crops that overlap wholly are the same crop")

    def points_at(self, layer: int) -> int:
        """Return the number of points a side at a layer of crops; layer 0 is the whole image."""
        return max(1, self.points_per_side // int(self.crop_downscale**layer))
