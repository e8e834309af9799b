"""A fit in numpy, slow and obvious: what the loop in C does, step by step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from huefold.bezier.kernels import CHORDS
from huefold.refine.fit.crossing_guard import TRIES
from huefold.refine.fit.kernels import guard_contours
from huefold.refine.fit.outlines import SmoothOutlines
from huefold.refine.fit.structs import CrossingTestStruct, GuardStruct
from huefold.refine.penalties import kernels as penalty_kernels
from huefold.refine.penalties.total import UPDATE_EVERY

MEAN_DECAY, SQUARE_DECAY, EPSILON = 0.9, 0.99, 1e-12


class Adam:
    """Moments of all that moves, by name."""

    def __init__(self):
        self.step, self.mean, self.square = 0, {}, {}

    def advance(self):
        self.step += 1

    def moved(self, name, values, gradient, rate, *, squared=None, mixed=lambda square: square):
        """Return values after a step; `squared` and `mixed` are for second moments that are shared."""
        squared = gradient**2 if squared is None else squared
        mean, square = self.mean.get(name, 0.0 * gradient), self.square.get(name, 0.0 * squared)
        self.mean[name] = mean = MEAN_DECAY * mean + (1 - MEAN_DECAY) * gradient
        self.square[name] = square = SQUARE_DECAY * square + (1 - SQUARE_DECAY) * squared
        likely = mean / (1 - MEAN_DECAY**self.step)
        spread = np.sqrt(mixed(square) / (1 - SQUARE_DECAY**self.step))
        return values - rate * likely / (spread + EPSILON)


def moved_fills(variables, adam, fills, gradients, end_rate, color_rate):
    """Return gradients after a step of Adam for each of them, each then mended."""
    by_shape = gradients.shapes.copy()
    for g in range(fills.count):
        if variables.centered[g]:
            by_shape[g, :2] += by_shape[g, 3:5]
            by_shape[g, 3:5] = 0.0
        if variables.pointed[g]:
            by_shape[g, 5] = 0.0
        if not fills.radial[g]:
            by_shape[g, 4:] = 0.0
    shapes = adam.moved("shapes", fills.shapes, by_shape, (end_rate / variables.scale)[:, None])
    colors = adam.moved("stop colors", fills.colors, gradients.colors, color_rate)
    by_offset = np.where(variables.offsets, gradients.offsets, 0.0)
    offsets = adam.moved("offsets", fills.offsets, by_offset, 0.3 * color_rate)
    opacities = fills.opacities
    if gradients.opacities is not None:
        by_opacity = np.where(variables.opacities, gradients.opacities, 0.0)
        opacities = adam.moved("stop opacities", opacities, by_opacity, color_rate)
    for g in range(fills.count):
        if variables.centered[g]:
            shapes[g, 3:5] = shapes[g, :2]
        x, y, r, fx, fy, fr = shapes[g]
        if (r if fills.radial[g] else np.hypot(r - x, fx - y)) < variables.least[g]:
            x, y, r, fx, fy, fr = shapes[g] = fills.shapes[g]
        if fills.radial[g]:
            fr = min(max(fr, 0.0), 0.9 * r)
            away = np.hypot(fx - x, fy - y)
            share = min(1.0, (0.98 * r - fr) / away) if away > 0.0 else 1.0
            shapes[g, 3:] = x + (fx - x) * share, y + (fy - y) * share, fr
        part = slice(fills.stops[g], fills.stops[g + 1])
        offsets[part] = np.maximum.accumulate(np.clip(offsets[part], 0.0, 1.0))
    return replace(
        fills,
        shapes=shapes,
        offsets=offsets,
        colors=np.clip(colors, 0.0, 1.0),
        opacities=np.clip(opacities, 0.0, 1.0),
    )


def moved_smooth(outlines, adam, points, gradient, rate, done):
    """Nodes and handles move; what nodes lack to be smooth falls linearly to nothing at half-time."""
    values, by = points.copy(), gradient.copy()
    share = max(0.0, 1.0 - done / 0.5)
    for node, arriving in zip(outlines.nodes.node, outlines.nodes.arriving, strict=True):
        leaving = node + 1
        values[leaving] = values[arriving] = (points[leaving] - points[arriving]) / 2
        by[node] = gradient[node] + gradient[leaving] + gradient[arriving]
        by[leaving] = by[arriving] = (gradient[leaving] - gradient[arriving]) / 2
    values = adam.moved("points", values, by, rate)
    found = values.copy()
    for k, (node, arriving) in enumerate(zip(outlines.nodes.node, outlines.nodes.arriving, strict=True)):
        middle = values[node] + share * outlines.asymmetry[k]
        found[node + 1], found[arriving] = middle + values[node + 1], middle - values[node + 1]
    return found


def moved_straight(outlines, adam, points, gradient, rate):
    """Ends of lines take what pulls on their control points, which follow; a path's points share moments."""
    by = gradient.copy()
    for start, first, second, end in outlines.lines:
        by[start] += (2 * gradient[first] + gradient[second]) / 3
        by[end] += (gradient[first] + 2 * gradient[second]) / 3
        by[first] = by[second] = 0.0

    def mixed(square):
        out = square.copy()
        for first, last in zip(outlines.offsets, outlines.offsets[1:], strict=False):
            part = square[first:last]
            if last > first:
                out[first:last] = 0.4 * part + 0.6 * part.mean()
        return out

    squared = (by**2).mean(axis=1, keepdims=True)
    found = adam.moved("points", points, by, rate, squared=squared, mixed=mixed)
    for start, first, second, end in outlines.lines:
        found[first] = found[start] + (found[end] - found[start]) / 3
        found[second] = found[end] - (found[end] - found[start]) / 3
    return found


