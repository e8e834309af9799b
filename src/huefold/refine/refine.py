"""Stage III for drawings from photos: a structural scene in, a scene of exactly so many paths out.

1. The photo at two sizes (`fit.fitter`), with the penalties of drawings (`penalties`).
2. A recipe (`progressive` or `paper`): fits (`fit.loop`), gradients (`fills`), and edits between fits (`edits`).
3. Details that fill the budget (`edits.details`), and coordinates on a grid (`edits.quantization`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from huefold.errors import BudgetError, OptionError, SaliencyError, SegmentationError
from huefold.images.checks import check_picture
from huefold.metrics.error_weights import loss_weight
from huefold.progress import Reporter
from huefold.refine.context import RefinementContext
from huefold.refine.drawing import Drawing
from huefold.refine.edits.details import fill_budget
from huefold.refine.edits.quantization import grid_decimals, quantize
from huefold.refine.fills.gradients import FillKind
from huefold.refine.fit.crossing_guard import CELLS_PER_UNIT
from huefold.refine.fit.fitter import WINDING_PENALTY, Fitter
from huefold.refine.monitor import Monitor
from huefold.refine.paper_recipe import paper
from huefold.refine.penalties.region_tree import RegionTree
from huefold.refine.penalties.total import PenaltyWeights
from huefold.refine.progressive_recipe import progressive
from huefold.refine.schedule import total_iterations
from huefold.refine.settings import RefineSettings
from huefold.scene import Path, Scene

__all__ = ["loss_weight", "refine"]

Planes = NDArray[np.float32]


def refine(
    rgb: NDArray[np.float32],
    scene: Scene,
    saliency: NDArray[np.float32],
    *,
    paths: int,
    weight: NDArray[np.float32] | None = None,
    details: Sequence[Path] = (),
    inherited_segments: int = 0,
    regions: RegionTree | None = None,
    settings: RefineSettings | None = None,
    fills: FillKind = "solid",
    seed: int = 0,
    threads: int | None = None,
    deadline: float | None = None,
    report: Reporter | None = None,
) -> Scene:
    """Add detail paths to a structural scene and fit all paths to the photo.

    Parameters
    ----------
    rgb : (H, W, 3) float32 ndarray
        The photo at working size, sRGB in [0, 1].
    scene : Scene
        Structural paths in painter's order; the canvas has the size of the original photo.
    saliency : (H, W) float32 ndarray
        In [0, 1]; where the paper's recipe seeds its details.
    paths : int
        The budget. It is met unless the picture is too plain to need it, and never exceeded.
    weight : (H, W) float32 ndarray, optional
        How much each pixel's squared error counts, in fitting and in seeding (see `loss_weight`).
    details : sequence of Path, optional
        Details of one contour each that an earlier drawing had.
    inherited_segments : int, optional
        Segments of all paths that come from an earlier drawing: none of their nodes are removed as excess.
    regions : RegionTree, optional
        Regions of the photo at working size that paths keep to, if `settings` penalise leaving them.
    settings : RefineSettings, optional
        Schedule and rates; the balanced ones by default.
    fills : {"solid", "linear", "auto"}, optional
        One colour a path; a linear gradient wherever that lowers the error; or linear and radial gradients where
        they save as much as their bytes would in further paths.
    seed : int, optional
        For random draws (the paper's recipe).
    threads : int, optional
        Worker threads; the result is the same to the bit for any number.
    deadline : float, optional
        `time.monotonic` value at which to stop and return the best so far.
    report : Reporter, optional
        Receives progress and previews; when it is cancelled, the best so far is returned.

    Returns
    -------
    scene : Scene
        The structural paths, then the details, bottom to top.

    Raises
    ------
    BudgetError
        If `paths` is no whole number, or less than the number of paths that there are from the start.
    ImageError
        If the photo is not one of values in [0, 1].
    SaliencyError
        If saliency or weights do not fit the photo, or have values that they cannot have.
    SegmentationError
        If the regions do not fit the photo.
    OptionError
        If `fills` is none of the three.

    References
    ----------
    .. [1] M. Lu et al., "Semantic-guided Recoloring for Compact Image Vectorization", section 4.4.

    Examples
    --------
    >>> photo = np.zeros((24, 24, 3), np.float32)
    >>> photo[6:18, 6:18, 0] = 1.0
    >>> blank = Scene(24, 24, (0.0, 0.0, 0.0))
    >>> drawn = refine(photo, blank, np.ones((24, 24), np.float32), paths=1, settings=RefineSettings.fast())
    >>> [path.role for path in drawn.paths]
    ['detail']
    """
    _check(rgb, saliency, weight, regions, fills)
    _check_budget(paths, len(scene.paths), len(details))
    settings = settings if settings is not None else RefineSettings.balanced()
    step = settings.grid_step * scene.width / rgb.shape[1]
    decimals = grid_decimals(step) if step > 0.0 else None
    draft, final = _fitters(rgb, weight, regions, settings, paths, scene.width, threads)
    monitor = Monitor(total_iterations(settings), report, deadline)
    cells = (CELLS_PER_UNIT if decimals is None else float(10**decimals)) if settings.guarded else None
    context = RefinementContext(
        draft, final, saliency, paths, settings, seed, monitor, fills, inherited_segments, cells
    )
    drawing = Drawing.from_scene(scene, details)
    recipe = paper if settings.recipe == "paper" else progressive
    recipe(context, drawing)
    fill_budget(context, drawing, paths)
    if decimals is not None:
        quantize(context, drawing, decimals)
    return drawing.to_scene()


def _fitters(
    rgb: Planes,
    weight: Planes | None,
    regions: RegionTree | None,
    settings: RefineSettings,
    paths: int,
    canvas_width: int,
    threads: int | None,
) -> tuple[Fitter, Fitter]:
    """Return the photo reduced and at working size, with the penalties of a drawing of so many paths."""
    penalties = PenaltyWeights(
        occlusion=settings.occlusion_weight,
        length=settings.length_weight_for(paths),
        containment=settings.containment_weight,
        detail_containment=settings.detail_containment_weight,
    )

    def fitter(reduction: int) -> Fitter:
        return Fitter(
            rgb,
            weight,
            reduction=reduction,
            canvas_width=canvas_width,
            threads=threads,
            penalties=penalties,
            regions=regions,
            winding_penalty=WINDING_PENALTY if settings.guarded else 0.0,
        )

    final = fitter(1)
    reduction = settings.reduction(rgb.shape[0] * rgb.shape[1], paths)
    return fitter(reduction) if reduction > 1 else final, final


def _check(
    rgb: Planes, saliency: Planes, weight: Planes | None, regions: RegionTree | None, fills: str
) -> None:
    check_picture(rgb)
    if fills not in get_args(FillKind):
        raise OptionError(f"fills must be one of {', '.join(get_args(FillKind))}, got {fills!r}", fills=fills)
    maps = [("saliency", saliency, 1.0)] + ([] if weight is None else [("weights", weight, np.inf)])
    for name, values, most in maps:
        if np.shape(values) != rgb.shape[:2]:
            raise SaliencyError(
                f"{name} must have the shape of the photo, {rgb.shape[:2]}, got {np.shape(values)}"
            )
        low, high = float(np.min(values)), float(np.max(values))
        if not (low >= 0.0 and high <= most and np.isfinite(high)):
            bounds = "be 0 or more" if most > 1.0 else "lie in [0, 1]"
            raise SaliencyError(f"{name} must {bounds}, got {low:g} to {high:g}")
    if weight is not None and not np.any(weight):
        raise SaliencyError("weights are 0 everywhere: nothing would count")
    if regions is not None and regions.leaves.shape != rgb.shape[:2]:
        raise SegmentationError(
            f"regions must have the shape of the photo, {rgb.shape[:2]}, got {regions.leaves.shape}"
        )


def _check_budget(paths: int, structural: int, details: int) -> None:
    if isinstance(paths, bool) or not isinstance(paths, (int, np.integer)):
        raise BudgetError(f"paths must be a whole number, got {paths!r}", paths=paths)
    given = structural + details
    if paths < given:
        what = "structural paths" if not details else "paths to start from"
        raise BudgetError(f"the budget of {paths} paths is less than the {given} {what}", paths=paths)
