"""The fit loop: Adam on the exact gradient of the weighted squared error and its penalties."""

from __future__ import annotations

import math
from collections.abc import Callable

from huefold.refine.drawing import Drawing
from huefold.refine.fit.adam import AdamMoments
from huefold.refine.fit.crossing_guard import CELLS_PER_UNIT, CrossingGuard, uncross_contours
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.smooth_nodes import SmoothNodes
from huefold.refine.fit.variables import Variables
from huefold.refine.schedule import FitSchedule, cosine_decay

__all__ = ["fit", "fit_drawing"]


def fit(
    drawing: Drawing,
    fitter: Fitter,
    variables: Variables,
    schedule: FitSchedule,
    *,
    guard: CrossingGuard | None = None,
    stop: Callable[[], bool] = bool,
    tick: Callable[[], None] = lambda: None,
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
        Asked before every step; ends the fit early.
    tick : callable, optional
        Called after every step.
    """
    moments, iterations = AdamMoments(), schedule.iterations
    best, least = drawing.arrays, math.inf
    for done in range(iterations):
        if stop():
            break
        gradients = fitter.gradients(drawing, beneath=variables.beneath)
        if done % schedule.check_every == 0 and schedule.keep_best and gradients.loss < least:
            best, least = drawing.arrays, gradients.loss
        fitter.penalties.add_gradient(drawing, gradients.points, done)
        share = cosine_decay(done, iterations, schedule.last_rate)
        rates = schedule.point_rate * fitter.pixel * share, schedule.color_rate * share
        drawing.arrays = variables.moved(moments, drawing.arrays, gradients, rates, (done + 1) / iterations)
        if guard is not None and (done + 1) % schedule.check_every == 0:
            drawing.arrays = guard.check(drawing.arrays, moments)
        tick()
    if guard is not None:
        drawing.arrays = guard.check(drawing.arrays, moments)
    if schedule.keep_best and fitter.loss(drawing) > least:
        drawing.arrays = best


def fit_drawing(
    drawing: Drawing,
    fitter: Fitter,
    schedule: FitSchedule,
    *,
    cells_per_unit: float | None = CELLS_PER_UNIT,
    smooth: SmoothNodes | None = None,
    stop: Callable[[], bool] = bool,
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Fit a drawing from a photo: all outlines and colours move.

    No outline crosses itself, also when rounded to a grid of `cells_per_unit`; None lets them cross. The
    nodes of `smooth` become smooth and stay so. Other parameters are as for `fit`.
    """
    guard = None
    if cells_per_unit is not None:
        uncross_contours(drawing, cells_per_unit)
        threads = fitter.raster.threads
        guard = CrossingGuard.of_all(drawing.arrays, cells_per_unit=cells_per_unit, threads=threads)
    variables = Variables.of_photo(drawing.arrays, smooth if smooth is not None else SmoothNodes.none())
    fit(drawing, fitter, variables, schedule, guard=guard, stop=stop, tick=tick)
