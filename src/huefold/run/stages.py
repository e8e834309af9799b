"""The stages of the method, each as the options of a run ask for it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

import huefold
from huefold import metrics, recolor, refine, render, segment, svg, trace
from huefold.bezier.resegment import LEAST_SEGMENTS, with_segments
from huefold.errors import OptionError
from huefold.images import ImageSource, LoadedImage, load_image
from huefold.options import Options
from huefold.run.budgets import Written
from huefold.run.guidance import Guidance, SaliencySource, find_guidance, named_shares
from huefold.run.presets import PRESETS, detail_scale, segment_allowance
from huefold.run.report import BudgetUse, Fidelity, PathCounts, Report, Stopped
from huefold.run.result import Result
from huefold.run.resume import Start
from huefold.run.run import Run
from huefold.scene import Scene, Solid
from huefold.segment import anything

__all__ = [
    "SegmenterSource",
    "draw_again",
    "find_regions",
    "finish",
    "guide",
    "load_photo",
    "recolor_regions",
    "refine_paths",
    "trace_regions",
    "write",
]

Rgb: TypeAlias = NDArray[np.float32]
Partition: TypeAlias = NDArray[np.int32]

SegmenterSource: TypeAlias = "str | NDArray[Any] | Callable[[Rgb], NDArray[Any]] | None"


def load_photo(job: Run, image: ImageSource) -> LoadedImage:
    """Read the photo at the preset's working size."""
    with job.stage("load"):
        pixels = PRESETS[job.options.preset].working_pixels
        return load_image(image, background=job.options.background, max_pixels=pixels)


def find_regions(job: Run, photo: LoadedImage, source: SegmenterSource, regions: int) -> Partition:
    """Cut the photo into first regions (section 4.1 of the paper)."""
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


def guide(job: Run, photo: LoadedImage, source: SaliencySource) -> Guidance:
    """Find out what matters in the photo (section 4.1)."""
    with job.stage("saliency") as report:
        return find_guidance(source, photo, focus=job.options.focus, seed=job.options.seed, report=report)


def recolor_regions(
    job: Run, photo: LoadedImage, partition: Partition, guidance: Guidance
) -> recolor.Hierarchy:
    """Merge regions that come to share a colour: Stages I and II, round after round (sections 4.2 and 4.3).

    Or by one of the clusterings that recoloring is compared with, of the same first regions and saliency.
    """
    options = job.options
    settings = PRESETS[options.preset].recolor_settings()
    if guidance.followed:  # its map has a floor, which depends on the focus
        settings = replace(settings, saliency_floor=0.0)
    if options.contained:
        settings = settings.contained()
    with job.stage("recolor") as report:
        if options.clustering != "recoloring":
            return _clustered(photo, partition, guidance, options, settings.saliency_floor)
        return recolor.recolor(
            photo.rgb,
            partition,
            guidance.steering,
            target=options.structural_regions,
            rounds=options.rounds,
            settings=settings,
            seed=options.seed,
            report=report,
        )


def _clustered(
    photo: LoadedImage, partition: Partition, guidance: Guidance, options: Options, floor: float
) -> recolor.Hierarchy:
    given, target = (photo.rgb, partition, guidance.steering), options.structural_regions
    if options.clustering == "kmeans":
        return recolor.kmeans(*given, target=target, saliency_floor=floor, seed=options.seed)
    cluster = recolor.dbscan if options.clustering == "dbscan" else recolor.ward
    return cluster(*given, target=target, saliency_floor=floor)


def trace_regions(
    job: Run, photo: LoadedImage, hierarchy: recolor.Hierarchy, *, preview: bool = True
) -> Scene:
    """Turn the merged regions into structural paths (section 4.4): the first drawing there is to show."""
    options = job.options
    regions = min(options.structural_regions, hierarchy.finest)
    # From here on a stop ends the work early but loses none of it: traced regions are a drawing.
    with job.stage("trace", cancellable=False) as report:
        paths = trace.trace(
            photo.rgb,
            hierarchy.cut(regions),
            width=photo.width,
            height=photo.height,
            tolerance=PRESETS[options.preset].trace_tolerance,
            max_segments=_most_segments(options),
            threads=options.threads,
        )
        red, green, blue = photo.rgb.reshape(-1, 3).mean(axis=0, dtype=np.float64).clip(0.0, 1.0)
        scene = Scene(photo.width, photo.height, (red, green, blue), paths)
        if options.structural_regions > options.structural_paths:
            scene = _on_background(scene)
        scene = _with_surplus(options, scene)
        if preview:
            report(1.0, scene=scene)
        return scene


def _on_background(scene: Scene) -> Scene:
    """Make the path at the bottom of the stack, which fills the canvas with one colour, the background."""
    bottom, *others = scene.paths
    assert isinstance(bottom.fill, Solid)
    renamed = tuple(replace(path, id=f"s{level}") for level, path in enumerate(others))
    return replace(scene, background=bottom.fill.color, paths=renamed)


def _most_segments(options: Options) -> int | None:
    if options.segments_per_path is not None:
        return max(4, round(_surplus(options) * options.segments_per_path))
    most = PRESETS[options.preset].trace_segments
    return None if most is None else round(_surplus(options) * most * _allowance(options))


