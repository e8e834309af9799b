"""Paint servers: what ``url(#id)`` in ``fill`` or ``stroke`` paints (SVG 2, chapter 14)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from lxml import etree

from huefold.bezier.bounds import Box
from huefold.colors import Rgba
from huefold.errors import SvgError
from huefold.scene import Fill, LinearGradient, RadialGradient, Solid, Spread, Stop
from huefold.svg.read.affine import IDENTITY, Affine, apply, compose, invertible, parse_transform
from huefold.svg.read.lengths import Axis, Units, Viewport, share
from huefold.svg.read.limits import MAX_DEPTH
from huefold.svg.read.notes import Notes
from huefold.svg.read.paints import Paint
from huefold.svg.read.source import SVG, XLINK, local_name
from huefold.svg.read.style import Style, Styles

__all__ = ["Servers", "Surface", "local_target"]

_SPREADS: Mapping[str, Spread] = {"pad": "pad", "reflect": "reflect", "repeat": "repeat"}
_GRADIENTS = ("linearGradient", "radialGradient")
_SHAPE = frozenset({"x1", "y1", "x2", "y2", "cx", "cy", "r", "fx", "fy", "fr"})  # each kind has its own


@dataclass(frozen=True, slots=True)
class Surface:
    """A shape that is painted."""

    style: Style
    units: Units
    box: Box | None  # around its outline, in its own coordinates
    transform: Affine  # from these to the canvas


def local_target(
    element: etree._Element, ids: Mapping[str, etree._Element], notes: Notes
) -> etree._Element | None:
    """Return the element that ``href`` names, if it is in the same document."""
    link = element.get("href", element.get(f"{XLINK}href"))
    if link is None:
        return None
    link = link.strip()
    if not link.startswith("#"):
        notes.add(f"the reference of <{local_name(element)}> leads out of the document and is not followed")
        return None
    return ids.get(link[1:])


class Servers:
    """Paint servers of a document, whose elements `ids` holds by id: they turn paints into fills."""

    def __init__(self, ids: Mapping[str, etree._Element], styles: Styles, notes: Notes) -> None:
        self._ids = ids
        self._styles = styles
        self._notes = notes
        self._gradients: dict[etree._Element, _Gradient] = {}

    def fill(self, paint: Paint, surface: Surface) -> tuple[Fill, float] | None:
        """Return the fill of a paint on the canvas, and its opacity; None if it paints nothing."""
        server = self._server(paint.reference) if paint.reference is not None else None
        if server is None:
            return _solid(paint, surface.style)
        gradient = self._gradients.get(server)
        if gradient is None:
            gradient = self._gradients[server] = _Gradient(server, self._ids, self._styles, self._notes)
        if not gradient.stops or (gradient.in_box and _flat(surface.box)):
            return _solid(paint, surface.style)
        return gradient.fill(surface)

    def _server(self, link: str) -> etree._Element | None:
        """Return the gradient that a reference names, if there is one."""
        if not link.startswith("#"):
            self._notes.add("a paint outside the document is not fetched; its fallback is drawn")
            return None
        server = self._ids.get(link[1:])
        if server is None or local_name(server) in _GRADIENTS:
            return server
        self._notes.add(f"the paint <{local_name(server)}> is not drawn; its fallback is")
        return None


def _solid(paint: Paint, style: Style) -> tuple[Fill, float] | None:
    color = style.color if paint.color == "currentcolor" else paint.color
    return None if color is None else _plain(color)


def _plain(color: Rgba) -> tuple[Fill, float]:
    return Solid(color[:3]), color[3]


def _flat(box: Box | None) -> bool:
    return box is None or box[2] <= box[0] or box[3] <= box[1]


class _Gradient:
    """A gradient element and those that its ``href`` names: the first that has an attribute counts."""

    def __init__(
        self, element: etree._Element, ids: Mapping[str, etree._Element], styles: Styles, notes: Notes
    ) -> None:
        self._element = element
        self._chain = list(_chain(element, ids, notes))
        self._radial = local_name(element) == "radialGradient"
        self._notes = notes
        self.in_box = self._said("gradientUnits", ("userSpaceOnUse", "objectBoundingBox")) != "userSpaceOnUse"
        self.stops = self._read_stops(styles)
        if styles.in_place(element).linear_rgb:
            notes.add("color-interpolation: linearRGB of gradients is drawn as sRGB")

    def _read_stops(self, styles: Styles) -> list[Stop]:
        """Return the stops; offsets never decrease."""
        stops: list[Stop] = []
        last = 0.0
        for child in next(filter(len, (element.findall(f"{SVG}stop") for element in self._chain)), ()):
            color = styles.in_place(child).stop()
            last = max(last, share(child.get("offset", "0")) or 0.0)
            stops.append(Stop(last, color[:3], color[3]))
        return stops

    def fill(self, surface: Surface) -> tuple[Fill, float]:
        """Return the gradient on the canvas; one without extent is the last stop's colour."""
        stops, last = self.stops, self.stops[-1]
        plain = (Solid(last.color), last.opacity)
        if len(stops) == 1:
            return plain
        transform = self._transform(surface)
        if not invertible(transform):
            return plain
        units = self._units(surface)
        made = self._radial_fill(units, transform, stops) if self._radial else None
        if not self._radial:
            made = self._linear_fill(units, transform, stops)
        return plain if made is None else (made, 1.0)

    def _linear_fill(self, units: Units, transform: Affine, stops: list[Stop]) -> Fill | None:
        """Return the gradient whose ends are the images of the ends, corrected along its stripes.

        Offsets are ``t(p) = (p - start) . d / |d|^2`` with ``d = end - start``. Under a map with the linear part M
        they become those of the covector ``M^-T d / |d|^2``; the new ``d`` is that covector over its square.
        """
        x1, y1 = self._length("x1", "x", 0.0, units), self._length("y1", "y", 0.0, units)
        x2, y2 = self._length("x2", "x", 1.0, units), self._length("y2", "y", 0.0, units)
        square = (x2 - x1) ** 2 + (y2 - y1) ** 2
        if not 0.0 < square < math.inf:
            return None
        a, b, c, d = transform[:4]
        determinant = a * d - b * c
        gx, gy = (x2 - x1) / square, (y2 - y1) / square
        hx, hy = (d * gx - b * gy) / determinant, (a * gy - c * gx) / determinant
        start = apply(transform, np.array([[x1, y1]], np.float64))[0]
        square = hx * hx + hy * hy
        if not 0.0 < square < math.inf:
            return None
        end = start + np.array([hx, hy]) / square
        if not np.isfinite(end).all() or bool((start == end).all()):
            return None
        return LinearGradient(
            (float(start[0]), float(start[1])), (float(end[0]), float(end[1])), tuple(stops), self._spread()
        )

    def _radial_fill(self, units: Units, transform: Affine, stops: list[Stop]) -> Fill | None:
        cx, cy = self._length("cx", "x", 0.5, units), self._length("cy", "y", 0.5, units)
        radius = self._length("r", "diagonal", 0.5, units)
        fx, fy = self._length("fx", "x", cx, units, cx), self._length("fy", "y", cy, units, cy)
        focal = max(0.0, self._length("fr", "diagonal", 0.0, units))
        if radius <= 0.0:
            return None
        spread = self._spread()
        apart = math.hypot(fx - cx, fy - cy)
        if abs(focal - radius) <= 1e-6 * radius and apart <= 1e-6 * radius:
            # Circles that coincide: a step from the first colour to the last.
            step = (
                Stop(1.0, stops[0].color, stops[0].opacity),
                Stop(1.0, stops[-1].color, stops[-1].opacity),
            )
            return RadialGradient((cx, cy), radius, step, transform=transform)
        if focal > radius + apart:
            # The circles the other way round: so are the offsets.
            turned = tuple(Stop(1.0 - stop.offset, stop.color, stop.opacity) for stop in reversed(stops))
            return RadialGradient((fx, fy), focal, turned, (cx, cy), radius, spread, transform)
        focus, focal = self._focus((cx, cy), radius, (fx, fy), focal)
        return RadialGradient((cx, cy), radius, tuple(stops), focus, focal, spread, transform)

    def _focus(
        self, center: tuple[float, float], radius: float, focus: tuple[float, float], focal: float
    ) -> tuple[tuple[float, float], float]:
        """Return the focal circle, moved into the outer one if it is not there."""
        apart = math.dist(center, focus)
        if apart + focal < radius * (1.0 - 1e-9):
            return focus, focal
        if apart + focal > radius * (1.0 + 1e-3):
            self._notes.add("the focal circle of <radialGradient> is moved into its outer circle")
        focal = min(focal, 0.999 * radius)
        most = (radius - focal) * 0.999
        shift = most / apart if apart > most else 1.0
        moved = (center[0] + (focus[0] - center[0]) * shift, center[1] + (focus[1] - center[1]) * shift)
        if math.dist(center, moved) + focal >= radius:
            moved, focal = center, 0.0 if focal >= radius else focal  # a circle too small to have an inside
        return moved, focal

    def _transform(self, surface: Surface) -> Affine:
        """Return the map from the gradient's coordinates to the canvas."""
        inner = IDENTITY
        text = self._said("gradientTransform")
        if text is not None:
            parsed = parse_transform(text)
            if parsed is None or not invertible(parsed):
                self._notes.add("a gradientTransform that cannot be read or inverted is passed over")
            else:
                inner = parsed
        if self.in_box and surface.box is not None:
            left, top, right, bottom = surface.box
            inner = compose((right - left, 0.0, 0.0, bottom - top, left, top), inner)
        return compose(surface.transform, inner)

    def _units(self, surface: Surface) -> Units:
        """Return the units of lengths: shares of the bounding box, or user units."""
        units = surface.units
        if not self.in_box:
            return units
        box = Viewport(1.0, 1.0, units.viewport.canvas)
        return Units(box, units.font_size, units.root_font_size, units.notes)

    def _length(
        self, name: str, axis: Axis, share_of: float, units: Units, default: float | None = None
    ) -> float:
        """Return a length; by default, `share_of` the box or viewport unless another default is given."""
        text = self._said(name)
        value = None if text is None else units.length(text, axis)
        if value is not None:
            return value
        return share_of * units.viewport.extent(axis) if default is None else default

    def _spread(self) -> Spread:
        return _SPREADS.get((self._said("spreadMethod") or "pad").strip(), "pad")

    def _said(self, name: str, words: tuple[str, ...] = ()) -> str | None:
        """Return an attribute's value from the first of the chain that has it."""
        for element in self._chain:
            text = element.get(name)
            if name in _SHAPE and element.tag != self._element.tag:
                continue
            if text is not None and (not words or text.strip() in words):
                return text.strip()
        return None


def _chain(
    element: etree._Element, ids: Mapping[str, etree._Element], notes: Notes
) -> Iterator[etree._Element]:
    """Yield a gradient and those that it refers to; a reference back, or to something else, ends it."""
    seen = set[etree._Element]()
    current: etree._Element | None = element
    while current is not None and current not in seen and local_name(current) in _GRADIENTS:
        seen.add(current)
        if len(seen) > MAX_DEPTH:
            raise SvgError(
                f"more than {MAX_DEPTH} gradients refer to each other in a row; the SVG is not read"
            )
        yield current
        current = local_target(current, ids, notes)
