"""Fills of paths: solid colours and gradients, as plain immutable data that is checked when it is made."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias, TypeVar, get_args

from huefold.errors import SceneError

__all__ = [
    "Color",
    "Fill",
    "LinearGradient",
    "RadialGradient",
    "Solid",
    "Spread",
    "Stop",
    "checked_items",
    "checked_number",
]

Color: TypeAlias = tuple[float, float, float]
Point: TypeAlias = tuple[float, float]
Affine: TypeAlias = tuple[float, float, float, float, float, float]
Spread: TypeAlias = Literal["pad", "reflect", "repeat"]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Solid:
    """A fill of one colour.

    Parameters
    ----------
    color : tuple of 3 float
        sRGB values in [0, 1].

    Raises
    ------
    SceneError
        If a channel is not a finite number in [0, 1].
    """

    color: Color

    def __post_init__(self) -> None:
        channels = _numbers(self.color)
        if len(channels) != 3 or not all(0.0 <= c <= 1.0 for c in channels):
            raise SceneError(f"a colour is three numbers in [0, 1], got {self.color!r}", color=self.color)
        object.__setattr__(self, "color", channels)


@dataclass(frozen=True, slots=True)
class Stop:
    """A colour at one place of a gradient.

    Parameters
    ----------
    offset : float
        Place along the gradient, in [0, 1].
    color : tuple of 3 float
        sRGB values in [0, 1].
    opacity : float, optional
        In [0, 1].

    Raises
    ------
    SceneError
        If a value lies outside its range.
    """

    offset: float
    color: Color
    opacity: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "color", Solid(self.color).color)
        for name in ("offset", "opacity"):
            value = checked_number(getattr(self, name))
            if not 0.0 <= value <= 1.0:
                raise SceneError(
                    f"the {name} of a gradient's stop is a number in [0, 1], got {getattr(self, name)!r}"
                )
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True)
class LinearGradient:
    """A fill that changes along a line and stays the same across it (SVG 2, section 14.2).

    Colours and opacities are interpolated between stops as they are, without premultiplication. An affine map of
    a linear gradient is a linear gradient with other ends, so there is no transform.

    Parameters
    ----------
    start, end : tuple of 2 float
        Points of offsets 0 and 1, in scene coordinates. They differ.
    stops : sequence of Stop
        At least two, in order of offset; equal offsets make a sharp edge.
    spread : {"pad", "reflect", "repeat"}, optional
        What lies before the start and beyond the end.

    Raises
    ------
    SceneError
        If the ends are equal or not finite, or stops are too few or out of order.
    """

    start: Point
    end: Point
    stops: tuple[Stop, ...]
    spread: Spread = "pad"

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", _finite("start", self.start, 2))
        object.__setattr__(self, "end", _finite("end", self.end, 2))
        object.__setattr__(self, "stops", _ordered(self.stops))
        _check_spread(self.spread)
        if self.start == self.end:
            raise SceneError(f"a linear gradient's start and end differ, both are {self.start}")


@dataclass(frozen=True, slots=True)
class RadialGradient:
    """A fill that changes from a focal circle to an outer circle (SVG 2, section 14.2).

    Parameters
    ----------
    center : tuple of 2 float
        Centre of the outer circle, where offset 1 lies; in the gradient's own coordinates.
    radius : float
        Radius of the outer circle, above 0.
    stops : sequence of Stop
        At least two, in order of offset; equal offsets make a sharp edge.
    focus : tuple of 2 float, optional
        Centre of the focal circle, where offset 0 lies; the centre by default. The focal circle lies inside the
        outer one.
    focal_radius : float, optional
        Radius of the focal circle; 0 is a point.
    spread : {"pad", "reflect", "repeat"}, optional
        What lies beyond the outer circle.
    transform : tuple of 6 float, optional
        ``(a, b, c, d, e, f)`` maps the gradient's coordinates to the scene's:
        ``x' = a x + c y + e``, ``y' = b x + d y + f``. Invertible.

    Raises
    ------
    SceneError
        If a value is not finite or out of its range, the focal circle is not inside the outer one, the transform
        cannot be inverted, or stops are too few or out of order.

    Examples
    --------
    >>> glow = RadialGradient((4, 4), 3, (Stop(0, (1, 1, 1)), Stop(1, (0, 0, 0), opacity=0.5)))
    >>> glow.focus
    (4.0, 4.0)
    """

    center: Point
    radius: float
    stops: tuple[Stop, ...]
    focus: Point | None = None
    focal_radius: float = 0.0
    spread: Spread = "pad"
    transform: Affine = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "center", _finite("center", self.center, 2))
        focus = self.center if self.focus is None else self.focus
        object.__setattr__(self, "focus", _finite("focus", focus, 2))
        object.__setattr__(self, "transform", _finite("transform", self.transform, 6))
        radius, focal = _finite("radii", (self.radius, self.focal_radius), 2)
        object.__setattr__(self, "radius", radius)
        object.__setattr__(self, "focal_radius", focal)
        object.__setattr__(self, "stops", _ordered(self.stops))
        _check_spread(self.spread)
        if not 0.0 <= focal < radius:
            raise SceneError(f"a radial gradient has 0 <= focal_radius < radius, got {focal} and {radius}")
        if math.dist(self.center, self.focus or self.center) + focal >= radius:
            raise SceneError("a radial gradient's focal circle lies inside its outer circle")
        a, b, c, d = self.transform[:4]
        if a * d == b * c:
            raise SceneError(f"a gradient's transform can be inverted, got {self.transform}")


Fill: TypeAlias = Solid | LinearGradient | RadialGradient


def checked_number(value: object) -> float:
    """Return a number as a float; NaN, which is in no range, for what is none."""
    try:
        return math.nan if isinstance(value, str | bytes) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def checked_items(name: str, values: Iterable[Item]) -> tuple[Item, ...]:
    """Return a sequence as a tuple; `SceneError` for what is none."""
    if not isinstance(values, Iterable):
        raise SceneError(f"{name} come as a sequence, got {values!r}")
    return tuple(values)


def _numbers(values: object) -> tuple[float, ...]:
    """Return numbers as floats, NaN for what is none; nothing for what is not a row of values."""
    return tuple(map(checked_number, values)) if isinstance(values, Iterable) else ()


def _finite(name: str, values: Sequence[float], count: int) -> tuple[float, ...]:
    numbers = _numbers(values)
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise SceneError(f"a gradient's {name} is {count} finite numbers, got {values!r}")
    return numbers


def _ordered(stops: Sequence[Stop]) -> tuple[Stop, ...]:
    kept = checked_items("stops", stops)
    for stop in kept:
        if not isinstance(stop, Stop):
            raise SceneError(f"stops of a gradient are Stop(offset, color), got {stop!r}")
    if len(kept) < 2:
        raise SceneError(f"a gradient has at least two stops, got {len(kept)}")
    if any(before.offset > after.offset for before, after in pairwise(kept)):
        raise SceneError(f"a gradient's stops are in order of offset, got {[stop.offset for stop in kept]}")
    return kept


def _check_spread(spread: str) -> None:
    if spread not in get_args(Spread):
        raise SceneError(f"spread is one of {', '.join(get_args(Spread))}, got {spread!r}")
