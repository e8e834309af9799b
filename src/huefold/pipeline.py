"""The whole method on one page: a photo in, a drawing of a fixed number of filled paths out."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

import huefold
from huefold import metrics, recolor, refine, render, segment, svg, trace
from huefold import saliency as saliency_maps
from huefold.budget import Budget, Written, spend
from huefold.errors import OptionError
from huefold.files import write_atomically
from huefold.guidance import Guidance, SaliencySource, find_guidance, name_paths, named_shares
from huefold.images import ImageSource, LoadedImage, load_image
from huefold.options import FillsName, Options, PresetName
from huefold.presets import PRESETS
from huefold.progress import CancelToken, ProgressCallback
from huefold.report import BudgetUse, Fidelity, PathCounts, Report, Stopped
from huefold.run import Run
from huefold.scene import Scene, Solid
from huefold.segment import anything
from huefold.segments import with_segments

__all__ = ["Result", "SaliencySource", "SegmenterSource", "vectorize"]

Rgb: TypeAlias = NDArray[np.float32]
Partition: TypeAlias = NDArray[np.int32]

SegmenterSource: TypeAlias = "str | NDArray[Any] | Callable[[Rgb], NDArray[Any]] | None"


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A drawing, and all that led to it.

    Parameters
    ----------
    svg : str
        The drawing as SVG text.
    scene : Scene
        The same as data, read back from `svg`.
    hierarchy : huefold.recolor.Hierarchy
        First regions and the order in which they merged.
    saliency : (h, w) float32 ndarray
        What matters, in [0, 1], at working size; noise where nothing was given.
    report : Report
        Counts, fidelity, times.

    Examples
    --------
    >>> result = vectorize("sample:coffee", paths=8, preset="fast", time_limit=1)  # doctest: +SKIP
    >>> result.save("coffee.svg")  # doctest: +SKIP
    """

    svg: str
    scene: Scene
    hierarchy: recolor.Hierarchy
    saliency: NDArray[np.float32]
    report: Report

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the SVG to `path`; an existing file is replaced at once or not at all.

        Raises
        ------
        HuefoldError
            If the system refuses.
        """
        write_atomically(path, self.svg)

    def render(self, *, width: int | None = None, threads: int | None = None) -> NDArray[np.float32]:
        """Draw the result with huefold's own renderer.

        Parameters
        ----------
        width : int, optional
            In pixels; the original width by default, the height follows.
        threads : int, optional
            Does not change the result.

        Returns
        -------
        rgba : (H, W, 4) float32 ndarray
            sRGB values and alpha in [0, 1].
        """
        return render.rasterize(self.scene, width=width, threads=threads)

    def __repr__(self) -> str:
        report = self.report
        return (
            f"<Result {report.width}x{report.height}, {report.paths.drawn} paths, {report.bytes} bytes, "
            f"PSNR {report.fidelity.psnr:.2f} dB>"
        )

    def _repr_svg_(self) -> str:
        return self.svg


def vectorize(
    image: ImageSource,
    *,
    paths: int | None = None,
    nodes: int | None = None,
    bytes: int | None = None,  # noqa: A002 - the flag's name
    psnr: float | None = None,
    segments_per_path: int | None = None,
    fills: FillsName = "solid",
    saliency: SaliencySource = None,
    focus: float = 0.5,
    segmenter: SegmenterSource = None,
    structural_ratio: float = 0.4,
    rounds: int = 20,
    regions: int | None = None,
    preset: PresetName = "balanced",
    background: Sequence[float] | str = (1.0, 1.0, 1.0),
    seed: int = 0,
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
        The budget: met exactly unless the picture is too plain to need it, and never exceeded. 128 unless one
        of `nodes`, `bytes` and `psnr` is given instead.
    nodes, bytes : int, optional
        The most on-curve points, or bytes of SVG: never exceeded, and used but for a small rest.
    psnr : float, optional
        In dB: as few paths as a short search finds to reach it, measured on the drawing as written at working size.
    segments_per_path : int, optional
        Exactly so many cubic segments in every path, at least 3.
    fills : {"solid", "linear", "auto"}, optional
        What paths are filled with: one colour; a linear gradient wherever that lowers the error; or linear and
        radial gradients where they are worth their bytes.
    saliency : None, "noise", "auto", path_like, PIL.Image.Image, (H, W) ndarray, callable or mapping, optional
        How much each pixel matters. None and ``"noise"`` give no guidance, ``"auto"`` looks for what stands
        out. A map has the photo's proportions (within 1 %). A callable takes the (h, w, 3) float32 photo at
        working size and gives such a map; `huefold.saliency.prompt` makes one that is asked in words. A mapping
        gives names to maps, or to `huefold.saliency.Box`, `Point` or `RegionAt` marks in pixels of the photo, each
        alone or with a weight from -1 to 1: ``{"sofa": mask, "wall": (box, -0.5)}``. Names and phrases become those
        of the paths that show them, and entries of the report.
    focus : float, optional
        How strongly to follow it, in [0, 1]: more focus, less error where the map is bright and more elsewhere,
        for the same budget. 0 draws as without guidance.
    segmenter : None, "classical", "sam", SegmentAnything, (H, W) or (M, H, W) ndarray or callable, optional
        Where the first regions come from: an over-segmentation, Segment Anything, a label map, masks that may
        overlap, or a callable that takes the (h, w, 3) float32 photo at working size and gives either.
    structural_ratio : float, optional
        Share of the paths that are merged regions, in [0, 1]; the rest are details on top.
    rounds : int, optional
        Rounds of recoloring and merging.
    regions : int, optional
        Number of first regions; from the budget by default.
    preset : {"fast", "balanced", "best", "paper"}, optional
        How much work to put in; ``"paper"`` is the published recipe.
    background : str or sequence of 3 float, optional
        Colour that transparent pixels are laid over.
    seed : int, optional
        Same photo, options and seed: same bytes, whatever the number of threads.
    threads : int, optional
        One per processor by default.
    time_limit : float, optional
        Seconds from the start after which refinement ends with the best drawing so far.
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
    budgets = {"paths": paths, "nodes": nodes, "bytes": bytes, "psnr": psnr}
    options = Options(
        **{name: value for name, value in budgets.items() if value is not None},
        segments_per_path=segments_per_path,
        fills=fills,
        **saliency_maps.source_options(saliency),
        **anything.segmenter_options(segmenter),
        focus=focus,
        structural_ratio=structural_ratio,
        rounds=rounds,
        regions=regions,
        preset=preset,
        background=background,
        seed=seed,
        threads=threads,
        time_limit=time_limit,
    )
    job = _Job(options, progress, cancel)
    photo = _load(job, image)
    guidance = _guidance(job, photo, saliency)  # first: a map that does not fit is told before the long work
    classical = segmenter is None or (isinstance(segmenter, str) and segmenter == "classical")
    partitions: dict[int, Partition] = {}

    def draw(job: _Job) -> tuple[recolor.Hierarchy, Scene]:
        regions = job.options.first_regions if classical else 0
        if regions not in partitions:  # models are asked but once
            partitions[regions] = _segment(job, photo, segmenter)
        hierarchy = _recolor(job, photo, partitions[regions], guidance)
        structure = _trace(job, photo, hierarchy)
        drawing = _refine(job, photo, structure, guidance)
        return hierarchy, name_paths(drawing, guidance.named, threads=job.options.threads)

    if options.budget is None:
        hierarchy, drawing = draw(job)
        return _finish(job, photo, _write(job, photo, drawing), hierarchy, guidance)
    return _spend(job, photo, draw, guidance)


def _spend(
    job: _Job,
    photo: LoadedImage,
    draw: Callable[[_Job], tuple[recolor.Hierarchy, Scene]],
    guidance: Guidance,
) -> Result:
    """Search for the number of paths that a budget of nodes, bytes or PSNR comes to."""
    kind, limit = job.options.budget or ("nodes", 0.0)
    weight = guidance.loss_weight if kind != "psnr" else None
    hierarchies: dict[int, recolor.Hierarchy] = {}

    def fit(paths: int, quick: bool) -> Written:
        hierarchies[paths], scene = draw(job.fit(paths, quick=quick))
        return _write(job, photo, scene)

    def worth(scene: Scene) -> NDArray[np.float64]:
        arrays = render.SceneArrays.from_scene(scene)
        return render.value_and_grad(arrays, photo.rgb, weight, threads=job.options.threads).importance

    found = spend(
        Budget(kind, limit),
        fit,
        lambda scene: _write(job, photo, scene),
        worth,
        lambda scene: metrics.psnr(photo.rgb, _drawn(job, photo, scene)),
        quick=job.options.preset != "fast",
        stopped=lambda: job.stopped is not None,
    )
    if not found.met:
        job.notes.append(f"stopped before {limit:g} dB were reached")
    use = BudgetUse(kind, limit, found.written.spent(kind), found.met, found.fits)
    return _finish(job.fit(found.paths), photo, found.written, hierarchies[found.paths], guidance, use)


@dataclass(slots=True)
class _Job(Run):
    """A run that a search may repeat with other budgets."""

    def fit(self, paths: int, *, quick: bool = False) -> _Job:
        """Return the job of one fit of a search."""
        preset: PresetName = "fast" if quick else self.options.preset
        return replace(self, options=self.options.model_copy(update={"paths": paths, "preset": preset}))


def _load(job: _Job, image: ImageSource) -> LoadedImage:
    with job.stage("load"):
        pixels = PRESETS[job.options.preset].working_pixels
        photo = load_image(image, background=job.options.background, max_pixels=pixels)
    job.notes.extend(photo.notes)
    return photo


def _segment(job: _Job, photo: LoadedImage, source: SegmenterSource) -> Partition:
    regions = job.options.first_regions
    with job.stage("segment") as report:
        if source is None or (isinstance(source, str) and source == "classical"):
            return segment.classical(photo.rgb, regions=regions, report=report)
        if isinstance(source, str) and source == "sam":
            source = anything.SegmentAnything()
        if isinstance(source, anything.SegmentAnything):
            return source.partition(photo.rgb, regions=regions, report=report)
        if isinstance(source, np.ndarray):
            return _given_regions(source, photo, regions)
        if callable(source):
            return segment.from_segmenter(source, photo.rgb, regions=regions)
    raise OptionError(
        f"segmenter must be 'classical', 'sam', labels, masks or a callable, got {_shown(source)}"
    )


def _shown(source: object) -> str:
    return repr(source) if isinstance(source, str) else f"an object of type {type(source).__name__}"


def _given_regions(labels_or_masks: NDArray[Any], photo: LoadedImage, regions: int) -> Partition:
    """Return the partition that labels or masks of the photo's original or working size describe."""
    given = labels_or_masks
    height, width = photo.rgb.shape[:2]
    if given.shape[-2:] == (photo.height, photo.width):
        rows = (2 * np.arange(height) + 1) * photo.height // (2 * height)
        columns = (2 * np.arange(width) + 1) * photo.width // (2 * width)
        given = given[..., rows[:, None], columns]
    if given.ndim == 3:
        return segment.from_masks(given, photo.rgb, regions=regions)
    return segment.from_labels(given, photo.rgb)


