"""Paints as SVG writes them: colours, ``none`` and references."""

from __future__ import annotations

import re
from dataclasses import dataclass

from huefold.colors import Current, Rgba, parse_css_color

__all__ = ["BLACK", "NO_PAINT", "Paint", "parse_paint", "reference"]

BLACK: Rgba = (0.0, 0.0, 0.0, 1.0)

_URL = re.compile(
    r"""\s*url\(\s*(?:"([^"]*)"|'([^']*)'|([^"'()\s]*))\s*\)\s*(.*)""", re.DOTALL | re.IGNORECASE
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


def parse_paint(text: str) -> Paint | None:
    """Return a paint: a colour, ``none``, or a reference with a fallback; None if it is malformed.

    Examples
    --------
    >>> parse_paint("url(#a) red")
    Paint(color=(1.0, 0.0, 0.0, 1.0), reference='#a')
    """
    link = reference(text)
    if link is not None:
        return Paint(parse_css_color(link[1]) if link[1] else None, link[0])
    words = text.strip()
    if words.lower() in ("none", "context-fill", "context-stroke"):
        return Paint(None)
    color = parse_css_color(words.partition("icc-color")[0].strip())
    return None if color is None else Paint(color)


def reference(text: str) -> tuple[str, str] | None:
    """Return what ``url(...)`` names and what follows it; None if the text starts otherwise."""
    match = _URL.fullmatch(text)
    if match is None:
        return None
    return (match[1] or match[2] or match[3] or "").strip(), match[4].strip()
