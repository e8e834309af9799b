"""Scenes: a background and filled paths in painter's order, as plain immutable data.

Coordinates are in pixels, x to the right and y down; pixel (row i, column j) covers the square
[j, j + 1] x [i, i + 1]. Colours are sRGB values in [0, 1], blended as they are (as SVG renderers do by default).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Literal, TypeAlias, TypeVar, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huefold.errors import HuefoldError

__all__ = [
    "Color",
    "Contour",
    "Fill",
    "FillRule",
    "LinearGradient",
    "Path",
    "RadialGradient",
    "Role",
    "Scene",
    "SceneError",
    "Solid",
    "Spread",
    "Stop",
    "contour_from_polygon",
]

Color: TypeAlias = tuple[float, float, float]
Contour: TypeAlias = NDArray[np.float64]
FillRule: TypeAlias = Literal["nonzero", "evenodd"]
Point: TypeAlias = tuple[float, float]
Affine: TypeAlias = tuple[float, float, float, float, float, float]
Spread: TypeAlias = Literal["pad", "reflect", "repeat"]
Role: TypeAlias = Literal["structural", "detail", "other"]
Item = TypeVar("Item")


class SceneError(HuefoldError, ValueError):
    """A scene, path or fill holds values that cannot be drawn."""


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

    Examples
    --------
    >>> Solid((1.0, 0.5, 0.0)).color
    (1.0, 0.5, 0.0)
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
        Where along the gradient, in [0, 1].
    color : tuple of 3 float
        sRGB values in [0, 1].
    opacity : float, optional
        In [0, 1].

    Raises
    ------
    SceneError
        If a value lies outside its range.

    Examples
    --------
    >>> Stop(0.5, (1, 0, 0)).color
    (1.0, 0.0, 0.0)
    """

    offset: float
    color: Color
    opacity: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "color", Solid(self.color).color)
        for name in ("offset", "opacity"):
            value = _number(getattr(self, name))
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
        Where offsets 0 and 1 lie, in scene coordinates. They differ.
    stops : sequence of Stop
        At least two, in order of offset; equal offsets make a sharp edge.
    spread : {"pad", "reflect", "repeat"}, optional
        What lies before the start and beyond the end.

    Raises
    ------
    SceneError
        If the ends are equal or not finite, or stops are too few or out of order.

    Examples
    --------
    >>> LinearGradient((0, 0), (8, 0), (Stop(0, (0, 0, 0)), Stop(1, (1, 1, 1)))).spread
    'pad'
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
        Of the outer circle, above 0.
    stops : sequence of Stop
        At least two, in order of offset; equal offsets make a sharp edge.
    focus : tuple of 2 float, optional
        Centre of the focal circle, where offset 0 lies; the centre by default. The focal circle lies inside the
        outer one.
    focal_radius : float, optional
        Of the focal circle; 0 is a point.
    spread : {"pad", "reflect", "repeat"}, optional
        What lies beyond the outer circle.
    transform : tuple of 6 float, optional
        ``(a, b, c, d, e, f)`` carries the gradient's coordinates to the scene's:
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


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """One filled path of one or more closed contours.

    Parameters
    ----------
    contours : sequence of (3 * S, 2) array_like
        Each a closed chain of S cubic Bezier segments: on-curve point, two control points, on-curve point, two
        control points, ...; the last segment returns to the first point, which is not repeated. A straight line
        is a cubic whose control points lie at its thirds. Pixels of the original image.
    fill : Solid, LinearGradient or RadialGradient
        What the inside is painted with.
    opacity : float, optional
        In [0, 1].
    fill_rule : {"nonzero", "evenodd"}, optional
        Which points count as inside.
    role : {"structural", "detail", "other"}, optional
        Where the path comes from: a merged region, a detail added in Stage III, or elsewhere.
    id : str, optional
        Stable name of the path within its scene, such as ``"s3"`` or ``"d12"``.
    name : str, optional
        What the path shows, when known ("sofa").

    Raises
    ------
    SceneError
        If a contour has another shape, a coordinate is not finite, opacity lies outside [0, 1], or fill,
        fill_rule or role is none of those above.

    Examples
    --------
    >>> square = contour_from_polygon([(0, 0), (4, 0), (4, 4), (0, 4)])
    >>> path = Path((square,), Solid((1.0, 0.0, 0.0)))
    >>> path.segments
    4
    """

    contours: tuple[Contour, ...]
    fill: Fill
    opacity: float = 1.0
    fill_rule: FillRule = "nonzero"
    role: Role = "other"
    id: str = ""
    name: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "contours", tuple(map(_frozen_contour, _items("contours", self.contours))))
        if not 0.0 <= _number(self.opacity) <= 1.0:
            raise SceneError(f"opacity is a number in [0, 1], got {self.opacity!r}", opacity=self.opacity)
        for what, value, known in (("fill_rule", self.fill_rule, FillRule), ("role", self.role, Role)):
            if value not in get_args(known):
                raise SceneError(f"{what} is one of {', '.join(get_args(known))}, got {value!r}")
        if not isinstance(self.fill, Solid | LinearGradient | RadialGradient):
            raise SceneError(
                f"a path is filled with Solid, LinearGradient or RadialGradient, got {self.fill!r}; "
                "a colour is Solid((r, g, b))"
            )

    def __reduce__(self) -> tuple[type[Path], tuple[object, ...]]:
        # By way of the constructor: arrays would otherwise come back from a pickle or a copy writable.
        return Path, tuple(getattr(self, part.name) for part in fields(self))

    @property
    def segments(self) -> int:
        """Number of cubic segments, which is also the number of on-curve points (nodes)."""
        return sum(len(contour) // 3 for contour in self.contours)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A background and paths, painted in order (the last one is on top).

    Parameters
    ----------
    width, height : int
        Size of the canvas in pixels of the original image; whole numbers.
    background : tuple of 3 float or None
        sRGB values in [0, 1], opaque; None leaves the canvas transparent where no path is.
    paths : sequence of Path
        Bottom to top.

    Raises
    ------
    SceneError
        If the size is not made of whole numbers from 1, the background is not a colour, or what is given as paths
        is not.

    Examples
    --------
    >>> Scene(8, 6, (1.0, 1.0, 1.0)).paths
    ()
    """

    width: int
    height: int
    background: Color | None
    paths: tuple[Path, ...] = field(default=())

    def __post_init__(self) -> None:
        for name in ("width", "height"):
            object.__setattr__(self, name, _side(name, getattr(self, name)))
        if self.background is not None:
            object.__setattr__(self, "background", Solid(self.background).color)
        object.__setattr__(self, "paths", _items("paths", self.paths))
        for path in self.paths:
            if not isinstance(path, Path):
                raise SceneError(
                    f"paths of a scene are Path, got {type(path).__name__}; a contour is Path((contour,), fill)"
                )


def contour_from_polygon(vertices: ArrayLike) -> Contour:
    """Return the closed polygon through `vertices` as a chain of straight cubics.

    Parameters
    ----------
    vertices : (S, 2) array_like
        Corners in order, the first not repeated; pixels.

    Returns
    -------
    contour : (3 * S, 2) float64 ndarray
        On-curve points and the control points at the thirds of each side.

    Raises
    ------
    SceneError
        If `vertices` has another shape or is not finite.

    Examples
    --------
    >>> contour_from_polygon([(0, 0), (3, 0), (3, 3)])[:3]
    array([[0., 0.],
           [1., 0.],
           [2., 0.]])
    """
    start = _coordinates("vertices", vertices)
    if start.ndim != 2 or start.shape[1] != 2 or not len(start):
        raise SceneError(f"vertices have shape (S, 2), got {start.shape}", shape=start.shape)
    if not np.isfinite(start).all():
        raise SceneError("vertices must be finite numbers")
    end = np.roll(start, -1, axis=0)
    chain = np.stack([start, start + (end - start) / 3.0, start + (end - start) * (2.0 / 3.0)], axis=1)
    return chain.reshape(-1, 2)


def _number(value: object) -> float:
    """Return a number as a float; NaN, which is in no range, for what is none."""
    try:
        return math.nan if isinstance(value, str | bytes) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _numbers(values: object) -> tuple[float, ...]:
    """Return numbers as floats, NaN for what is none; nothing for what is not a row of values."""
    return tuple(map(_number, values)) if isinstance(values, Iterable) else ()


def _side(name: str, value: float) -> int:
    number = _number(value)
    if not 1.0 <= number < math.inf or not number.is_integer():
        raise SceneError(f"a canvas is at least 1x1, in whole pixels, got {name} {value!r}: round it")
    return int(value)


def _items(name: str, values: Iterable[Item]) -> tuple[Item, ...]:
    if not isinstance(values, Iterable):
        raise SceneError(f"{name} come as a sequence, got {values!r}")
    return tuple(values)


def _coordinates(name: str, values: ArrayLike) -> Contour:
    """Return an array of floats; strings are no numbers, though NumPy reads them."""
    try:
        given = np.asarray(values)
        numbers = np.ascontiguousarray(given, dtype=np.float64) if given.dtype.kind in "biufO" else None
    except (TypeError, ValueError) as error:
        raise SceneError(f"{name} are pairs of numbers: {error}") from error
    if numbers is None:
        raise SceneError(f"{name} are pairs of numbers, got an array of {given.dtype}")
    return numbers


def _finite(name: str, values: Sequence[float], count: int) -> tuple[float, ...]:
    numbers = _numbers(values)
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise SceneError(f"a gradient's {name} is {count} finite numbers, got {values!r}")
    return numbers


def _ordered(stops: Sequence[Stop]) -> tuple[Stop, ...]:
    kept = _items("stops", stops)
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


def _frozen_contour(points: ArrayLike | Sequence[Sequence[float]]) -> Contour:
    contour = _coordinates("points of a contour", points).copy()
    if contour.ndim != 2 or contour.shape[1] != 2 or len(contour) == 0 or len(contour) % 3:
        raise SceneError(
            f"a contour is an array of shape (3 * S, 2), got {contour.shape}", shape=contour.shape
        )
    if not np.isfinite(contour).all():
        raise SceneError("a contour has coordinates that are not finite numbers")
    contour.setflags(write=False)
    return contour
