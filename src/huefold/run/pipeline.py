"""The whole method: a photo in, a drawing of a fixed number of filled paths out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold import metrics, render
from huefold.images import ImageSource, LoadedImage
from huefold.options import DEFAULTS, ClusteringName, FillsName, PresetName
from huefold.progress import CancelToken, ProgressCallback
from huefold.recolor import Hierarchy
from huefold.run.budget_search import Budget
from huefold.run.budgets import spend
from huefold.run.cache import CachedStages, StageCache
from huefold.run.clock import StageClock
from huefold.run.guidance import Guidance, name_paths
from huefold.run.plan import Plan, plan_paths, plan_run
from huefold.run.report import BudgetUse
from huefold.run.request import Request, SaliencySource, SegmenterSource
from huefold.run.result import Result
from huefold.run.resume import Start, check_start, start_from
from huefold.run.stages import refine_paths, trace_regions
from huefold.run.writing import Written, draw_at_working_size, finish, write
from huefold.scene import Scene

__all__ = ["draw", "vectorize"]


def vectorize(
    image: ImageSource,
    *,
    paths: int | None = None,
    nodes: int | None = None,
    bytes: int | None = None,  # noqa: A002 - the flag's name
    psnr: float | None = None,
    segments_per_path: int | None = None,
    fills: FillsName = DEFAULTS.fills,
    saliency: SaliencySource = None,
    focus: float = DEFAULTS.focus,
    segmenter: SegmenterSource = None,
    structural_ratio: float = DEFAULTS.structural_ratio,
    contained: bool = DEFAULTS.contained,
    clustering: ClusteringName = DEFAULTS.clustering,
    rounds: int = DEFAULTS.rounds,
    regions: int | None = None,
    preset: PresetName = DEFAULTS.preset,
    background: Sequence[float] | str = DEFAULTS.background,
    seed: int = DEFAULTS.seed,
    threads: int | None = None,
    time_limit: float | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> Result:
    """Turn a photo into a drawing of `paths` filled paths, or of as many as another budget allows.

    Parameters
    ----------
    image : path_like, bytes, binary file, PIL.Image.Image or (H, W[, C]) ndarray
        The photo; see `huefold.images.load_image`.
    paths : int, optional
        Number of paths: met exactly unless the picture is too plain to need it, and never exceeded. It is 128
        unless one of `nodes`, `bytes` and `psnr` is given instead.
    nodes, bytes : int, optional
        Most on-curve points, or bytes of SVG: never exceeded, and nearly all used.
    psnr : float, optional
        Fidelity to reach, in dB, of the written drawing at working size, with as few paths as a short search finds.
    segments_per_path : int, optional
        Exact number of cubic segments of every path, at least 3.
    fills : {"solid", "linear", "auto"}, optional
        Fill of paths: one colour; a linear gradient wherever that lowers the error; or linear and radial gradients
        where they lower the error enough for their bytes.
    saliency : None, "noise", "auto", path_like, PIL.Image.Image, (H, W) ndarray, callable or mapping, optional
        How much each pixel matters. None and ``"noise"`` give no guidance; ``"auto"`` finds what stands out. A map
        has the photo's proportions, within 1 %. A callable takes the (h, w, 3) float32 photo at working size and
        gives such a map; `huefold.saliency.prompt` makes one from words. A mapping gives names to maps, or to
        `huefold.saliency.Box`, `Point` or `RegionAt` marks in pixels of the photo, each alone or with a weight from
        -1 to 1: ``{"sofa": mask, "wall": (box, -0.5)}``. Names and phrases become names of the paths that show
        them, and entries of the report.
    focus : float, optional
        How strongly to follow it, in [0, 1]: more focus lowers the error where the map is bright and raises it
        elsewhere, for the same budget. 0 draws as without guidance.
    segmenter : None, "classical", "sam", SegmentAnything, (H, W) or (M, H, W) ndarray or callable, optional
        Where the first regions come from: an over-segmentation, Segment Anything, a label map, masks that may
        overlap, or a callable that takes the (h, w, 3) float32 photo at working size and gives either.
    structural_ratio : float, optional
        Share of the paths that are merged regions, in [0, 1]; the rest are details on top.
    contained : bool, optional
        Penalise paths that leave their region of the photo, so that objects can be selected and edited alone, for a
        little more error (see `huefold.metrics.scene_compactness`).
    clustering : {"recoloring", "kmeans", "dbscan", "greedy"}, optional
        How first regions merge: by recoloring, or for comparison by `huefold.recolor.kmeans`,
        `huefold.recolor.dbscan` or, greedily, `huefold.recolor.ward`.
    rounds : int, optional
        Rounds of recoloring and merging.
    regions : int, optional
        Number of first regions; from the budget by default.
    preset : {"fast", "balanced", "best", "paper"}, optional
        Amount of work; ``"paper"`` is the published recipe.
    background : str or sequence of 3 float, optional
        Colour that transparent pixels are laid over.
    seed : int, optional
        Seed of everything drawn at random. Same photo, options and seed: same bytes, for any number of threads.
    threads : int, optional
        Worker threads; one per processor by default.
    time_limit : float, optional
        Seconds from the start, after which refinement ends with the best drawing so far.
    progress : callable, optional
        Receives `huefold.Progress` reports.
    cancel : CancelToken, optional
        Stops the run: with the best drawing so far once there is one.

    Returns
    -------
    result : Result

    Raises
    ------
    ImageError
        If the photo cannot be read.
    OptionError, BudgetError
        If an option has a value that it cannot have, there are two budgets, or `bytes` or `psnr` cannot be met.
    SaliencyError, SegmentationError
        If a given map, label map or mask does not fit the photo.
    Cancelled
        If cancelled before there was a drawing.

    References
    ----------
    .. [1] M. Lu et al., "Semantic-guided Recoloring for Compact Image Vectorization", figure 3.

    Examples
    --------
    >>> import numpy as np
    >>> photo = np.zeros((16, 24, 3), dtype=np.uint8)
    >>> photo[4:12, 6:18] = (255, 128, 0)
    >>> result = vectorize(photo, paths=4)
    >>> result.svg.count("<path") <= 4
    True
    """
    budget = {} if paths is None else {"paths": paths}
    request = Request.from_arguments(
        **budget,
        nodes=nodes,
        bytes=bytes,
        psnr=psnr,
        segments_per_path=segments_per_path,
        fills=fills,
        saliency=saliency,
        focus=focus,
        segmenter=segmenter,
        structural_ratio=structural_ratio,
        contained=contained,
        clustering=clustering,
        rounds=rounds,
        regions=regions,
        preset=preset,
        background=background,
        seed=seed,
        threads=threads,
        time_limit=time_limit,
    )
    return draw(image, request, StageClock(progress, cancel, request.options.time_limit))


def draw(
    image: ImageSource,
    request: Request,
    clock: StageClock,
    *,
    cache: StageCache | None = None,
    resume: Scene | None = None,
) -> Result:
    """Draw a photo, from loading to the written file.

    `cache` holds what stages gave for earlier drawings of the photo; `resume` is an earlier one to go on from.
    """
    stages = CachedStages(request, clock, StageCache() if cache is None else cache)
    plan = plan_run(request.options)
    photo = stages.load(plan, image)
    if resume is not None:
        check_start(resume, photo, request.options)
    guidance = stages.guide(plan, photo)  # first: a map may not fit
    if request.options.budget is not None:
        return _spend_budget(Budget(*request.options.budget), stages, photo, guidance)
    drawn = _draw_paths(plan, stages, photo, guidance, resume)
    with clock.timed("write"):
        written = write(photo, drawn.scene, threads=plan.threads)
    return finish(request, drawn.plan, photo, guidance, drawn.hierarchy, written, clock)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    plan: Plan
    hierarchy: Hierarchy
    scene: Scene


def _draw_paths(
    plan: Plan, stages: CachedStages, photo: LoadedImage, guidance: Guidance, resume: Scene | None = None
) -> _Drawn:
    """Draw as many paths as planned: figure 3 of the paper, from left to right."""
    plan = plan.for_guidance(followed=guidance.followed, share=guidance.effective_share)
    partition = stages.segment(plan, photo)
    hierarchy = stages.recolor(plan, photo, partition, guidance)
    # From here on a stop ends the work early but loses none of it: traced regions are a drawing.
    with stages.clock.stage("trace", cancellable=False) as report:
        structure = trace_regions(plan, photo, hierarchy)
        if resume is None:
            report(1.0, scene=structure)
    start = Start(structure) if resume is None else start_from(resume, structure, photo, guidance, plan)
    plan = plan.for_start(start.change)
    with stages.clock.stage("refine", cancellable=False) as report:
        deadline = stages.clock.deadline
        scene = refine_paths(plan, photo, start, hierarchy, guidance, deadline=deadline, report=report)
    return _Drawn(plan, hierarchy, name_paths(scene, guidance.named, threads=plan.threads))


def _spend_budget(budget: Budget, stages: CachedStages, photo: LoadedImage, guidance: Guidance) -> Result:
    """Search for the number of paths that a budget of nodes, bytes or PSNR comes to."""
    request, clock, options = stages.request, stages.clock, stages.request.options
    weight = guidance.loss_weight if budget.kind != "psnr" else None
    fits: dict[tuple[int, bool], tuple[Plan, Hierarchy]] = {}

    def write_timed(scene: Scene) -> Written:
        with clock.timed("write"):
            return write(photo, scene, threads=options.threads)

    def fit(paths: int, quick: bool) -> Written:
        plan = plan_paths(request, paths, quick=quick)
        drawn = _draw_paths(plan, stages, photo, guidance)
        fits[paths, quick] = drawn.plan, drawn.hierarchy
        return write_timed(drawn.scene)

    def importance(scene: Scene) -> NDArray[np.float64]:
        arrays = render.SceneArrays.from_scene(scene)
        return render.value_and_grad(arrays, photo.rgb, weight, threads=options.threads).importance

    def fidelity(scene: Scene) -> float:
        return metrics.psnr(photo.rgb, draw_at_working_size(photo, scene, threads=options.threads))

    found = spend(
        budget,
        fit,
        write_timed,
        importance,
        fidelity,
        quick=options.preset != "fast",
        stopped=lambda: clock.stopped is not None,
    )
    plan, hierarchy = fits[found.paths, found.quick]
    use = BudgetUse(budget.kind, budget.limit, found.written.spent(budget.kind), found.met, found.fits)
    notes = () if found.met else (f"stopped before {budget.limit:g} dB were reached",)
    return finish(request, plan, photo, guidance, hierarchy, found.written, clock, use=use, notes=notes)
