"""Plan of a run: every number that follows from what was asked for, stage by stage, worked out in one place."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from huefold.bezier.resegment import LEAST_SEGMENTS
from huefold.colors import Color
from huefold.options import ClusteringName, FillsName, Options
from huefold.recolor import RecolorSettings
from huefold.refine import RefineSettings
from huefold.run.presets import PRESETS, detail_scale, segment_scale
from huefold.run.request import Request

__all__ = [
    "LoadPlan",
    "Plan",
    "RecolorPlan",
    "RefinePlan",
    "SaliencyPlan",
    "SegmentPlan",
    "TracePlan",
    "default_regions",
    "plan_paths",
    "plan_run",
]

COARSEST_LEVEL, FINEST_LEVEL = 3, 400
"""Regions of the coarsest level of `huefold.Session.levels`, and at least of the finest."""


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How the photo is read.

    Parameters
    ----------
    pixels : int
        Most pixels worked on; larger photos are reduced.
    background : tuple of 3 float
        Colour that transparent pixels are laid over, sRGB in [0, 1].
    """

    pixels: int
    background: Color


@dataclass(frozen=True, slots=True)
class SegmentPlan:
    """How many first `regions` the photo is cut into."""

    regions: int


@dataclass(frozen=True, slots=True)
class SaliencyPlan:
    """How strongly saliency is followed (`focus`, in [0, 1]), and the `seed` of noise."""

    focus: float
    seed: int


@dataclass(frozen=True, slots=True)
class RecolorPlan:
    """How first regions merge.

    Parameters
    ----------
    regions : int
        Regions to end with; fewer only if there are fewer to start with.
    rounds : int
        Rounds of Stage I, Stage II and merging.
    clustering : {"recoloring", "kmeans", "dbscan", "greedy"}
        Method.
    settings : RecolorSettings
        Of Stages I and II.
    seed : int
        Of everything drawn at random.
    """

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
    """How Stage III fits the paths.

    Parameters
    ----------
    paths : int
        Paths in all.
    fills : {"solid", "linear", "auto"}
        What they are filled with.
    contained : bool
        Whether a path pays for leaving its region.
    exact_segments : int or None
        Segments of every path in the end.
    settings : RefineSettings
        Schedule and rates.
    seed : int
        Of everything drawn at random.
    """

    paths: int
    fills: FillsName
    contained: bool
    exact_segments: int | None
    settings: RefineSettings
    seed: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What every stage of a run does, in numbers.

    Parameters
    ----------
    load, segment, saliency, recolor, trace, refine
        The stages.
    threads : int or None
        Worker threads; one per processor if None. They do not change the result.

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
            Whether the drawing follows it: then the map has a floor of its own, which depends on the focus.
        share : float
            Share of the picture that counts, in (0, 1]. Details that crowd into it are finer than the reduced copy
            of a whole picture shows.
        """
        if not followed:
            return self
        settings = self.refine.settings
        radius = settings.detail_radius
        return replace(
            self,
            recolor=replace(self.recolor, settings=replace(self.recolor.settings, saliency_floor=0.0)),
            refine=self._refine_with(
                draft_pixels=round(settings.draft_pixels / share),
                path_pixels=round(settings.path_pixels / share),
                detail_radius=None if radius is None else radius * math.sqrt(share),
            ),
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

    def _refine_with(self, **settings: Any) -> RefinePlan:
        """Return the plan of Stage III with other values of some settings."""
        return replace(self.refine, settings=replace(self.refine.settings, **settings))


def plan_run(options: Options) -> Plan:
    """Return the plan of a drawing with a budget of paths.

    Parameters
    ----------
    options : Options
        What was asked for.

    Returns
    -------
    plan : Plan
        Before it is known what matters; see `Plan.for_guidance`.
    """
    preset = PRESETS[options.preset]
    structural = round(options.structural_ratio * options.paths)
    # One region more, as the background; in the published recipe each region is a path.
    regions = max(1, structural + (options.preset != "paper"))
    recolor, refine = preset.recolor_settings(), _refine_settings(options)
    return Plan(
        load=LoadPlan(preset.working_pixels, options.background),
        segment=SegmentPlan(default_regions(structural) if options.regions is None else options.regions),
        saliency=SaliencyPlan(options.focus, options.seed),
        recolor=RecolorPlan(
            regions,
            options.rounds,
            options.clustering,
            recolor.contained() if options.contained else recolor,
            options.seed,
        ),
        trace=_trace(options, refine.surplus, background=regions > structural),
        refine=RefinePlan(
            options.paths,
            options.fills,
            options.contained,
            options.segments_per_path,
            refine,
            options.seed,
        ),
        threads=options.threads,
    )


def plan_paths(request: Request, paths: int, *, quick: bool) -> Plan:
    """Return the plan of one fit of a search for the number of paths.

    Parameters
    ----------
    request : Request
        With a budget of nodes, bytes or PSNR.
    paths : int
        Number of paths to try.
    quick : bool
        Whether to fit by the preset ``"fast"``, on the same photo.
    """
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
    if _scarce_nodes(options):  # of a drawing with too many nodes whole paths would have to go
        settings = replace(settings, thin_stopped=True, node_leeway=0.0)
    if options.nodes is not None and options.nodes < 2 * settings.detail_segments:
        # Not even one large detail, which gets twice the usual segments, would fit.
        fewer = min(settings.detail_segments, options.nodes)
        return replace(settings, surplus=1.0, detail_segments=fewer, detail_radius=None)
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
