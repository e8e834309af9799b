"""Plan of a run: the numbers that follow from what was asked for, stage by stage, worked out in one place.

From its settings, the number of paths and the sizes of photo and canvas, `huefold.refine` works out four more: the
reduction of the photo, the length weight, the decimals of coordinates and the total of iterations.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from huefold.bezier.curves import LEAST_SEGMENTS
from huefold.colors import Color
from huefold.options import ClusteringName, FillsName, Options
from huefold.recolor import RecolorSettings
from huefold.refine import RefineSettings
from huefold.run.presets import PRESETS, detail_scale, segment_scale
from huefold.run.request import Request

__all__ = ["Plan", "default_regions", "plan_paths", "plan_run"]

COARSEST_LEVEL, FINEST_LEVEL = 3, 400
"""Number of regions in the coarsest level, and the least number in the finest."""


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How the photo is read: most pixels worked on, and the sRGB colour that transparent pixels are laid over."""

    pixels: int
    background: Color


@dataclass(frozen=True, slots=True)
class SegmentPlan:
    """How many first regions the photo is cut into."""

    regions: int


@dataclass(frozen=True, slots=True)
class SaliencyPlan:
    """How strongly saliency is followed, in [0, 1], and the seed of noise."""

    focus: float
    seed: int


@dataclass(frozen=True, slots=True)
class RecolorPlan:
    """How first regions merge: to how many regions, in how many rounds of Stage I, Stage II and merging."""

    regions: int
    rounds: int
    clustering: ClusteringName
    settings: RecolorSettings
    seed: int


@dataclass(frozen=True, slots=True)
class TracePlan:
    """How merged regions become paths.

    Parameters
    ----------
    tolerance : float
        Largest distance between a region's border and its curve, in working pixels.
    max_segments : int or None
        Most segments of a path, where its shape allows.
    exact_segments, max_contours : int or None
        Segments that every path is then given, and most contours that it keeps.
    background : bool
        Whether the region at the bottom becomes the background instead of a path.
    """

    tolerance: float
    max_segments: int | None
    exact_segments: int | None
    max_contours: int | None
    background: bool