def _guidance(job: _Job, photo: LoadedImage, source: SaliencySource) -> Guidance:
    with job.stage("saliency") as report:
        guidance = find_guidance(source, photo, focus=job.options.focus, seed=job.options.seed, report=report)
    job.notes.extend(guidance.notes)
    return guidance


def _recolor(job: _Job, photo: LoadedImage, partition: Partition, guidance: Guidance) -> recolor.Hierarchy:
    options = job.options
    settings = PRESETS[options.preset].recolor_settings()
    if guidance.followed:  # its map has a floor, which depends on the focus
        settings = replace(settings, saliency_floor=0.0)
    with job.stage("recolor") as report:
        return recolor.recolor(
            photo.rgb,
            partition,
            guidance.steering,
            target=max(1, options.structural_paths),
            rounds=options.rounds,
            settings=settings,
            seed=options.seed,
            report=report,
        )


def _trace(job: _Job, photo: LoadedImage, hierarchy: recolor.Hierarchy) -> Scene:
    structural = min(job.options.structural_paths, hierarchy.finest)
    red, green, blue = photo.rgb.reshape(-1, 3).mean(axis=0, dtype=np.float64).clip(0.0, 1.0)
    # From here on a stop ends the work early but loses none of it: traced regions are a drawing.
    with job.stage("trace", cancellable=False):
        if structural == 0:
            return Scene(photo.width, photo.height, (red, green, blue))
        outlines = trace.trace(
            photo.rgb,
            hierarchy.cut(structural),
            width=photo.width,
            height=photo.height,
            tolerance=PRESETS[job.options.preset].trace_tolerance,
            max_segments=_most_segments(job.options),
        )
    return _fixed_segments(job, Scene(photo.width, photo.height, (red, green, blue), outlines))


