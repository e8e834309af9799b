"""Segment Anything as a segmenter: a photo in, masks out."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold.models import WeightsInfo, find_weights, needs
from huefold.progress import Reporter
from huefold.segment.anything.generator import AutomaticMasks, automatic_masks
from huefold.segment.anything.prompting import PointPredictor
from huefold.segment.anything.settings import MaskSettings
from huefold.segment.anything.subdivide import subdivided
from huefold.segment.given_masks import from_masks
from huefold.segment.partition import Partition

__all__ = ["DEFAULT_MODEL", "SegmentAnything", "segmenter_options"]

DEFAULT_MODEL = "facebook/sam-vit-base"
"""The smallest of SAM: 375 MB, Apache-2.0."""


@dataclass(eq=False)
class SegmentAnything:
    """Automatic masks with Segment Anything [1]_ or SAM 2 [2]_, as a segmenter for `huefold.vectorize`.

    The model is found and loaded with the first photo, and kept for the next ones.

    Parameters
    ----------
    model : str or path_like, optional
        Hub id (``"facebook/sam-vit-huge"``, ``"facebook/sam2.1-hiera-small"``), local folder, or a checkpoint of
        SAM as published (``sam_vit_h_4b8939.pth``).
    settings : MaskSettings, optional
        Points, crops and thresholds.
    device : str, optional
        ``"cpu"`` or ``"cuda"``; CUDA where there is one by default.
    folder : path_like, optional
        The user's folder of models; ``$HUEFOLD_MODELS`` by default.
    allow_download : bool or callable, optional
        Whether to download a missing model; see `huefold.models.find_weights`.

    References
    ----------
    .. [1] A. Kirillov et al., "Segment Anything", ICCV 2023, :arxiv:`2304.02643`
    .. [2] N. Ravi et al., "SAM 2: Segment Anything in Images and Videos", 2024, :arxiv:`2408.00714`

    Examples
    --------
    >>> import huefold
    >>> segmenter = SegmentAnything("facebook/sam-vit-base", settings=MaskSettings(points_per_side=16))
    >>> huefold.vectorize("sample:coffee", segmenter=segmenter)  # doctest: +SKIP
    """

    model: str | os.PathLike[str] = DEFAULT_MODEL
    _: KW_ONLY
    settings: MaskSettings = field(default_factory=MaskSettings)
    device: str | None = None
    folder: str | os.PathLike[str] | None = None
    allow_download: bool | Callable[[WeightsInfo], bool] = False
    _network: PointPredictor | None = field(default=None, init=False, repr=False)

    def __call__(self, rgb: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return the masks of a photo, (M, H, W); `rgb` is (H, W, 3) float32, sRGB values in [0, 1]."""
        return self.masks(rgb).masks

    def masks(self, rgb: NDArray[np.float32], *, report: Reporter | None = None) -> AutomaticMasks:
        """Return the masks of a photo with their scores.

        Parameters
        ----------
        rgb : (H, W, 3) float32 ndarray
            sRGB values in [0, 1].
        report : Reporter, optional
            Receives the progress; may stop the work.

        Returns
        -------
        masks : AutomaticMasks

        Raises
        ------
        MissingExtraError
            If torch or transformers is not installed.
        WeightsError
            If the weights are missing, or not those of SAM or SAM 2.
        SegmentationError
            If memory does not suffice.
        Cancelled
            If `report` is asked to stop.
        """
        if self._network is None:
            self._network = self._loaded(report)
        return automatic_masks(rgb, self._network, settings=self.settings, report=report)

    def partition(
        self, rgb: NDArray[np.float32], *, regions: int, report: Reporter | None = None
    ) -> Partition:
        """Return the partition by the masks, subdivided by colour where they are too few.

        Parameters
        ----------
        rgb : (H, W, 3) float32 ndarray
            sRGB values in [0, 1].
        regions : int
            Least number of regions, if the photo has enough colours.
        report : Reporter, optional
            Receives the progress; may stop the work.

        Returns
        -------
        partition : (H, W) int32 ndarray
            Labels 0..N-1 in reading order, each 4-connected.
        """
        found = self.masks(rgb, report=report)
        if report is not None:
            report(1.0, f"masks found: {len(found)}")
        return subdivided(from_masks(found.masks, rgb, regions=regions), rgb, regions=regions)

    def find(self, *, report: Callable[[float, str], None] | None = None) -> Path:
        """Return the path of the model, downloading it if that is allowed.

        Raises
        ------
        MissingExtraError
            If torch or transformers is not installed.
        WeightsError
            If the weights are missing.
        """
        for module in ("torch", "transformers"):  # before anything is downloaded
            needs(module, "Segment Anything")
        return find_weights(
            self.model, folder=self.folder, allow_download=self.allow_download, progress=report
        )

    def _loaded(self, report: Reporter | None) -> PointPredictor:
        from huefold.segment.anything.load import load_network  # noqa: PLC0415 - slow to import

        path = self.find(report=report)
        if report is not None:
            report(0.0, f"loading {path.name if path.is_file() else self.model}")
        return load_network(path, self.device)


def segmenter_options(source: object) -> dict[str, Any]:
    """Return the fields of `huefold.options.Options` that name the segmenter, for reports.

    Examples
    --------
    >>> segmenter_options(None), segmenter_options(lambda rgb: rgb)
    ({'segmenter': 'classical'}, {'segmenter': 'given'})
    """
    if isinstance(source, SegmentAnything):
        settings = source.settings
        return {
            "segmenter": "sam",
            "sam_model": os.fspath(source.model),
            "sam_points": settings.points_per_side,
            "sam_crops": settings.crop_layers,
        }
    return {"segmenter": source if isinstance(source, str) else "classical" if source is None else "given"}
