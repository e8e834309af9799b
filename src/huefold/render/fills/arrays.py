"""Gradient fills as flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huefold.render.errors import RenderError
from huefold.scene import Fill, LinearGradient, RadialGradient, Solid, Spread, Stop

__all__ = ["SPREADS", "FillGradients", "GradientFills", "check_layout", "finite_array"]

Floats = NDArray[np.float64]

SPREADS: tuple[Spread, ...] = ("pad", "reflect", "repeat")
"""By their codes in `GradientFills.spread`."""

IDENTITY = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class FillGradients:
    """Derivatives by the values of `GradientFills`.

    Attributes
    ----------
    shapes : (G, 6) float64 ndarray
        By ends, or centre, radius, focus and focal radius; 0 where a shape has no such value.
    offsets : (T,) float64 ndarray
        By the stops' offsets.
    colors : (T, 3) float64 ndarray
        By the stops' sRGB values.
    opacities : (T,) float64 ndarray or None
        By the stops' opacities. Unless opacities are asked for, 0 for gradients of opaque stops only; None if all
        gradients are such.
    """

    shapes: Floats
    offsets: Floats
    colors: Floats
    opacities: Floats | None


@dataclass(frozen=True, slots=True, eq=False)
class GradientFills:
    """Which paths are filled by gradients, and those gradients, in flat arrays.

    Parameters
    ----------
    paths : (N,) int64 ndarray
        The gradient that fills each path, or -1 where a path has a colour. Several paths may share one.
    radial : (G,) uint8 ndarray
        1 for radial gradients, 0 for linear ones.
    spread : (G,) uint8 ndarray
        0 pad, 1 reflect, 2 repeat.
    shapes : (G, 6) float64 ndarray
        Linear: x1, y1, x2, y2 in scene coordinates, and two zeros. Radial: cx, cy, r, fx, fy, fr in the gradient's
        own coordinates.
    transforms : (G, 6) float64 ndarray
        Constant ``(a, b, c, d, e, f)`` that maps a radial gradient's coordinates to the scene's,
        ``x' = a x + c y + e``, ``y' = b x + d y + f``; the identity for linear ones.
    stops : (G + 1,) int64 ndarray
        Offset of each gradient in the following; the last entry is T. At least two stops each.
    offsets : (T,) float64 ndarray
        Of each stop, in [0, 1], increasing within a gradient.
    colors : (T, 3) float64 ndarray
        sRGB values.
    opacities : (T,) float64 ndarray
        In [0, 1].
    """

    paths: NDArray[np.int64]
    radial: NDArray[np.uint8]
    spread: NDArray[np.uint8]
    shapes: Floats
    transforms: Floats
    stops: NDArray[np.int64]
    offsets: Floats
    colors: Floats
    opacities: Floats

    @property
    def count(self) -> int:
        """Number of gradients, G."""
        return len(self.radial)

    @classmethod
    def of(cls, fills: Sequence[Fill]) -> GradientFills:
        """Gather the gradients among the fills of all paths, in painter's order."""
        found = [fill for fill in fills if not isinstance(fill, Solid)]
        stops = [stop for fill in found for stop in fill.stops]
        solid = np.array([isinstance(fill, Solid) for fill in fills], bool)
        return cls(
            paths=np.where(solid, -1, np.cumsum(~solid) - 1).astype(np.int64),
            radial=np.array([isinstance(fill, RadialGradient) for fill in found], np.uint8),
            spread=np.array([SPREADS.index(fill.spread) for fill in found], np.uint8),
            shapes=np.array([_shape(fill) for fill in found], np.float64).reshape(-1, 6),
            transforms=np.array([_transform(fill) for fill in found], np.float64).reshape(-1, 6),
            stops=np.cumsum([0, *(len(fill.stops) for fill in found)], dtype=np.int64),
            offsets=np.array([stop.offset for stop in stops], np.float64),
            colors=np.array([stop.color for stop in stops], np.float64).reshape(-1, 3),
            opacities=np.array([stop.opacity for stop in stops], np.float64),
        )

    @classmethod
    def linear(cls, paths: ArrayLike, ends: ArrayLike, colors: ArrayLike) -> GradientFills:
        """Opaque padded linear gradients of two stops, at offsets 0 and 1.

        Parameters
        ----------
        paths : (N,) array_like of int
            The gradient that fills each path, or -1.
        ends : (G, 4) array_like
            x1, y1, x2, y2 in scene coordinates.
        colors : (G, 2, 3) array_like
            sRGB values at both ends.

        Returns
        -------
        fills : GradientFills
            Copies of the values.
        """
        both = np.asarray(ends, np.float64).reshape(-1, 4)
        count = len(both)
        return cls(
            paths=np.array(paths, np.int64),
            radial=np.zeros(count, np.uint8),
            spread=np.zeros(count, np.uint8),
            shapes=np.concatenate([both, np.zeros((count, 2))], axis=1),
            transforms=np.tile(IDENTITY, (count, 1)),
            stops=2 * np.arange(count + 1),
            offsets=np.tile([0.0, 1.0], count),
            colors=np.array(colors, np.float64).reshape(-1, 3),
            opacities=np.ones(2 * count),
        )

    def fill(self, index: int) -> LinearGradient | RadialGradient:
        """Gradient `index` as plain data; values beyond their range are clipped into it, stops put in order."""
        part = slice(int(self.stops[index]), int(self.stops[index + 1]))
        offsets = np.maximum.accumulate(np.clip(self.offsets[part], 0.0, 1.0)).tolist()
        colors = np.clip(self.colors[part], 0.0, 1.0).tolist()
        opacities = np.clip(self.opacities[part], 0.0, 1.0).tolist()
        stops = tuple(
            Stop(offset, (r, g, b), opacity)
            for offset, (r, g, b), opacity in zip(offsets, colors, opacities, strict=True)
        )
        spread = SPREADS[self.spread[index]]
        x, y, r, fx, fy, fr = self.shapes[index].tolist()
        if not self.radial[index]:
            return LinearGradient((x, y), (r, fx), stops, spread)
        a, b, c, d, e, f = self.transforms[index].tolist()
        return RadialGradient((x, y), r, stops, (fx, fy), fr, spread, (a, b, c, d, e, f))

    def subdivided(self, count: int) -> GradientFills:
        """The same pictures, in which gradients of two stops have `count`, evenly spaced; at least 2.

        Examples
        --------
        >>> GradientFills.linear([0], [[0, 0, 8, 0]], [[[0, 0, 0], [1, 1, 1]]]).subdivided(3).colors[1]
        array([0.5, 0.5, 0.5])
        """
        sizes = np.diff(self.stops)
        new = np.where(sizes == 2, count, sizes)
        stops = np.concatenate([[0], np.cumsum(new)]).astype(np.int64)
        place = (np.arange(stops[-1]) - np.repeat(stops[:-1], new)) / np.repeat(new - 1, new)
        place *= np.repeat(sizes - 1, new)  # among the stops there are, from 0
        before = np.minimum(place.astype(np.int64), np.repeat(sizes - 2, new))
        share, row = place - before, before + np.repeat(self.stops[:-1], new)

        def between(values: Floats) -> Floats:
            part = share.reshape(-1, *[1] * (values.ndim - 1))
            found: Floats = values[row] + part * (values[row + 1] - values[row])
            return found

        return replace(
            self,
            stops=stops,
            offsets=between(self.offsets),
            colors=between(self.colors),
            opacities=between(self.opacities),
        )

    def path_opacities(self) -> Floats:
        """Mean opacity of the stops that fill each path, 1 for paths with a colour. Shape (N,)."""
        mean = self._sums(self.opacities) / np.diff(self.stops)
        found: Floats = np.append(mean, 1.0)[self.paths]
        return found

    def path_sums(self, values: Floats) -> Floats:
        """Sums over the stops that fill each path, 0 for paths with a colour: (T, C) to (N, C).

        For derivatives by stop colours, this is the derivative by one colour added to all.

        Examples
        --------
        >>> fills = GradientFills.linear([0, -1], [[0, 0, 8, 0]], np.zeros((1, 2, 3)))
        >>> fills.path_sums(np.array([[1.0], [2.0]]))
        array([[3.],
               [0.]])
        """
        sums = self._sums(values)
        found: Floats = np.append(sums, np.zeros((1, sums.shape[1])), axis=0)[self.paths]
        return found

    def _sums(self, values: Floats) -> Floats:
        """Sums over the stops of each gradient."""
        if not self.count:
            return np.zeros((0, *values.shape[1:]))
        sums: Floats = np.add.reduceat(values, self.stops[:-1], axis=0)
        return sums

    def reordered(self, paths: ArrayLike) -> GradientFills:
        """The same for other paths: `paths` says which of the present ones each is, or -1 for one with a colour.

        Gradients that no path uses any more are left out.

        Examples
        --------
        >>> fills = GradientFills.linear([0, 1], [[0, 0, 8, 0], [0, 0, 0, 8]], np.zeros((2, 2, 3)))
        >>> fills.reordered([1, -1]).shapes[:, 3]
        array([8.])
        """
        order = np.asarray(paths, np.int64)
        wanted = np.append(self.paths, -1)[order]
        kept, index = np.unique(wanted[wanted >= 0], return_inverse=True)
        renamed = np.full(len(order), -1, np.int64)
        renamed[wanted >= 0] = index
        sizes = np.diff(self.stops)[kept]
        stops = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        rows = np.arange(stops[-1]) + np.repeat(self.stops[kept] - stops[:-1], sizes)
        return GradientFills(
            renamed, self.radial[kept], self.spread[kept], self.shapes[kept], self.transforms[kept], stops,
            self.offsets[rows], self.colors[rows], self.opacities[rows],
        )  # fmt: skip

    def joined(self, above: GradientFills) -> GradientFills:
        """These paths, and above them those of `above`.

        Examples
        --------
        >>> fills = GradientFills.linear([0], [[0, 0, 8, 0]], np.zeros((1, 2, 3)))
        >>> fills.joined(fills).paths, fills.joined(fills).stops
        (array([0, 1]), array([0, 2, 4]))
        """
        paths = np.where(above.paths < 0, -1, above.paths + self.count)
        names = ("radial", "spread", "shapes", "transforms", "offsets", "colors", "opacities")
        return GradientFills(
            paths=np.concatenate([self.paths, paths]),
            stops=np.concatenate([self.stops, self.stops[-1] + above.stops[1:]]),
            **{name: np.concatenate([getattr(self, name), getattr(above, name)]) for name in names},
        )

    def overlaid(self, others: GradientFills) -> GradientFills:
        """The same, but paths that have a gradient in `others` have that one.

        Examples
        --------
        >>> fills = GradientFills.linear([0, 1], [[0, 0, 8, 0], [0, 0, 0, 8]], np.zeros((2, 2, 3)))
        >>> fills.overlaid(fills.reordered([-1, 0])).shapes[:, 2]
        array([8., 8.])
        """
        here = np.arange(len(self.paths))
        return self.joined(others).reordered(np.where(others.paths >= 0, here + len(here), here))

    def checked(self, paths: int) -> GradientFills:
        """Return these as the kernels want them, for so many paths; raise `RenderError` if they cannot be drawn."""
        found = self._checked_layout(paths)
        _check_stops(found)
        _check_shapes(found)
        return found

    def _checked_layout(self, paths: int) -> GradientFills:
        check_layout(self, paths)
        count, total = self.count, int(self.stops[-1])
        return replace(
            self,
            paths=np.ascontiguousarray(self.paths, np.int64),
            radial=np.ascontiguousarray(self.radial, np.uint8),
            spread=np.ascontiguousarray(self.spread, np.uint8),
            shapes=finite_array(self.shapes, (count, 6), "shapes of gradients"),
            transforms=finite_array(self.transforms, (count, 6), "transforms of gradients"),
            stops=np.ascontiguousarray(self.stops, np.int64),
            offsets=finite_array(self.offsets, (total,), "offsets of stops"),
            colors=finite_array(self.colors, (total, 3), "colors of stops"),
            opacities=finite_array(self.opacities, (total,), "opacities of stops"),
        )


