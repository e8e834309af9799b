"""Colours as people and CSS write them, parsed once for options, the studio and the SVG reader."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import tinycss2.color4

__all__ = ["Color", "Current", "Rgba", "hex_color", "parse_color", "parse_css_color", "short_hex_color"]

Color: TypeAlias = tuple[float, float, float]
Rgba: TypeAlias = tuple[float, float, float, float]
Current: TypeAlias = Literal["currentcolor"]

_GREY = (0.5, 0.5, 0.5)
# CSS rounds its grey up to 128/255.
_NAMES: dict[str, Color] = {"black": (0.0,) * 3, "white": (1.0,) * 3, "grey": _GREY, "gray": _GREY}
_HEX = re.compile(r"#(?:[0-9a-f]{3}){1,2}")

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


def parse_color(value: object) -> Color:
    """Return the opaque colour that an option names.

    Parameters
    ----------
    value : str or sequence of 3 float
        ``"white"``, ``"black"``, ``"grey"``, ``"#rgb"``, ``"#rrggbb"``, or sRGB values in [0, 1].

    Returns
    -------
    color : tuple of 3 float
        sRGB values in [0, 1].

    Raises
    ------
    ValueError
        If `value` is none of these.

    Examples
    --------
    >>> parse_color("#ff0000")
    (1.0, 0.0, 0.0)
    """
    if isinstance(value, str):
        text = value.strip().lower()
        if text in _NAMES:
            return _NAMES[text]
        if _HEX.fullmatch(text) and isinstance(found := parse_css_color(text), tuple):
            return found[:3]
    if isinstance(value, (tuple, list)) and [isinstance(v, (int, float)) for v in value] == [True] * 3:
        red, green, blue = (float(channel) for channel in value)
        if all(0.0 <= channel <= 1.0 for channel in (red, green, blue)):
            return red, green, blue
    raise ValueError("not a colour")


@lru_cache(maxsize=4096)
def parse_css_color(text: str) -> Rgba | Current | None:
    """Return a CSS colour as sRGB with opacity, all in [0, 1]; None if it is none.

    Examples
    --------
    >>> parse_css_color("#f008"), parse_css_color("hsl(120 100% 50%)"), parse_css_color("#qqq")
    ((1.0, 0.0, 0.0, 0.5333333333333333), (0.0, 1.0, 0.0, 1.0), None)
    """
    if _HEX.fullmatch(text):
        digits = text[1:] if len(text) == 7 else "".join(digit + digit for digit in text[1:])
        red, green, blue = (int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4))
        return red, green, blue, 1.0
    import tinycss2.color4  # noqa: PLC0415 - slow to import

    try:
        parsed = tinycss2.color4.parse_color(text)
        if parsed is None:
            return None
        if parsed == "currentcolor":
            return "currentcolor"
        red, green, blue = _srgb(parsed)
    except (NotImplementedError, OverflowError, ValueError):
        return None
    return _unit(red), _unit(green), _unit(blue), _unit(parsed.alpha or 0.0)


def hex_color(color: Sequence[float]) -> str:
    """Return an sRGB colour, in [0, 1], as ``#rrggbb``.

    Examples
    --------
    >>> hex_color((1.0, 0.5, 0.0))
    '#ff8000'
    """
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in color)


def short_hex_color(color: Sequence[float]) -> str:
    """Return an sRGB colour, in [0, 1], as ``#rgb`` where that is exact, else as ``#rrggbb``.

    Examples
    --------
    >>> short_hex_color((1.0, 0.0, 0.0)), short_hex_color((1.0, 0.5, 0.0))
    ('#f00', '#ff8000')
    """
    digits = hex_color(color)[1:]
    return f"#{digits[::2]}" if digits[::2] == digits[1::2] else f"#{digits}"


def _srgb(color: tinycss2.color4.Color) -> Color:
    """Return a colour of any CSS space in sRGB, not yet clamped."""
    space = color.space
    if space in ("hsl", "hwb"):
        if space == "hsl":
            hue, saturation, lightness = (channel or 0.0 for channel in color.coordinates)
            limited = (hue, _unit(saturation / 100.0) * 100.0, _unit(lightness / 100.0) * 100.0)
            color = type(color)("hsl", limited, color.alpha)
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
    """Return sRGB's encoded values (IEC 61966-2-1), without the digits in which processors may differ."""
    first, second, third = (
        round(12.92 * v if v <= 0.0031308 else 1.055 * v ** (1.0 / 2.4) - 0.055, 9) for v in linear
    )
    return first, second, third


def _unit(value: float) -> float:
    return min(1.0, max(0.0, float(value)))
