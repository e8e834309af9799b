"""Curves in and out of Skia's paths: in coordinates that suit it, and back as closed chains of cubics."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pathops
from numpy.typing import NDArray

from huefold.errors import SvgError
from huefold.scene import Contour

__all__ = ["Frame", "append_chain", "contours_of"]

Floats: TypeAlias = NDArray[np.float64]
Point: TypeAlias = tuple[float, float]
Piece: TypeAlias = tuple[Point, ...]

_CONIC_ERROR = 0.02  # units of Skia's coordinates


@dataclass(frozen=True, slots=True)
class Frame:
    """Coordinates that suit Skia: ``(p - origin) * scale``, with a power of two so that scaling is exact."""

    origin: Floats
    scale: float

    @classmethod
    def around(cls, points: Iterable[Floats], margin: float, size: float) -> Frame:
        """Fit all points, with a margin around them, into about `size` units."""
        every = np.concatenate([np.empty((0, 2)), *points])
        if not np.isfinite(every).all():
            raise SvgError("an outline has coordinates that are not finite numbers")
        if not len(every):
            return cls(np.zeros(2), 1.0)
        # Halves before the difference: coordinates near the largest float have no difference.
        low, high = 0.5 * every.min(axis=0), 0.5 * every.max(axis=0)
        extent = max(float((high - low).max()) + 0.5 * margin, 1e-280)
        exponent = math.floor(math.log2(0.5 * size) - math.log2(extent))
        return cls(low + high, 2.0 ** min(max(exponent, -1000), 1000))

    def enter(self, points: Floats) -> list[list[float]]:
        """Return points of the drawing in Skia's coordinates."""
        inside: list[list[float]] = ((np.asarray(points, np.float64) - self.origin) * self.scale).tolist()
        return inside

    def leave(self, chain: Sequence[Point]) -> Contour:
        """Return a closed chain in Skia's coordinates as a contour of the drawing."""
        return np.array(chain, np.float64) / self.scale + self.origin


def append_chain(path: pathops.Path, chain: list[list[float]], *, closed: bool) -> None:
    """Draw a chain of cubics; those that are straight become lines, which Skia treats with more care."""
    path.moveTo(*chain[0])
    for k in range(0, len(chain) - 1, 3):
        p0, p1, p2, p3 = chain[k : k + 4]
        if _is_line(p0, p1, p2, p3):
            path.lineTo(*p3)
        else:
            path.cubicTo(*p1, *p2, *p3)
    if closed:
        path.close()


def _is_line(p0: list[float], p1: list[float], p2: list[float], p3: list[float]) -> bool:
    """Whether control points lie at the chord's thirds, or on its ends."""
    slack = 1e-9 * max(1.0, abs(p3[0] - p0[0]), abs(p3[1] - p0[1]))
    if p1 == p0 and p2 == p3:
        return True
    return all(
        abs(p1[c] - p0[c] - (p3[c] - p0[c]) / 3.0) <= slack
        and abs(p2[c] - p0[c] - (p3[c] - p0[c]) * (2.0 / 3.0)) <= slack
        for c in (0, 1)
    )


def contours_of(path: pathops.Path, frame: Frame) -> Iterator[Contour]:
    """Yield the contours of one of Skia's paths as chains of cubics."""
    chain: list[Point] = []
    for verb, points in path:
        if verb == pathops.PathVerb.MOVE:
            yield from _finished(chain, frame)
            chain = [points[0]]
        elif verb == pathops.PathVerb.LINE:
            _extend(chain, _line(chain[-1], points[0]))
        elif verb == pathops.PathVerb.QUAD:
            _extend(chain, _quadratic(chain[-1], *points))
        elif verb == pathops.PathVerb.CONIC:
            control, end, weight = points
            for piece in _conic(chain[-1], control, end, weight):
                _extend(chain, piece)
        elif verb == pathops.PathVerb.CUBIC:
            _extend(chain, points)
    yield from _finished(chain, frame)


def _finished(chain: list[Point], frame: Frame) -> Iterator[Contour]:
    """Close a chain; one without any extent is no contour."""
    if len(chain) < 2:
        return
    if chain[-1] != chain[0]:
        _extend(chain, _line(chain[-1], chain[0]))
    yield frame.leave(chain[:-1])


def _extend(chain: list[Point], piece: Piece) -> None:
    if any(point != chain[-1] for point in piece):
        chain.extend(piece)


def _line(start: Point, end: Point) -> Piece:
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    return (x0 + dx / 3.0, y0 + dy / 3.0), (x0 + dx * (2.0 / 3.0), y0 + dy * (2.0 / 3.0)), end


def _quadratic(start: Point, control: Point, end: Point) -> Piece:
    return _toward(start, control, 2.0 / 3.0), _toward(end, control, 2.0 / 3.0), end


def _toward(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _conic(start: Point, control: Point, end: Point, weight: float) -> Iterator[Piece]:
    """Yield cubics for a conic (a rational quadratic), halved until each is close enough.

    The cubic with the same ends and tangents, and handles ``4 w / (3 (1 + w))`` of the way to the control point,
    meets the conic in its middle. On arcs of circles, which are all that strokes have, it strays by 2.73e-4 of the
    radius for a quarter turn, and by the sixth power of the angle for others.
    """
    turn = 2.0 * math.acos(min(weight, 1.0))
    radius = math.dist(start, control) + math.dist(control, end)
    if 2.8e-4 * (turn / (0.5 * math.pi)) ** 6 * radius <= _CONIC_ERROR:
        share = 4.0 * weight / (3.0 * (1.0 + weight))
        yield _toward(start, control, share), _toward(end, control, share), end
        return
    half = math.sqrt(0.5 * (1.0 + weight))
    first = _weighted(start, control, weight)
    second = _weighted(end, control, weight)
    middle = _toward(first, second, 0.5)
    yield from _conic(start, first, middle, half)
    yield from _conic(middle, second, end, half)


def _weighted(end: Point, control: Point, weight: float) -> Point:
    return _toward(end, control, weight / (1.0 + weight))
