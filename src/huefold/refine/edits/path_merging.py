"""Merging of adjacent paths of similar colour, or of one gradient, into one path.

Neighbours that share a colour merge in recoloring (section 4.3 of the paper), and here while all are fitted. Where
a detail lies beside another path of similar colour, or only later paths lie between the two, one outline goes
around both, and the other path is free for a detail elsewhere. What that costs is measured: outlines are traced
and drawn, and the squared error is counted again.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from huefold.parallel import in_parallel
from huefold.refine.drawing import Drawing
from huefold.refine.edits.merge_candidates import MergeCandidate, MergeCandidates, PathMerge
from huefold.refine.edits.trials import error_increases
from huefold.refine.fills.gradients import STOPS
from huefold.refine.fit.fitter import Fitter
from huefold.render import GradientFills, SceneArrays

__all__ = ["merge_paths"]

Integers = NDArray[np.int64]

TRIED = 2
"""Outlines traced for each merge that is wanted."""


def merge_paths(
    drawing: Drawing,
    fitter: Fitter,
    most: int,
    threshold: float,
    *,
    segments: int | None = None,
    graded: bool = False,
) -> int:
    """Merge pairs of adjacent paths of similar colour into one path.

    Two details merge in the upper one's place, a detail and a structural path in that of the structural path, so
    structural paths stay as many as they are. The new outline is closed, encloses no holes, and has no more nodes
    than the two had together. Paths of several contours and translucent ones stay as they are.

    Parameters
    ----------
    drawing : Drawing
        Changed in place.
    fitter : Fitter
        Of the size at which outlines are traced and the error is counted.
    most : int
        The most pairs to merge, first those that increase the error least.
    threshold : float
        Loss increase from which on a pair does not merge.
    segments : int, optional
        Most segments of a new outline.
    graded : bool, optional
        Look for pairs that one linear gradient suits, and fill them so. By default pairs are of similar colour, and
        get the mean of both, or the gradient of the one of which more shows.

    Returns
    -------
    merged : int
        How many paths the drawing has lost.

    Examples
    --------
    >>> from huefold.scene import Path, Scene, Solid, contour_from_polygon
    >>> halves = [[(x, 8), (x + 9, 8), (x + 9, 24), (x, 24)] for x in (6, 14)]
    >>> paths = [Path((contour_from_polygon(half),), Solid((0, 0, 0))) for half in halves]
    >>> drawing = Drawing.from_scene(Scene(32, 32, (1, 1, 1)), paths)
    >>> photo = np.ones((32, 32, 3), np.float32)
    >>> photo[8:24, 6:23] = 0
    >>> fitter = Fitter(photo, None, reduction=1, canvas_width=32.0, threads=1)
    >>> merge_paths(drawing, fitter, 4, 1e-3), drawing.count
    (1, 1)
    """
    if most <= 0 or drawing.count < 2:
        return 0
    merges = _chosen(drawing, fitter, most, threshold, segments, graded)
    if not merges:
        return 0
    drawing.arrays = _with(drawing.arrays, merges)
    drawing.drop(np.array([merge.gone for merge in merges], np.int64))
    return len(merges)


def _chosen(
    drawing: Drawing, fitter: Fitter, most: int, threshold: float, segments: int | None, graded: bool
) -> list[PathMerge]:
    """Choose merges that share no path, batch by batch, those of least estimated cost first."""
    candidates, threads = MergeCandidates.of(drawing, fitter, graded), fitter.raster.threads
    pairs = candidates.below(threshold)
    trace = partial(candidates.traced, segments=segments)
    chosen: list[PathMerge] = []
    taken: set[int] = set()
    left = TRIED * most
    while len(chosen) < most and left > 0:
        batch, pairs = _disjoint(pairs, taken, min(most - len(chosen), left))
        if not batch:
            break
        left -= len(batch)
        merges = [merge for merge in in_parallel(trace, batch, threads) if merge is not None]
        accepted = _below(drawing, fitter, merges, threshold)
        chosen += accepted
        taken.update(path for merge in accepted for path in (merge.kept, merge.gone))
    return chosen


def _disjoint(
    pairs: list[MergeCandidate], taken: set[int], most: int
) -> tuple[list[MergeCandidate], list[MergeCandidate]]:
    """Part the first pairs that share no path from the rest; those of `taken` paths are left out."""
    batch: list[MergeCandidate] = []
    rest: list[MergeCandidate] = []
    busy = set(taken)
    for pair in pairs:
        if not taken.isdisjoint((pair.kept, pair.gone)):
            continue
        if len(batch) < most and busy.isdisjoint((pair.kept, pair.gone)):
            busy |= {pair.kept, pair.gone}
            batch.append(pair)
        else:
            rest.append(pair)
    return batch, rest


def _below(drawing: Drawing, fitter: Fitter, merges: list[PathMerge], threshold: float) -> list[PathMerge]:
    """Those of some merges that share no path which increase the loss by less than `threshold` each."""
    if not merges:
        return []
    boxes = np.array([merge.box for merge in merges])

    def change(tried: Integers) -> SceneArrays:
        return _with(drawing.arrays, [merges[k] for k in tried])

    increases = error_increases(drawing, fitter, boxes, np.arange(len(merges)), change)
    limit = threshold * fitter.target.size
    return [
        merge for merge, increase in zip(merges, increases, strict=True) if increase + merge.hue_cost < limit
    ]


def _with(arrays: SceneArrays, merges: list[PathMerge]) -> SceneArrays:
    """The drawing with merged paths; a contour of one point is left of those that are gone.

    Paths that merge have one contour each.
    """
    sizes = np.diff(arrays.contours)
    outlines = {merge.kept: merge.contour for merge in merges}
    outlines |= {merge.gone: _one_point(arrays, merge.gone) for merge in merges}
    parts, done = [], 0
    for path in sorted(outlines):
        contour = arrays.paths[path]
        parts += [arrays.points[done : arrays.contours[contour]], outlines[path]]
        sizes[contour] = len(outlines[path])
        done = arrays.contours[contour + 1]
    colors = arrays.colors.copy()
    for merge in merges:
        colors[merge.kept] = merge.color
    return replace(
        arrays,
        points=np.concatenate([*parts, arrays.points[done:]]),
        contours=np.concatenate([[0], np.cumsum(sizes)]),
        colors=colors,
        gradients=_merged_fills(arrays, merges),
    )


def _one_point(arrays: SceneArrays, path: int) -> NDArray[np.float64]:
    """A contour of nothing but the first point of a path. Shape (3, 2)."""
    first = arrays.contours[arrays.paths[path]]
    return arrays.points[first : first + 1].repeat(3, axis=0)


def _merged_fills(arrays: SceneArrays, merges: list[PathMerge]) -> GradientFills | None:
    """The gradients of a drawing with merged paths."""
    source = np.arange(arrays.path_count)
    for merge in merges:
        source[merge.kept] = merge.source
    fills = None if arrays.gradients is None else arrays.gradients.reordered(source)
    gradients = {merge.kept: merge.gradient for merge in merges if merge.gradient is not None}
    if gradients:
        which = np.full(arrays.path_count, -1)
        which[list(gradients)] = np.arange(len(gradients))
        ends, stops = (np.array(parts) for parts in zip(*gradients.values(), strict=True))
        new = GradientFills.linear(which, ends, stops).subdivided(STOPS)
        fills = new if fills is None else fills.overlaid(new)
    return fills if fills is not None and fills.count else None
