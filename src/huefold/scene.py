"""Scenes: a background and filled paths in painter's order, as plain immutable data.

Coordinates are in pixels, x to the right and y down; pixel (row i, column j) covers the square
[j, j + 1] x [i, i + 1]. Colours are sRGB values in [0, 1], blended as they are (as SVG renderers do by default).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huefold.errors import HuefoldError

__all__ = [
    "Color",
    "Contour",
    "Fill",
    "FillRule",
    "Path",
    "Role",
    "Scene",
    "SceneError",
    "Solid",
    "contour_from_polygon",
]

Color: TypeAlias = tuple[float, float, float]
Contour: TypeAlias = NDArray[np.float64]
FillRule: TypeAlias = Literal["nonzero", "evenodd"]
Role: TypeAlias = Literal["structural", "detail", "other"]


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
        if len(self.color) != 3 or not all(0.0 <= c <= 1.0 for c in self.color):
            raise SceneError(f"a colour is three numbers in [0, 1], got {self.color!r}", color=self.color)
        object.__setattr__(self, "color", tuple(float(c) for c in self.color))


Fill: TypeAlias = Solid


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """One filled path of one or more closed contours.

    Parameters
    ----------
    contours : sequence of (3 * S, 2) array_like
        Each a closed chain of S cubic Bezier segments: on-curve point, two control points, on-curve point, two
        control points, ...; the last segment returns to the first point, which is not repeated. A straight line
        is a cubic whose control points lie at its thirds. Pixels of the original image.
    fill : Solid
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
        If a contour has another shape, a coordinate is not finite, or opacity lies outside [0, 1].

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
        object.__setattr__(self, "contours", tuple(_frozen_contour(c) for c in self.contours))
        if not 0.0 <= self.opacity <= 1.0:
            raise SceneError(f"opacity lies in [0, 1], got {self.opacity!r}", opacity=self.opacity)

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
        Size of the canvas in pixels of the original image.
    background : tuple of 3 float
        sRGB values in [0, 1]; opaque.
    paths : sequence of Path
        Bottom to top.

    Raises
    ------
    SceneError
        If the size is not positive or the background is not a colour.

    Examples
    --------
    >>> Scene(8, 6, (1.0, 1.0, 1.0)).paths
    ()
    """

    width: int
    height: int
    background: Color
    paths: tuple[Path, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise SceneError(f"a canvas is at least 1x1, got {self.width}x{self.height}")
        object.__setattr__(self, "background", Solid(self.background).color)
        object.__setattr__(self, "paths", tuple(self.paths))


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

    Examples
    --------
    >>> contour_from_polygon([(0, 0), (3, 0), (3, 3)])[:3]
    array([[0., 0.],
           [1., 0.],
           [2., 0.]])
    """
    start = np.asarray(vertices, dtype=np.float64).reshape(-1, 2)
    end = np.roll(start, -1, axis=0)
    chain = np.stack([start, start + (end - start) / 3.0, start + (end - start) * (2.0 / 3.0)], axis=1)
    return chain.reshape(-1, 2)


def _frozen_contour(points: ArrayLike | Sequence[Sequence[float]]) -> Contour:
    contour = np.array(points, dtype=np.float64)
    if contour.ndim != 2 or contour.shape[1] != 2 or len(contour) == 0 or len(contour) % 3:
        raise SceneError(
            f"a contour is an array of shape (3 * S, 2), got {contour.shape}", shape=contour.shape
        )
    if not np.isfinite(contour).all():
        raise SceneError("a contour has coordinates that are not finite numbers")
    contour.setflags(write=False)
    return contour