@dataclass(frozen=True, slots=True)
class RefinePlan:
    """How Stage III fits so many paths."""

    paths: int
    fills: FillsName
    settings: RefineSettings
    seed: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What every stage of a run does, in numbers; `threads` do not change the result.

    Examples
    --------
    >>> plan = plan_run(Options(paths=64))
    >>> plan.segment.regions, plan.recolor.regions, plan.refine.paths
    (150, 27, 64)
    """

    load: LoadPlan
    segment: SegmentPlan
    saliency: SaliencyPlan
    recolor: RecolorPlan
    trace: TracePlan
    refine: RefinePlan
    threads: int | None = None

    def for_guidance(self, *, followed: bool, share: float) -> Plan:
        """Return the plan once it is known what matters.

        Parameters
        ----------
        followed : bool
            Whether the drawing follows it.
        share : float
            Share of the picture that counts, in (0, 1].
        """
        if not followed:
            return self
        # The map that is followed has a floor of its own, which depends on the focus.
        recolor = replace(self.recolor.settings, saliency_floor=0.0)
        # Details that crowd into a part of the picture are finer than the reduced copy of a whole one shows.
        refine = self.refine.settings
        radius = refine.detail_radius
        refine = replace(
            refine,
            draft_pixels=round(refine.draft_pixels / share),
            path_pixels=round(refine.path_pixels / share),
            detail_radius=None if radius is None else radius * math.sqrt(share),
        )
        return replace(
            self,
            recolor=replace(self.recolor, settings=recolor),
            refine=replace(self.refine, settings=refine),
        )

    def for_start(self, change: float) -> Plan:
        """Return the plan for a drawing that resumes another, of whose paths a share of `change` came or went."""
        return replace(self, refine=replace(self.refine, settings=self.refine.settings.resumed(change)))

    def for_levels(self) -> Plan:
        """Return the plan for a hierarchy of all structures from coarse to fine."""
        coarsest = min(COARSEST_LEVEL, self.refine.paths + self.trace.background)
        return replace(
            self,
            segment=SegmentPlan(max(self.segment.regions, FINEST_LEVEL)),
            recolor=replace(self.recolor, regions=coarsest),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def plan_run(options: Options) -> Plan:
    """Return the plan of a drawing with a budget of paths, before it is known what matters in the photo."""
    preset = PRESETS[options.preset]
    structural = options.structural_paths
    # One region more, as the background; in the published recipe each region is a path.
    regions = max(1, structural + (options.preset != "paper"))
    recolor = preset.recolor_settings()
    recolor = recolor.contained() if options.contained else recolor
    refine = _refine_settings(options)
    return Plan(
        load=LoadPlan(preset.working_pixels, options.background),
        segment=SegmentPlan(default_regions(structural) if options.regions is None else options.regions),
        saliency=SaliencyPlan(options.focus, options.seed),
        recolor=RecolorPlan(regions, options.rounds, options.clustering, recolor, options.seed),
        trace=_trace(options, refine.node_oversampling, background=regions > structural),
        refine=RefinePlan(options.paths, options.fills, refine, options.seed),
        threads=options.threads,
    )


def plan_paths(request: Request, paths: int, *, quick: bool) -> Plan:
    """Return the plan of one fit of a search for the number of paths; a quick one has the preset ``"fast"``."""
    options = request.options
    whole = plan_run(options)
    changes = {"paths": paths} | ({"preset": "fast"} if quick else {})
    plan = replace(plan_run(options.model_copy(update=changes)), load=whole.load)
    # A model that finds the first regions is asked only once.
    return plan if request.classical else replace(plan, segment=whole.segment)


def default_regions(structural_paths: int) -> int:
    """Return how many first regions to cut a photo into for that many structural paths.

    Five first regions for each that is kept leave the merging a choice; below 150 a photo's objects share
    regions, and above 400 more regions cost time and change little. Large budgets need twice their number.

    Examples
    --------
    >>> [default_regions(n) for n in (6, 51, 102, 205)]
    [150, 255, 400, 410]
    """
    return max(min(5 * structural_paths, 400), 2 * structural_paths, 150)


def _trace(options: Options, oversampling: float, *, background: bool) -> TracePlan:
    preset, exact = PRESETS[options.preset], options.segments_per_path
    if exact is not None:
        start = round(oversampling * exact)
        return TracePlan(preset.trace_tolerance, max(4, start), start, exact // LEAST_SEGMENTS, background)
    most = preset.trace_segments
    if most is not None:
        most = round(oversampling * most * _segment_scale(options))
    return TracePlan(preset.trace_tolerance, most, None, None, background)


def _refine_settings(options: Options) -> RefineSettings:
    settings = PRESETS[options.preset].refine_settings()
    if options.contained:
        settings = settings.contained()
    if options.segments_per_path is not None:
        exact = options.segments_per_path  # for comparisons with curves that nothing keeps smooth
        return replace(
            settings, detail_segments=exact, detail_radius=None, fixed_segments=exact, smooth_share=0.0
        )
    if _scarce_nodes(options):  # else whole paths would have to go where there are too many
        settings = replace(settings, removal_when_stopped=True, node_leeway=0.0)
    if options.nodes is not None and options.nodes < 2 * settings.detail_segments:
        # Not even one large detail, which gets twice the usual segments, would fit.
        fewer = min(settings.detail_segments, options.nodes)
        return replace(settings, node_oversampling=1.0, detail_segments=fewer, detail_radius=None)
    if settings.detail_radius is None:
        return settings
    scale = detail_scale(options.paths, _segment_scale(options))
    return replace(settings, detail_radius=settings.detail_radius * scale)


def _segment_scale(options: Options) -> float:
    """Return how many times the usual segments a path may have: where nodes are scarce, more paths are better."""
    return 1.0 if _scarce_nodes(options) else segment_scale(options.paths)


def _scarce_nodes(options: Options) -> bool:
    """Whether nodes or bytes are limited, in whatever number of paths."""
    return options.nodes is not None or options.bytes is not None
