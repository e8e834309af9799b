"""Gradient fills as SVG elements, with as few digits as keep rounding invisible.

A rounded gradient is compared with the exact one by its parameter t, the place of a point along the gradient.
Colours change by at most the steepest rate of change between two stops times the change of t.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count, pairwise, product

import numpy as np
from numpy.typing import NDArray

from huefold.colors import short_hex_color
from huefold.scene import Fill, LinearGradient, Path, RadialGradient, Scene, SceneError, Solid, Stop
from huefold.svg.pathdata import format_number

__all__ = ["GradientDefinitions", "gradient_parameter"]

Floats = NDArray[np.float64]
Gradient = LinearGradient | RadialGradient
Attributes = list[tuple[str, str]]
_Affine = tuple[float, float, float, float, float, float]
_Move = Callable[[float, float], tuple[float, float]]

_TOLERANCE = 0.2 / 255.0  # share of gradients in the error; outlines have 0.6, and 8-bit colours half a level
_OFFSET_TOLERANCE = 0.1 / 255.0
_MAX_DECIMALS = 6
_MATRIX_DECIMALS = 3  # more than coordinates have: entries are multiplied by up to some thousand pixels
_MAX_OFFSET_DECIMALS = 8
_SHARP_DECIMALS = 2  # where colours jump, the edge moves by 0.005 pixels at most
_EXACT = 1e-12
_SAME_SHAPE = 1e-9  # relative; of matrices that turn circles into circles
_GRID = 33  # points to a side of the box on which gradients are compared
_IDENTITY = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class GradientDefinitions:
    """The ``<defs>`` of a scene: one element for each different gradient.

    Parameters
    ----------
    scene : Scene
        The drawing; ids of gradients differ from those of its paths.

    Examples
    --------
    >>> from huefold.scene import contour_from_polygon
    >>> fade = LinearGradient((0, 0), (8, 0), (Stop(0, (0, 0, 0)), Stop(1, (1, 1, 1))))
    >>> square = Path((contour_from_polygon([(0, 0), (8, 0), (8, 8), (0, 8)]),), fade)
    >>> definitions = GradientDefinitions(Scene(8, 8, None, (square,)))
    >>> definitions.lines()[1]
    '<linearGradient id="a" gradientUnits="userSpaceOnUse" x2="8"><stop/><stop offset="1" stop-color=...'
    >>> definitions.reference(fade)
    'url(#a)'
    """

    def __init__(self, scene: Scene) -> None:
        names = _free_names({path.id for path in scene.paths})
        boxes: dict[Gradient, list[Floats]] = {}
        for path in scene.paths:
            if not isinstance(path.fill, Solid):
                boxes.setdefault(path.fill, []).append(_box(path, scene))
        self._names: dict[Gradient, str] = {}
        self._elements: dict[str, str] = {}
        for fill, places in boxes.items():
            every = np.array(places)
            body = _body(fill, np.array([every[:, 0].min(axis=0), every[:, 1].max(axis=0)]))
            if body not in self._elements:
                self._elements[body] = next(names)
            self._names[fill] = self._elements[body]

    @property
    def ids(self) -> set[str]:
        """Ids of its elements."""
        return set(self._elements.values())

    def lines(self) -> list[str]:
        """Return the lines of the element; none if there are no gradients."""
        if not self._elements:
            return []
        gradients = [body.replace(" ", f' id="{name}" ', 1) for body, name in self._elements.items()]
        return ["<defs>", *gradients, "</defs>"]

    def reference(self, fill: Fill) -> str:
        """Return the value of a path's ``fill``."""
        return short_hex_color(fill.color) if isinstance(fill, Solid) else f"url(#{self._names[fill]})"


def _free_names(taken: set[str]) -> Iterator[str]:
    """Yield a, b, ..., z, aa, ab, ..., without those taken (the names of groups are longer words)."""
    for length in count(1):
        for letters in product("abcdefghijklmnopqrstuvwxyz", repeat=length):
            name = "".join(letters)
            if name not in taken and name not in ("structure", "details"):
                yield name


def _box(path: Path, scene: Scene) -> Floats:
    """Return the part of the canvas that a path may paint: its least and largest x and y, (2, 2)."""
    size = (float(scene.width), float(scene.height))
    if not path.contours:
        return np.array([[0.0, 0.0], size])
    points = np.concatenate(path.contours)
    box: Floats = np.clip([points.min(axis=0), points.max(axis=0)], 0.0, size)
    return box


def _body(fill: Gradient, box: Floats) -> str:
    """Return a gradient's element without its id."""
    plain = _plain_circles(fill) if isinstance(fill, RadialGradient) else fill
    tag = "linearGradient" if isinstance(plain, LinearGradient) else "radialGradient"
    attributes = [("gradientUnits", "userSpaceOnUse"), *_geometry(plain, box)]
    if plain.spread != "pad":
        attributes.append(("spreadMethod", plain.spread))
    stops = "".join(f"<stop{_text(pairs)}/>" for pairs in _stops(plain.stops))
    return f"<{tag}{_text(attributes)}>{stops}</{tag}>"


