"""What the recipes of Stage III work with: the photo at two sizes, the settings, progress; and one fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.refine.drawing import Drawing
from huefold.refine.fills.byte_costs import GRADIENT_BYTES, loss_per_byte
from huefold.refine.fills.gradients import FillKind, fit_gradients, unfreeze_opacity
from huefold.refine.fit.crossing_guard import CELLS_PER_UNIT
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.loop import fit_drawing
from huefold.refine.fit.smooth_nodes import SmoothNodes
from huefold.refine.monitor import Monitor
from huefold.refine.schedule import LAST_RATE, FitSchedule
from huefold.refine.settings import RefineSettings

__all__ = ["LEAST_FILL_GAIN", "LEAST_GAIN", "LEAST_LOSS", "RefinementContext"]

LEAST_GAIN = 1e-8
"""Least importance of a detail. If all have less, the picture is too plain to need more paths."""

LEAST_LOSS = 1e-8
"""Loss below which nothing is fitted: an error of 1/40 of an 8-bit level."""

LEAST_FILL_GAIN = 1e-7
"""Least loss decrease by a gradient: an error of 2/255 on 1/600 of the picture."""


@dataclass(frozen=True, slots=True)
class RefinementContext:
    """What a recipe works with."""

    draft: Fitter  # the photo reduced
    final: Fitter  # the photo at working size
    saliency: NDArray[np.float32]  # (H, W), at working size
    paths: int  # the budget
    settings: RefineSettings
    seed: int  # for random draws
    monitor: Monitor
    fills: FillKind
    inherited_segments: int  # segments of paths from an earlier drawing, which keep their nodes
    cells_per_unit: float | None = CELLS_PER_UNIT  # grid on which outlines stay simple; None: they may cross

    def detail_budget(self, drawing: Drawing) -> int:
        """How many details a drawing may have beside its structural paths."""
        return self.paths - drawing.structural

    def fit(
        self,
        drawing: Drawing,
        fitter: Fitter,
        iterations: int,
        message: str,
        last_rate: float = LAST_RATE,
        smooth: SmoothNodes | None = None,
        fading: bool = True,
    ) -> None:
        """Fit gradients to paths that gain by them, then everything by Adam.

        Stops of gradients that are opaque may come to fade if `fading`.
        """
        self.monitor.begin(message, drawing)
        if fitter.loss(drawing) <= LEAST_LOSS:
            return  # Adam moves everything however small the error is: it could only get worse
        if self.fills != "solid" and not self.monitor.expired():
            gain = max(LEAST_FILL_GAIN, GRADIENT_BYTES * self.loss_per_byte(drawing))
            fit_gradients(drawing, fitter, least_gain=gain, radial=self.fills == "auto")
            if fading:
                unfreeze_opacity(drawing)
        fit_drawing(
            drawing,
            fitter,
            FitSchedule(iterations, self.settings.point_rate, self.settings.color_rate, last_rate),
            cells_per_unit=self.cells_per_unit,
            smooth=smooth,
            stop=self.monitor.expired,
            tick=self.monitor.tick,
        )

    def loss_per_byte(self, drawing: Drawing) -> float:
        """By how much a byte of a gradient must lower the loss; 0 where bytes do not count."""
        if self.fills != "auto":
            return 0.0
        importance = self.draft.importance(drawing)[drawing.structural :]
        return loss_per_byte(importance, self.settings.detail_segments)
