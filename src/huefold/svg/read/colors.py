"""Colours and paints as CSS writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import tinycss2.color4

from huefold.scene import Color

__all__ = ["BLACK", "NO_PAINT", "Paint", "Rgba", "parse_color", "parse_paint", "reference"]

Rgba: TypeAlias = tuple[float, float, float, float]
Current: TypeAlias = Literal["currentcolor"]

BLACK: Rgba = (0.0, 0.0, 0.0, 1.0)

_URL = re.compile(
    r"""\s*url\(\s*(?:"([^"]*)"|'([^']*)'|([^"'()\s]*))\s*\)\s*(.*)""", re.DOTALL | re.IGNORECASE
)
# Linear sRGB from CIE XYZ, D65, and D65 from D50 (Bradford): CSS Color 4, section 18.
_RGB_OF_XYZ = (
    (12831 / 3959, -329 / 214, -1974 / 3959),
    (-851781 / 878810, 1648619 / 878810, 36519 / 878810),
    (705 / 12673, -2585 / 12673, 705 / 667),
)
_D65_OF_D50 = (
    (0.955473421488075, -0.02309845494876471, 0.06325924320057072),
    (-0.0283697093338637, 1.0099953980813041, 0.021041441191917323),
    (0.012314014864481998, -0.020507649298898964, 1.330365926242124),
)


@dataclass(frozen=True, slots=True)
class Paint:
    """What ``fill`` or ``stroke`` says.

    Parameters
    ----------
    color : tuple of 4 float, "currentcolor" or None
        Colour with opacity; the fallback if there is a reference. None paints nothing.
    reference : str, optional
        What ``url(...)`` names.
    """

    color: Rgba | Current | None
    reference: str | None = None


NO_PAINT = Paint(None)


@lru_cache(maxsize=4096)
def parse_color(text: str) -> Rgba | Current | None:
    """Return a CSS colour as sRGB with opacity, all in [0, 1]; None if it is none.

    Examples
    --------
    >>> parse_color("#f008"), parse_color("hsl(120 100% 50%)"), parse_color("#qqq")
    ((1.0, 0.0, 0.0, 0.5333333333333333), (0.0, 1.0, 0.0, 1.0), None)
    """
    try:
        parsed = tinycss2.color4.parse_color(text)
    except (NotImplementedError, OverflowError, ValueError):
        return None
    if parsed is None:
        return None
    if parsed == "currentcolor":
        return "currentcolor"
    try:
        red, green, blue = _srgb(parsed)
    except (NotImplementedError, OverflowError, ValueError):
        return None
    return (_unit(red), _unit(green), _unit(blue), _unit(parsed.alpha or 0.0))


def parse_paint(text: str) -> Paint | None:
    """Return a paint: a colour, ``none``, or a reference with a fallback; None if it is malformed.

    Examples
    --------
    >>> parse_paint("url(#a) red")
    Paint(color=(1.0, 0.0, 0.0, 1.0), reference='#a')
    """
    link = reference(text)
    if link is not None:
        return Paint(parse_color(link[1]) if link[1] else None, link[0])
    words = text.strip()
    if words.lower() in ("none", "context-fill", "context-stroke"):
        return Paint(None)
    color = parse_color(words.partition("icc-color")[0].strip())
    return None if color is None else Paint(color)


def reference(text: str) -> tuple[str, str] | None:
    """Return what ``url(...)`` names and what follows it; None if the text starts otherwise."""
    match = _URL.fullmatch(text)
    if match is None:
        return None
    return (match[1] or match[2] or match[3] or "").strip(), match[4].strip()


def _srgb(color: tinycss2.color4.Color) -> Color:
    """Return a colour of any CSS space in sRGB, not yet clamped."""
    space = color.space
    if space in ("hsl", "hwb"):
        if space == "hsl":
            hue, saturation, lightness = (channel or 0.0 for channel in color.coordinates)
            limited = (hue, _unit(saturation / 100.0) * 100.0, _unit(lightness / 100.0) * 100.0)
            color = tinycss2.color4.Color("hsl", limited, color.alpha)
        color = color.to("srgb")
    elif space in ("lab", "lch", "xyz-d50"):
        return _gamma(_product(_RGB_OF_XYZ, _product(_D65_OF_D50, _triple(color.to("xyz-d50").coordinates))))
    elif space in ("oklab", "oklch", "xyz", "xyz-d65"):
        return _gamma(_product(_RGB_OF_XYZ, _triple(color.to("xyz-d65").coordinates)))
    elif space == "srgb-linear":
        return _gamma(_triple(color.coordinates))
    elif space != "srgb":
        raise NotImplementedError(space)
    return _triple(color.coordinates)


def _triple(values: tuple[float | None, ...]) -> Color:
    first, second, third = (value or 0.0 for value in values)
    return first, second, third


def _product(matrix: tuple[Color, ...], vector: Color) -> Color:
    first, second, third = (sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third


def _gamma(linear: Color) -> Color:
    """Return sRGB's encoded values (IEC 61966-2-1)."""
    first, second, third = (12.92 * v if v <= 0.0031308 else 1.055 * v ** (1.0 / 2.4) - 0.055 for v in linear)
    return first, second, third


def _unit(value: float) -> float:
    return min(1.0, max(0.0, float(value)))