def _most_segments(options: Options) -> int | None:
    fixed = options.segments_per_path
    return PRESETS[options.preset].trace_segments if fixed is None else max(4, fixed)


def _fixed_segments(job: _Job, scene: Scene) -> Scene:
    fixed = job.options.segments_per_path
    return scene if fixed is None else with_segments(scene, fixed)


def _refine_settings(options: Options, guidance: Guidance) -> refine.RefineSettings:
    settings = PRESETS[options.preset].refine_settings()
    # Details that crowd into a part of the picture are finer than the draft of a whole one shows.
    draft = round(settings.draft_pixels / guidance.effective_share)
    settings = replace(settings, draft_pixels=draft)
    if options.segments_per_path is not None:
        return replace(settings, detail_segments=options.segments_per_path, detail_radius=None)
    return replace(settings, detail_segments=min(settings.detail_segments, options.nodes or 100))


def _refine(job: _Job, photo: LoadedImage, structure: Scene, guidance: Guidance) -> Scene:
    options = job.options
    with job.stage("refine", cancellable=False) as report:
        drawing = refine.refine(
            photo.rgb,
            structure,
            guidance.steering,
            paths=options.paths,
            weight=guidance.loss_weight,
            settings=_refine_settings(options, guidance),
            fills=options.fills,
            seed=options.seed,
            threads=options.threads,
            deadline=job.deadline,
            report=report,
        )
    return _fixed_segments(job, drawing)


