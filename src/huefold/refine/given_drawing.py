"""Stage III on a given drawing: every path stays, and moves to where the photo wants it.

Outlines are drawn by their fill rules, whatever way they wind. Straight segments stay straight, opaque paths
opaque, a focus in the centre stays there: the decisions of the drawing's author hold, and files stay small.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from huefold.progress import Reporter
from huefold.refine.drawing import Drawing
from huefold.refine.fit.crossing_guard import CrossingGuard
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.loop import fit
from huefold.refine.fit.variables import Variables
from huefold.refine.monitor import Monitor
from huefold.refine.schedule import FINAL_LAST_RATE, GIVEN_CHECK_EVERY, FitSchedule, split_iterations
from huefold.refine.settings import RefineSettings
from huefold.render import SceneArrays
from huefold.render.rasterizer import FLATTENING_TOLERANCE
from huefold.scene import Color, Scene

__all__ = ["drawing_loss", "refine_given"]

LONGEST_WATCHED = 100
"""Most segments of a contour that is kept from crossing itself."""

WHITE = (1.0, 1.0, 1.0)


def refine_given(
    rgb: NDArray[np.float32],
    scene: Scene,
    *,
    weight: NDArray[np.float32] | None = None,
    background: Color = WHITE,
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
        Steps of Adam in all; by default the polish and final iterations of `settings`.
    settings : RefineSettings, optional
        Rates, and how many of the steps are done on a reduced photo; the balanced ones by default.
    threads, deadline, report
        As for `refine`.

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
    drawing = _opaque_drawing(scene, background)
    reduction = settings.reduction(rgb.shape[0] * rgb.shape[1], len(scene.paths))
    draft_steps, final_steps = split_iterations(settings, steps, reduction)
    monitor = Monitor(draft_steps + final_steps, report, deadline)
    final = _fitter(rgb, weight, 1, scene, threads)
    before = final.loss(drawing)
    variables = Variables.of_given(drawing.arrays, background=scene.background is not None)
    if draft_steps:
        draft = _fitter(rgb, weight, reduction, scene, threads)
        _fit(drawing, draft, variables, settings, draft_steps, monitor, "reduced size")
    _fit(drawing, final, variables, settings, final_steps, monitor, "full size")
    if final.loss(drawing) >= before:
        return scene
    fitted = drawing.to_scene()
    return replace(fitted, background=None) if scene.background is None else fitted


def drawing_loss(
    rgb: NDArray[np.float32],
    scene: Scene,
    *,
    weight: NDArray[np.float32] | None = None,
    background: Color = WHITE,
    threads: int | None = None,
) -> float:
    """Return what `refine_given` lowers: the weighted mean squared error of a drawing.

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
    return _fitter(rgb, weight, 1, scene, threads).loss(_opaque_drawing(scene, background))


def _opaque_drawing(scene: Scene, background: Color) -> Drawing:
    """Return the drawing over a background if it has none."""
    opaque = replace(scene, background=background if scene.background is None else scene.background)
    return Drawing(opaque, SceneArrays.from_scene(opaque))


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
        winding_penalty=0.0,
        flattening=FLATTENING_TOLERANCE,
    )


def _fit(
    drawing: Drawing,
    fitter: Fitter,
    variables: Variables,
    settings: RefineSettings,
    steps: int,
    monitor: Monitor,
    message: str,
) -> None:
    """Fit the drawing at one size, and leave it where it was best; simple contours stay simple."""
    monitor.begin(message, drawing)
    guard = CrossingGuard.of_simple(drawing.arrays, longest=LONGEST_WATCHED)
    rates = settings.point_rate, settings.color_rate
    schedule = FitSchedule(steps, *rates, FINAL_LAST_RATE, GIVEN_CHECK_EVERY, keep_best=True)
    fit(drawing, fitter, variables, schedule, guard=guard, stop=monitor.expired, tick=monitor.tick)
