"""Statistics of a drawing: paths, nodes, bytes, self-crossings, slivers and hidden paths."""

from __future__ import annotations

import gzip
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.crossings import crossing_contours
from huefold.bezier.curves import evaluate, segments_of
from huefold.bezier.kernels import CHORDS
from huefold.metrics.areas import path_areas
from huefold.metrics.kernels import enclosed_areas
from huefold.render import SceneArrays
from huefold.scene import Scene
from huefold.svg import write_svg

__all__ = ["PathStatistics", "path_statistics"]

_HIDDEN_PIXELS = 0.5  # of a path that shows less, nothing is seen
_SLIVER_WIDTH = 1.0  # pixels; a mean over the path
_MOST_PIXELS = 1 << 20  # larger drawings are reduced first


@dataclass(frozen=True, slots=True)
class PathStatistics:
    """Counts that describe how compact and clean a drawing is.

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
    slivers : int
        Paths less than one pixel wide on average: twice the area that they enclose by their fill rule, over the
        length of the outlines.
    hidden : int
        Paths of which less than half a pixel shows: covered by later ones, off the canvas, or nothing at all.
    bytes : int
        Size of the SVG as UTF-8.
    gzip_bytes : int
        The same compressed by gzip at its highest level, as servers send it.
    """

    paths: int
    structural: int
    detail: int
    contours: int
    nodes: int
    self_crossing: int
    slivers: int
    hidden: int
    bytes: int
    gzip_bytes: int


def path_statistics(scene: Scene, *, svg: str | bytes | None = None) -> PathStatistics:
    """Count paths, nodes and bytes of a drawing, and its flawed paths.

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
    >>> found.paths, found.detail, found.nodes, found.self_crossing, found.hidden
    (1, 1, 4, 1, 0)
    """
    text = write_svg(scene) if svg is None else svg
    data = text.encode() if isinstance(text, str) else text
    roles = [path.role for path in scene.paths]
    arrays = SceneArrays.from_scene(scene)
    crossing = _crossing(arrays)
    return PathStatistics(
        paths=len(roles),
        structural=roles.count("structural"),
        detail=roles.count("detail"),
        contours=sum(len(path.contours) for path in scene.paths),
        nodes=sum(path.segments for path in scene.paths),
        self_crossing=int(crossing.sum()),
        slivers=int((_mean_widths(arrays, crossing) < _SLIVER_WIDTH).sum()),
        hidden=int((_visible_areas(scene) < _HIDDEN_PIXELS).sum()),
        bytes=len(data),
        gzip_bytes=len(gzip.compress(data, compresslevel=9, mtime=0)),
    )


def _crossing(arrays: SceneArrays) -> NDArray[np.bool_]:
    """Which paths have a contour that crosses itself. Shape (N,)."""
    marked = crossing_contours(arrays.points, arrays.contours)
    return _sums(marked.astype(np.float64), arrays.paths) > 0


def _mean_widths(arrays: SceneArrays, crossing: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Twice the area over the length of the outlines, as polygons; pixels of the canvas. Shape (N,)."""
    if not len(arrays.points):
        return np.zeros(arrays.path_count)
    corners = _corners(arrays)
    sides = np.diff(corners, axis=1)
    cross = corners[:, :-1, 0] * corners[:, 1:, 1] - corners[:, :-1, 1] * corners[:, 1:, 0]
    segments = arrays.contours[arrays.paths] // 3
    area = 0.5 * np.abs(_sums(cross.sum(axis=1), segments))
    # Where parts of the plane may be wound around twice, or both ways, that sum is not what is enclosed.
    wanted = crossing | (np.diff(arrays.paths) > 1)
    starts, ends = corners[:, :-1].reshape(-1, 2), corners[:, 1:].reshape(-1, 2)
    enclosed_areas(starts, ends, CHORDS * segments, wanted, arrays.evenodd, area)
    length = _sums(np.sqrt((sides * sides).sum(axis=2)).sum(axis=1), segments)
    return np.divide(2.0 * area, length, out=np.zeros_like(length), where=length > 0)


def _corners(arrays: SceneArrays) -> NDArray[np.float64]:
    """Points along each segment, its end included; shape (S, chords + 1, 2)."""
    return evaluate(segments_of(arrays.points, arrays.contours), np.linspace(0.0, 1.0, CHORDS + 1))


def _visible_areas(scene: Scene) -> NDArray[np.float64]:
    """Pixels of the canvas that show of each path. Shape (N,)."""
    scale = min(1.0, math.sqrt(_MOST_PIXELS / (scene.width * scene.height)))
    width, height = max(1, round(scale * scene.width)), max(1, round(scale * scene.height))
    pixel = scene.width * scene.height / (width * height)
    return pixel * path_areas(scene, np.ones((1, height, width)), visible=True)[:, 0]


def _sums(values: NDArray[np.float64], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sums of consecutive values between offsets."""
    return np.asarray(np.diff(np.concatenate([[0.0], np.cumsum(values)])[offsets]))
