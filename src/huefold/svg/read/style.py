"""Computed styles of elements, after inheritance."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeAlias

from lxml import etree

from huefold.colors import Rgba, parse_css_color
from huefold.scene import FillRule
from huefold.svg.read.cascade import Cascade
from huefold.svg.read.lengths import Units, Viewport, parse_numbers, share
from huefold.svg.read.notes import Notes
from huefold.svg.read.paints import BLACK, NO_PAINT, Paint, parse_paint

__all__ = ["PROPERTIES", "Style", "Styles"]

Cap: TypeAlias = Literal["butt", "round", "square"]
Join: TypeAlias = Literal["miter", "round", "bevel"]

_BLACK_PAINT = Paint(BLACK)
_MEDIUM = 16.0  # CSS's font size where none is given
_SIZES = {"xx-small": 0.6, "x-small": 0.75, "small": 8 / 9, "medium": 1.0, "large": 1.2, "x-large": 1.5}
_SIZES |= {"xx-large": 2.0, "xxx-large": 3.0}


@dataclass(frozen=True, slots=True)
class Style:
    """Properties that this reader knows; lengths in user units. Below the line: not inherited."""

    color: Rgba = BLACK
    fill: Paint = _BLACK_PAINT
    fill_rule: FillRule = "nonzero"
    fill_opacity: float = 1.0
    stroke: Paint = NO_PAINT
    stroke_opacity: float = 1.0
    stroke_width: float = 1.0
    cap: Cap = "butt"
    join: Join = "miter"
    miter_limit: float = 4.0
    dashes: tuple[float, ...] = ()
    dash_offset: float = 0.0
    stroke_first: bool = False
    visible: bool = True
    clip_rule: FillRule = "nonzero"
    font_size: float = _MEDIUM
    linear_rgb: bool = False
    # ---
    opacity: float = 1.0
    displayed: bool = True
    overflow: str = "hidden"
    clip_path: str = "none"
    transform: str = ""
    transform_origin: str = ""
    transform_box: str = "view-box"
    fixed_stroke: bool = False
    stop_color: Rgba | Literal["currentcolor"] = BLACK
    stop_opacity: float = 1.0
    background: Rgba | None = None
    unsupported: tuple[str, ...] = ()

    def stop(self) -> Rgba:
        """Return the colour of a gradient's stop, with its opacity."""
        color = self.color if self.stop_color == "currentcolor" else self.stop_color
        return (*color[:3], color[3] * self.stop_opacity)


_INITIAL = Style()
_RESET: dict[str, Any] = {
    part.name: part.default
    for part in fields(Style)[[part.name for part in fields(Style)].index("opacity") :]
}


class Styles:
    """Styles of the elements of a document with the given viewport."""

    def __init__(self, root: etree._Element, viewport: Viewport, notes: Notes) -> None:
        self._cascade = Cascade(root, PROPERTIES, _NO_ATTRIBUTES, _is_valid, notes)
        self._viewport = viewport
        self._notes = notes
        self._in_place: dict[etree._Element, Style] = {}
        self._known: dict[tuple[int, Viewport, tuple[tuple[str, str], ...]], tuple[Style, Style]] = {}
        self._root_font_size = _MEDIUM
        self._root_font_size = self.of(root, _INITIAL, viewport).font_size
        self._known.clear()

    def of(self, element: etree._Element, parent: Style, viewport: Viewport) -> Style:
        """Return the style of `element` where it inherits from `parent`."""
        declared = self._cascade.declared(element)
        key = (id(parent), viewport, tuple(declared.items()))
        known = self._known.get(key)
        if known is None:
            # The parent is kept, so that no other style can come by its id.
            known = self._known[key] = (parent, self._computed(declared, parent, viewport))
        return known[1]

    def _computed(self, declared: Mapping[str, str], parent: Style, viewport: Viewport) -> Style:
        size = parent.font_size
        if "font-size" in declared:
            size = _font_size(declared["font-size"], size, self._root_font_size, self.units(viewport, parent))
        units = Units(viewport, size, self._root_font_size, self._notes)
        changes = {**_RESET, "font_size": size}
        for name, text in declared.items():
            if name in _PARSERS:
                _take(changes, name, text, parent, units)
        changes["unsupported"] = tuple(
            f"{name}: {text}"
            for name, text in declared.items()
            if name in _UNSUPPORTED and text.strip().lower() not in _UNSUPPORTED[name] | _NOT_SAID
        )
        return replace(parent, **changes)

    def in_place(self, element: etree._Element) -> Style:
        """Return the style of `element` at its place in the document (for stops and clipping paths)."""
        lineage = [element, *element.iterancestors()]
        style = _INITIAL
        for one in reversed(lineage):
            known = self._in_place.get(one)
            style = self.of(one, style, self._viewport) if known is None else known
            self._in_place[one] = style
        return style

    def units(self, viewport: Viewport, style: Style) -> Units:
        """Return the units of lengths of an element."""
        return Units(viewport, style.font_size, self._root_font_size, self._notes)


