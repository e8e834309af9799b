"""A fit under way: its memory, which the loop in C works on, and the drawing that it stands for."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from huefold.native import bind
from huefold.refine.drawing import Drawing
from huefold.refine.fit.crossing_guard import CrossingGuard
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.outlines import SMOOTH_AFTER, OutlineVariables, SmoothOutlines, StraightOutlines
from huefold.refine.fit.structs import FitStruct, SmoothNodesStruct, StraightOutlinesStruct, ValuesStruct
from huefold.refine.fit.variables import Variables
from huefold.refine.schedule import FitSchedule
from huefold.render import GradientFills, SceneArrays
from huefold.render.fills import tables
from huefold.render.fills.structs import FillsStruct, FillValuesStruct, GradientFillsStruct
from huefold.render.renderer import PATH_SUMS, SHAPE_SUMS, STOP_SUMS, PassStruct, SceneStruct

__all__ = ["FitState"]

Floats = NDArray[np.float64]

_fit = bind("hf_fit", ctypes.POINTER(FitStruct), int, int, status=True)
_finish = bind("hf_finish_fit", ctypes.POINTER(FitStruct), status=True)


class FitState:
    """The memory of a fit, made once; `run` goes on with it.

    Parameters are those of `fit`.
    """

    def __init__(
        self,
        drawing: Drawing,
        fitter: Fitter,
        variables: Variables,
        schedule: FitSchedule,
        guard: CrossingGuard | None,
    ) -> None:
        self._now = now = _mapped(drawing.arrays, _copy)
        self.penalty_state = fitter.penalties.state(drawing)
        """What the penalties look at, updated as the fit goes on; None without penalties."""
        self._fit = fit = FitStruct(
            threads=fitter.raster.threads,
            point_count=len(now.points),
            iterations=schedule.iterations,
            point_rate=schedule.point_rate * fitter.pixel,
            color_rate=schedule.color_rate,
            last_rate=schedule.last_rate,
            check_every=schedule.check_every,
            end_share=variables.end_share,
            free_background=variables.background,
        )
        mean, square = _mapped(now, _zeros), _mapped(now, _zeros)
        if isinstance(variables.outlines, StraightOutlines):  # one for both coordinates
            square = replace(square, points=np.zeros((len(now.points), 1)))
        fit.embed(values=_values(now), mean=_values(mean), square=_values(square))
        fit.point(
            color_gradient=np.empty(now.colors.shape),
            free_opacities=variables.opacities if variables.opacities.any() else None,
            penalty_state=self.penalty_state,
            guard=None if guard is None else guard.struct(),
        )
        self._describe_outlines(variables.outlines)
        self._describe_scene(fitter, variables)
        self._describe_pass(fitter, beneath=variables.beneath)

    @property
    def first_loss(self) -> float:
        """Weighted squared error before the first step of the last `run`."""
        return float(self._fit.first_loss)

    def run(self, begin: int, end: int) -> None:
        """Do iterations `begin` to `end` - 1."""
        _fit(self._fit, begin, end)

    def finish(self) -> None:
        """Move outlines back that cross themselves, after the last step."""
        _finish(self._fit)

    def arrays(self) -> SceneArrays:
        """Return a copy of the drawing as it is now."""
        return _mapped(self._now, _copy)

    def _describe_outlines(self, outlines: OutlineVariables) -> None:
        if isinstance(outlines, SmoothOutlines):
            nodes = SmoothNodesStruct(count=len(outlines.nodes.node))
            nodes.point(node=outlines.nodes.node, arriving=outlines.nodes.arriving)
            self._fit.embed(smooth=nodes)
            self._fit.smooth_after = SMOOTH_AFTER
            self._fit.point(asymmetry=outlines.asymmetry)
            return
        straight = StraightOutlinesStruct(
            line_count=len(outlines.lines),
            path_count=len(outlines.offsets) - 1,
            moment_share=outlines.moment_share,
        )
        straight.point(lines=np.ascontiguousarray(outlines.lines), offsets=outlines.offsets)
        self._fit.point(straight=straight)

    def _describe_scene(self, fitter: Fitter, variables: Variables) -> None:
        """Let the scene that is drawn be the values that move, with all that follows from them."""
        now, raster = self._now, fitter.raster
        scale = raster.width / now.width, raster.height / now.height
        scene = SceneStruct(path_count=now.path_count, scale_x=scale[0], scale_y=scale[1])
        hiding = tables.hiding(now.gradients, now.opacities)
        scene.point(
            points=now.points,
            contours=np.ascontiguousarray(now.contours, np.int64),
            paths=np.ascontiguousarray(now.paths, np.int64),
            colors=now.colors,
            opacities=now.opacities,
            hiding=hiding,
            evenodd=np.ascontiguousarray(now.evenodd, np.uint8),
            background=now.background,
        )
        if now.gradients is not None and variables.fills is not None:
            read = tables.tables(now.gradients, scale)
            fills = FillsStruct(count=now.gradients.count)
            fills.point(**read._asdict())
            scene.embed(fills=fills)
            self._fit.point(
                fills=GradientFillsStruct.of(now.gradients),
                fill_variables=variables.fills.struct(),
                maps=read.maps,
                paint=read.paint,
                hiding=hiding,
            )
            self._fit.embed(fill_gradient=_fill_values(_mapped_fills(now.gradients, _zeros)))
        self._fit.point(scene=scene)

    def _describe_pass(self, fitter: Fitter, *, beneath: bool) -> None:
        now = self._now
        fills, stops = (0, 0) if now.gradients is None else (now.gradients.count, len(now.gradients.offsets))
        task = PassStruct(backward=True, beneath=beneath)
        task.point(
            target=fitter.target,
            weight=fitter.weight,
            points=np.empty(now.points.shape),
            path_sums=np.empty((now.path_count, PATH_SUMS)),
            shape_sums=np.empty((fills, SHAPE_SUMS)),
            stop_sums=np.empty((stops, STOP_SUMS)),
        )
        self._renderer = fitter.raster.renderer  # as long as the fit goes on
        self._fit.renderer = self._renderer.pointer
        self._fit.point(**{"pass": task})


def _values(arrays: SceneArrays) -> ValuesStruct:
    values = ValuesStruct()
    values.point(
        points=arrays.points, colors=arrays.colors, opacities=arrays.opacities, background=arrays.background
    )
    if arrays.gradients is not None:
        values.embed(fills=_fill_values(arrays.gradients))
    return values


def _fill_values(fills: GradientFills) -> FillValuesStruct:
    return FillValuesStruct(fills.shapes, fills.offsets, fills.colors, fills.opacities)


def _mapped(arrays: SceneArrays, made: Callable[[Floats], Floats]) -> SceneArrays:
    """Return a drawing with other arrays for all that may move."""
    return replace(
        arrays,
        points=made(arrays.points),
        colors=made(arrays.colors),
        opacities=made(arrays.opacities),
        background=made(arrays.background),
        gradients=None if arrays.gradients is None else _mapped_fills(arrays.gradients, made),
    )


def _mapped_fills(fills: GradientFills, made: Callable[[Floats], Floats]) -> GradientFills:
    return replace(
        fills,
        shapes=made(fills.shapes),
        offsets=made(fills.offsets),
        colors=made(fills.colors),
        opacities=made(fills.opacities),
    )


def _copy(values: Floats) -> Floats:
    return np.array(values, np.float64, order="C")


def _zeros(values: Floats) -> Floats:
    return np.zeros(values.shape)
