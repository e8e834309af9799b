"""Stage III from start to end: a structural scene in, a scene of exactly so many paths out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from huefold.errors import BudgetError, OptionError, SaliencyError, SegmentationError
from huefold.images.checks import check_picture
from huefold.progress import Reporter
from huefold.refine.drawing import Drawing
from huefold.refine.edits.quantization import grid_decimals
from huefold.refine.fills.gradients import FillKind
from huefold.refine.fit.fitter import GRID, Fitter
from huefold.refine.monitor import Watch
from huefold.refine.penalties.containment import RegionTree
from huefold.refine.progressive import Job, fill_up, paper, progressive, put_on_grid
from huefold.refine.settings import RefineSettings
from huefold.scene import Path, Scene

__all__ = ["loss_weight", "refine"]


def loss_weight(saliency: NDArray[np.float32], *, floor: float = 0.1) -> NDArray[np.float32]:
    """Weights for the squared error: 1 where saliency is 1, `floor` where it is 0, scaled to a mean of 1.

    Parameters
    ----------
    saliency : (H, W) float32 ndarray
        In [0, 1].
    floor : float, optional
        In (0, 1]; 1 ignores the map.

    Returns
    -------
    weight : (H, W) float32 ndarray
        Positive, of mean 1.

    Raises
    ------
    OptionError
        If `floor` lies outside (0, 1].

    Examples
    --------
    >>> loss_weight(np.array([[1.0, 0.0]], np.float32), floor=0.5)
    array([[1.3333334, 0.6666667]], dtype=float32)
    """
    if not 0.0 < floor <= 1.0:
        raise OptionError(f"the floor of the loss weight lies in (0, 1], got {floor!r}", floor=floor)
    weight = floor + (1.0 - floor) * saliency
    result: NDArray[np.float32] = (weight / weight.mean()).astype(np.float32)
    return result


def refine(
    rgb: NDArray[np.float32],
    scene: Scene,
    saliency: NDArray[np.float32],
    *,
    paths: int,
    weight: NDArray[np.float32] | None = None,
    details: Sequence[Path] = (),
    settled: int = 0,
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
        Details, of one contour each, that a drawing which goes on from another has from the start.
    settled : int, optional
        How many of the segments that are there from the start have no surplus (see `RefineSettings`): those of
        paths that come from a finished drawing.
    regions : RegionTree, optional
        Regions of the photo at working size for paths to keep to, at what leaving them costs by the settings.
    settings : RefineSettings, optional
        Schedule and rates; the balanced ones by default.
    fills : {"solid", "linear", "auto"}, optional
        One colour a path; a linear gradient wherever that lowers the error; or linear and radial gradients where
        they are worth their bytes.
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
    _check(rgb, saliency, weight, paths, fills)
    if regions is not None and regions.leaves.shape != rgb.shape[:2]:
        raise SegmentationError(
            f"regions must have the shape of the photo, {rgb.shape[:2]}, got {regions.leaves.shape}"
        )
    given = len(scene.paths) + len(details)
    if paths < given:
        what = "structural paths" if not details else "paths to start from"
        raise BudgetError(f"the budget of {paths} paths is less than the {given} {what}", paths=paths)
    settings = settings if settings is not None else RefineSettings.balanced()
    drawing = Drawing.from_scene(scene, details)

    decimals = 0 if settings.grid == 0.0 else grid_decimals(settings.grid * scene.width / rgb.shape[1])

    def fitter(reduction: int) -> Fitter:
        return Fitter(
            rgb,
            weight,
            reduction=reduction,
            canvas_width=scene.width,
            threads=threads,
            guarded=settings.guarded,
            hidden_cost=settings.hidden_cost,
            length_cost=settings.length_price(paths),
            regions=regions,
            region_costs=(settings.region_cost, settings.detail_region_cost),
            grid=GRID if settings.grid == 0.0 else 10.0**decimals,
        )

    final = fitter(1)
    reduction = settings.reduction(rgb.shape[0] * rgb.shape[1], paths)
    draft = fitter(reduction) if reduction > 1 else final
    watch = Watch(_iterations(settings), report, deadline)
    job = Job(draft, final, saliency, paths, settings, seed, watch, fills, settled)
    (paper if settings.recipe == "paper" else progressive)(job, drawing)
    fill_up(job, drawing, paths)
    if settings.grid > 0.0:
        put_on_grid(job, drawing, decimals)
    return drawing.to_scene()


def _check(
    rgb: NDArray[np.float32],
    saliency: NDArray[np.float32],
    weight: NDArray[np.float32] | None,
    paths: int,
    fills: str,
) -> None:
    check_picture(rgb)
    if isinstance(paths, bool) or not isinstance(paths, (int, np.integer)):
        raise BudgetError(f"paths must be a whole number, got {paths!r}", paths=paths)
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


def _iterations(settings: RefineSettings) -> int:
    """How many iterations a run takes when nothing stops it."""
    thinned = settings.surplus > 1.0 or (settings.exchange_rounds > 0 and settings.union_price > 0.0)
    return (
        settings.structure_iterations
        + settings.growth_steps * settings.growth_iterations
        + settings.exchange_rounds * settings.exchange_iterations
        + (settings.thin_rounds * settings.thin_iterations if thinned else 0)
        + settings.settle_iterations
        + settings.final_iterations
    )