def check_layout(fills: GradientFills, paths: int) -> None:
    """Raise `RenderError` unless offsets and codes of gradients make sense, and are for so many paths."""
    count = len(fills.radial)
    stops = np.asarray(fills.stops)
    if stops.shape != (count + 1,) or stops.dtype.kind not in "iu" or stops[0] != 0:
        raise RenderError(f"stops of {count} gradients are {count + 1} offsets from 0, got {stops.shape}")
    if (np.diff(stops) < 2).any():
        raise RenderError(
            f"a gradient has at least two stops, got {np.diff(stops).min()}: repeat the only one"
        )
    index = _whole(fills.paths, (paths,), "paths of gradients")
    if ((index < -1) | (index >= count)).any():
        raise RenderError(f"paths are filled by gradients 0 to {count - 1}, or -1; got {index.max()}")
    _whole(fills.radial, (count,), "radial")
    spread = _whole(fills.spread, (count,), "spread")
    if ((spread < 0) | (spread >= len(SPREADS))).any():
        raise RenderError(
            f"spread is 0 (pad), 1 (reflect) or 2 (repeat), got {spread.min()} to {spread.max()}"
        )


def _check_stops(fills: GradientFills) -> None:
    inner = np.ones(max(len(fills.offsets) - 1, 0), bool)
    inner[fills.stops[1:-1] - 1] = False
    increasing = not (np.diff(fills.offsets)[inner] < 0.0).any()
    if not increasing or not _within(fills.offsets):
        raise RenderError(
            "offsets of stops rise within [0, 1] in each gradient: clip them and put them in order after each step"
        )
    if not _within(fills.opacities):
        raise RenderError(
            f"opacities of stops lie in [0, 1], got {fills.opacities.min():g} to {fills.opacities.max():g}: "
            "clip them after each step"
        )


