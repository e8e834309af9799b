"""Numbers and lengths: CSS units, percentages of the viewport, multiples of the font size."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from huefold.svg.read.notes import Notes

__all__ = ["NUMBER", "Axis", "Units", "Viewport", "finite", "parse_numbers", "share"]

Axis: TypeAlias = Literal["x", "y", "diagonal"]

NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"

_LENGTH = re.compile(rf"\s*({NUMBER})\s*([a-zA-Z]+|%)?\s*")
_ITEM = re.compile(rf"\s*({NUMBER})\s*(?:,\s*)?")
_ABSOLUTE = {"px": 1.0, "in": 96.0, "cm": 96.0 / 2.54, "mm": 96.0 / 25.4, "pt": 96.0 / 72.0, "pc": 16.0}
_OF_FONT = {"em": 1.0, "ex": 0.5}  # no font is ever opened; an x is half an em, which is CSS's fallback


@dataclass(frozen=True, slots=True)
class Viewport:
    """Size to which percentages refer, in user units; and the canvas in pixels."""

    width: float
    height: float
    canvas: tuple[float, float]

    def extent(self, axis: Axis) -> float:
        """Return 100 % along an axis; for lengths of no direction, the normalised diagonal (SVG 2, 8.9)."""
        if axis == "diagonal":
            return math.hypot(self.width, self.height) / math.sqrt(2.0)
        return self.width if axis == "x" else self.height


@dataclass(frozen=True, slots=True)
class Units:
    """Units of lengths of an element."""

    viewport: Viewport
    font_size: float
    root_font_size: float
    notes: Notes

    def length(self, text: str, axis: Axis) -> float | None:
        """Return a length in user units, or None if it cannot be read.

        Examples
        --------
        >>> units = Units(Viewport(200, 100, (200, 100)), 16.0, 16.0, Notes())
        >>> units.length("1in", "x"), units.length("50%", "y"), units.length(".5em", "x"), units.length("a", "x")
        (96.0, 50.0, 8.0, None)
        """
        match = _LENGTH.fullmatch(text)
        if match is None:
            return None
        unit = (match[2] or "px").lower()
        factor = self._factor(unit, axis)
        if factor is None:
            self.notes.add(f"the unit of '{match[0].strip()}' is not known; the value is passed over")
            return None
        return finite(float(match[1]) * factor)

    def _factor(self, unit: str, axis: Axis) -> float | None:
        if unit in _ABSOLUTE:
            return _ABSOLUTE[unit]
        if unit == "%":
            return 0.01 * self.viewport.extent(axis)
        if unit in _OF_FONT:
            return _OF_FONT[unit] * self.font_size
        if unit == "rem":
            return self.root_font_size
        width, height = self.viewport.canvas
        shares = {"vw": width, "vh": height, "vmin": min(width, height), "vmax": max(width, height)}
        return 0.01 * shares[unit] if unit in shares else None


def finite(value: float) -> float | None:
    """Return `value` if it is a finite number."""
    return value if math.isfinite(value) else None


def share(text: str) -> float | None:
    """Return a number or percentage clamped to [0, 1], as opacities and offsets are; None if it is neither.

    Examples
    --------
    >>> share("50%"), share("-3"), share("0.1mm")
    (0.5, 0.0, None)
    """
    match = _LENGTH.fullmatch(text)
    if match is None or match[2] not in (None, "%"):
        return None
    return min(1.0, max(0.0, float(match[1]) * (0.01 if match[2] else 1.0)))


def parse_numbers(text: str) -> tuple[list[float], bool]:
    """Return the numbers of a list, and whether all of it could be read.

    Examples
    --------
    >>> parse_numbers("0,1 2.5.5-3"), parse_numbers("1 2 x 3")
    (([0.0, 1.0, 2.5, 0.5, -3.0], True), ([1.0, 2.0], False))
    """
    numbers: list[float] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _ITEM.match(text, position)
        if match is None or not math.isfinite(float(match[1])):
            return numbers, False
        numbers.append(float(match[1]))
        position = match.end()
    return numbers, True
