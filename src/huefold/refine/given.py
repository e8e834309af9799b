"""Stage III on a drawing that exists: every path stays, and what it is made of moves to where the photo wants it.

Outlines are drawn by their fill rules, whatever way they wind. Straight segments stay straight, opaque paths
opaque, circles of gradients with their focus in the centre stay so: what the drawing's author decided holds,
and it stays as compact as it was.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.crossings import crossing_contours
from huefold.progress import Reporter
from huefold.refine.drawing import Drawing
from huefold.refine.fit.fitter import GRID, Fitter, step_back
from huefold.refine.fit.variables import Movement
from huefold.refine.monitor import Watch
from huefold.refine.settings import RefineSettings
from huefold.render import SceneArrays
from huefold.render.rasterizer import FLATTENING_TOLERANCE
from huefold.scene import Color, Scene

__all__ = ["drawing_loss", "refine_given"]

CHECK_EVERY = 10
LAST_RATE = 0.02
LONGEST_WATCHED = 100
"""Segments of a contour that is kept from crossing itself."""


def refine_given(
    rgb: NDArray[np.float32],
    scene: Scene,
    *,
    weight: NDArray[np.float32] | None = None,
    background: Color = (1.0, 1.0, 1.0),
    steps: int | None = None,
    settings: RefineSettings | None = None,
    threads: int | None = None,
    deadline: float | None = None,
    report: Reporter | None = None,
) -> Scene:
    """Fit all paths of a drawing to a photo, without adding or removing any.

    Parameters
    ----------
    rgb : (H, W, 3) float32 ndarray
        The photo, sRGB in [0, 1]; the canvas is stretched over it.
    scene : Scene
        The drawing: any contours, fill rules, opacities and gradients.
    weight : (H, W) float32 ndarray, optional
        How much each pixel's squared error counts (see `loss_weight`).
    background : tuple of 3 float, optional
        What a transparent canvas is laid over while it is fitted; it stays transparent.
    steps : int, optional
        Steps of Adam in all; by default those that `settings` have for settling and at full size.
    settings : RefineSettings, optional
        Rates, and how much of the steps is done on a reduced photo; the balanced ones by default.
    threads : int, optional
        Worker threads; the result is the same to the bit for any number.
    deadline : float, optional
        `time.monotonic` value at which to stop and return the best so far.
    report : Reporter, optional
        Receives progress and previews; when it is cancelled, the best so far is returned.

    Returns
    -------
    scene : Scene
        The same paths in the same order, with their ids, names and roles; never further from the photo than
        `scene` (see `drawing_loss`).

    Examples
    --------
    >>> from huefold.scene import Path, Solid, contour_from_polygon
    >>> photo = np.zeros((24, 24, 3), np.float32)
    >>> photo[6:18, 6:18, 0] = 1.0
    >>> square = contour_from_polygon([(8, 7), (17, 7), (17, 16), (8, 16)])
    >>> drawn = refine_given(photo, Scene(24, 24, (0, 0, 0), (Path((square,), Solid((0.5, 0, 0)), id="a"),)))
    >>> drawn.paths[0].id, drawn.paths[0].contours[0][::3].round()[0]
    ('a', array([6., 6.]))
    """
    settings = settings if settings is not None else RefineSettings.balanced()
    opaque = replace(scene, background=background if scene.background is None else scene.background)
    drawing = Drawing(opaque, SceneArrays.from_scene(opaque))
    reduction = settings.reduction(rgb.shape[0] * rgb.shape[1], len(scene.paths))
    draft_steps, final_steps = _split(steps, settings, reduction)
    watch = Watch(draft_steps + final_steps, report, deadline)
    final = _fitter(rgb, weight, 1, scene, threads)
    best = drawing.arrays, final.loss(drawing)
    movement = Movement.of(drawing.arrays, background=scene.background is not None)
    if draft_steps:
        draft = _fitter(rgb, weight, reduction, scene, threads)
        _Fit(draft, settings, movement, watch).run(drawing, draft_steps, "reduced size")
    _Fit(final, settings, movement, watch).run(drawing, final_steps, "full size")
    if final.loss(drawing) >= best[1]:
        return scene
    fitted = drawing.to_scene()
    return replace(fitted, background=None) if scene.background is None else fitted


def drawing_loss(
    rgb: NDArray[np.float32],
    scene: Scene,
    *,
    weight: NDArray[np.float32] | None = None,
    background: Color = (1.0, 1.0, 1.0),
    threads: int | None = None,
) -> float:
    """Return what `refine_given` makes smaller: the weighted mean squared error of a drawing.

    Parameters
    ----------
    rgb, scene, weight, background, threads
        As for `refine_given`.

    Returns
    -------
    loss : float

    Examples
    --------
    >>> drawing_loss(np.ones((4, 4, 3), np.float32), Scene(4, 4, None))
    0.0
    """
    opaque = replace(scene, background=background if scene.background is None else scene.background)
    drawing = Drawing(opaque, SceneArrays.from_scene(opaque))
    return _fitter(rgb, weight, 1, scene, threads).loss(drawing)


def _fitter(
    rgb: NDArray[np.float32],
    weight: NDArray[np.float32] | None,
    reduction: int,
    scene: Scene,
    threads: int | None,
) -> Fitter:
    return Fitter(
        rgb,
        weight,
        reduction=reduction,
        canvas_width=scene.width,
        threads=threads,
        guarded=False,
        flattening=FLATTENING_TOLERANCE,
    )


def _split(steps: int | None, settings: RefineSettings, reduction: int) -> tuple[int, int]:
    """Return the steps on the reduced photo and on the whole one."""
    draft, final = settings.settle_iterations, settings.final_iterations
    total = draft + final if steps is None else steps
    if reduction == 1 or draft + final == 0:
        return 0, total
    first = round(total * draft / (draft + final))
    return first, total - first


@dataclass(frozen=True, slots=True)
class _Fit:
    """Adam at one size."""

    fitter: Fitter
    settings: RefineSettings
    movement: Movement
    watch: Watch

    def run(self, drawing: Drawing, steps: int, message: str) -> None:
        """Move the drawing downhill and leave it where it was best."""
        self.watch.begin(message, drawing)
        guard = _SimpleOutlines(drawing.arrays, self.fitter.raster.threads)
        adam = self.movement.start(drawing.arrays)
        best, least = drawing.arrays, math.inf
        for step in range(1, steps + 1):
            if self.watch.expired():
                break
            gradients = self.fitter.raster.value_and_grad(
                drawing.arrays, self.fitter.target, self.fitter.weight, beneath=self.movement.translucent
            )
            if gradients.loss < least and step % CHECK_EVERY == 1:
                best, least = drawing.arrays, gradients.loss
            fade = LAST_RATE + (1.0 - LAST_RATE) * 0.5 * (1.0 + math.cos(math.pi * (step - 1) / steps))
            drawing.arrays = adam.step(
                drawing.arrays,
                gradients,
                self.settings.point_rate * self.fitter.pixel * fade,
                self.settings.color_rate * fade,
            )
            if step % CHECK_EVERY == 0:
                drawing.arrays = guard.check(drawing.arrays, adam.forget)
            self.watch.tick()
        drawing.arrays = guard.check(drawing.arrays, adam.forget)
        if self.fitter.loss(drawing) > least:
            drawing.arrays = best


class _SimpleOutlines:
    """Keeps contours that do not cross themselves from beginning to; those that do are left alone.

    So are very long ones: looking for crossings takes time that grows with the square of their segments.
    """

    def __init__(self, arrays: SceneArrays, threads: int) -> None:
        self._threads = threads
        sizes = np.diff(arrays.contours)
        kept = sizes <= 3 * LONGEST_WATCHED
        self._select(arrays, kept, sizes)
        kept[kept] = ~crossing_contours(self._good, self._contours)
        self._select(arrays, kept, sizes)

    def _select(self, arrays: SceneArrays, kept: NDArray[np.bool_], sizes: NDArray[np.int64]) -> None:
        self._watched = np.repeat(kept, sizes)
        self._contours = np.concatenate([[0], np.cumsum(sizes[kept])]).astype(np.int64)
        self._good = arrays.points[self._watched]

    def check(self, arrays: SceneArrays, forget: Callable[[NDArray[np.bool_]], None]) -> SceneArrays:
        """Return outlines that go back, by as little as it takes, where they began to cross themselves."""
        if len(self._contours) < 2:
            return arrays
        before = arrays.points[self._watched]
        after = before.copy()
        moved = step_back(after, self._good, self._contours, GRID, self._threads)
        self._good = after
        if not moved.any():
            return arrays
        back = np.zeros(len(arrays.points), np.bool_)
        back[self._watched] = (after != before).any(axis=1)
        forget(back)
        points = arrays.points.copy()
        points[self._watched] = after
        return replace(arrays, points=points)
