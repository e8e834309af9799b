"""Pairs of paths that could merge: which come into question, what they would fill, and an outline around that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.crossings import crossing_contours
from huefold.contours.stacked import stacked_contours
from huefold.refine.drawing import Drawing
from huefold.refine.edits import kernels
from huefold.refine.edits.color_moments import ColorMoments, TwoStops
from huefold.refine.edits.layers import Layers, pixel_box
from huefold.refine.fit.fitter import Fitter

__all__ = ["MergeCandidate", "MergeCandidates", "PathMerge"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

REACH = 4
"""Most pixels between two paths: a bridge beneath later paths leaves no long arm there."""

AROUND = 16
"""Pixels around the smaller path within which a way to the other one is looked for."""

THICKNESS = 2
"""Pixels to both sides that a bridge between two paths has, where it can."""

LEAST_KEPT = 0.6
"""Share of what shows of either path that must remain in one piece."""

TOLERANCE = 0.75
"""Pixels within which outlines are traced, if there are nodes enough."""

CLEAR = 8
"""Pixels around what is traced."""

CHROMA = 2.0
"""Weight of chroma differences relative to lightness, since a lost hue is visible."""


OUTWARDS = np.array([-1, -1, 1, 1])


class MergeCandidate(NamedTuple):
    """Two paths that could be one."""

    kept: int  # the path in whose place it is painted
    gone: int  # the other one
    hue_cost: float  # what the difference in hue costs beyond the squared error
    increase: float  # about the increase of the squared error, and the cost of hue


class PathMerge(NamedTuple):
    """Two paths as one."""

    kept: int  # the path whose outline it becomes
    gone: int  # the one that is dropped
    contour: Floats  # (3 * S, 2), in scene units
    source: int  # the path of which more shows, whose gradient it has if there is one
    color: Floats  # (3,), the mean of both by how much of them shows, if it has no gradient
    hue_cost: float  # as that of the candidate
    box: Integers  # (4,), pixels that may change
    gradient: TwoStops | None  # in the place of source and colour


@dataclass(frozen=True, slots=True, eq=False)
class MergeCandidates:
    """A drawing in pixels beside the photo, in which pairs are looked for."""

    drawing: Drawing
    fitter: Fitter
    layers: Layers
    colors: Floats  # (N + 1, 3), of the paths, gradients in the mean, and of the background
    mass: Floats  # (N,), how much of each path shows: sum of the weights
    moments: ColorMoments | None  # if merged paths get gradients
    scene: kernels.MergeScene  # the same for kernels

    @classmethod
    def of(cls, drawing: Drawing, fitter: Fitter, graded: bool) -> MergeCandidates:
        """Draw each path alone, and add up what shows of it."""
        layers, arrays = Layers.of(drawing.arrays, fitter.raster), drawing.arrays
        sums = partial(np.bincount, layers.shows.ravel() + 1, minlength=drawing.count + 1)
        mass = sums(fitter.weights.ravel())[1:].astype(np.float64)
        colors = np.concatenate([arrays.colors, arrays.background[None]])
        if arrays.gradients is not None:
            shaded = np.flatnonzero((arrays.gradients.paths >= 0) & (mass > 0.0))
            for channel, plane in enumerate(fitter.draw(drawing) * fitter.weights):
                colors[shaded, channel] = sums(plane.ravel())[1:][shaded] / mass[shaded]
        moments = ColorMoments.of(drawing, fitter, layers.shows) if graded else None
        scene = _scene(drawing, fitter, layers, colors, mass, moments)
        return cls(drawing, fitter, layers, colors, mass, moments, scene)

    def below(self, threshold: float) -> list[MergeCandidate]:
        """Pairs near each other that a hidden bridge joins, those of least cost first.

        One fill increases the loss by less than `threshold`.
        """
        arrays = self.drawing.arrays
        plain = (np.diff(arrays.paths) == 1) & (arrays.opacities >= 1.0) & (self.mass > 0.0)
        pairs = kernels.similar_pairs(self.scene, plain, threshold * self.fitter.target.size)
        costs = kernels.merge_costs(self.scene, pairs, self.fitter.raster.threads)
        order = np.argsort(costs[:, 0], kind="stable")
        order = order[np.isfinite(costs[order, 0])]
        return [
            self._candidate(low, high, cost, hue_cost)
            for (low, high), (cost, hue_cost) in zip(
                pairs[order].tolist(), costs[order].tolist(), strict=True
            )
        ]

    def traced(self, candidate: MergeCandidate, segments: int | None) -> PathMerge | None:
        """Trace an outline around a pair; None if there is none of so few nodes that does not cross itself."""
        arrays, pair = self.drawing.arrays, (candidate.kept, candidate.gone)
        mask = kernels.merge_mask(self.scene, sorted(pair))
        assert mask is not None
        mask_box, inside = mask
        nodes = int(self.drawing.path_nodes()[list(pair)].sum())
        contour = self._outline(mask_box, inside, nodes if segments is None else min(nodes, segments))
        if contour is None:
            return None
        height, width = self.layers.shows.shape
        box = pixel_box(contour, (height, width))
        box = np.append(np.minimum(box, mask_box)[:2], np.maximum(box, mask_box)[2:])
        contour = contour * (arrays.width / width, arrays.height / height)
        if crossing_contours(contour, np.array([0, len(contour)])).any():
            return None
        source = max(pair, key=lambda path: float(self.mass[path]))
        gradient = None if self.moments is None else self.moments.gradient(pair)
        return PathMerge(*pair, contour, source, self._mean(pair), candidate.hue_cost, box, gradient)

    def _outline(self, box: Integers, inside: NDArray[np.bool_], segments: int) -> Floats | None:
        """One closed outline around a mask, in pixels, or None if it takes several."""
        height, width = self.layers.shows.shape
        crop = np.clip(box + CLEAR * OUTWARDS, 0, (width, height, width, height))
        rank = np.zeros((crop[3] - crop[1], crop[2] - crop[0]), np.int32)
        left, above, right, below = box - np.tile(crop[:2], 2)
        rank[above:below, left:right] = inside
        within = slice(above, below), slice(left, right)
        contours = stacked_contours(rank, 1, within, tolerance=TOLERANCE, max_segments=segments)
        return contours[0] + crop[:2] if len(contours) == 1 else None

    def _candidate(self, low: int, high: int, increase: float, hue_cost: float) -> MergeCandidate:
        """A pair in the place of the structural path, or else of the upper one."""
        kept, gone = (low, high) if low < self.drawing.structural else (high, low)
        return MergeCandidate(kept, gone, hue_cost, increase)

    def _mean(self, pair: tuple[int, int]) -> Floats:
        """The colour that is best for both."""
        mean: Floats = np.average(self.colors[list(pair)], axis=0, weights=self.mass[list(pair)])
        return mean


def _scene(
    drawing: Drawing,
    fitter: Fitter,
    layers: Layers,
    colors: Floats,
    mass: Floats,
    moments: ColorMoments | None,
) -> kernels.MergeScene:
    arrays: dict[str, NDArray[Any]] = {
        "filled": layers.filled, "offsets": layers.offsets, "boxes": layers.boxes, "shows": layers.shows,
        "target": fitter.target, "weight": fitter.weights, "colors": colors, "mass": mass,
    }  # fmt: skip
    if moments is not None:
        arrays |= {"sums": moments.sums, "errors": moments.remaining_error}
    return kernels.MergeScene.of(
        arrays, count=drawing.count, structural=drawing.structural, height=fitter.raster.height,
        width=fitter.raster.width, reach=REACH, around=AROUND, thickness=THICKNESS, least_kept=LEAST_KEPT,
        chroma=CHROMA,
    )  # fmt: skip