def _is_valid(name: str, text: str) -> bool:
    """Whether a property can have a value."""
    if name not in _PARSERS or text.lower() in _KEYWORDS:
        return True
    anywhere = Units(Viewport(1.0, 1.0, (1.0, 1.0)), _MEDIUM, _MEDIUM, Notes())
    return _PARSERS[name][1](text, anywhere) is not None


def _take(changes: dict[str, Any], name: str, text: str, parent: Style, units: Units) -> None:
    """Apply one declaration; one that cannot be read is ignored."""
    field, parse = _PARSERS[name]
    keyword = text.strip().lower()
    if keyword == "inherit" or (keyword == "unset" and field not in _RESET):
        changes[field] = getattr(parent, field)
    elif keyword in _KEYWORDS:
        changes[field] = getattr(_INITIAL, field)
    else:
        value = parse(text, units)
        if value is not None:
            changes[field] = value


def _font_size(text: str, inherited: float, root: float, units: Units) -> float:
    word = text.strip().lower()
    if word in _SIZES:
        return _MEDIUM * _SIZES[word]
    if word in ("smaller", "larger"):
        return inherited * (1.2 if word == "larger" else 1 / 1.2)
    if word.endswith("%"):
        part = Units(Viewport(inherited, inherited, (1.0, 1.0)), inherited, root, units.notes).length(
            word, "x"
        )
    else:
        part = units.length(text, "x")
    return inherited if part is None or part < 0.0 else part


def _choice(*words: str) -> Callable[[str, Units], str | None]:
    def parse(text: str, _units: Units) -> str | None:
        word = text.strip().lower()
        return word if word in words else None

    return parse


def _flag(**values: bool) -> Callable[[str, Units], bool | None]:
    def parse(text: str, _units: Units) -> bool | None:
        return values.get(text.strip().lower().replace("-", "_"))

    return parse


def _length(text: str, units: Units) -> float | None:
    return units.length(text, "diagonal")


def _width(text: str, units: Units) -> float | None:
    width = units.length(text, "diagonal")
    return width if width is not None and width >= 0.0 else None


def _limit(text: str, _units: Units) -> float | None:
    numbers, whole = parse_numbers(text)
    return numbers[0] if whole and len(numbers) == 1 and numbers[0] >= 1.0 else None


def _join(text: str, units: Units) -> Join | None:
    word = text.strip().lower()
    if word in ("miter-clip", "arcs"):
        units.notes.add(f"stroke-linejoin: {word} is drawn as miter")
    return "round" if word == "round" else "bevel" if word == "bevel" else "miter" if word else None


