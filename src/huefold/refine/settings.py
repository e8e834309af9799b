"""How much work Stage III does, and how."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from huefold.errors import OptionError

__all__ = ["RefineSettings"]

FULL_LENGTH_PATHS = 512
"""Paths of a drawing beyond which the length penalty is lower."""

CONTAINMENT_WEIGHT = 3e-3
DETAIL_CONTAINMENT_WEIGHT = 1e-2
"""Containment penalties of contained drawings, of structural paths and of details."""

_WEIGHTS = ("occlusion_weight", "length_weight", "containment_weight", "detail_containment_weight")


@dataclass(frozen=True, slots=True)
class RefineSettings:
    """Schedule and rates of Stage III.

    Parameters
    ----------
    recipe : {"progressive", "paper"}
        ``"progressive"`` fits the structure first, adds details step by step where the error is, and relocates the
        least important ones. ``"paper"`` adds all details at once as circles of radius 5 px, drawn with
        probability proportional to saliency.
    detail_segments : int
        Cubic segments of a detail path.
    detail_radius : float or None
        Radius of a detail that starts with `detail_segments`, as a share of sqrt(picture area). Smaller ones start
        with fewer, larger ones with more, by the square root of their radius. None gives all the same.
    draft_pixels, path_pixels : int
        All but the last iterations work on a copy of the photo reduced to about this many pixels: in all, or for
        each path, whichever is more.
    structure_iterations, growth_iterations, relocation_iterations : int
        Iterations before the first details, after each growth step, and after each relocation.
    growth_steps : int
        Steps in which details are added.
    relocation_rounds : int
        How often paths that can be spared are replaced by new details elsewhere.
    relocation_share : float
        Share of the details relocated in the first round; it falls linearly to a fifth of that.
    merge_threshold : float
        In each relocation, adjacent paths of similar colour merge where this increases the loss by less than so
        many times the importance of the weakest detail that would stay. 0 merges none.
    node_oversampling : float
        Nodes at the start, as a multiple of the final number (mean over paths). The others are removed before the
        last iterations, first those whose removal increases the error least. 1 removes none.
    node_leeway : float
        Relative range around the final number of nodes: fewer if nodes matter little, more if they matter much.
    removal_rounds, removal_iterations : int
        Rounds in which nodes are removed, and iterations after each.
    removal_when_stopped : bool
        Remove nodes even if the run was stopped before, which keeps their number and costs accuracy.
    fixed_segments : int or None
        Final number of segments of every path; None removes nodes wherever they matter least.
    polish_iterations, final_iterations : int
        Last iterations on the reduced copy, and at full working size.
    point_rate, color_rate : float
        Learning rates of Adam: of points in pixels of the reduced copy, of colours in sRGB units.
    smooth_share : float
        Share of all nodes that are made smooth before the last iterations (opposite handles of one length take
        fewer bytes).
    occlusion_weight : float
        Penalty of each pixel of a path that later paths hide, beyond a margin of 2 px, as a squared error:
        structural paths stay true to their regions.
    length_weight : float
        Penalty per pixel of outline length, as the squared error of one pixel: outlines become smooth where the
        photo does not say where they run. Lower in drawings of many paths: see `length_weight_for`.
    containment_weight, detail_containment_weight : float
        Penalty of each pixel of a structural path, and of a detail, outside of its assigned region, as a squared
        error, where the colours of both differ much: paths keep to objects. 0 contains nothing.
    grid_step : float
        In pixels of the photo at working size. Points end on multiples of the power of ten at or below it, in units
        of the canvas, which takes few digits to write. 0 leaves them where they are.
    guarded : bool
        Keep outlines from crossing themselves, by an oriented fill and backtracking. False is plain Adam on the
        picture as viewers draw it.

    Raises
    ------
    OptionError
        If a count is negative or a rate is not positive.

    Examples
    --------
    >>> RefineSettings.fast().relocation_rounds < RefineSettings.best().relocation_rounds
    True
    """

    recipe: Literal["progressive", "paper"] = "progressive"
    detail_segments: int = 9
    detail_radius: float | None = 0.0205
    draft_pixels: int = 100_000
    path_pixels: int = 768
    structure_iterations: int = 120
    growth_steps: int = 4
    growth_iterations: int = 100
    relocation_rounds: int = 12
    relocation_share: float = 0.25
    relocation_iterations: int = 100
    merge_threshold: float = 6.0
    node_oversampling: float = 1.55
    node_leeway: float = 0.12
    removal_rounds: int = 6
    removal_iterations: int = 60
    removal_when_stopped: bool = False
    fixed_segments: int | None = None
    polish_iterations: int = 500
    final_iterations: int = 1000
    point_rate: float = 0.8
    color_rate: float = 0.015
    smooth_share: float = 0.3
    occlusion_weight: float = 1e-4
    length_weight: float = 1e-3
    containment_weight: float = 0.0
    detail_containment_weight: float = 0.0
    grid_step: float = 0.1
    guarded: bool = True

    def __post_init__(self) -> None:
        for name in ("structure", "growth", "relocation", "removal", "polish", "final"):
            if getattr(self, f"{name}_iterations") < 0:
                raise OptionError(f"{name}_iterations cannot be negative")
        if not 1.0 <= self.node_oversampling < math.inf or self.removal_rounds < 0:
            raise OptionError(
                "node_oversampling is a number of 1 or more, and removal_rounds is not negative"
            )
        if self.point_rate <= 0 or self.color_rate <= 0:
            raise OptionError("learning rates are positive")
        for name in (*_WEIGHTS, "merge_threshold"):
            if not 0.0 <= getattr(self, name) < math.inf:
                raise OptionError(f"{name} is a number of 0 or more")
        if not 0.0 <= self.grid_step < math.inf:
            raise OptionError("grid_step is a number of pixels of 0 or more")
        for name in ("smooth_share", "node_leeway"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise OptionError(f"{name} lies in [0, 1]")
        if self.detail_radius is not None and self.detail_radius <= 0:
            raise OptionError("detail_radius is positive, or None")
        if self.detail_segments < 2 or self.growth_steps < 1:
            raise OptionError("a detail has at least 2 segments, growth at least 1 step")
        if self.draft_pixels < 1 or self.path_pixels < 0:
            raise OptionError("a draft has at least 1 pixel in all, and 0 for each path")

    @classmethod
    def fast(cls) -> RefineSettings:
        """A few seconds a photo."""
        return cls(
            draft_pixels=70_000,
            path_pixels=540,
            structure_iterations=40,
            growth_steps=3,
            growth_iterations=50,
            relocation_rounds=2,
            relocation_iterations=40,
            node_leeway=0.0,
            removal_rounds=2,
            removal_iterations=20,
            polish_iterations=100,
            final_iterations=80,
        )

    @classmethod
    def balanced(cls) -> RefineSettings:
        """The default."""
        return cls()

    @classmethod
    def best(cls) -> RefineSettings:
        """Several times the work of the default."""
        return cls(
            growth_steps=6,
            growth_iterations=150,
            relocation_rounds=24,
            relocation_iterations=150,
            polish_iterations=600,
            final_iterations=1500,
        )

    @classmethod
    def paper(cls) -> RefineSettings:
        """The published recipe: all details at once, Adam on the plain squared error (section 4.4)."""
        return cls(
            recipe="paper",
            detail_segments=4,
            detail_radius=None,
            draft_pixels=10**9,
            structure_iterations=0,
            growth_steps=1,
            growth_iterations=0,
            relocation_rounds=0,
            relocation_iterations=0,
            merge_threshold=0.0,
            node_oversampling=1.0,
            node_leeway=0.0,
            removal_rounds=0,
            removal_iterations=0,
            polish_iterations=0,
            final_iterations=500,
            point_rate=1.0,
            color_rate=0.01,
            smooth_share=0.0,
            occlusion_weight=0.0,
            length_weight=0.0,
            grid_step=0.0,
            guarded=False,
        )

    def contained(self) -> RefineSettings:
        """Return the same for paths that keep to their assigned regions.

        Examples
        --------
        >>> RefineSettings.fast().contained().containment_weight > 0.0
        True
        """
        return replace(
            self, containment_weight=CONTAINMENT_WEIGHT, detail_containment_weight=DETAIL_CONTAINMENT_WEIGHT
        )

    def reduction(self, pixels: int, paths: int) -> int:
        """Return the whole factor by which a photo's sides are reduced for all but the last iterations.

        Parameters
        ----------
        pixels : int
            Of the photo at working size.
        paths : int
            Of the drawing: the more there are, the smaller they are.

        Examples
        --------
        >>> [RefineSettings.balanced().reduction(768 * 512, paths) for paths in (64, 128, 512)]
        [2, 2, 1]
        """
        wanted = max(self.draft_pixels, self.path_pixels * paths)
        return max(1, round(math.sqrt(pixels / wanted)))

    def length_weight_for(self, paths: int) -> float:
        """Return the length penalty of a drawing of so many paths.

        Beyond 512 paths it falls as their number grows: finer drawings have more outline for less error.

        Examples
        --------
        >>> [RefineSettings.balanced().length_weight_for(paths) for paths in (64, 256, 512, 1024)]
        [0.001, 0.001, 0.001, 0.0005]
        """
        return self.length_weight * min(1.0, FULL_LENGTH_PATHS / max(paths, 1))

    def oversampled(self) -> RefineSettings:
        """Return the same for paths of which nodes will be removed: details start with more segments.

        Examples
        --------
        >>> RefineSettings.balanced().oversampled().detail_segments
        14
        """
        return replace(self, detail_segments=round(self.node_oversampling * self.detail_segments))

    def resumed(self, change: float) -> RefineSettings:
        """Return what a drawing that exists already still needs after its number of paths was changed.

        Parameters
        ----------
        change : float
            Share of the paths that came or went, in [0, 1]; 1 is all the work of a drawing from scratch.

        Examples
        --------
        >>> [RefineSettings.balanced().resumed(change).relocation_rounds for change in (0.0, 0.25, 1.0)]
        [2, 5, 12]
        """
        return replace(
            self,
            structure_iterations=round(self.structure_iterations * change),
            growth_steps=max(1, round(self.growth_steps * change)),
            relocation_rounds=math.ceil(self.relocation_rounds * (0.15 + 0.85 * change)),
            polish_iterations=round(self.polish_iterations * (0.5 + 0.5 * change)),
        )
