"""Stage I and Stage II on region statistics: losses, gradients by hand, and Adam.

Arrays are C-contiguous and of one floating type (float32 to run, float64 to test): `logits`, `probability`
(N, K); `palette` (3, K), one plane per channel so that rows over K vectorise; `color` (N, 3).
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.native import Kernel, array, bind, output

__all__ = ["Regions", "color_stage", "loss_and_gradient", "mix", "smooth_stage"]

Array: TypeAlias = NDArray[Any]
Weights: TypeAlias = tuple[float, ...]
Schedule: TypeAlias = tuple[float, int, float]  # learning rate, most iterations, convergence


class Regions(NamedTuple):
    """What the losses know of the regions; see `huefold.recolor.RegionStatistics`."""

    a: Array  # [N] summed saliency, by the pixels of the image
    b: Array  # [N, 3] summed saliency times colour, likewise
    edges: Array  # [E, 2] adjacent regions
    border: Array  # [E] summed smoothness along borders, by all pairs of pixels
    share: Array  # [N] part of the pixels


class _Kernels(NamedTuple):
    """The kernels for one floating type."""

    stage: Kernel
    loss: Kernel
    mix: Kernel


def _kernels(dtype: type, ending: str) -> _Kernels:
    rows, row = array(dtype, 2), array(dtype, 1)
    moved = output(dtype, 2)
    regions = row, rows, array(np.int64, 2), row, row, int
    weights = float, float, float, float
    return _Kernels(
        bind(
            f"hf_recolor_stage_{ending}", int, moved, moved, int, int, array(dtype, 2, optional=True), *regions,
            *weights, float, int, float, int, status=True,
        ),
        bind(
            f"hf_recolor_loss_{ending}", int, rows, rows, int, int, rows, *regions, *weights, moved, moved,
            output(np.float64, 1), status=True,
        ),
        bind(f"hf_recolor_mix_{ending}", rows, rows, int, int, moved, moved, int, status=True),
    )  # fmt: skip


_OF_TYPE = {np.dtype(np.float32): _kernels(np.float32, "f"), np.dtype(np.float64): _kernels(np.float64, "d")}


def color_stage(
    logits: Array, palette: Array, regions: Regions, weights: Weights, schedule: Schedule, threads: int = 1
) -> int:
    """Stage I (eq. 5): move logits and palette in place; return the iterations run.

    `weights` are those of error, total variation and entropy. `schedule` is the learning rate, most iterations,
    and the convergence: stops early once no colour moves by more over ten iterations (0 never does).
    """
    error, variation, entropy = weights
    return _run(1, logits, palette, None, regions, (error, variation, 0.0, entropy), schedule, threads)


def smooth_stage(
    logits: Array, palette: Array, target: Array, regions: Regions, weights: Weights, schedule: Schedule,
    threads: int = 1,
) -> int:  # fmt: skip
    """Stage II (eq. 6): move logits in place, the palette is frozen; return the iterations run.

    `weights` are those of adjacency, consistency, diversity and entropy; `schedule` as in Stage I.
    """
    return _run(2, logits, palette, target, regions, weights, schedule, threads)


def _run(
    stage: int, logits: Array, palette: Array, target: Array | None, regions: Regions, weights: Weights,
    schedule: Schedule, threads: int,
) -> int:  # fmt: skip
    kernel = _OF_TYPE[logits.dtype].stage
    known = *regions, len(regions.edges)
    count, colors = logits.shape
    run: int = kernel(stage, logits, palette, count, colors, target, *known, *weights, *schedule, threads)
    return run


def mix(logits: Array, palette: Array, probability: Array, color: Array, threads: int = 1) -> None:
    """Write the assignment (softmax of the logits) and the colours that it mixes."""
    count, colors = logits.shape
    _OF_TYPE[logits.dtype].mix(logits, palette, count, colors, probability, color, threads)


def loss_and_gradient(
    stage: int, logits: Array, palette: Array, target: Array, regions: Regions, weights: Weights,
    grad_logits: Array, grad_palette: Array,
) -> float:  # fmt: skip
    """Loss of `stage` (1 or 2) and its gradient, by the very functions that the stages run."""
    loss = np.empty(1)
    known = *regions, len(regions.edges)
    all_weights = (weights[0], weights[1], 0.0, weights[2]) if stage == 1 else weights
    count, colors = logits.shape
    _OF_TYPE[logits.dtype].loss(
        stage, logits, palette, count, colors, target, *known, *all_weights, grad_logits, grad_palette, loss
    )
    return float(loss[0])