def _text(attributes: Attributes) -> str:
    return "".join(f' {name}="{value}"' for name, value in attributes)


def _stops(stops: tuple[Stop, ...]) -> Iterator[Attributes]:
    """Yield the attributes of each stop that differ from their initial values."""
    decimals = _offset_decimals(stops)
    for stop in stops:
        attributes = []
        offset = _number(stop.offset, decimals)
        if offset != "0":
            attributes.append(("offset", offset))
        if short_hex_color(stop.color) != "#000":
            attributes.append(("stop-color", short_hex_color(stop.color)))
        if round(stop.opacity * 1000) < 1000:
            attributes.append(("stop-opacity", _number(stop.opacity, 3)))
        yield attributes


def _offset_decimals(stops: tuple[Stop, ...]) -> int:
    """Return how many decimals of the offsets are enough for the colours between."""
    offsets = np.array([stop.offset for stop in stops])
    choices = range(_MAX_OFFSET_DECIMALS + 1)
    errors = [float(np.abs(np.round(offsets, decimals) - offsets).max()) for decimals in choices]
    allowed = _EXACT if min(errors) <= _EXACT else _OFFSET_TOLERANCE / max(_steepest(stops), 1.0)
    return next((decimals for decimals in choices if errors[decimals] <= allowed), _MAX_OFFSET_DECIMALS)


def _steepest(stops: tuple[Stop, ...]) -> float:
    """Return the largest change of colour and opacity for a change of t, not counting jumps."""
    rates = [0.0]
    for before, after in pairwise(stops):
        run = after.offset - before.offset
        if run > 0.0:
            change = max(abs(a - b) for a, b in zip(before.color, after.color, strict=True))
            rates.append((change + abs(after.opacity - before.opacity)) / run)
    return max(rates)


def _jumps(fill: Gradient) -> bool:
    """Whether colours jump somewhere: at equal offsets, or where a repeated gradient starts over."""
    return fill.spread == "repeat" or any(a.offset == b.offset for a, b in pairwise(fill.stops))


def _geometry(fill: Gradient, box: Floats) -> Attributes:
    """Return the attributes of ends or circles, with as few decimals as needed."""
    exact = _exact_decimals(fill)
    if exact is not None:  # what was read from such a text comes out as it was
        return _written(fill, exact)
    points = _grid(box)
    parameter = gradient_parameter(fill, points)
    steepest = _steepest(fill.stops)
    for decimals in range(_SHARP_DECIMALS if _jumps(fill) else 0, _MAX_DECIMALS + 1):
        rounded = _rounded(fill, decimals)
        if rounded is None:
            continue
        change = np.abs(gradient_parameter(rounded, points) - parameter)
        if steepest * float(change.max()) <= _TOLERANCE:
            return _written(fill, decimals)
    return _written(fill, None)


def _exact_decimals(fill: Gradient) -> int | None:
    """Return how many decimals hold a gradient as it is, or None if there is no such number."""
    for decimals in range(_MAX_DECIMALS + 1):
        rounded = _rounded(fill, decimals)
        if rounded is not None and np.allclose(_values(rounded), _values(fill), rtol=_EXACT, atol=_EXACT):
            return decimals
    return None


def _grid(box: Floats) -> Floats:
    x, y = (np.linspace(box[0, k], box[1, k], _GRID) for k in (0, 1))
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def gradient_parameter(fill: Gradient, points: Floats) -> Floats:
    """Return the places of points along a gradient (SVG 2, sections 14.2.2 and 14.2.3).

    Parameters
    ----------
    fill : LinearGradient or RadialGradient
        The gradient.
    points : (M, 2) float64 ndarray
        In scene coordinates.

    Returns
    -------
    parameter : (M,) float64 ndarray
        0 at the start or focal circle, 1 at the end or outer circle; in [0, 1] if the gradient is padded.

    Examples
    --------
    >>> fade = LinearGradient((0, 0), (8, 0), (Stop(0, (0, 0, 0)), Stop(1, (1, 1, 1))))
    >>> gradient_parameter(fade, np.array([[2.0, 5.0], [9.0, 1.0]]))
    array([0.25, 1.  ])
    """
    if isinstance(fill, LinearGradient):
        start = np.array(fill.start)
        axis = np.array(fill.end) - start
        parameter: Floats = ((points - start) * (axis / (axis * axis).sum())).sum(axis=1)
    else:
        parameter = _radial_parameter(fill, points)
    return np.minimum(np.maximum(parameter, 0.0), 1.0) if fill.spread == "pad" else parameter


