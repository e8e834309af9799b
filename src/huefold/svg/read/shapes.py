"""The outlines of basic shapes (SVG 2, chapter 10) and of ``path`` elements."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from lxml import etree

from huefold.bezier.arcs import arc_handle
from huefold.svg.read.lengths import Axis, Units, parse_numbers
from huefold.svg.read.paths import Pen, Subpath, parse_subpaths
from huefold.svg.read.source import local_name

__all__ = ["SHAPES", "length", "outline"]

_CIRCLE = arc_handle(0.5 * math.pi)


def outline(element: etree._Element, units: Units) -> list[Subpath]:
    """Return the outline of a shape, one of `SHAPES`, in its own coordinates; nothing if it is not drawn."""
    return _OUTLINES[local_name(element)](element, units)


def length(element: etree._Element, name: str, axis: Axis, units: Units, default: float = 0.0) -> float:
    """Return a length attribute in user units, or the default if it is missing or malformed."""
    text = element.get(name)
    value = None if text is None else units.length(text, axis)
    return default if value is None else value


def _path(element: etree._Element, units: Units) -> list[Subpath]:
    subpaths, error = parse_subpaths(element.get("d", ""))
    if error is not None:
        units.notes.add("path data has errors; it is drawn up to the first one")
    return subpaths


def _rect(element: etree._Element, units: Units) -> list[Subpath]:
    x, y = length(element, "x", "x", units), length(element, "y", "y", units)
    width, height = length(element, "width", "x", units), length(element, "height", "y", units)
    if width <= 0.0 or height <= 0.0:
        return []
    rx, ry = _radii(element, units)
    rx, ry = min(rx, 0.5 * width), min(ry, 0.5 * height)
    pen = Pen()
    pen.draw("M", (x + rx, y))
    _side(pen, "H", x + width - rx, rx < 0.5 * width)
    _corner(pen, (x + width, y), (0.0, ry), (rx, 0.0))
    _side(pen, "V", y + height - ry, ry < 0.5 * height)
    _corner(pen, (x + width, y + height), (-rx, 0.0), (0.0, ry))
    _side(pen, "H", x + rx, rx < 0.5 * width)
    _corner(pen, (x, y + height), (0.0, -ry), (-rx, 0.0))
    _side(pen, "V", y + ry, 0.0 < ry < 0.5 * height)
    _corner(pen, (x, y), (rx, 0.0), (0.0, -ry))
    pen.draw("Z", ())
    return pen.finish()


def _side(pen: Pen, command: str, end: float, present: bool) -> None:
    if present:
        pen.draw(command, (end,))


def _corner(
    pen: Pen, corner: tuple[float, float], ahead: tuple[float, float], behind: tuple[float, float]
) -> None:
    """Round a corner: `behind` leads from the start of the curve to the corner, `ahead` from there to its end."""
    (x, y), (ax, ay), (bx, by) = corner, ahead, behind
    if (ax, ay) == (0.0, 0.0) or (bx, by) == (0.0, 0.0):
        return
    rest = 1.0 - _CIRCLE
    pen.draw("C", (x - rest * bx, y - rest * by, x + rest * ax, y + rest * ay, x + ax, y + ay))


def _radii(element: etree._Element, units: Units) -> tuple[float, float]:
    """Return the radii of corners or of an ellipse: one that is not given equals the other."""
    rx, ry = (
        units.length(element.get(name, "auto"), axis) if element.get(name, "auto").strip() != "auto" else None
        for name, axis in _RADII
    )
    rx, ry = (value if value is not None and value >= 0.0 else None for value in (rx, ry))
    first = rx if rx is not None else ry if ry is not None else 0.0
    second = ry if ry is not None else first
    return (first, second) if min(first, second) > 0.0 else (0.0, 0.0)


_RADII: tuple[tuple[str, Axis], ...] = (("rx", "x"), ("ry", "y"))


def _circle(element: etree._Element, units: Units) -> list[Subpath]:
    radius = length(element, "r", "diagonal", units)
    return _ellipse_around(element, radius, radius, units)


def _ellipse(element: etree._Element, units: Units) -> list[Subpath]:
    return _ellipse_around(element, *_radii(element, units), units)


def _ellipse_around(element: etree._Element, rx: float, ry: float, units: Units) -> list[Subpath]:
    x, y = length(element, "cx", "x", units), length(element, "cy", "y", units)
    if rx <= 0.0 or ry <= 0.0:
        return []
    pen = Pen()
    pen.draw("M", (x + rx, y))
    _corner(pen, (x + rx, y + ry), (-rx, 0.0), (0.0, ry))
    _corner(pen, (x - rx, y + ry), (0.0, -ry), (-rx, 0.0))
    _corner(pen, (x - rx, y - ry), (rx, 0.0), (0.0, -ry))
    _corner(pen, (x + rx, y - ry), (0.0, ry), (rx, 0.0))
    pen.draw("Z", ())
    return pen.finish()


def _straight(element: etree._Element, units: Units) -> list[Subpath]:
    ends = [length(element, name, axis, units) for name, axis in _ENDS]
    pen = Pen()
    pen.draw("M", ends[:2])
    pen.draw("L", ends[2:])
    return pen.finish()


_ENDS: tuple[tuple[str, Axis], ...] = (("x1", "x"), ("y1", "y"), ("x2", "x"), ("y2", "y"))


def _polyline(element: etree._Element, units: Units) -> list[Subpath]:
    return _corners(element, units, closed=False)


def _polygon(element: etree._Element, units: Units) -> list[Subpath]:
    return _corners(element, units, closed=True)


def _corners(element: etree._Element, units: Units, *, closed: bool) -> list[Subpath]:
    numbers, whole = parse_numbers(element.get("points", ""))
    if not whole or len(numbers) % 2:
        units.notes.add("a list of points has errors; it is drawn up to the first one")
    points = np.array(numbers[: len(numbers) // 2 * 2]).reshape(-1, 2)
    pen = Pen()
    for index, point in enumerate(points):
        pen.draw("L" if index else "M", (float(point[0]), float(point[1])))
    if closed and len(points):
        pen.draw("Z", ())
    return pen.finish()


_OUTLINES: Mapping[str, Callable[[etree._Element, Units], list[Subpath]]] = {
    "path": _path,
    "rect": _rect,
    "circle": _circle,
    "ellipse": _ellipse,
    "line": _straight,
    "polyline": _polyline,
    "polygon": _polygon,
}
SHAPES = frozenset(_OUTLINES)
