"""The two recipes of Stage III: step by step where the error is, or all at once as published."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huefold.refine.drawing import Drawing
from huefold.refine.edits.fill_simplification import simplify_fills
from huefold.refine.edits.merging import unite
from huefold.refine.edits.node_removal import Spare, thin
from huefold.refine.edits.quantization import snap
from huefold.refine.edits.seeding import residual_seeds, saliency_seeds
from huefold.refine.fills.byte_costs import GRADIENT_BYTES, byte_worth
from huefold.refine.fills.gradients import FillKind, loosen, shade, tighten
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.smooth_nodes import Joints
from huefold.refine.monitor import Watch
from huefold.refine.settings import RefineSettings

__all__ = ["Aim", "Job", "fill_up", "paper", "progressive", "put_on_grid"]

PAPER_RADIUS = 5.0
LEAST_GAIN = 1e-8
"""A detail that lowers the loss by less is not worth a path: the picture is too plain to need it."""

LEAST_SHOWN = 0.5
"""Square pixels of the canvas; a path of which less shows is hidden, off the canvas, or shrunk to nothing."""

REPLACEMENTS = 8
"""How often paths that do not show are replaced after the last fit."""

LEAST_LOSS = 1e-8
"""A drawing with less is right to a fortieth of one of 255 levels: a picture of one colour, say."""

CANDIDATES = 8
"""Details to choose from for each that no fit follows, where the first ones do no good."""

KNOT_SHARE = 0.4
"""A knot is worth little without which the loss rises by less than so many times its mean over all knots."""

GRADED_PRICE = 1.0 / 3.0
"""Of the price of unions, for those that get a gradient: they start with the best, and gain less when fitted."""

WORSE = 1.02
"""An exchange that raises the loss to so many times what it was is undone; fits end a little higher or lower."""

LEAST_FILL_GAIN = 1e-7
"""A gradient that lowers the loss by less is hardly seen: 2/255 on a 600th of the picture come to so much."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a recipe works on.

    Parameters
    ----------
    draft, final : Fitter
        The photo reduced, and at working size.
    saliency : (H, W) float32 ndarray
        At working size.
    paths : int
        The budget.
    settings : RefineSettings
        Schedule and rates.
    seed : int
        For random draws.
    watch : Watch
        Progress, cancel and time limit.
    fills : {"solid", "linear", "auto"}
        What paths are filled with.
    settled : int
        Segments that are there from the start and have no surplus.
    """

    draft: Fitter
    final: Fitter
    saliency: NDArray[np.float32]
    paths: int
    settings: RefineSettings
    seed: int
    watch: Watch
    fills: FillKind
    settled: int

    def details(self, drawing: Drawing) -> int:
        """How many details a drawing may have beside its structural paths."""
        return self.paths - drawing.structural

    def fit(
        self,
        drawing: Drawing,
        fitter: Fitter,
        iterations: int,
        message: str,
        last_rate: float = 0.1,
        joints: Joints | None = None,
        loose: bool = True,
    ) -> None:
        """Run some iterations of Adam, reporting as it goes; opaque stops come to fade if `loose`."""
        self.watch.begin(message, drawing)
        if fitter.loss(drawing) <= LEAST_LOSS:
            return  # Adam moves things however little they are wrong: they could only get worse
        if self.fills != "solid" and not self.watch.expired():
            gain = max(LEAST_FILL_GAIN, GRADIENT_BYTES * self.byte_worth(drawing))
            shade(drawing, fitter, least_gain=gain, radial=self.fills == "auto")
            if loose:
                loosen(drawing)
        fitter.fit(
            drawing,
            iterations,
            point_rate=self.settings.point_rate,
            color_rate=self.settings.color_rate,
            last_rate=last_rate,
            joints=joints,
            stop=self.watch.expired,
            tick=self.watch.tick,
        )

    def byte_worth(self, drawing: Drawing) -> float:
        """How much a byte of a gradient must lower the loss: 0 where bytes do not count."""
        if self.fills != "auto":
            return 0.0
        importance = self.draft.importance(drawing)[drawing.structural :]
        return byte_worth(importance, self.settings.detail_segments)


def progressive(job: Job, drawing: Drawing) -> None:
    """Compose the drawing of more knots than it may have, take out those worth least, and settle what is left."""
    settings = job.settings
    knots = compose(replace(job, settings=settings.enriched()), drawing)
    thin_out(job, drawing, knots)
    joints = Joints.nearest(drawing.arrays.points, drawing.arrays.contours, share=settings.smooth_share)
    job.fit(drawing, job.draft, settings.settle_iterations, "settling", last_rate=0.02, joints=joints)
    retire(job, drawing)
    grow(job, drawing, job.details(drawing))
    finish(job, drawing)
    if replace_unseen(job, drawing):
        finish(job, drawing)
        for _ in range(REPLACEMENTS):  # what is new may hide what was there
            if not replace_unseen(job, drawing, fitted=False):
                break


def compose(job: Job, drawing: Drawing) -> int:
    """Fit the structure, add details in steps, and exchange paths that can be spared.

    Returns how many knots there were before the exchanges: paths that become one keep the knots of both.
    """
    settings = job.settings
    job.fit(drawing, job.draft, settings.structure_iterations, "structure")
    first = drawing.details
    for step in range(1, settings.growth_steps + 1):
        grow(job, drawing, first + round((job.details(drawing) - first) * step / settings.growth_steps))
        job.fit(
            drawing, job.draft, settings.growth_iterations, f"details, step {step} of {settings.growth_steps}"
        )
    knots = drawing.knots
    for turn in range(settings.exchange_rounds):
        if job.watch.expired():
            break
        share = settings.exchange_share * (1.0 - 0.8 * turn / settings.exchange_rounds)
        before, loss = drawing.arrays, job.draft.loss(drawing)
        exchange(job, drawing, share)
        message = f"exchange {turn + 1} of {settings.exchange_rounds}"
        job.fit(drawing, job.draft, settings.exchange_iterations, message)
        if job.draft.loss(drawing) > WORSE * loss:
            drawing.arrays = before
    return knots


def thin_out(job: Job, drawing: Drawing, knots: int) -> None:
    """Take out the surplus of `knots`, and what united paths have beyond them: first what is missed least."""
    settings, fixed = job.settings, job.settings.fixed_segments
    aim = Aim.of(settings, knots, job.settled)
    turn, rounds = 1, settings.thin_rounds
    while turn <= rounds and (surplus := _most_spare(drawing, aim, fixed)) > 0:
        if job.watch.expired():
            if not settings.thin_stopped:
                break
            rounds = min(rounds, turn + 1)  # who stopped it waits
        spare = Spare.of(drawing, job.draft, segments=fixed)
        if fixed is None:
            error = job.draft.loss(drawing) * job.draft.target.size
            surplus = aim.surplus(drawing.knots, spare.below(KNOT_SHARE * error / max(aim.usual, 1)))
        spare.take(math.ceil(surplus / (rounds + 1 - turn)))
        if not job.watch.expired():
            job.fit(drawing, job.draft, settings.thin_iterations, f"thinning {turn} of {rounds}")
        turn += 1
    while fixed is not None and thin(drawing, job.draft, _beyond(drawing, fixed), segments=fixed):
        pass  # neighbours go one at a time


def _most_spare(drawing: Drawing, aim: Aim, fixed: int | None) -> int:
    """How many knots may go: down to the fewest of all, or to so many of each path."""
    return drawing.knots - aim.fewest if fixed is None else _beyond(drawing, fixed)


def _beyond(drawing: Drawing, segments: int) -> int:
    """How many knots paths have beyond so many segments each."""
    return int(np.maximum(drawing.path_knots() - segments, 0).sum())


@dataclass(frozen=True, slots=True)
class Aim:
    """How many knots a drawing is thinned to.

    Parameters
    ----------
    fewest, usual, most : int
        All of them, in drawings whose knots are worth little, about as much as most, and much.

    Examples
    --------
    >>> aim = Aim.of(RefineSettings(surplus=1.5, node_leeway=0.1), knots=1500, settled=0)
    >>> aim
    Aim(fewest=900, usual=1000, most=1100)
    >>> [aim.surplus(1300, cheap) for cheap in (20, 250, 700)]
    [200, 250, 400]
    """

    fewest: int
    usual: int
    most: int

    @classmethod
    def of(cls, settings: RefineSettings, knots: int, settled: int) -> Aim:
        """Begin with so many knots, of which those that are settled have no surplus."""
        new = round((knots - settled) / settings.surplus)
        leeway = round(settings.node_leeway * new) if settings.surplus > 1.0 else 0
        return cls(settled + new - leeway, settled + new, settled + new + leeway)

    def surplus(self, knots: int, cheap: int) -> int:
        """How many knots of a drawing shall go, of which so many are worth little."""
        return min(max(cheap, knots - self.most, 0), knots - self.fewest)


def finish(job: Job, drawing: Drawing) -> None:
    """Run the last iterations, at full working size."""
    joints = Joints.existing(drawing.arrays.points, drawing.arrays.contours)
    iterations = job.settings.final_iterations
    job.fit(drawing, job.final, iterations, "full size", last_rate=0.02, joints=joints, loose=False)


def put_on_grid(job: Job, drawing: Drawing, decimals: int) -> None:
    """Round points; what hardly showed may show no more, and what is new is rounded too."""
    snap(drawing, decimals)
    for _ in range(REPLACEMENTS):
        if not replace_unseen(job, drawing, fitted=False):
            break
        snap(drawing, decimals)


def paper(job: Job, drawing: Drawing) -> None:
    """All details at once, as circles of radius 5 px where saliency is high; Adam on the squared error (4.4)."""
    target = job.final.target
    seeds = saliency_seeds(
        target,
        job.saliency,
        job.details(drawing),
        radius=PAPER_RADIUS,
        segments=job.settings.detail_segments,
        pixel=job.final.pixel,
        seed=job.seed,
    )
    drawing.add(*seeds)
    job.fit(drawing, job.final, job.settings.final_iterations, "all paths", last_rate=1.0)
    tighten(drawing)


def grow(job: Job, drawing: Drawing, details: int) -> None:
    """Add details, where they repair most, until there are so many (or the picture needs no more)."""
    missing = details - drawing.details
    if missing <= 0 or job.draft.loss(drawing) <= LEAST_LOSS:
        return
    fitter, radius = job.draft, job.settings.detail_radius
    seeds = residual_seeds(
        fitter.draw(drawing),
        fitter.target,
        fitter.weight,
        missing,
        segments=job.settings.detail_segments,
        pixel=fitter.pixel,
        reference=None if radius is None else radius * math.sqrt(fitter.target[0].size),
        least_gain=LEAST_GAIN,
        threads=fitter.raster.threads,
    )
    drawing.add(*seeds)


def exchange(job: Job, drawing: Drawing, share: float) -> None:
    """Replace paths that can be spared by new details where the error is.

    Such are details that could be one with another path, and beyond them the least important ones.
    """
    settings, count = job.settings, round(share * drawing.details)
    importance = job.draft.importance(drawing)[drawing.structural :]
    if settings.union_price > 0.0 and count > 0:
        graded = job.fills != "solid"
        price = (GRADED_PRICE if graded else 1.0) * settings.union_price
        price *= float(np.sort(importance)[min(count, len(importance) - 1)])
        most = settings.detail_segments if settings.fixed_segments is not None else None
        count -= unite(drawing, job.draft, count, price, segments=most, graded=graded)
        importance = job.draft.importance(drawing)[drawing.structural :]
    weakest = np.argsort(importance, kind="stable")[:count]
    worthless = np.flatnonzero(importance <= LEAST_GAIN)
    drawing.drop(drawing.structural + np.union1d(weakest, worthless))
    grow(job, drawing, job.details(drawing))


def replace_unseen(job: Job, drawing: Drawing, *, fitted: bool = True) -> bool:
    """Put new details in the place of paths of which nobody sees half a pixel; whether there were any.

    New details that are not `fitted` afterwards must do good as they are.
    """
    unseen, count = np.flatnonzero(job.final.shown(drawing) < LEAST_SHOWN), drawing.count
    if not len(unseen):
        return False
    drawing.drop(unseen)
    if fitted:
        grow(job, drawing, count - drawing.structural)
    else:
        fill_up(job, drawing, count)
    return True


def fill_up(job: Job, drawing: Drawing, paths: int) -> None:
    """Add details up to so many paths, such as lower the loss without being fitted.

    Where they are added the photo is taken to be pixels that are inside of a disc or not. Where nothing but
    thin edges is left to repair, hardly a disc does what that promises.
    """
    before, missing = drawing.arrays, paths - drawing.count
    if missing <= 0:
        return
    loss = job.final.loss(drawing)
    for candidates in (missing, CANDIDATES * missing):
        drawing.arrays = before
        grow(job, drawing, drawing.details + candidates)
        new = np.arange(before.path_count, drawing.count)
        gains = job.final.importance(drawing)[new]
        best = np.argsort(-gains, kind="stable")[:missing]
        good = best[gains[best] > LEAST_GAIN]
        drawing.drop(np.delete(new, good))
        if job.final.loss(drawing) > loss:
            drawing.arrays = before
        if drawing.count == paths:
            return


def retire(job: Job, drawing: Drawing) -> None:
    """Drop details that nobody would miss: hidden, off the canvas, or shrunk to nothing."""
    importance = job.draft.importance(drawing)[drawing.structural :]
    drawing.drop(drawing.structural + np.flatnonzero(importance <= LEAST_GAIN))
    simplify_fills(drawing, job.draft, byte_worth=job.byte_worth(drawing), least_gain=LEAST_FILL_GAIN)
    tighten(drawing)
