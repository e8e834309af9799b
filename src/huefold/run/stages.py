"""Stages of the method, each a function of the plan and of arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold import recolor, refine, segment, trace
from huefold.errors import OptionError
from huefold.images import ImageSource, LoadedImage, load_image
from huefold.progress import Reporter
from huefold.run.guidance import Guidance
from huefold.run.plan import Plan
from huefold.run.request import SegmenterSource
from huefold.run.resegment import with_segments
from huefold.run.resume import Start
from huefold.scene import Scene, Solid
from huefold.segment import Partition, anything

__all__ = ["find_regions", "load_photo", "recolor_regions", "refine_paths", "trace_regions"]


def load_photo(plan: Plan, image: ImageSource) -> LoadedImage:
    """Read the photo at working size."""
    return load_image(image, background=plan.load.background, max_pixels=plan.load.pixels)


def find_regions(
    plan: Plan, photo: LoadedImage, source: SegmenterSource, report: Reporter | None = None
) -> Partition:
    """Cut the photo into first regions (section 4.1 of the paper)."""
    regions = plan.segment.regions
    if isinstance(source, str) and source == "classical":
        return segment.classical(photo.rgb, regions=regions, report=report)
    if isinstance(source, str) and source == "sam":
        source = anything.SegmentAnything()
    if isinstance(source, anything.SegmentAnything):
        return source.partition(photo.rgb, regions=regions, report=report)
    if isinstance(source, np.ndarray):
        return _given_regions(source, photo, regions)
    if callable(source):
        return segment.from_segmenter(source, photo.rgb, regions=regions)
    given = repr(source) if isinstance(source, str) else f"an object of type {type(source).__name__}"
    raise OptionError(f"segmenter must be 'classical', 'sam', labels, masks or a callable, got {given}")


def _given_regions(given: NDArray[Any], photo: LoadedImage, regions: int) -> Partition:
    """Return the partition that labels or masks of the photo's original or working size describe."""
    height, width = photo.rgb.shape[:2]
    if given.shape[-2:] == (photo.height, photo.width):
        rows = (2 * np.arange(height) + 1) * photo.height // (2 * height)
        columns = (2 * np.arange(width) + 1) * photo.width // (2 * width)
        given = given[..., rows[:, None], columns]
    if given.ndim == 3:
        return segment.from_masks(given, photo.rgb, regions=regions)
    return segment.from_labels(given, photo.rgb)


def recolor_regions(
    plan: Plan,
    photo: LoadedImage,
    partition: Partition,
    guidance: Guidance,
    report: Reporter | None = None,
) -> recolor.Hierarchy:
    """Merge regions that come to share a colour, round after round: Stage I, Stage II, merging (4.2 and 4.3).

    The other clusterings, for comparison, merge the same first regions under the same saliency.
    """
    how, given = plan.recolor, (photo.rgb, partition, guidance.steering)
    floor = how.settings.saliency_floor
    if how.clustering == "kmeans":
        return recolor.kmeans(*given, target=how.regions, saliency_floor=floor, seed=how.seed)
    if how.clustering != "recoloring":
        cluster = recolor.dbscan if how.clustering == "dbscan" else recolor.ward
        return cluster(*given, target=how.regions, saliency_floor=floor)
    return recolor.recolor(
        *given,
        target=how.regions,
        rounds=how.rounds,
        settings=how.settings,
        seed=how.seed,
        threads=plan.threads,
        report=report,
    )


def trace_regions(plan: Plan, photo: LoadedImage, hierarchy: recolor.Hierarchy) -> Scene:
    """Turn the merged regions into structural paths (section 4.4 of the paper)."""
    how = plan.trace
    paths = trace.trace(
        photo.rgb,
        hierarchy.cut(_merged(plan, hierarchy)),
        width=photo.width,
        height=photo.height,
        tolerance=how.tolerance,
        max_segments=how.max_segments,
        threads=plan.threads,
    )
    red, green, blue = photo.rgb.reshape(-1, 3).mean(axis=0, dtype=np.float64).clip(0.0, 1.0)
    scene = Scene(photo.width, photo.height, (red, green, blue), paths)
    if how.background:
        scene = _on_background(scene)
    if how.exact_segments is not None:
        scene = with_segments(scene, how.exact_segments, contours=how.max_contours)
    return scene


def _merged(plan: Plan, hierarchy: recolor.Hierarchy) -> int:
    """Return the number of merged regions: as planned, where there are so many."""
    return min(plan.recolor.regions, hierarchy.finest)


def _on_background(scene: Scene) -> Scene:
    """Make the path at the bottom of the stack, which fills the canvas with one colour, the background."""
    bottom, *others = scene.paths
    assert isinstance(bottom.fill, Solid)
    renamed = tuple(replace(path, id=f"s{level}") for level, path in enumerate(others))
    return replace(scene, background=bottom.fill.color, paths=renamed)


def refine_paths(
    plan: Plan,
    photo: LoadedImage,
    start: Start,
    hierarchy: recolor.Hierarchy,
    guidance: Guidance,
    *,
    deadline: float | None = None,
    report: Reporter | None = None,
) -> Scene:
    """Add details and fit all paths: Stage III (section 4.4 of the paper)."""
    how, regions = plan.refine, None
    if how.settings.containment_weight > 0.0:
        regions = refine.RegionTree(hierarchy.leaves, *hierarchy.tree(_merged(plan, hierarchy)))
    drawing = refine.refine(
        photo.rgb,
        start.structure,
        guidance.steering,
        paths=how.paths,
        weight=guidance.loss_weight,
        details=start.details,
        inherited_segments=start.inherited_segments,
        regions=regions,
        settings=how.settings,
        fills=how.fills,
        seed=how.seed,
        threads=plan.threads,
        deadline=deadline,
        report=report,
    )
    exact = how.settings.fixed_segments
    return drawing if exact is None else with_segments(drawing, exact)
