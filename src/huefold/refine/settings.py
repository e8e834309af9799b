"""What Stage III may spend, and how."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from huefold.errors import OptionError

__all__ = ["RefineSettings"]

FULL_PRICE_PATHS = 512
"""Outlines of drawings of more paths cost less."""

REGION_COST = 3e-3
DETAIL_REGION_COST = 1e-2
"""What a pixel of a path costs outside of its region in contained drawings, of structure and of details."""


@dataclass(frozen=True, slots=True)
class RefineSettings:
    """Schedule and rates of Stage III.

    Parameters
    ----------
    recipe : {"progressive", "paper"}
        ``"progressive"`` fits the structure first, adds details step by step where the error is, and exchanges
        the least important ones; ``"paper"`` adds all details at once as circles of radius 5 px, drawn with
        probability proportional to saliency.
    detail_segments : int
        Cubic segments of a detail path.
    detail_radius : float or None
        Radius of details that start with so many segments, as a share of the side of a square as large as the
        picture; smaller ones start with fewer, larger ones with more, by the square root of their radius. None
        gives all the same.
    draft_pixels, path_pixels : int
        All but the last iterations work on a copy of the photo reduced to about this many pixels: in all, or for
        each path, whichever is more.
    structure_iterations, growth_iterations, exchange_iterations : int
        Iterations before the first details, after each growth step, and after each exchange.
    growth_steps : int
        In how many steps details are added.
    exchange_rounds : int
        How often paths that can be spared are replaced by new details.
    exchange_share : float
        Share of the details replaced in the first exchange; it falls linearly to a fifth of that.
    union_price : float
        At each exchange paths that lie together and have nearly one colour become one where this raises the loss by
        less than so many times the importance of the weakest detail that would stay; 0 unites none.
    surplus : float
        How many times the segments that paths end with they start with, in the mean: before the last iterations
        those knots are taken out without which the error rises least. 1 takes out none.
    node_leeway : float
        By which share a drawing may end with fewer or more knots than that: where knots are worth little for the
        error that is left, or much.
    thin_rounds, thin_iterations : int
        In how many rounds knots are taken out, and iterations after each.
    thin_stopped : bool
        Take them out too where the run was stopped before, which keeps nodes and costs accuracy.
    fixed_segments : int or None
        Every path is thinned to so many segments; None takes out knots wherever they are worth least.
    settle_iterations, final_iterations : int
        Last iterations on the reduced copy, and at full working size.
    point_rate, color_rate : float
        Step sizes of Adam: points in pixels of the reduced copy, colours in sRGB units.
    smooth_share : float
        Share of all knots that are made smooth before the last iterations (opposite handles of one length take
        fewer bytes).
    hidden_cost : float
        What a pixel of a path costs that later paths hide, beyond a margin of 2 px, as a squared error: structural
        paths stay true to their regions.
    length_cost : float
        What an outline costs for each pixel of the photo that it is long, as the squared error of a pixel: outlines
        that little depends on become short instead of ragged. Drawings of many paths pay less: see `length_price`.
    region_cost, detail_region_cost : float
        What a pixel of a structural path, and of a detail, costs outside of the region of the photo that it belongs
        to, as a squared error, where the colours of both differ much: paths keep to objects. 0 lets them go
        wherever that lowers the error.
    grid : float
        In pixels of the photo at working size: points end on multiples of the power of ten at or below it, in units
        of the canvas, which takes few digits to write. 0 leaves them where they are.
    guarded : bool
        Keep outlines from crossing themselves, by an oriented fill and steps back. False is plain Adam on the
        picture as viewers draw it.

    Raises
    ------
    OptionError
        If a count is negative or a rate is not positive.

    Examples
    --------
    >>> RefineSettings.fast().exchange_rounds < RefineSettings.best().exchange_rounds
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
    exchange_rounds: int = 12
    exchange_share: float = 0.25
    exchange_iterations: int = 100
    union_price: float = 6.0
    surplus: float = 1.55
    node_leeway: float = 0.12
    thin_rounds: int = 6
    thin_iterations: int = 60
    thin_stopped: bool = False
    fixed_segments: int | None = None
    settle_iterations: int = 500
    final_iterations: int = 1000
    point_rate: float = 0.8
    color_rate: float = 0.015
    smooth_share: float = 0.3
    hidden_cost: float = 1e-4
    length_cost: float = 1e-3
    region_cost: float = 0.0
    detail_region_cost: float = 0.0
    grid: float = 0.1
    guarded: bool = True

    def __post_init__(self) -> None:
        for name in ("structure", "growth", "exchange", "thin", "settle", "final"):
            if getattr(self, f"{name}_iterations") < 0:
                raise OptionError(f"{name}_iterations cannot be negative")
        if not 1.0 <= self.surplus < math.inf or self.thin_rounds < 0:
            raise OptionError("surplus is a number of 1 or more, and thin_rounds is not negative")
        if self.point_rate <= 0 or self.color_rate <= 0:
            raise OptionError("learning rates are positive")
        for name in ("hidden_cost", "length_cost", "region_cost", "detail_region_cost", "union_price"):
            if not 0.0 <= getattr(self, name) < math.inf:
                raise OptionError(f"{name} is a number of 0 or more")
        if not 0.0 <= self.grid < math.inf:
            raise OptionError("grid is a number of pixels of 0 or more")
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
            exchange_rounds=2,
            exchange_iterations=40,
            node_leeway=0.0,
            thin_rounds=2,
            thin_iterations=20,
            settle_iterations=100,
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
            exchange_rounds=24,
            exchange_iterations=150,
            settle_iterations=600,
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
            exchange_rounds=0,
            exchange_iterations=0,
            union_price=0.0,
            surplus=1.0,
            node_leeway=0.0,
            thin_rounds=0,
            thin_iterations=0,
            settle_iterations=0,
            final_iterations=500,
            point_rate=1.0,
            color_rate=0.01,
            smooth_share=0.0,
            hidden_cost=0.0,
            length_cost=0.0,
            grid=0.0,
            guarded=False,
        )

    def contained(self) -> RefineSettings:
        """The same for paths that keep to the regions that they belong to.

        Examples
        --------
        >>> RefineSettings.fast().contained().region_cost > 0.0
        True
        """
        return replace(self, region_cost=REGION_COST, detail_region_cost=DETAIL_REGION_COST)

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

    def length_price(self, paths: int) -> float:
        """Return what a pixel of outline costs in a drawing of so many paths.

        Beyond 512 paths it falls as their number grows: finer drawings have more outline for less error.

        Parameters
        ----------
        paths : int
            Of the drawing.

        Examples
        --------
        >>> [RefineSettings.balanced().length_price(paths) for paths in (64, 256, 512, 1024)]
        [0.001, 0.001, 0.001, 0.0005]
        """
        return self.length_cost * min(1.0, FULL_PRICE_PATHS / max(paths, 1))

    def enriched(self) -> RefineSettings:
        """The same for paths that will be thinned: their surplus is part of their segments.

        Examples
        --------
        >>> RefineSettings.balanced().enriched().detail_segments
        14
        """
        return replace(self, detail_segments=round(self.surplus * self.detail_segments))

    def resumed(self, change: float) -> RefineSettings:
        """What a drawing that exists already still needs after its number of paths was changed.

        Parameters
        ----------
        change : float
            Share of the paths that came or went, in [0, 1]; 1 is all the work of a drawing from scratch.

        Examples
        --------
        >>> [RefineSettings.balanced().resumed(change).exchange_rounds for change in (0.0, 0.25, 1.0)]
        [2, 5, 12]
        """
        return replace(
            self,
            structure_iterations=round(self.structure_iterations * change),
            growth_steps=max(1, round(self.growth_steps * change)),
            exchange_rounds=math.ceil(self.exchange_rounds * (0.15 + 0.85 * change)),
            settle_iterations=round(self.settle_iterations * (0.5 + 0.5 * change)),
        )
