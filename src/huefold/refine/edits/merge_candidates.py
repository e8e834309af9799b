"""Pairs of paths that could be one: which come into question, what they would fill, and an outline around that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.crossings import crossing_contours
from huefold.refine.drawing import Drawing
from huefold.refine.edits import kernels
from huefold.refine.edits.color_moments import Ramp, Trends
from huefold.refine.edits.layers import Layers, pixels
from huefold.refine.fit.fitter import Fitter
from huefold.trace.stacked import stacked_contours

__all__ = ["Body", "Canvas", "Union"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]
Pair = tuple[int, int]

REACH = 4
"""Pixels that lie between two paths at most: a bridge beneath later paths leaves no long arm there."""

AROUND = 16
"""Pixels around the smaller path within which a way to the other one is looked for."""

THICKNESS = 2
"""Pixels to both sides that a bridge between two paths has, where there is room."""

HELD = 0.6
"""Of what shows of either path, what must remain in one piece."""

TOLERANCE = 0.75
"""Pixels within which outlines are traced, if there are knots enough."""

CLEAR = 8
"""Pixels around what is traced."""

CHROMA = 2.0
"""How many times a difference off the grey axis counts where colours become one: a lost hue is seen."""

METRIC = np.full((3, 3), 1.0 / 3.0) + CHROMA * (np.eye(3) - 1.0 / 3.0)
OUTWARDS = np.array([-1, -1, 1, 1])


class Body(NamedTuple):
    """What two paths fill together, in pixels.

    Parameters
    ----------
    kept, gone : int
        The path in whose place it is painted, and the other one.
    box : (4,) int64 ndarray
        Pixels that hold it: left, top, right and bottom.
    inside : (h, w) bool ndarray
        Which of them it fills.
    tint : float
        What their difference in hue costs beyond the squared error.
    rise : float
        Of the squared error, about, and the tint.
    """

    kept: int
    gone: int
    box: Integers
    inside: Bools
    tint: float
    rise: float


class Union(NamedTuple):
    """An outline around two paths.

    Parameters
    ----------
    kept, gone : int
        The path whose outline it becomes, and the one that is dropped.
    contour : (3 * S, 2) float64 ndarray
        In scene units.
    source : int
        The one of which more shows: the union has its gradient if it has one.
    color : (3,) float64 ndarray
        The mean of both, by how much of them shows, if it has none.
    tint : float
        As that of its body.
    box : (4,) int64 ndarray
        Pixels that may change.
    ramp : Ramp or None
        Its gradient, in the place of source and colour.
    """

    kept: int
    gone: int
    contour: Floats
    source: int
    color: Floats
    tint: float
    box: Integers
    ramp: Ramp | None


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """A drawing in pixels, with the photo.

    Parameters
    ----------
    drawing, fitter
        As `unite` takes them.
    layers : Layers
        Of the drawing.
    colors : (N + 1, 3) float64 ndarray
        Of the paths, gradients in the mean, and of the background.
    mass : (N,) float64 ndarray
        How much of each path shows: sum of the weights.
    trends : Trends or None
        How colours change where paths show, if unions get gradients.
    """

    drawing: Drawing
    fitter: Fitter
    layers: Layers
    colors: Floats
    mass: Floats
    trends: Trends | None

    @classmethod
    def of(cls, drawing: Drawing, fitter: Fitter, graded: bool) -> Canvas:
        """Draw each path alone, and add up what shows of it."""
        layers, arrays = Layers.of(drawing.arrays, fitter.raster), drawing.arrays
        sums = partial(np.bincount, layers.shows.ravel() + 1, minlength=drawing.count + 1)
        mass = sums(fitter.weights.ravel())[1:].astype(np.float64)
        colors = np.concatenate([arrays.colors, arrays.background[None]])
        if arrays.gradients is not None:
            shaded = np.flatnonzero((arrays.gradients.paths >= 0) & (mass > 0.0))
            for channel, plane in enumerate(fitter.draw(drawing) * fitter.weights):
                colors[shaded, channel] = sums(plane.ravel())[1:][shaded] / mass[shaded]
        trends = Trends.of(drawing, fitter, layers.shows) if graded else None
        return cls(drawing, fitter, layers, colors, mass, trends)

    def alike(self, price: float) -> list[Pair]:
        """Pairs that may be united: near each other, and one colour for both costs less than `price`."""
        drawing, boxes = self.drawing, self.layers.boxes
        arrays = drawing.arrays
        plain = (np.diff(arrays.paths) == 1) & (arrays.opacities >= 1.0) & (self.mass > 0.0)
        low, high = np.triu_indices(drawing.count, 1)
        fit = plain[low] & plain[high] & (high >= drawing.structural)
        low, high = low[fit], high[fit]
        between = np.maximum(boxes[low, :2], boxes[high, :2]) - np.minimum(boxes[low, 2:], boxes[high, 2:])
        close = between.max(axis=1) <= REACH
        low, high = low[close], high[close]
        near = self._cost(low, high) < price * self.fitter.target.size
        return list(zip(low[near].tolist(), high[near].tolist(), strict=True))

    def body(self, pair: Pair) -> Body | None:
        """What two paths would fill as one, or None if they can't be joined where it does not show."""
        boxes = self.layers.boxes[list(pair)]
        extents = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
        small, large = pair if extents[0] <= extents[1] else pair[::-1]
        window = self._padded(self.layers.boxes[small], AROUND)
        joint, _, top = self._room(pair, window)
        end = kernels.bridge(joint, top, small, large, REACH, THICKNESS)
        if end < 0:
            return None
        box = np.append(np.minimum(window, boxes.min(axis=0))[:2], np.maximum(window, boxes.max(axis=0))[2:])
        state, beneath, top = self._room(pair, box)
        left, above, right, below = window - np.tile(box[:2], 2)
        state[above:below, left:right] = joint
        y, x = divmod(end, joint.shape[1])
        inside = np.empty(state.shape, np.bool_)
        kernels.fill(state, above + y, left + x, inside)
        if min(kernels.held(inside, top, path) for path in pair) < HELD:
            return None
        kept = self._kept(pair)
        if self.trends is not None:
            rise = float(self._cost(*np.array(pair)[:, None])[0])
            return Body(kept, sum(pair) - kept, box, inside, 0.0, rise)
        photo, weights = self.fitter.target, self.fitter.weights
        rise = kernels.rise(inside, top, beneath, kept, self.colors, self._mean(pair), photo, weights, box)
        tint = self._tint(*pair)
        return Body(kept, sum(pair) - kept, box, inside, tint, rise + tint)

    def traced(self, body: Body, segments: int | None) -> Union | None:
        """An outline around a body, or None if there is none of so few knots that does not cross itself."""
        arrays, crop = self.drawing.arrays, self._padded(body.box, CLEAR)
        rank = np.zeros((crop[3] - crop[1], crop[2] - crop[0]), np.int32)
        left, above, right, below = body.box - np.tile(crop[:2], 2)
        rank[above:below, left:right] = body.inside
        pair = (body.kept, body.gone)
        knots = int(self.drawing.path_knots()[list(pair)].sum())
        most = knots if segments is None else min(knots, segments)
        hold = slice(above, below), slice(left, right)
        contours = stacked_contours(rank, 1, hold, tolerance=TOLERANCE, max_segments=most)
        if len(contours) != 1:
            return None
        contour = contours[0] + crop[:2]
        box = pixels(contour, self.layers.shows.shape)
        box = np.append(np.minimum(box, body.box)[:2], np.maximum(box, body.box)[2:])
        height, width = self.layers.shows.shape
        contour = contour * (arrays.width / width, arrays.height / height)
        if crossing_contours(contour, np.array([0, len(contour)])).any():
            return None
        source = max(pair, key=lambda path: float(self.mass[path]))
        ramp = None if self.trends is None else self.trends.ramp(pair)
        return Union(body.kept, body.gone, contour, source, self._mean(pair), body.tint, box, ramp)

    def _room(
        self, pair: Pair, box: Integers
    ) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32]]:
        """Where in a box a pair may lie as one path, what shows without it, and with it."""
        shape = (box[3] - box[1], box[2] - box[0])
        state, beneath = np.empty(shape, np.uint8), np.empty(shape, np.int32)
        layers = self.layers
        kernels.room(
            layers.filled, layers.offsets, layers.boxes, layers.shows, *pair, self._kept(pair), box, beneath, state
        )  # fmt: skip
        top = np.ascontiguousarray(
            layers.shows[box[1] : box[3], box[0] : box[2]]
        )  # kernels for one kind of arrays
        return state, beneath, top

    def _cost(self, low: Integers, high: Integers) -> Floats:
        """About what it costs that pairs of paths get one fill: one colour, or one gradient."""
        if self.trends is not None:
            return self.trends.cost(low, high)
        change: Floats = (((self.colors[low] - self.colors[high]) @ METRIC) ** 2).sum(axis=1)
        return change * self._shared(low, high)  # type: ignore[no-any-return]

    def _shared(self, low: Any, high: Any) -> Any:
        """How much each squared difference of colours costs that become one: as in Ward's criterion."""
        return self.mass[low] * self.mass[high] / (self.mass[low] + self.mass[high])

    def _tint(self, low: int, high: int) -> float:
        """What the difference in hue of two paths costs beyond the squared error."""
        change = self.colors[low] - self.colors[high]
        return float((((change @ METRIC) ** 2).sum() - (change**2).sum()) * self._shared(low, high))

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