def _dashes(text: str, units: Units) -> tuple[float, ...] | None:
    words = re.split(r"\s*,\s*|\s+", text.strip())
    if [word.lower() for word in words] == ["none"]:
        return ()
    lengths = [units.length(word, "diagonal") for word in words]
    if any(length is None or length < 0.0 for length in lengths):
        return None
    return tuple(length for length in lengths if length is not None)


def _order(text: str, _units: Units) -> bool | None:
    words = text.lower().split()
    if not words or not set(words) <= {"normal", "fill", "stroke", "markers"}:
        return None
    return "stroke" in words and ("fill" not in words or words.index("stroke") < words.index("fill"))


def _color(text: str, _units: Units) -> Rgba | None:
    color = parse_css_color(text.strip())
    return None if color == "currentcolor" else color


_RULE = _choice("nonzero", "evenodd")
_Parser: TypeAlias = Callable[[str, Units], Any]
_PARSERS: Mapping[str, tuple[str, _Parser]] = {
    "color": ("color", _color),
    "fill": ("fill", lambda text, _: parse_paint(text)),
    "fill-rule": ("fill_rule", _RULE),
    "fill-opacity": ("fill_opacity", lambda text, _: share(text)),
    "stroke": ("stroke", lambda text, _: parse_paint(text)),
    "stroke-opacity": ("stroke_opacity", lambda text, _: share(text)),
    "stroke-width": ("stroke_width", _width),
    "stroke-linecap": ("cap", _choice("butt", "round", "square")),
    "stroke-linejoin": ("join", _join),
    "stroke-miterlimit": ("miter_limit", _limit),
    "stroke-dasharray": ("dashes", _dashes),
    "stroke-dashoffset": ("dash_offset", _length),
    "paint-order": ("stroke_first", _order),
    "visibility": ("visible", _flag(visible=True, hidden=False, collapse=False)),
    "clip-rule": ("clip_rule", _RULE),
    "color-interpolation": ("linear_rgb", _flag(srgb=False, linearrgb=True, auto=False)),
    "opacity": ("opacity", lambda text, _: share(text)),
    "display": ("displayed", lambda text, _: text.strip().lower() != "none"),
    "overflow": ("overflow", _choice("visible", "hidden", "scroll", "auto", "clip")),
    "clip-path": ("clip_path", lambda text, _: text),
    "transform": ("transform", lambda text, _: text),
    "transform-origin": ("transform_origin", lambda text, _: text),
    "transform-box": ("transform_box", lambda text, _: text.strip().lower()),
    "vector-effect": ("fixed_stroke", _flag(none=False, non_scaling_stroke=True)),
    "stop-color": ("stop_color", lambda text, _: parse_css_color(text.strip())),
    "stop-opacity": ("stop_opacity", lambda text, _: share(text)),
    "background-color": ("background", _color),
    "background": ("background", _color),
}
# Properties that would change the picture and are not drawn, with the values that change nothing.
_UNSUPPORTED: Mapping[str, frozenset[str]] = {
    "filter": frozenset({"none"}),
    "mask": frozenset({"none"}),
    "mix-blend-mode": frozenset({"normal"}),
    "marker": frozenset({"none"}),
    "marker-start": frozenset({"none"}),
    "marker-mid": frozenset({"none"}),
    "marker-end": frozenset({"none"}),
    "backdrop-filter": frozenset({"none"}),
    "clip": frozenset({"auto"}),
    "offset-path": frozenset({"none"}),
    "rotate": frozenset({"none"}),
    "scale": frozenset({"none"}),
    "translate": frozenset({"none"}),
    "perspective": frozenset({"none"}),
}
_KEYWORDS = frozenset({"inherit", "initial", "unset", "revert"})
_NOT_SAID = frozenset({"", "none", "initial", "unset"})
_NO_ATTRIBUTES = frozenset({"background", "background-color", "rotate", "scale", "translate"})
PROPERTIES = frozenset(_PARSERS) | frozenset(_UNSUPPORTED) | {"font-size"}
