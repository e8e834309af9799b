"""Curves in and out of Skia's paths: in coordinates that suit it, and back as closed chains of cubics."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pathops
from numpy.typing import NDArray

from huefold.bezier.arcs import Point, conic, line, quadratic
from huefold.bezier.curves import is_straight, open_segments
from huefold.errors import SvgError
from huefold.scene import Contour

__all__ = ["Frame", "append_chain", "contours_of"]

Floats: TypeAlias = NDArray[np.float64]

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
        exponent = math.frexp(0.5 * size / extent)[1] - 1 if 0.5 * size / extent < math.inf else 1000
        return cls(low + high, math.ldexp(1.0, min(max(exponent, -1000), 1000)))

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
    for k, is_line in enumerate(_are_lines(open_segments(np.array(chain))).tolist()):
        p1, p2, p3 = chain[3 * k + 1 : 3 * k + 4]
        if is_line:
            path.lineTo(*p3)
        else:
            path.cubicTo(*p1, *p2, *p3)
    if closed:
        path.close()


def _are_lines(segments: Floats) -> NDArray[np.bool_]:
    """Return which segments have their control points at the chord's thirds, or on its ends."""
    chord = np.abs(segments[:, 3] - segments[:, 0]).max(axis=1)
    on_ends = (segments[:, 1:3] == segments[:, ::3]).all(axis=(1, 2))
    return np.asarray(on_ends | is_straight(segments, 1e-9 * np.maximum(1.0, chord)))


def contours_of(path: pathops.Path, frame: Frame) -> Iterator[Contour]:
    """Yield the contours of a path of Skia's as chains of cubics."""
    chain: list[Point] = []
    for verb, points in path:
        if verb == pathops.PathVerb.MOVE:
            yield from _finished(chain, frame)
            chain = [points[0]]
        elif verb == pathops.PathVerb.LINE:
            _extend(chain, line(chain[-1], points[0]))
        elif verb == pathops.PathVerb.QUAD:
            _extend(chain, quadratic(chain[-1], *points))
        elif verb == pathops.PathVerb.CONIC:
            control, end, weight = points
            for piece in conic(chain[-1], control, end, weight, _CONIC_ERROR):
                _extend(chain, piece)
        elif verb == pathops.PathVerb.CUBIC:
            _extend(chain, points)
    yield from _finished(chain, frame)


def _finished(chain: list[Point], frame: Frame) -> Iterator[Contour]:
    """Close a chain; one without any extent is no contour."""
    if len(chain) < 2:
        return
    if chain[-1] != chain[0]:
        _extend(chain, line(chain[-1], chain[0]))
    yield frame.leave(chain[:-1])


def _extend(chain: list[Point], piece: tuple[Point, ...]) -> None:
    if any(point != chain[-1] for point in piece):
        chain.extend(piece)
