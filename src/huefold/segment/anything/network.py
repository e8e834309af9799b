"""SAM and SAM 2 of transformers as predictors of masks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate, pad

from huefold.errors import SegmentationError
from huefold.models.batches import is_out_of_memory
from huefold.segment.anything.prompting import Candidates

__all__ = ["Frame", "Network", "best_device", "framed", "full_size"]

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""Mean and standard deviation of the channels of ImageNet, by which both models normalise their input."""

CPU_POINTS = 8
"""Points a batch; more are slower on a CPU, as intermediate images no longer fit the caches."""
CUDA_POINTS = 64
POINT_BYTES = 64 * 2**20
"""Memory of the mask decoder for one point; measured: 33 to 50 MB."""
ENLARGED = 8
"""Masks that are resized at once."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Placement of an image in the square input of a model.

    Parameters
    ----------
    height, width : int
        Size of the image, in pixels.
    rows, columns : int
        Size it is resized to, from the top left corner of the square.
    side : int
        Side of the square, in pixels.

    Examples
    --------
    >>> Frame.of((512, 768), 1024, keep_proportions=True)
    Frame(height=512, width=768, rows=683, columns=1024, side=1024)
    """

    height: int
    width: int
    rows: int
    columns: int
    side: int

    @classmethod
    def of(cls, shape: Sequence[int], side: int, *, keep_proportions: bool) -> Frame:
        """Return the frame of an image of that shape."""
        height, width = shape[0], shape[1]
        if not keep_proportions:
            return cls(height, width, side, side, side)
        scale = side / max(height, width)
        rows, columns = (max(1, math.floor(length * scale + 0.5)) for length in (height, width))
        return cls(height, width, rows, columns, side)


def framed(rgb: NDArray[np.float32], frame: Frame) -> Tensor:
    """Resize an image (bilinear, with anti-aliasing), normalise it, and pad it with zeros below and right.

    Parameters
    ----------
    rgb : (H, W, 3) float32 ndarray
        sRGB values in [0, 1].
    frame : Frame
        Placement in the square.

    Returns
    -------
    pixels : (1, 3, side, side) float32 Tensor
        Input of the image encoder.
    """
    planes = torch.from_numpy(np.ascontiguousarray(rgb, dtype=np.float32)).permute(2, 0, 1)[None]
    size = (frame.rows, frame.columns)
    resized = interpolate(planes, size, mode="bilinear", align_corners=False, antialias=True)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    return pad((resized - mean) / std, (0, frame.side - frame.columns, 0, frame.side - frame.rows))


def full_size(low: Tensor, frame: Frame) -> Tensor:
    """Resize the logits of masks from the decoder's grid to the image.

    Parameters
    ----------
    low : (M, h, w) Tensor
        Logits of the whole square.
    frame : Frame
        Placement of the image in the square.

    Returns
    -------
    logits : (M, H, W) Tensor
        Of the image.
    """
    square = low[:, None]
    if (frame.rows, frame.columns) != (frame.side, frame.side):
        square = interpolate(square, (frame.side, frame.side), mode="bilinear", align_corners=False)
        square = square[..., : frame.rows, : frame.columns]
    size = (frame.height, frame.width)
    return interpolate(square, size, mode="bilinear", align_corners=False)[:, 0]


def best_device(given: str | None = None) -> torch.device:
    """Return the device that is given, else CUDA if there is one, else the CPU.

    Raises
    ------
    SegmentationError
        If there is no such device.
    """
    try:
        device = torch.device(given or ("cuda" if torch.cuda.is_available() else "cpu"))
    except RuntimeError:
        raise SegmentationError(f"device must be 'cpu' or 'cuda', got {given!r}", given=given) from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise SegmentationError("device 'cuda' is not there; leave it out, or give 'cpu'", given=given)
    return device


class Network:
    """A `PointPredictor` with a ``transformers.SamModel`` or ``Sam2Model``.

    Parameters
    ----------
    model : transformers.SamModel or transformers.Sam2Model
        Moved to the device and set to inference.
    device : torch.device
        Device.

    Raises
    ------
    SegmentationError
        If the device has no room for the model.
    """

    def __init__(self, model: Any, device: torch.device) -> None:
        self._device = device
        self._keep_proportions = model.config.model_type == "sam"  # SAM 2 was trained on stretched photos
        size = model.config.prompt_encoder_config.image_size
        self.side = int(size if isinstance(size, int) else size[0])
        with self._memory_checked():
            self._model = model.to(device).eval()

    @property
    def batch_size(self) -> int:
        """Points a batch: the same in each run on a machine, so that results are too."""
        if self._device.type != "cuda":
            return CPU_POINTS
        memory = int(torch.cuda.get_device_properties(self._device).total_memory)
        return max(1, min(CUDA_POINTS, memory // 4 // POINT_BYTES))

    def encode(self, rgb: NDArray[np.float32]) -> View:
        """Encode an image, (H, W, 3) float32 sRGB values in [0, 1].

        Raises
        ------
        SegmentationError
            If memory does not suffice.
        """
        frame = Frame.of(rgb.shape, self.side, keep_proportions=self._keep_proportions)
        with self._memory_checked(), torch.inference_mode():
            features = self._model.get_image_embeddings(framed(rgb, frame).to(self._device))
        return View(self._model, features, frame, self._device)

    @contextmanager
    def _memory_checked(self) -> Iterator[None]:
        """Raise a `SegmentationError` that says what helps where memory runs out."""
        try:
            yield
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            instead = " or hide the GPU (CUDA_VISIBLE_DEVICES=)" if self._device.type == "cuda" else ""
            raise SegmentationError(
                f"not enough memory on {self._device} for this model of Segment Anything; "
                f"use a smaller one{instead}"
            ) from error


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """An encoded image: a `PromptedImage`."""

    model: Any
    features: Any
    frame: Frame
    device: torch.device

    def candidates(self, points: NDArray[np.float64]) -> Candidates:
        """Return the masks for each of `points`, (P, 2): (x, y) in pixels of the image; one batch."""
        frame = self.frame
        scale = np.array([frame.columns / frame.width, frame.rows / frame.height])
        prompts = torch.from_numpy((points * scale).astype(np.float32)).to(self.device)
        with torch.inference_mode():
            answer = self.model(
                image_embeddings=self.features,
                input_points=prompts[None, :, None],
                input_labels=torch.ones((1, len(points), 1), dtype=torch.int, device=self.device),
                multimask_output=True,
            )
        masks, quality = answer.pred_masks[0], answer.iou_scores[0]
        low = masks.reshape(-1, *masks.shape[-2:])
        owner = np.repeat(np.arange(len(points)), masks.shape[1])
        return Candidates(quality.reshape(-1).cpu().numpy(), owner, lambda kept: self._logits(low, kept))

    def _logits(self, low: Tensor, kept: NDArray[np.intp]) -> NDArray[np.float32]:
        logits = np.empty((len(kept), self.frame.height, self.frame.width), dtype=np.float32)
        with torch.inference_mode():
            for start in range(0, len(kept), ENLARGED):
                some = torch.from_numpy(kept[start : start + ENLARGED]).to(self.device)
                logits[start : start + ENLARGED] = full_size(low[some], self.frame).cpu().numpy()
        return logits
