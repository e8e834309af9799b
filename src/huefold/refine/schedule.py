"""Schedules of fits: iterations and learning rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from huefold.native.elementary import sine_and_cosine
from huefold.refine.settings import RefineSettings

__all__ = ["FINAL_LAST_RATE", "GIVEN_CHECK_EVERY", "LAST_RATE"]
__all__ += ["FitSchedule", "cosine_decay", "split_iterations", "total_iterations"]

LAST_RATE = 0.1
FINAL_LAST_RATE = 0.02
"""Share of the learning rates at the end of a fit, and of the last fits of a drawing."""

CHECK_EVERY = 25
GIVEN_CHECK_EVERY = 10
"""Iterations between two checks for crossings, in drawings from photos and in given ones."""


@dataclass(frozen=True, slots=True)
class FitSchedule:
    """How long a fit goes on, and how fast."""

    iterations: int  # steps of Adam
    point_rate: float  # learning rate of points at the start, in pixels of the fitter's size
    color_rate: float  # that of colours, in sRGB units
    last_rate: float = LAST_RATE  # share of the rates at the end; they fall along a cosine
    check_every: int = CHECK_EVERY  # iterations between two checks for crossings
    keep_best: bool = False  # end with the best drawing seen at a check, if the last one is worse


def cosine_decay(done: int, iterations: int, last: float) -> float:
    """Share of a learning rate after so many iterations: from 1 along half a cosine to `last`.

    Examples
    --------
    >>> [cosine_decay(done, 10, 0.5) for done in (0, 5)]
    [1.0, 0.75]
    """
    cosine = float(sine_and_cosine(np.pi * done / iterations)[1])
    return last + (1.0 - last) * 0.5 * (1.0 + cosine)


def total_iterations(settings: RefineSettings) -> int:
    """How many iterations a drawing from a photo takes when nothing stops it."""
    merged = settings.relocation_rounds > 0 and settings.merge_threshold > 0.0
    removed = settings.node_oversampling > 1.0 or merged
    return (
        settings.structure_iterations
        + settings.growth_steps * settings.growth_iterations
        + settings.relocation_rounds * settings.relocation_iterations
        + (settings.removal_rounds * settings.removal_iterations if removed else 0)
        + settings.polish_iterations
        + settings.final_iterations
    )


def split_iterations(settings: RefineSettings, total: int | None, reduction: int) -> tuple[int, int]:
    """Return the iterations of a given drawing on the reduced photo and on the whole one.

    The last iterations of `settings` say how many there are, or in which proportion if there are `total` in all.

    Examples
    --------
    >>> split_iterations(RefineSettings.balanced(), 300, 2)
    (100, 200)
    """
    draft, final = settings.polish_iterations, settings.final_iterations
    total = draft + final if total is None else total
    if reduction == 1 or draft + final == 0:
        return 0, total
    first = round(total * draft / (draft + final))
    return first, total - first
