"""Scenes: a background and filled paths in painter's order, as plain immutable data.

Coordinates are in pixels, x to the right and y down; pixel (row i, column j) covers the square
[j, j + 1] x [i, i + 1]. Colours are sRGB values in [0, 1], blended as they are (as SVG renderers do by default).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huefold.bezier.curves import contour_of, straight
from huefold.errors import SceneError
from huefold.fills import (
    Color,
    Fill,
    LinearGradient,
    RadialGradient,
    Solid,
    Spread,
    Stop,
    checked_items,
    checked_number,
)

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

Contour: TypeAlias = NDArray[np.float64]
FillRule: TypeAlias = Literal["nonzero", "evenodd"]
Role: TypeAlias = Literal["structural", "detail", "other"]


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
        contours = map(_frozen_contour, checked_items("contours", self.contours))
        object.__setattr__(self, "contours", tuple(contours))
        if not 0.0 <= checked_number(self.opacity) <= 1.0:
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
        If the size is not made of whole numbers from 1, the background is no colour, or a path is no `Path`.
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
        object.__setattr__(self, "paths", checked_items("paths", self.paths))
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
    return contour_of(straight(start, np.roll(start, -1, axis=0)))


def _side(name: str, value: float) -> int:
    number = checked_number(value)
    if not 1.0 <= number < math.inf or not number.is_integer():
        raise SceneError(f"a canvas is at least 1x1, in whole pixels, got {name} {value!r}: round it")
    return int(value)


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
