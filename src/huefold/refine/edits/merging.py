"""Paths of nearly one colour, or of one gradient, become one: what that frees is worth more as a detail elsewhere.

Neighbours that share a colour merge, as in recoloring, but now while all are fitted: where a detail lies beside
another path of nearly its colour, or only later paths lie between the two, one outline can go around both. What the
picture loses is seen, not guessed: outlines are traced and drawn, and the squared error is counted again.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from huefold.parallel import in_parallel
from huefold.refine.drawing import Drawing
from huefold.refine.edits.merge_candidates import Body, Canvas, Union
from huefold.refine.edits.trials import rises
from huefold.refine.fills.gradients import STOPS
from huefold.refine.fit.fitter import Fitter
from huefold.render import GradientFills, SceneArrays

__all__ = ["unite"]

Integers = NDArray[np.int64]

TRIED = 2
"""Outlines traced for each that is wanted."""


def unite(
    drawing: Drawing,
    fitter: Fitter,
    most: int,
    price: float,
    *,
    segments: int | None = None,
    graded: bool = False,
) -> int:
    """Draw pairs of paths that lie together and have nearly one colour as one path each.

    Two details become one in the upper one's place, a detail and a structural path one in the structural path's
    place: structural paths stay as many as they are. The new outline is closed, encloses no holes, and has no more
    knots than the two had together. Paths of several contours and translucent ones stay as they are.

    Parameters
    ----------
    drawing : Drawing
        Changed in place.
    fitter : Fitter
        Of the size at which outlines are traced and the error is counted.
    most : int
        How many pairs are united at most, those first that raise the error least.
    price : float
        Rise of the loss from which on a pair is not united.
    segments : int, optional
        Most segments of a new outline.
    graded : bool, optional
        Look for pairs that one linear gradient suits, and fill them so; else for ones of nearly one colour, which
        get the mean of both, or the gradient of the one of which more shows.

    Returns
    -------
    united : int
        How many paths the drawing has lost.

    Notes
    -----
    Source: neighbours that share a colour merge (section 4.3 of the paper), here between paths under refinement.

    Examples
    --------
    >>> from huefold.scene import Path, Scene, Solid, contour_from_polygon
    >>> halves = [[(x, 8), (x + 9, 8), (x + 9, 24), (x, 24)] for x in (6, 14)]
    >>> paths = [Path((contour_from_polygon(half),), Solid((0, 0, 0))) for half in halves]
    >>> drawing = Drawing.from_scene(Scene(32, 32, (1, 1, 1)), paths)
    >>> photo = np.ones((32, 32, 3), np.float32)
    >>> photo[8:24, 6:23] = 0
    >>> unite(drawing, Fitter(photo, None, reduction=1, canvas_width=32.0, threads=1), 4, 1e-3), drawing.count
    (1, 1)
    """
    if most <= 0 or drawing.count < 2:
        return 0
    canvas, threads = Canvas.of(drawing, fitter, graded), fitter.raster.threads
    trace = partial(canvas.traced, segments=segments)
    bodies = [body for body in in_parallel(canvas.body, canvas.alike(price), threads) if body is not None]
    bodies.sort(key=lambda body: body.rise)
    chosen: list[Union] = []
    taken: set[int] = set()
    left = TRIED * most
    while len(chosen) < most and left > 0:
        batch, bodies = _disjoint(bodies, taken, min(most - len(chosen), left))
        if not batch:
            break
        left -= len(batch)
        unions = [union for union in in_parallel(trace, batch, threads) if union is not None]
        accepted = _below(drawing, fitter, unions, price)
        chosen += accepted
        taken.update(path for union in accepted for path in (union.kept, union.gone))
    if not chosen:
        return 0
    drawing.arrays = _with(drawing.arrays, chosen)
    drawing.drop(np.array([union.gone for union in chosen], np.int64))
    return len(chosen)


def _disjoint(bodies: list[Body], taken: set[int], most: int) -> tuple[list[Body], list[Body]]:
    """Part the first bodies that share no path from the rest; those of `taken` paths are left out."""
    batch: list[Body] = []
    rest: list[Body] = []
    busy = set(taken)
    for body in bodies:
        if not taken.isdisjoint((body.kept, body.gone)):
            continue
        if len(batch) < most and busy.isdisjoint((body.kept, body.gone)):
            busy |= {body.kept, body.gone}
            batch.append(body)
        else:
            rest.append(body)
    return batch, rest


def _below(drawing: Drawing, fitter: Fitter, unions: list[Union], price: float) -> list[Union]:
    """Those of some unions that share no path which raise the loss by less than `price` each."""
    if not unions:
        return []
    boxes = np.array([union.box for union in unions])

    def change(tried: Integers) -> SceneArrays:
        return _with(drawing.arrays, [unions[k] for k in tried])

    rise = rises(drawing, fitter, boxes, np.arange(len(unions)), change)
    limit = price * fitter.target.size
    return [union for union, much in zip(unions, rise, strict=True) if much + union.tint < limit]


def _with(arrays: SceneArrays, unions: list[Union]) -> SceneArrays:
    """The drawing with other outlines and colours, and nothing in place of paths that gave way to them."""
    outlines = {union.kept: union.contour for union in unions}
    gone = {union.gone for union in unions}
    parts, sizes, counts = [], [], []
    for path in range(arrays.path_count):
        ends = arrays.contours[arrays.paths[path] : arrays.paths[path + 1] + 1]
        here = [arrays.points[a:b] for a, b in pairwise(ends)]
        here = [outlines[path]] if path in outlines else here
        here = [contour[:1].repeat(3, axis=0) for contour in here] if path in gone else here
        parts += here
        sizes += [len(contour) for contour in here]
        counts.append(len(here))
    colors, source = arrays.colors.copy(), np.arange(arrays.path_count)
    for union in unions:
        colors[union.kept], source[union.kept] = union.color, union.source
    fills = None if arrays.gradients is None else arrays.gradients.reordered(source)
    ramps = {union.kept: union.ramp for union in unions if union.ramp is not None}
    if ramps:
        which = np.full(arrays.path_count, -1)
        which[list(ramps)] = np.arange(len(ramps))
        ends, stops = (np.array(parts) for parts in zip(*ramps.values(), strict=True))
        new = GradientFills.linear(which, ends, stops).subdivided(STOPS)
        fills = new if fills is None else fills.overlaid(new)
    return replace(
        arrays,
        points=np.concatenate(parts),
        contours=np.concatenate([[0], np.cumsum(sizes)]),
        paths=np.concatenate([[0], np.cumsum(counts)]),
        colors=colors,
        gradients=fills if fills is not None and fills.count else None,
    )
