"""Placement: view boxes in viewports, and transforms about their origins."""

from __future__ import annotations

import math
import re

from lxml import etree

from huefold.bezier.bounds import Box
from huefold.svg.read.affine import IDENTITY, Affine, compose, invertible, parse_transform, translation
from huefold.svg.read.lengths import Units, parse_numbers
from huefold.svg.read.notes import Notes
from huefold.svg.read.style import Style

__all__ = ["element_transform", "fitted", "view_box"]

_ALIGN = re.compile(r"(?:defer\s+)?(?:(none)|x(Min|Mid|Max)Y(Min|Mid|Max))(?:\s+(meet|slice))?")
_SHARES = {"Min": 0.0, "Mid": 0.5, "Max": 1.0}
_SIDES = {"left": 0.0, "top": 0.0, "center": 0.5, "right": 1.0, "bottom": 1.0}


def view_box(element: etree._Element) -> Box | None:
    """Return ``viewBox`` as left, top, width and height; None if there is no valid one.

    Sizes of 0 are kept: they prevent the element from being drawn.
    """
    numbers, whole = parse_numbers(element.get("viewBox", ""))
    if not whole or len(numbers) != 4 or min(numbers[2:]) < 0.0:
        return None
    left, top, width, height = numbers
    return left, top, width, height


def fitted(box: Box, align: str | None, width: float, height: float) -> Affine:
    """Return the map from a view box into a viewport of the given size (SVG 2, section 8.2).

    Parameters
    ----------
    box : tuple of 4 float
        Left, top, width and height of the view box, in user units.
    align : str or None
        The value of ``preserveAspectRatio``.
    width, height : float
        Size of the viewport, whose corner is the origin.

    Examples
    --------
    >>> fitted((0, 0, 10, 10), None, 40, 20)
    (2.0, 0.0, 0.0, 2.0, 10.0, 0.0)
    """
    match = _ALIGN.fullmatch((align or "").strip()) or _ALIGN.fullmatch("xMidYMid")
    sx, sy = width / box[2], height / box[3]
    if match is None or match[1]:
        return (sx, 0.0, 0.0, sy, -box[0] * sx, -box[1] * sy)
    scale = max(sx, sy) if match[4] == "slice" else min(sx, sy)
    x = (width - box[2] * scale) * _SHARES[match[2]] - box[0] * scale
    y = (height - box[3] * scale) * _SHARES[match[3]] - box[1] * scale
    return (scale, 0.0, 0.0, scale, x, y)


def element_transform(style: Style, units: Units, notes: Notes) -> Affine | None:
    """Return the map of an element's ``transform`` and ``transform-origin``; None if it cannot be inverted."""
    if not style.transform.strip():
        return IDENTITY
    transform = parse_transform(style.transform)
    if transform is None:
        notes.add(f"transform '{style.transform}' cannot be read and is passed over")
        return IDENTITY
    if not invertible(transform):
        return None
    if not style.transform_origin.strip():
        return transform
    if style.transform_box not in ("view-box", "content-box", "border-box"):
        notes.add(f"transform-box: {style.transform_box} is drawn as view-box")
    origin = _origin(style.transform_origin, units)
    if origin is None:
        notes.add(f"transform-origin '{style.transform_origin}' cannot be read and is passed over")
        return transform
    x, y = origin
    return compose(compose(translation(x, y), transform), translation(-x, -y))


def _origin(text: str, units: Units) -> tuple[float, float] | None:
    words = text.replace(",", " ").lower().split()
    if not 1 <= len(words) <= 3:
        return None
    first, second = words[0], words[1] if len(words) > 1 else "center"
    if first in ("top", "bottom") or second in ("left", "right"):
        first, second = second, first
    x = _SIDES[first] * units.viewport.width if first in _SIDES else units.length(first, "x")
    y = _SIDES[second] * units.viewport.height if second in _SIDES else units.length(second, "y")
    if x is None or y is None or not (math.isfinite(x) and math.isfinite(y)):
        return None
    return x, y