class Guard:
    """Watched contours, and their points when they did not cross themselves."""

    def __init__(self, arrays, watched, cells_per_unit):
        self.contours = np.flatnonzero(watched)
        self.simple = arrays.points.copy()
        self.cells = cells_per_unit

    def check(self, arrays, points, adam):
        """Move each contour that crosses itself back by itself, and stop what went back."""
        for contour in self.contours:
            part = slice(arrays.contours[contour], arrays.contours[contour + 1])
            before, after = points[part].copy(), points[part].copy()
            alone = GuardStruct(count=1, test=CrossingTestStruct(CHORDS, self.cells), tries=TRIES)
            ends = np.array([0, len(after)])
            alone.point(contours=ends, starts=ends[:1].copy(), simple=self.simple[part].copy())
            guard_contours(alone, after, None, 1)
            points[part] = self.simple[part] = after
            if "points" in adam.mean:
                adam.mean["points"][part][(after != before).any(axis=1)] = 0.0


def top_paths(raster, arrays):
    """Return which path alone shows in each pixel, -1 where none or several do, (H, W); faded ones hide nothing."""
    path = np.arange(arrays.path_count)
    codes = np.stack([path % 256, path // 256, (37 * path + 11) % 251], axis=1) / 256
    opacities = arrays.opacities.copy()
    if arrays.gradients is not None:
        fills = arrays.gradients
        for n, g in enumerate(fills.paths):
            if g >= 0:
                opacities[n] *= fills.opacities[fills.stops[g] : fills.stops[g + 1]].mean()
    solid = (opacities >= 0.8).astype(np.float64)
    coded = replace(arrays, colors=codes, opacities=solid, background=np.ones(3), gradients=None)
    planes = 256 * raster.draw(coded)
    found = np.rint(planes[0]) + 256 * np.rint(planes[1])
    exact = found < arrays.path_count
    for plane, code in zip(planes, 256 * codes.T, strict=True):
        exact &= np.abs(plane - code[np.where(exact, found, 0).astype(int)]) <= 0.02 if len(code) else False
    return np.where(exact, found, -1).astype(np.int32)


class Twin:
    """A fit of a drawing, as `huefold.refine.fit.loop.fit` does it."""

    def __init__(self, drawing, fitter, variables, schedule, watched=None, cells_per_unit=100.0):
        self.drawing, self.fitter, self.variables, self.schedule = drawing, fitter, variables, schedule
        self.arrays, self.adam = drawing.arrays, Adam()
        self.guard = None if watched is None else Guard(drawing.arrays, watched, cells_per_unit)
        self.penalties = fitter.penalties.state(drawing)
        self.seen = []  # drawings and losses at checks

    def run(self, begin, end):
        for iteration in range(begin, end):
            self.step(iteration)

    def finish(self):
        points = self.arrays.points.copy()
        if self.guard is not None:
            self.guard.check(self.arrays, points, self.adam)
        self.arrays = replace(self.arrays, points=points)

    def best(self):
        """Return the drawing that `fit` ends with if it keeps the best."""
        loss = self.loss(self.arrays)
        least = min((loss for loss, _ in self.seen), default=np.inf)
        return next(arrays for seen, arrays in self.seen if seen == least) if loss > least else self.arrays

    def loss(self, arrays):
        return self.fitter.raster.loss(arrays, self.fitter.target, self.fitter.weight)

    def step(self, iteration):
        arrays, schedule, variables, adam = self.arrays, self.schedule, self.variables, self.adam
        found = self.fitter.raster.value_and_grad(
            arrays, self.fitter.target, self.fitter.weight, beneath=variables.beneath
        )
        if iteration % schedule.check_every == 0:
            self.seen.append((found.loss, arrays))
        by_point = found.points.copy()
        self.add_penalties(iteration, by_point)
        cosine = np.cos(np.pi * iteration / schedule.iterations)
        share = schedule.last_rate + (1 - schedule.last_rate) * (1 + cosine) / 2
        point_rate, color_rate = schedule.point_rate * self.fitter.pixel * share, schedule.color_rate * share
        adam.advance()
        if isinstance(variables.outlines, SmoothOutlines):
            done = (iteration + 1) / schedule.iterations
            points = moved_smooth(variables.outlines, adam, arrays.points, by_point, point_rate, done)
        else:
            points = moved_straight(variables.outlines, adam, arrays.points, by_point, point_rate)
        colors = adam.moved("colors", arrays.colors, found.colors, color_rate)
        opacities, background, fills = arrays.opacities, arrays.background, arrays.gradients
        if variables.opacities.any():
            by_opacity = np.where(variables.opacities, found.opacities, 0.0)
            opacities = adam.moved("opacities", opacities, by_opacity, color_rate)
        if variables.background:
            background = adam.moved("background", background, found.background, color_rate)
        if fills is not None:
            end_rate = variables.end_share * point_rate
            fills = moved_fills(variables.fills, adam, fills, found.fills, end_rate, color_rate)
        if self.guard is not None and (iteration + 1) % schedule.check_every == 0:
            self.guard.check(arrays, points, adam)
        self.arrays = replace(
            arrays,
            points=points,
            colors=np.clip(colors, 0.0, 1.0),
            opacities=np.clip(opacities, 0.0, 1.0),
            background=np.clip(background, 0.0, 1.0),
            gradients=fills,
        )

    def add_penalties(self, iteration, gradient):
        if self.penalties is None:
            return
        kept = self.penalties.kept
        if iteration % UPDATE_EVERY == 0:
            kept["top"][:] = top_paths(self.fitter.raster, self.arrays)
            if "regions" in kept:
                regions = kept["regions"].kept
                tree = regions["leaves"], regions["parents"], regions["sizes"], regions["cut"]
                costs = self.penalties.structural_cost, self.penalties.detail_cost
                penalty_kernels.assign_regions(
                    kept["top"], tree, self.drawing.structural, costs, kept["assigned"], kept["costs"]
                )
        outlines = self.arrays.points, self.arrays.contours, self.arrays.paths
        penalty_kernels.add_penalties(kept["penalties"], outlines, gradient, 1)
