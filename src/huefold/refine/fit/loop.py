"""The fit loop: Adam on the exact gradient of the weighted squared error and its penalties."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from huefold.refine.drawing import Drawing
from huefold.refine.fit.adam import AdamMoments
from huefold.refine.fit.crossing_guard import CrossingGuard, uncross_contours
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.smooth_nodes import SmoothNodes
from huefold.refine.fit.variables import Variables
from huefold.refine.schedule import cosine_decay

__all__ = ["FitSchedule", "fit", "fit_drawing"]

CHECK_EVERY = 25
"""Iterations between two checks for crossings, in drawings from photos."""


@dataclass(frozen=True, slots=True)
class FitSchedule:
    """How long a fit goes on, and how fast."""

    iterations: int  # steps of Adam
    point_rate: float  # learning rate of points at the start, in pixels of the fitter's size
    color_rate: float  # that of colours, in sRGB units
    last_rate: float  # share of the rates at the end; they fall along a cosine
    check_every: int  # iterations between two checks for crossings
    keep_best: bool = False  # end with the best drawing seen at a check, if the last one is worse


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
    iterations: int,
    *,
    point_rate: float,
    color_rate: float,
    last_rate: float = 0.1,
    smooth: SmoothNodes | None = None,
    stop: Callable[[], bool] = bool,
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Fit a drawing from a photo: all outlines and colours move, and no outline crosses itself if guarded.

    Parameters are as for `fit` and `FitSchedule`; the nodes of `smooth` become smooth and stay so.
    """
    guard = None
    if fitter.guarded:
        uncross_contours(drawing, fitter.grid)
        guard = CrossingGuard.of_all(drawing.arrays, grid=fitter.grid, threads=fitter.raster.threads)
    variables = Variables.of_photo(drawing.arrays, smooth if smooth is not None else SmoothNodes.none())
    schedule = FitSchedule(iterations, point_rate, color_rate, last_rate, CHECK_EVERY)
    fit(drawing, fitter, variables, schedule, guard=guard, stop=stop, tick=tick)