def _radial_parameter(fill: RadialGradient, points: Floats) -> Floats:
    """Solve ``|p - f - t (c - f)| = fr + t (r - fr)`` for the larger t."""
    a, b, c, d, e, f = fill.transform
    determinant = a * d - b * c
    x, y = (points - (e, f)).T
    inside = np.stack([(d * x - c * y) / determinant, (a * y - b * x) / determinant], axis=1)
    offset = inside - np.array(fill.focus)
    axis = np.array(fill.center) - np.array(fill.focus)
    growth = fill.radius - fill.focal_radius
    half = (offset * axis).sum(axis=1) + fill.focal_radius * growth
    quadratic = float((axis * axis).sum()) - growth * growth  # below 0: the focal circle lies inside
    rest = (offset * offset).sum(axis=1) - fill.focal_radius**2
    result: Floats = (half - np.sqrt(np.maximum(half * half - quadratic * rest, 0.0))) / quadratic
    return result


def _plain_circles(fill: RadialGradient) -> RadialGradient:
    """Map circles to the scene if they stay circles there; otherwise keep scale and place out of the matrix."""
    a, b, c, d, e, f = fill.transform
    if fill.transform == _IDENTITY:
        return fill
    size = math.sqrt(abs(a * d - b * c))
    if max(abs(a - d), abs(b + c)) <= _SAME_SHAPE * size or max(abs(a + d), abs(b - c)) <= _SAME_SHAPE * size:
        return _moved(fill, size, lambda x, y: (a * x + c * y + e, b * x + d * y + f), _IDENTITY)
    if _exact_decimals(fill) is not None:
        return fill
    (x0, y0), scale = fill.center, size
    center = (a * x0 + c * y0 + e, b * x0 + d * y0 + f)
    matrix = (a / scale, b / scale, c / scale, d / scale, *center)
    return _moved(fill, size, lambda x, y: ((x - x0) * scale, (y - y0) * scale), matrix)


def _moved(fill: RadialGradient, scale: float, move: _Move, transform: _Affine) -> RadialGradient:
    return replace(
        fill,
        center=move(*fill.center),
        focus=move(*(fill.focus or fill.center)),
        radius=fill.radius * scale,
        focal_radius=fill.focal_radius * scale,
        transform=transform,
    )


def _values(fill: Gradient) -> Floats:
    if isinstance(fill, LinearGradient):
        return np.array([*fill.start, *fill.end])
    circles = (*fill.center, fill.radius, *(fill.focus or fill.center), fill.focal_radius)
    return np.array([*circles, *fill.transform])


def _rounded(fill: Gradient, decimals: int) -> Gradient | None:
    """Return the gradient with coordinates of so many decimals; None if there is no such gradient."""

    def point(values: tuple[float, float]) -> tuple[float, float]:
        return round(values[0], decimals), round(values[1], decimals)

    try:
        if isinstance(fill, LinearGradient):
            return replace(fill, start=point(fill.start), end=point(fill.end))
        a, b, c, d = (round(entry, decimals + _MATRIX_DECIMALS) for entry in fill.transform[:4])
        return replace(
            fill,
            center=point(fill.center),
            focus=point(fill.focus or fill.center),
            radius=round(fill.radius, decimals),
            focal_radius=round(fill.focal_radius, decimals),
            transform=(a, b, c, d, *point(fill.transform[4:])),
        )
    except SceneError:  # ends or circles that fall together
        return None


def _written(fill: Gradient, decimals: int | None) -> Attributes:
    """Return the attributes of ends or circles; with all digits if `decimals` is None."""
    if isinstance(fill, LinearGradient):
        named = zip(("x1", "y1", "x2", "y2"), (*fill.start, *fill.end), strict=True)
        texts = [(name, _number(value, decimals)) for name, value in named]
        # The initial values are 0, but for x2, which is 100%.
        return [(name, text) for name, text in texts if text != "0" or name == "x2"]
    cx, cy, radius = (_number(value, decimals) for value in (*fill.center, fill.radius))
    fx, fy = (_number(value, decimals) for value in fill.focus or fill.center)
    attributes = [("cx", cx), ("cy", cy), ("r", radius)]
    attributes += [(name, own) for name, own, like in (("fx", fx, cx), ("fy", fy, cy)) if own != like]
    focal = _number(fill.focal_radius, decimals)
    if focal != "0":
        attributes.append(("fr", focal))
    if fill.transform != _IDENTITY:
        finer = None if decimals is None else decimals + _MATRIX_DECIMALS
        entries = [_number(value, finer) for value in fill.transform[:4]]
        entries += [_number(value, decimals) for value in fill.transform[4:]]
        attributes.append(("gradientTransform", f"matrix({' '.join(entries)})"))
    return attributes


def _number(value: float, decimals: int | None) -> str:
    if decimals is None:
        return repr(float(value))
    return format_number(round(value * 10**decimals), decimals)
