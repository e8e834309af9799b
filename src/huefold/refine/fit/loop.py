"""The fit loop: Adam on the exact gradient of the weighted squared error and its penalties; see loop.c."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from huefold.refine.drawing import Drawing
from huefold.refine.fit.crossing_guard import CELLS_PER_UNIT, CrossingGuard, uncross_contours
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.smooth_nodes import SmoothNodes
from huefold.refine.fit.state import FitState
from huefold.refine.fit.variables import Variables
from huefold.refine.schedule import FitSchedule

__all__ = ["fit", "fit_drawing"]

CALL_SECONDS = 0.05
"""How long the loop in C goes on before progress, previews and a wish to stop have their turn."""


def fit(
    drawing: Drawing,
    fitter: Fitter,
    variables: Variables,
    schedule: FitSchedule,
    *,
    guard: CrossingGuard | None = None,
    stop: Callable[[], bool] = bool,
    tick: Callable[[int], None] = lambda _steps: None,
) -> None:
    """Move a drawing downhill, in place.

    Parameters
    ----------
    drawing : Drawing
        Changed in place.
    fitter, variables, schedule
        The photo at one size and the penalties, what may move, and how fast.
    guard : CrossingGuard, optional
        Keeps contours from crossing themselves.
    stop : callable, optional
        Asked every few steps; ends the fit early.
    tick : callable, optional
        Called after every few steps with their number.
    """
    state = FitState(drawing, fitter, variables, schedule, guard)
    iterations = schedule.iterations
    best, least = drawing.arrays, math.inf
    done, pace = 0, _Pace()
    while done < iterations and not stop():
        end = min(iterations, done + pace.steps)
        if schedule.keep_best:
            end = min(end, done - done % schedule.check_every + schedule.check_every)
        before = drawing.arrays
        with pace.of(end - done):
            state.run(done, end)
        if done % schedule.check_every == 0 and schedule.keep_best and state.first_loss < least:
            best, least = before, state.first_loss
        drawing.arrays = state.arrays()
        tick(end - done)
        done = end
    state.finish()
    drawing.arrays = state.arrays()
    if schedule.keep_best and fitter.loss(drawing) > least:
        drawing.arrays = best


class _Pace:
    """How many steps a call does: as many as take a while, so that a fit can be watched and stopped.

    The result does not depend on it.
    """

    def __init__(self) -> None:
        self.steps = 1

    @contextmanager
    def of(self, steps: int) -> Iterator[None]:
        """Time so many steps, and set how many come next."""
        begin = time.perf_counter()
        yield
        taken = max(time.perf_counter() - begin, 1e-6) / steps
        self.steps = min(2 * self.steps, max(1, int(CALL_SECONDS / taken)))


def fit_drawing(
    drawing: Drawing,
    fitter: Fitter,
    schedule: FitSchedule,
    *,
    cells_per_unit: float | None = CELLS_PER_UNIT,
    smooth: SmoothNodes | None = None,
    stop: Callable[[], bool] = bool,
    tick: Callable[[int], None] = lambda _steps: None,
) -> None:
    """Fit a drawing from a photo: all outlines and colours move.

    No outline crosses itself, also when rounded to a grid of `cells_per_unit`; None lets them cross. The
    nodes of `smooth` become smooth and stay so. Other parameters are as for `fit`.
    """
    guard = None
    if cells_per_unit is not None:
        uncross_contours(drawing, cells_per_unit, threads=fitter.raster.threads)
        guard = CrossingGuard.of_all(drawing.arrays, cells_per_unit=cells_per_unit)
    variables = Variables.of_photo(drawing.arrays, smooth if smooth is not None else SmoothNodes.none())
    fit(drawing, fitter, variables, schedule, guard=guard, stop=stop, tick=tick)