def _with_surplus(options: Options, scene: Scene) -> Scene:
    """Where all paths end with one number of segments, give them all the same number to start with."""
    fixed = options.segments_per_path
    if fixed is None:
        return scene
    return with_segments(scene, round(_surplus(options) * fixed), contours=fixed // LEAST_SEGMENTS)


def _surplus(options: Options) -> float:
    """How many times the segments that they end with paths start with, structural ones and details alike."""
    settings = PRESETS[options.preset].refine_settings()
    return 1.0 if _hardly_any_nodes(options, settings) else settings.node_oversampling


def _hardly_any_nodes(options: Options, settings: refine.RefineSettings) -> bool:
    """Whether a large detail, which gets twice the usual segments, would not fit into a budget of nodes."""
    if options.nodes is None or options.segments_per_path is not None:
        return False
    return options.nodes < 2 * settings.detail_segments


def _allowance(options: Options) -> float:
    """How many times the usual segments a path may have: where nodes or bytes count, more paths are worth more."""
    return 1.0 if _size_counts(options) else segment_allowance(options.paths)


def _size_counts(options: Options) -> bool:
    """Whether what paths are made of is scarce: nodes or bytes, in whatever number of paths."""
    return options.nodes is not None or options.bytes is not None


def _fixed_segments(job: Run, scene: Scene) -> Scene:
    fixed = job.options.segments_per_path
    return scene if fixed is None else with_segments(scene, fixed)


def _refine_settings(options: Options, guidance: Guidance) -> refine.RefineSettings:
    settings = PRESETS[options.preset].refine_settings()
    if options.contained:
        settings = settings.contained()
    # Details that crowd into a part of the picture are finer than the draft of a whole one shows.
    share = guidance.effective_share
    settings = replace(
        settings,
        draft_pixels=round(settings.draft_pixels / share),
        path_pixels=round(settings.path_pixels / share),
    )
    if options.segments_per_path is not None:
        fixed = options.segments_per_path  # for comparisons with curves that nothing keeps smooth
        return replace(
            settings, detail_segments=fixed, detail_radius=None, fixed_segments=fixed, smooth_share=0.0
        )
    settings = replace(settings, node_oversampling=_surplus(options))
    if _size_counts(options):  # of a drawing with too many nodes whole paths would have to go
        settings = replace(settings, removal_when_stopped=True, node_leeway=0.0)
    if options.nodes is not None and _hardly_any_nodes(options, settings):
        fewer = min(settings.detail_segments, options.nodes)
        return replace(settings, detail_segments=fewer, detail_radius=None)
    if settings.detail_radius is not None:
        radius = settings.detail_radius * detail_scale(options.paths, _allowance(options)) * math.sqrt(share)
        settings = replace(settings, detail_radius=radius)
    return settings


def refine_paths(
    job: Run, photo: LoadedImage, start: Start, hierarchy: recolor.Hierarchy, guidance: Guidance
) -> Scene:
    """Add details and fit all paths: Stage III (section 4.4)."""
    options = job.options
    regions = None
    if options.contained:
        tree = hierarchy.tree(min(options.structural_regions, hierarchy.finest))
        regions = refine.RegionTree(hierarchy.leaves, *tree)
    with job.stage("refine", cancellable=False) as report:
        drawing = refine.refine(
            photo.rgb,
            start.structure,
            guidance.steering,
            paths=options.paths,
            weight=guidance.loss_weight,
            details=start.details,
            inherited_segments=start.inherited_segments,
            regions=regions,
            settings=_refine_settings(options, guidance).resumed(start.change),
            fills=options.fills,
            seed=options.seed,
            threads=options.threads,
            deadline=job.deadline,
            report=report,
        )
    return _fixed_segments(job, drawing)


def write(job: Run, photo: LoadedImage, drawing: Scene) -> Written:
    """Write, read back and measure: a search does so often, and reports of it would be noise."""
    with job.timed("write"):
        text = svg.write_svg(drawing)
        scene = svg.read_svg(text.encode())
        return Written(text, scene, metrics.psnr(photo.rgb, draw_again(job, photo, scene)))


def draw_again(job: Run, photo: LoadedImage, scene: Scene) -> Rgb:
    """Draw a scene at working size."""
    height, width = photo.rgb.shape[:2]
    return render.rasterize(scene, width=width, height=height, threads=job.options.threads)[:, :, :3]


def finish(
    job: Run,
    photo: LoadedImage,
    written: Written,
    hierarchy: recolor.Hierarchy,
    guidance: Guidance,
    budget: BudgetUse | None = None,
) -> Result:
    """Measure the drawing as written and say how it came about."""
    stopped = job.stopped
    with job.stage("write", cancellable=False):
        drawn = draw_again(job, photo, written.scene)
        height, width = photo.rgb.shape[:2]
        error, similarity = (
            metrics.mse(photo.rgb, drawn),
            metrics.ssim(photo.rgb, drawn, threads=job.options.threads),
        )
        fidelity = Fidelity(error, written.psnr, similarity, width, height)
        named = named_shares(written.scene, guidance.named, photo.rgb, drawn)
    if stopped is not None:
        job.notes.append(f"refinement ended early: {stopped}")
    report = replace(_report(job, written, hierarchy, fidelity, stopped, budget), named=named)
    own = replace(hierarchy, leaves=hierarchy.leaves.copy())  # the next drawing works on them too
    return Result(written.svg, written.scene, own, guidance.saliency.copy(), report)


def _gradients(scene: Scene) -> int:
    return sum(not isinstance(path.fill, Solid) for path in scene.paths)


def _report(
    job: Run,
    written: Written,
    hierarchy: recolor.Hierarchy,
    fidelity: Fidelity,
    stopped: Stopped | None,
    budget: BudgetUse | None,
) -> Report:
    scene = written.scene
    roles = [path.role for path in scene.paths]
    drawn, structural, detail = len(roles), roles.count("structural"), roles.count("detail")
    asked, options = job.options.paths, job.options.model_dump(mode="json")
    return Report(
        width=scene.width,
        height=scene.height,
        paths=PathCounts(asked, drawn, structural, detail, _gradients(scene)),
        nodes=written.nodes,
        bytes=written.bytes,
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
