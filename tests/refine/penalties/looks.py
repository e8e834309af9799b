"""Penalties of a scene after a look at what shows, as the first step of a fit takes it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from huefold.refine.drawing import Drawing
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.smooth_nodes import SmoothNodes
from huefold.refine.fit.state import FitState
from huefold.refine.fit.variables import Variables
from huefold.refine.penalties import kernels
from huefold.refine.penalties.total import PenaltyWeights
from huefold.refine.schedule import FitSchedule
from huefold.render import SceneArrays
from huefold.render.rasterizer import FLATTENING_TOLERANCE


def look(
    scene, *, size, weights, photo=None, weight=None, regions=None, structural=None, reduction=1, threads=1
):
    """Return the state of the penalties at a size, (width, height), and the arrays; nothing has moved.

    The first `structural` paths are so, or all of them. The photo is black unless given.
    """
    arrays = SceneArrays.from_scene(scene)
    drawing = Drawing(replace(scene, paths=scene.paths[:structural]), arrays)
    fitter = Fitter(
        np.zeros((size[1], size[0], 3), np.float32) if photo is None else photo,
        weight,
        reduction=reduction,
        canvas_width=scene.width,
        threads=threads,
        penalties=weights,
        regions=regions,
        winding_penalty=0.0,
        flattening=FLATTENING_TOLERANCE,
    )
    still = FitSchedule(1, point_rate=0.0, color_rate=0.0)
    fit = FitState(drawing, fitter, Variables.of_photo(arrays, SmoothNodes.none()), still, None)
    fit.run(0, 1)
    np.testing.assert_array_equal(fit.arrays().points, arrays.points)
    return fit.penalty_state, arrays


def gradient_after(state, arrays, *, threads=1, start=0.0):
    """Return `start` and the derivatives by points, (P, 2)."""
    gradient = np.full_like(arrays.points, start)
    if state is not None:
        outlines = arrays.points, arrays.contours, arrays.paths
        kernels.add_penalties(state.kept["penalties"], outlines, gradient, threads)
    return gradient


def top_paths(scene, *, size):
    """Return which path alone shows in each pixel, -1 where none or several do, (H, W)."""
    state, _ = look(scene, size=size, weights=PenaltyWeights(occlusion=1.0))
    return state.kept["top"]
