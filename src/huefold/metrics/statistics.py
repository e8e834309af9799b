"""What a drawing is made of: paths, nodes, bytes, and outlines that cross themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.scene import Contour, Path, Scene
from huefold.svg import write_svg

__all__ = ["PathStatistics", "path_statistics"]

_CHORDS = 7  # of a segment: enough to see a loop; odd, so that crossings midway are not at their ends
_ROWS = 256  # chords compared with all others at a time


@dataclass(frozen=True, slots=True)
class PathStatistics:
    """Counts that describe how compact a drawing is.

    Parameters
    ----------
    paths, structural, detail : int
        All paths, those of merged regions, and those added in Stage III.
    contours : int
        Closed outlines; a path with a hole has two.
    nodes : int
        On-curve points, which is also the number of segments.
    self_crossing : int
        Paths with an outline that crosses itself.
    bytes : int
        Size of the SVG as UTF-8.
    """

    paths: int
    structural: int
    detail: int
    contours: int
    nodes: int
    self_crossing: int
    bytes: int


def path_statistics(scene: Scene, *, svg: str | bytes | None = None) -> PathStatistics:
    """Count what a drawing is made of.

    Parameters
    ----------
    scene : Scene
        The drawing.
    svg : str or bytes, optional
        Its SVG, if it is at hand; None writes it to learn its size.

    Returns
    -------
    statistics : PathStatistics
        The counts.

    Examples
    --------
    >>> from huefold.scene import Path, Scene, Solid, contour_from_polygon
    >>> bow_tie = contour_from_polygon([(0, 0), (4, 4), (4, 0), (0, 4)])
    >>> scene = Scene(4, 4, (1, 1, 1), (Path((bow_tie,), Solid((0, 0, 0)), role="detail"),))
    >>> found = path_statistics(scene)
    >>> found.paths, found.detail, found.nodes, found.self_crossing
    (1, 1, 4, 1)
    """
    text = write_svg(scene) if svg is None else svg
    roles = [path.role for path in scene.paths]
    return PathStatistics(
        paths=len(roles),
        structural=roles.count("structural"),
        detail=roles.count("detail"),
        contours=sum(len(path.contours) for path in scene.paths),
        nodes=sum(path.segments for path in scene.paths),
        self_crossing=sum(_crosses_itself(path) for path in scene.paths),
        bytes=len(text.encode() if isinstance(text, str) else text),
    )


def _crosses_itself(path: Path) -> bool:
    return any(_contour_crosses_itself(_flatten(contour)) for contour in path.contours)


def _flatten(contour: Contour) -> NDArray[np.float64]:
    """Return the corners of a closed polygon along the contour, without repeated points, (V, 2)."""
    chain = contour.reshape(-1, 3, 2)
    points = np.concatenate([chain, np.roll(chain[:, :1], -1, axis=0)], axis=1)
    t = np.arange(_CHORDS) / _CHORDS
    s = 1.0 - t
    weights = np.stack([s**3, 3 * s * s * t, 3 * s * t * t, t**3], axis=1)
    polygon = np.einsum("tk,skc->stc", weights, points).reshape(-1, 2)
    return np.asarray(polygon[(polygon != np.roll(polygon, 1, axis=0)).any(axis=1)], dtype=np.float64)


def _contour_crosses_itself(polygon: NDArray[np.float64]) -> bool:
    """Whether two sides cross at a point inside both (touching is no crossing)."""
    start, end = polygon, np.roll(polygon, -1, axis=0)
    for first in range(0, len(polygon), _ROWS):
        a, b = start[first : first + _ROWS, None], end[first : first + _ROWS, None]
        apart = _turn(a, b, start[None]) * _turn(a, b, end[None]) < 0.0
        apart &= _turn(start[None], end[None], a) * _turn(start[None], end[None], b) < 0.0
        if apart.any():
            return True
    return False


def _turn(
    origin: NDArray[np.float64], towards: NDArray[np.float64], point: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return twice the signed area of the triangle of three points, with rounding noise set to 0."""
    first, second = towards - origin, point - origin
    left, right = first[..., 0] * second[..., 1], first[..., 1] * second[..., 0]
    area = left - right
    noise = 1e-12 * (np.abs(left) + np.abs(right))
    return np.asarray(np.where(np.abs(area) <= noise, 0.0, area), dtype=np.float64)
