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

__all__ = ["CandidateMask", "MergeCandidates", "PathMerge"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Pair = tuple[int, int]

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

METRIC = np.full((3, 3), 1.0 / 3.0) + CHROMA * (np.eye(3) - 1.0 / 3.0)
OUTWARDS = np.array([-1, -1, 1, 1])


class CandidateMask(NamedTuple):
    """What two paths fill together, in pixels."""

    kept: int  # the path in whose place it is painted
    gone: int  # the other one
    box: Integers  # (4,), left, top, right and bottom of the pixels that hold it
    inside: NDArray[np.bool_]  # (h, w), which of them it fills
    hue_cost: float  # what the difference in hue costs beyond the squared error
    increase: float  # about the increase of the squared error, and the cost of hue


class PathMerge(NamedTuple):
    """Two paths as one."""

    kept: int  # the path whose outline it becomes
    gone: int  # the one that is dropped
    contour: Floats  # (3 * S, 2), in scene units
    source: int  # the path of which more shows, whose gradient it has if there is one
    color: Floats  # (3,), the mean of both by how much of them shows, if it has no gradient
    hue_cost: float  # as that of its mask
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
        return cls(drawing, fitter, layers, colors, mass, moments)

    def similar_pairs(self, threshold: float) -> list[Pair]:
        """Pairs near each other for which one fill increases the loss by less than `threshold`."""
        drawing, boxes = self.drawing, self.layers.boxes
        arrays = drawing.arrays
        plain = (np.diff(arrays.paths) == 1) & (arrays.opacities >= 1.0) & (self.mass > 0.0)
        low, high = np.triu_indices(drawing.count, 1)
        fit = plain[low] & plain[high] & (high >= drawing.structural)
        low, high = low[fit], high[fit]
        between = np.maximum(boxes[low, :2], boxes[high, :2]) - np.minimum(boxes[low, 2:], boxes[high, 2:])
        close = between.max(axis=1) <= REACH
        low, high = low[close], high[close]
        near = self._cost(low, high) < threshold * self.fitter.target.size
        return list(zip(low[near].tolist(), high[near].tolist(), strict=True))

    def mask(self, pair: Pair) -> CandidateMask | None:
        """What two paths would fill as one, or None if no hidden bridge joins them."""
        boxes = self.layers.boxes[list(pair)]
        extents = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
        small, large = pair if extents[0] <= extents[1] else pair[::-1]
        window = self._padded(self.layers.boxes[small], AROUND)
        near, _, top = self._free_pixels(pair, window)
        end = kernels.build_bridge(near, top, small, large, REACH, THICKNESS)
        if end < 0:
            return None
        box = np.append(np.minimum(window, boxes.min(axis=0))[:2], np.maximum(window, boxes.max(axis=0))[2:])
        state, beneath, top = self._free_pixels(pair, box)
        left, above, right, below = window - np.tile(box[:2], 2)
        state[above:below, left:right] = near
        y, x = divmod(end, near.shape[1])
        inside = np.empty(state.shape, np.bool_)
        kernels.fill_mask(state, above + y, left + x, inside)
        if min(kernels.kept_share(inside, top, path) for path in pair) < LEAST_KEPT:
            return None
        hue_cost, increase = self._increase(pair, inside, (top, beneath), box)
        kept = self._kept(pair)
        return CandidateMask(kept, sum(pair) - kept, box, inside, hue_cost, increase)

    def traced(self, mask: CandidateMask, segments: int | None) -> PathMerge | None:
        """Trace an outline around a mask; None if there is none of so few nodes that does not cross itself."""
        arrays, pair = self.drawing.arrays, (mask.kept, mask.gone)
        nodes = int(self.drawing.path_nodes()[list(pair)].sum())
        contour = self._outline(mask, nodes if segments is None else min(nodes, segments))
        if contour is None:
            return None
        height, width = self.layers.shows.shape
        box = pixel_box(contour, (height, width))
        box = np.append(np.minimum(box, mask.box)[:2], np.maximum(box, mask.box)[2:])
        contour = contour * (arrays.width / width, arrays.height / height)
        if crossing_contours(contour, np.array([0, len(contour)])).any():
            return None
        source = max(pair, key=lambda path: float(self.mass[path]))
        gradient = None if self.moments is None else self.moments.gradient(pair)
        return PathMerge(*pair, contour, source, self._mean(pair), mask.hue_cost, box, gradient)

    def _outline(self, mask: CandidateMask, segments: int) -> Floats | None:
        """One closed outline around a mask, in pixels, or None if it takes several."""
        crop = self._padded(mask.box, CLEAR)
        rank = np.zeros((crop[3] - crop[1], crop[2] - crop[0]), np.int32)
        left, above, right, below = mask.box - np.tile(crop[:2], 2)
        rank[above:below, left:right] = mask.inside
        within = slice(above, below), slice(left, right)
        contours = stacked_contours(rank, 1, within, tolerance=TOLERANCE, max_segments=segments)
        return contours[0] + crop[:2] if len(contours) == 1 else None

    def _free_pixels(
        self, pair: Pair, box: Integers
    ) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32]]:
        """Where in a box a pair may lie as one path, what shows without it, and what shows now."""
        shape = (box[3] - box[1], box[2] - box[0])
        state, beneath = np.empty(shape, np.uint8), np.empty(shape, np.int32)
        layers, places = self.layers, (*pair, self._kept(pair))
        kernels.find_free(layers.for_kernels, layers.shows, places, box, beneath, state)
        # Contiguous, so that kernels are compiled for one kind of arrays only.
        top = np.ascontiguousarray(layers.shows[box[1] : box[3], box[0] : box[2]])
        return state, beneath, top

    def _increase(
        self,
        pair: Pair,
        inside: NDArray[np.bool_],
        shown: tuple[NDArray[np.int32], NDArray[np.int32]],
        box: Integers,
    ) -> tuple[float, float]:
        """Cost of the difference in hue, and with it about the increase of the squared error."""
        if self.moments is not None:
            return 0.0, float(self._cost(*np.array(pair)[:, None])[0])
        photo, kept = (self.fitter.target, self.fitter.weights), self._kept(pair)
        increase = kernels.merge_increase(inside, shown, kept, self.colors, self._mean(pair), photo, box)
        hue_cost = self._hue_cost(*pair)
        return hue_cost, increase + hue_cost

    def _cost(self, low: Integers, high: Integers) -> Floats:
        """About what it costs that pairs of paths get one fill: one colour, or one gradient."""
        if self.moments is not None:
            return self.moments.cost(low, high)
        change: Floats = (((self.colors[low] - self.colors[high]) @ METRIC) ** 2).sum(axis=1)
        return change * self._shared_mass(low, high)  # type: ignore[no-any-return]

    def _shared_mass(self, low: Any, high: Any) -> Any:
        """Cost of each squared difference of colours that become one: as in Ward's criterion."""
        return self.mass[low] * self.mass[high] / (self.mass[low] + self.mass[high])

    def _hue_cost(self, low: int, high: int) -> float:
        """What the difference in hue of two paths costs beyond the squared error."""
        change = self.colors[low] - self.colors[high]
        return float((((change @ METRIC) ** 2).sum() - (change**2).sum()) * self._shared_mass(low, high))

    def _kept(self, pair: Pair) -> int:
        """The path in whose place a pair is painted: a structural one, or the upper one."""
        return pair[0] if pair[0] < self.drawing.structural else pair[1]

    def _mean(self, pair: Pair) -> Floats:
        """The colour that is best for both."""
        mean: Floats = np.average(self.colors[list(pair)], axis=0, weights=self.mass[list(pair)])
        return mean

    def _padded(self, box: Integers, margin: int) -> Integers:
        height, width = self.layers.shows.shape
        padded: Integers = np.clip(box + margin * OUTWARDS, 0, (width, height, width, height))
        return padded
