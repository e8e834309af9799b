"""Lines, quadratics, conics, circles and elliptical arcs as cubics."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np

from huefold.bezier.curves import Floats, thirds
from huefold.native.elementary import atan2, sine_and_cosine

__all__ = ["Cubic", "Point", "arc", "arc_handle", "circle", "conic", "line", "quadratic"]

Point: TypeAlias = tuple[float, float]
Cubic: TypeAlias = tuple[Point, Point, Point]
"""What a cubic adds to a chain: two control points, and its end."""

_QUARTER = 0.5 * math.pi


def line(start: Point, end: Point) -> Cubic:
    """Return a line as a cubic."""
    (x1, x2), (y1, y2) = thirds(start[0], end[0]), thirds(start[1], end[1])
    return (x1, y1), (x2, y2), end


def quadratic(start: Point, control: Point, end: Point) -> Cubic:
    """Return a quadratic as a cubic (degree elevation)."""
    return _toward(start, control, 2.0 / 3.0), _toward(end, control, 2.0 / 3.0), end


def arc_handle(turn: float) -> float:
    """Return how far control points lie from the ends of an arc of the unit circle of `turn` radians.

    The cubic meets the arc at both ends and in the middle. It strays by 2.73e-4 of the radius for a quarter turn,
    and by the sixth power of the angle for others.
    """
    sine, cosine = _sine_and_cosine(0.25 * turn)
    return 4.0 / 3.0 * (sine / cosine)


def _sine_and_cosine(angle: float) -> tuple[float, float]:
    sine, cosine = sine_and_cosine(angle)
    return float(sine), float(cosine)


def circle(x: float, y: float, radius: float, segments: int) -> Floats:
    """Return the contour (3 * segments, 2) nearest to a circle with the centre (x, y); of at least 2 segments.

    Examples
    --------
    >>> circle(0.0, 0.0, 1.0, 4)[0]
    array([1., 0.])
    """
    handle = arc_handle(2 * np.pi / segments)
    angle = 2 * np.pi * np.arange(segments) / segments
    sines, cosines = sine_and_cosine(angle)
    nodes = np.stack([cosines, sines], axis=1)
    tangents = np.stack([-nodes[:, 1], nodes[:, 0]], axis=1)
    leaving = nodes + handle * tangents
    arriving = np.roll(nodes - handle * tangents, -1, axis=0)
    chain = np.stack([nodes, leaving, arriving], axis=1).reshape(-1, 2)
    return np.array([x, y]) + radius * chain


def conic(start: Point, control: Point, end: Point, weight: float, tolerance: float) -> Iterator[Cubic]:
    """Yield cubics for a conic (a rational quadratic), halved until each is within `tolerance`.

    The cubic with the same ends and tangents, and handles ``4 w / (3 (1 + w))`` of the way to the control point,
    meets the conic in its middle. The tolerance holds for arcs of circles, which are all that strokes have.
    """
    turn = 2.0 * float(atan2(math.sqrt(max(0.0, 1.0 - weight * weight)), weight))
    radius = math.dist(start, control) + math.dist(control, end)
    quarters = turn / _QUARTER
    cube = quarters * quarters * quarters
    if 2.8e-4 * cube * cube * radius <= tolerance:
        share = 4.0 * weight / (3.0 * (1.0 + weight))
        yield _toward(start, control, share), _toward(end, control, share), end
        return
    half = math.sqrt(0.5 * (1.0 + weight))
    first = _toward(start, control, weight / (1.0 + weight))
    second = _toward(end, control, weight / (1.0 + weight))
    middle = _toward(first, second, 0.5)
    yield from conic(start, first, middle, half, tolerance)
    yield from conic(middle, second, end, half, tolerance)


def _toward(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def arc(start: Point, shape: Sequence[float], end: Point) -> Iterator[Cubic]:
    """Yield cubics for an elliptical arc, each of at most a quarter turn (SVG 2, appendix B.2).

    Parameters
    ----------
    start, end : tuple of 2 float
        Ends of the arc; if equal, there is none.
    shape : sequence of 5 float
        Radii, rotation of the ellipse in degrees, large-arc flag, sweep flag. Radii that are too small grow until
        the ends are reached; a radius of 0 makes a line.
    """
    rx, ry, degrees, large, sweep = abs(shape[0]), abs(shape[1]), shape[2], shape[3], shape[4]
    if start == end:
        return
    phi = math.radians(math.fmod(degrees, 360.0))
    sin, cos = _sine_and_cosine(phi)
    half = (0.5 * (start[0] - end[0]), 0.5 * (start[1] - end[1]))
    # Into the frame in which the ellipse is the unit circle; there the chord's half is at most 1 long.
    if min(rx, ry) <= 1e-12 * (abs(half[0]) + abs(half[1])):
        yield line(start, end)
        return
    u, v = (cos * half[0] + sin * half[1]) / rx, (-sin * half[0] + cos * half[1]) / ry
    reach = math.sqrt(u * u + v * v)
    if reach > 1.0:
        rx, ry, u, v, reach = rx * reach, ry * reach, u / reach, v / reach, 1.0
    offset = math.sqrt(max(0.0, 1.0 - reach * reach)) / reach * (-1.0 if large == sweep else 1.0)
    center = (offset * v, -offset * u)
    first = float(atan2(v - center[1], u - center[0]))
    turn = float(atan2(-v - center[1], -u - center[0])) - first
    turn += 2.0 * math.pi * ((turn < 0.0 and sweep > 0.0) - (turn > 0.0 and sweep == 0.0))
    frame = (rx * cos, rx * sin, -ry * sin, ry * cos)
    middle = (0.5 * (start[0] + end[0]), 0.5 * (start[1] + end[1]))
    origin = (
        middle[0] + frame[0] * center[0] + frame[2] * center[1],
        middle[1] + frame[1] * center[0] + frame[3] * center[1],
    )
    yield from _turns(origin, frame, first, turn, end)


def _turns(
    origin: Point, frame: tuple[float, float, float, float], first: float, turn: float, end: Point
) -> Iterator[Cubic]:
    """Yield the image of a part of the unit circle under ``frame``, in pieces of at most a quarter turn."""
    count = max(1, math.ceil(abs(turn) / _QUARTER - 1e-9))
    step = turn / count
    handle = arc_handle(step)
    a, b, c, d = frame

    def mapped(x: float, y: float) -> Point:
        return (origin[0] + a * x + c * y, origin[1] + b * x + d * y)

    for index in range(count):
        angle0, angle1 = first + index * step, first + (index + 1) * step
        (sin0, cos0), (sin1, cos1) = _sine_and_cosine(angle0), _sine_and_cosine(angle1)
        stop = end if index == count - 1 else mapped(cos1, sin1)
        yield (
            mapped(cos0 - handle * sin0, sin0 + handle * cos0),
            mapped(cos1 + handle * sin1, sin1 - handle * cos1),
            stop,
        )
