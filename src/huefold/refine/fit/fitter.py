"""Adam on a drawing: points and colours follow the exact gradient of the weighted squared error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from skimage.measure import block_reduce

from huefold.bezier.crossings import crossing_contours
from huefold.bezier.kernels import CHORDS
from huefold.parallel import in_parallel, shares
from huefold.refine.drawing import Drawing
from huefold.refine.fit import kernels
from huefold.refine.fit.adam import MEAN_DECAY, SQUARE_DECAY, Moments
from huefold.refine.fit.fill_variables import FillMovement
from huefold.refine.fit.smooth_nodes import Joints
from huefold.refine.penalties.containment import RegionCosts, RegionTree
from huefold.refine.penalties.outlines import OutlineCosts, top_paths
from huefold.render import Gradients, Rasterizer

__all__ = ["Fitter", "crossing_paths", "step_back", "untangle"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SHAPE_SHARE = 0.5
"""Of the rate of points, for ends and circles of gradients: they start where they belong."""
CHECK_EVERY = 25
LOOK_EVERY = 25
"""Iterations between two looks at what is hidden and what shows."""
SMOOTH_AFTER = 0.5
"""Of the iterations: until then knots that shall be smooth become so little by little."""
OUTLINE_STEPS = CHORDS
TRIES = 24
GRID = 100.0
"""Outlines must not cross themselves either when coordinates are rounded to this part of a unit of the canvas."""
FLATTENING = 0.2
TANGLE = 1.0


def crossing_paths(drawing: Drawing) -> NDArray[np.bool_]:
    """Which paths have a contour that crosses itself. Shape (N,)."""
    arrays = drawing.arrays
    crossing = crossing_contours(arrays.points, arrays.contours)
    tally = np.concatenate([[0], np.cumsum(crossing)])
    return np.diff(tally[arrays.paths]) > 0


def untangle(drawing: Drawing, grid: float = GRID) -> None:
    """Mend outlines that cross themselves (see the kernel), changing as little as it takes."""
    arrays = drawing.arrays
    points = arrays.points.copy()
    kernels.untangle(points, arrays.contours, OUTLINE_STEPS, grid, 30, 30)
    drawing.arrays = replace(arrays, points=points)


def step_back(
    points: Floats, good: Floats, contours: Integers, grid: float, threads: int
) -> NDArray[np.bool_]:
    """Mend contours that cross themselves by moving them towards ones that do not, as little as it takes.

    Parameters
    ----------
    points : (P, 2) float64 ndarray
        Of all contours; changed in place.
    good : (P, 2) float64 ndarray
        The same contours before they crossed themselves.
    contours : (C + 1,) int64 ndarray
        Offsets of the contours in the points.
    grid : float
        They shall not cross themselves when rounded to so many parts of a unit of the canvas either.
    threads : int
        Worker threads.

    Returns
    -------
    moved : (C,) bool ndarray
        Which contours went back.

    Examples
    --------
    >>> line = [(0, 0), (1, 0), (2, 0), (3, 0), (3, 1), (3, 2), (3, 3), (2, 3), (1, 3), (0, 3), (0, 2), (0, 1)]
    >>> good = np.array(line, np.float64)
    >>> points = good.copy()
    >>> points[:2] += (9.0, 0.0)
    >>> step_back(points, good, np.array([0, 12]), 100.0, 1), bool((points != good).any())
    (array([ True]), True)
    """
    moved = np.empty(len(contours) - 1, np.bool_)

    def mend(part: slice) -> None:
        kernels.retreat(points, good, contours, part.start, part.stop, OUTLINE_STEPS, grid, TRIES, moved)

    in_parallel(mend, shares(len(moved), threads), threads)
    return moved


class Fitter:
    """Fits drawings to one photo at one size.

    Parameters
    ----------
    rgb : (H, W, 3) float32 ndarray
        The photo at working size, sRGB in [0, 1].
    weight : (H, W) float32 ndarray or None
        How much each pixel's error counts.
    reduction : int
        Whole factor by which the photo is reduced first.
    canvas_width : float
        Width of the drawings' canvas, in scene units.
    threads : int or None
        For the rasteriser, and for what else is done with one picture.
    guarded : bool, optional
        Keep outlines from crossing themselves.
    hidden_cost : float, optional
        What a pixel of a path costs that lies under later ones, beyond a margin, as a squared error.
    length_cost : float, optional
        What an outline that shows costs for each pixel of the photo that it is long, as a squared error of one.
    regions : RegionTree, optional
        Of the photo at full working size, for paths to keep to.
    region_costs : tuple of 2 float, optional
        What a pixel of a structural path, and of a detail, costs outside of its region, as a squared error.
    grid : float, optional
        Into how many parts of a unit of the canvas coordinates may be rounded without crossings.
    flattening : float, optional
        How far a drawn line may lie from its curve, in pixels of this size.
    """

    def __init__(
        self,
        rgb: NDArray[np.float32],
        weight: NDArray[np.float32] | None,
        *,
        reduction: int,
        canvas_width: float,
        threads: int | None,
        guarded: bool = True,
        hidden_cost: float = 0.0,
        length_cost: float = 0.0,
        regions: RegionTree | None = None,
        region_costs: tuple[float, float] = (0.0, 0.0),
        grid: float = GRID,
        flattening: float = FLATTENING,
    ) -> None:
        photo = _reduced(rgb, reduction)
        self.target = np.ascontiguousarray(photo.transpose(2, 0, 1), np.float32)
        self.weight = None if weight is None else _reduced(weight, reduction).astype(np.float32)
        height, width = photo.shape[:2]
        tangle = TANGLE if guarded else 0.0
        self.raster = Rasterizer(width, height, threads=threads, tolerance=flattening, tangle=tangle)
        self.guarded = guarded
        self.grid = grid
        self._outlines = self._regions = None
        if max(hidden_cost, length_cost) > 0.0:
            self._outlines = OutlineCosts(
                self.raster, self.weight, hidden=hidden_cost, length=length_cost, reduction=reduction
            )
        if regions is not None and max(region_costs) > 0.0:
            self._regions = RegionCosts(
                self.raster,
                self.target,
                self.weight,
                regions.at((height, width), reduction),
                structural=region_costs[0],
                detail=region_costs[1],
            )
        self.pixel = canvas_width / width
        """Size of a pixel in scene units."""

    @cached_property
    def weights(self) -> NDArray[np.float32]:
        """How much each pixel's error counts, (H, W): `weight`, or 1 everywhere."""
        return np.ones(self.target.shape[1:], np.float32) if self.weight is None else self.weight

    def draw(self, drawing: Drawing) -> NDArray[np.float32]:
        """The drawing as (3, H, W) planes at this size."""
        return self.raster.draw(drawing.arrays).astype(np.float32, copy=False)

    def loss(self, drawing: Drawing) -> float:
        """Weighted squared error at this size."""
        return self.raster.loss(drawing.arrays, self.target, self.weight)

    def importance(self, drawing: Drawing) -> Floats:
        """Rise of the loss if a path were left out. Shape (N,)."""
        gradients = self._gradients(drawing, beneath=True)
        assert gradients.importance is not None
        return gradients.importance

    def shown(self, drawing: Drawing) -> Floats:
        """How much of each path shows, as far as it is opaque, in units of the canvas. Shape (N,)."""
        ones = np.zeros_like(self.target)
        ones[0] = 1.0  # a picture's derivative by a colour, summed up
        slopes = self.raster.vjp(drawing.arrays, ones)
        area: Floats = slopes.path_colors(drawing.arrays.gradients)[:, 0] * self.pixel**2
        return area

    def fit(
        self,
        drawing: Drawing,
        iterations: int,
        *,
        point_rate: float,
        color_rate: float,
        last_rate: float = 0.1,
        joints: Joints | None = None,
        stop: Callable[[], bool] = bool,
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        """Move points and colours downhill; outlines that come to cross themselves go back to where they did not.

        Parameters
        ----------
        drawing : Drawing
            Changed in place.
        iterations : int
            Steps of Adam.
        point_rate : float
            Step size of points, in pixels of this size.
        color_rate : float
            Step size of colours.
        last_rate : float, optional
            The rates fall along a cosine to this share.
        joints : Joints, optional
            Knots of the drawing that are made smooth and stay so.
        stop : callable, optional
            Asked before every step; ends the fit early.
        tick : callable, optional
            Called after every step.
        """
        guard = _Guard(drawing, self.grid, self.raster.threads) if self.guarded else None
        state = _Adam(drawing, joints if joints is not None else Joints.none())
        for step in range(1, iterations + 1):
            if stop():
                break
            gradients = self._gradients(drawing, beneath=False)
            if (step - 1) % LOOK_EVERY == 0:
                self._look(drawing)
            for costs in (self._outlines, self._regions):
                if costs is not None:
                    costs.add_slopes(drawing.arrays, gradients.points)
            fade = last_rate + (1.0 - last_rate) * 0.5 * (1.0 + np.cos(np.pi * (step - 1) / iterations))
            lopsided = max(0.0, 1.0 - step / (SMOOTH_AFTER * iterations))
            state.step(drawing, gradients, point_rate * self.pixel * fade, color_rate * fade, lopsided)
            if guard is not None and step % CHECK_EVERY == 0:
                guard.check(drawing, state)
            tick()
        if guard is not None:
            guard.check(drawing, state)

    def _look(self, drawing: Drawing) -> None:
        """See what shows where, and which regions paths belong to, if any of it costs."""
        if self._outlines is None and self._regions is None:
            return
        top = top_paths(self.raster, drawing.arrays)
        if self._outlines is not None:
            self._outlines.look(top)
        if self._regions is not None:
            self._regions.look(top, drawing.count, drawing.structural)

    def _gradients(self, drawing: Drawing, *, beneath: bool) -> Gradients:
        return self.raster.value_and_grad(drawing.arrays, self.target, self.weight, beneath=beneath)


class _Adam:
    """Moments of Adam for all points, colours and gradients of a drawing."""

    def __init__(self, drawing: Drawing, joints: Joints) -> None:
        arrays = drawing.arrays
        drawing.arrays = replace(
            arrays,
            points=arrays.points.copy(),
            colors=arrays.colors.copy(),
            background=arrays.background.copy(),
        )
        self._joints = joints
        self._lopsided = joints.lopsided(arrays.points)
        self._point_mean = np.zeros_like(arrays.points)
        self._point_square = np.zeros_like(arrays.points)
        self._point_ones = np.ones(len(arrays.points))
        self._colors = np.zeros((2, *arrays.colors.shape))
        self._background = np.zeros((2, 1, 3))
        self._ones = np.ones(len(arrays.colors) + 1)
        self._step = 0
        self._fills = None if arrays.gradients is None else FillMovement.of(arrays.gradients)
        self._fill_moments = Moments()

    def step(
        self, drawing: Drawing, gradients: Gradients, point_rate: float, color_rate: float, lopsided: float
    ) -> None:
        """Move the drawing one step (its arrays are this object's own copies).

        Joints keep the share `lopsided` of what they lacked to be smooth.
        """
        self._step += 1
        arrays, step = drawing.arrays, float(self._step)
        self._move_points(arrays.points, gradients.points, point_rate, step, lopsided)
        for values, gradient, moments in (
            (arrays.colors, gradients.colors, self._colors),
            (arrays.background[None], gradients.background[None], self._background),
        ):
            rates = self._ones[: len(values)] * color_rate
            kernels.adam(values, gradient, moments[0], moments[1], rates, MEAN_DECAY, SQUARE_DECAY, step)
        np.clip(arrays.colors, 0.0, 1.0, out=arrays.colors)
        np.clip(arrays.background, 0.0, 1.0, out=arrays.background)
        if self._fills is not None and arrays.gradients is not None and gradients.fills is not None:
            self._fill_moments.advance()
            fills = self._fills.moved(
                self._fill_moments,
                arrays.gradients,
                gradients.fills,
                SHAPE_SHARE * point_rate,
                color_rate,
            )
            drawing.arrays = replace(arrays, gradients=fills)

    def _move_points(
        self, points: Floats, gradient: Floats, rate: float, step: float, lopsided: float
    ) -> None:
        joints, rates = self._joints, self._point_ones * rate
        kernels.adam(
            joints.to_handles(points), joints.to_handle_gradient(gradient), self._point_mean, self._point_square,
            rates, MEAN_DECAY, SQUARE_DECAY, step,
        )  # fmt: skip
        joints.to_points(points, self._lopsided * lopsided)

    def forget(self, points: NDArray[np.bool_]) -> None:
        """Take away the momentum of some points."""
        self._point_mean[points] = 0.0


class _Guard:
    """Keeps the last outline of each path that did not cross itself."""

    def __init__(self, drawing: Drawing, grid: float, threads: int) -> None:
        untangle(drawing, grid)
        self._grid, self._threads = grid, threads
        self._good = drawing.arrays.points.copy()

    def check(self, drawing: Drawing, state: _Adam) -> None:
        """Mend outlines that began to cross themselves, by as small a step back as does it."""
        arrays = drawing.arrays
        before = arrays.points.copy()
        moved = step_back(arrays.points, self._good, arrays.contours, self._grid, self._threads)
        if moved.any():
            state.forget((arrays.points != before).any(axis=1))
        self._good[:] = arrays.points


def _reduced(image: NDArray[np.float32], reduction: int) -> NDArray[np.float32]:
    """Mean over blocks of pixels; a remainder at the right and bottom edge is averaged with its last pixels."""
    if reduction == 1:
        return image
    height, width = image.shape[:2]
    pad = ((0, -height % reduction), (0, -width % reduction), (0, 0))[: image.ndim]
    padded = np.pad(image, pad, mode="edge")
    factors = (reduction, reduction, 1)[: image.ndim]
    reduced: NDArray[np.float32] = block_reduce(padded, factors, np.mean)  # type: ignore[no-untyped-call]
    return reduced.astype(np.float32)