def _check_shapes(fills: GradientFills) -> None:
    x, y, r, fx, fy, fr = fills.shapes.T
    radial = fills.radial != 0
    flat = ~radial & (x == r) & (y == fx)
    if flat.any():
        raise RenderError(f"a linear gradient's ends differ; those of gradient {flat.argmax()} do not")
    out = radial & ~((fr >= 0.0) & (np.sqrt((x - fx) ** 2 + (y - fy) ** 2) + fr < r))
    if out.any():
        raise RenderError(
            f"a radial gradient's focal circle lies inside its outer one; that of gradient {out.argmax()} does not"
        )
    a, b, c, d = fills.transforms[:, :4].T
    singular = radial & (a * d == b * c)
    if singular.any():
        raise RenderError(
            f"a gradient's transform can be inverted; that of gradient {singular.argmax()} cannot"
        )


def _within(values: Floats) -> bool:
    return not len(values) or bool(values.min() >= 0.0 and values.max() <= 1.0)


def _whole(values: ArrayLike, shape: tuple[int, ...], name: str) -> NDArray[np.integer]:
    array = np.asarray(values)
    if array.shape != shape or array.dtype.kind not in "iub":
        raise RenderError(f"expected whole {name} of shape {shape}, got {array.dtype} of shape {array.shape}")
    return array


def finite_array(values: ArrayLike, shape: tuple[int, ...], name: str) -> Floats:
    """Return values as contiguous float64; raise `RenderError` unless they are finite and of that shape."""
    array = np.ascontiguousarray(values, np.float64)
    if array.shape != shape:
        raise RenderError(
            f"expected {name} of shape {shape}, got {array.shape}", expected=shape, got=array.shape
        )
    if not np.isfinite(array).all():
        raise RenderError(f"{name} hold values that are not finite numbers: did a step diverge?")
    return array


def _shape(fill: LinearGradient | RadialGradient) -> tuple[float, ...]:
    if isinstance(fill, LinearGradient):
        return (*fill.start, *fill.end, 0.0, 0.0)
    return (*fill.center, fill.radius, *(fill.focus or fill.center), fill.focal_radius)


def _transform(fill: LinearGradient | RadialGradient) -> tuple[float, ...]:
    return fill.transform if isinstance(fill, RadialGradient) else IDENTITY