def _write(job: _Job, photo: LoadedImage, drawing: Scene) -> Written:
    """Write, read back and measure: a search does so often, and reports of it would be noise."""
    with job.timed("write"):
        text = svg.write_svg(drawing)
        scene = svg.read_svg(text.encode())
        return Written(text, scene, metrics.psnr(photo.rgb, _drawn(job, photo, scene)))


def _drawn(job: _Job, photo: LoadedImage, scene: Scene) -> Rgb:
    height, width = photo.rgb.shape[:2]
    return render.rasterize(scene, width=width, height=height, threads=job.options.threads)[:, :, :3]


def _finish(
    job: _Job,
    photo: LoadedImage,
    written: Written,
    hierarchy: recolor.Hierarchy,
    guidance: Guidance,
    budget: BudgetUse | None = None,
) -> Result:
    stopped = job.stopped
    with job.stage("write", cancellable=False):
        drawn = _drawn(job, photo, written.scene)
        fidelity = _fidelity(photo.rgb, drawn)
        named = named_shares(written.scene, guidance.named, photo.rgb, drawn)
    if stopped is not None:
        job.notes.append(f"refinement ended early: {stopped}")
    report = replace(_report(job, written, hierarchy, fidelity, stopped, budget), named=named)
    return Result(written.svg, written.scene, hierarchy, guidance.saliency, report)


def _fidelity(rgb: Rgb, drawn: Rgb) -> Fidelity:
    height, width = rgb.shape[:2]
    return Fidelity(
        metrics.mse(rgb, drawn), metrics.psnr(rgb, drawn), metrics.ssim(rgb, drawn), width, height
    )


def _gradients(scene: Scene) -> int:
    return sum(not isinstance(path.fill, Solid) for path in scene.paths)


def _report(
    job: _Job,
    written: Written,
    hierarchy: recolor.Hierarchy,
    fidelity: Fidelity,
    stopped: Stopped | None,
    budget: BudgetUse | None,
) -> Report:
    scene = written.scene
    counted = metrics.path_statistics(scene, svg=written.svg)
    asked, options = job.options.paths, job.options.model_dump(mode="json")
    return Report(
        width=scene.width,
        height=scene.height,
        paths=PathCounts(asked, counted.paths, counted.structural, counted.detail, _gradients(scene)),
        nodes=counted.nodes,
        bytes=counted.bytes,
        fidelity=fidelity,
        seconds=job.seconds,
        seed=job.options.seed,
        version=huefold.__version__,
        options=options if budget is None else options | {"paths": None},
        regions=hierarchy.finest,
        stopped=stopped,
        notes=tuple(job.notes),
        budget=budget,
    )
