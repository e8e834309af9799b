"""Affine maps ``(a, b, c, d, e, f)``: ``x' = a x + c y + e``, ``y' = b x + d y + f``; and ``transform`` lists."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.native.elementary import sine_and_cosine
from huefold.svg.read.lengths import NUMBER

__all__ = ["IDENTITY", "Affine", "apply", "compose", "invertible", "parse_transform", "translation"]

Affine: TypeAlias = tuple[float, float, float, float, float, float]
Floats: TypeAlias = NDArray[np.float64]

IDENTITY: Affine = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

_FUNCTION = re.compile(r"[\s,]*([a-zA-Z]+)\s*\(([^()]*)\)")
_ARGUMENT = re.compile(rf"[\s,]*({NUMBER})([a-zA-Z]*)")
_ANGLES = {"": 1.0, "deg": 1.0, "grad": 0.9, "rad": 180.0 / math.pi, "turn": 360.0}
_LENGTHS = {"": 1.0, "px": 1.0, "in": 96.0, "cm": 96.0 / 2.54, "mm": 96.0 / 25.4, "pt": 4.0 / 3.0, "pc": 16.0}


def compose(outer: Affine, inner: Affine) -> Affine:
    """Return the map that applies `inner` first, then `outer`.

    Examples
    --------
    >>> compose((2, 0, 0, 2, 0, 0), (1, 0, 0, 1, 3, 4))
    (2, 0, 0, 2, 6, 8)
    """
    a, b, c, d, e, f = outer
    a2, b2, c2, d2, e2, f2 = inner
    return (
        a * a2 + c * b2,
        b * a2 + d * b2,
        a * c2 + c * d2,
        b * c2 + d * d2,
        a * e2 + c * f2 + e,
        b * e2 + d * f2 + f,
    )


def apply(transform: Affine, points: Floats) -> Floats:
    """Return points, shape (N, 2), mapped; the identity keeps every bit."""
    if transform == IDENTITY:
        return points
    a, b, c, d, e, f = transform
    x, y = points[:, 0], points[:, 1]
    return np.stack([a * x + c * y + e, b * x + d * y + f], axis=1)


def translation(x: float, y: float) -> Affine:
    """Return the map that moves by (x, y)."""
    return (1.0, 0.0, 0.0, 1.0, x, y)


def invertible(transform: Affine) -> bool:
    """Whether the map is finite and its determinant is not 0, up to rounding."""
    a, b, c, d = transform[:4]
    determinant = a * d - b * c
    return all(map(math.isfinite, transform)) and abs(determinant) > 1e-14 * (abs(a * d) + abs(b * c))


def parse_transform(text: str) -> Affine | None:
    """Return the map that a ``transform`` attribute or property describes; None if it is malformed.

    Parameters
    ----------
    text : str
        SVG's functions, or those of CSS in two dimensions with angles and absolute lengths.

    Examples
    --------
    >>> parse_transform("translate(1 2) scale(3)"), parse_transform("rotate(90deg)")[1], parse_transform("spin()")
    ((3.0, 0.0, 0.0, 3.0, 1.0, 2.0), 1.0, None)
    """
    result = IDENTITY
    position, end = 0, len(text.rstrip(" \t\r\n\f,"))
    if text.strip().lower() == "none":
        return result
    while position < end:
        match = _FUNCTION.match(text, position)
        step = _parse_function(match[1], match[2]) if match else None
        if match is None or step is None:
            return None
        result = compose(result, step)
        position = match.end()
    return result if all(map(math.isfinite, result)) else None


def _parse_function(name: str, text: str) -> Affine | None:
    build, counts, units = _FUNCTIONS.get(name, (None, (), _LENGTHS))
    arguments: list[float] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _ARGUMENT.match(text, position)
        factor = (units if not arguments else _LENGTHS).get(match[2].lower()) if match else None
        if match is None or factor is None:
            return None
        arguments.append(float(match[1]) * factor)
        position = match.end()
    if build is None or len(arguments) not in counts or not all(map(math.isfinite, arguments)):
        return None
    return build(arguments)


def _rotation(arguments: Sequence[float]) -> Affine:
    angle = math.radians(math.fmod(arguments[0], 360.0))
    sin, cos = (float(value) for value in sine_and_cosine(angle))
    x, y = arguments[1:] or (0.0, 0.0)
    return compose(compose(translation(x, y), (cos, sin, -sin, cos, 0.0, 0.0)), translation(-x, -y))


def _matrix(arguments: Sequence[float]) -> Affine:
    a, b, c, d, e, f = arguments
    return (a, b, c, d, e, f)


def _tan(degrees: float) -> float:
    sine, cosine = sine_and_cosine(math.radians(math.fmod(degrees, 360.0)))
    return float(sine / cosine)


_Builder: TypeAlias = Callable[[Sequence[float]], Affine]
_FUNCTIONS: Mapping[str, tuple[_Builder, tuple[int, ...], Mapping[str, float]]] = {
    "matrix": (_matrix, (6,), _LENGTHS),
    "translate": (lambda v: translation(v[0], v[1] if len(v) > 1 else 0.0), (1, 2), _LENGTHS),
    "translateX": (lambda v: translation(v[0], 0.0), (1,), _LENGTHS),
    "translateY": (lambda v: translation(0.0, v[0]), (1,), _LENGTHS),
    "scale": (lambda v: (v[0], 0.0, 0.0, v[-1], 0.0, 0.0), (1, 2), _LENGTHS),
    "scaleX": (lambda v: (v[0], 0.0, 0.0, 1.0, 0.0, 0.0), (1,), _LENGTHS),
    "scaleY": (lambda v: (1.0, 0.0, 0.0, v[0], 0.0, 0.0), (1,), _LENGTHS),
    "rotate": (_rotation, (1, 3), _ANGLES),
    "skewX": (lambda v: (1.0, 0.0, _tan(v[0]), 1.0, 0.0, 0.0), (1,), _ANGLES),
    "skewY": (lambda v: (1.0, _tan(v[0]), 0.0, 1.0, 0.0, 0.0), (1,), _ANGLES),
}
