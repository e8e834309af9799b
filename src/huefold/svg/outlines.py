"""Operations on outlines: strokes as shapes; intersection, difference and union of shapes.

The work is done by Skia's path operations, which calculate in single precision and with tolerances that suit
pixels. Outlines are therefore moved to the origin and scaled to a size that suits Skia, and back afterwards. So
the error depends on the size of the drawing, not on its place or its units.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import pathops
from numpy.typing import NDArray

from huefold.bezier.arcs import circle
from huefold.bezier.curves import contour_of, flatten, open_segments, straight
from huefold.errors import SvgError
from huefold.scene import Contour, FillRule, contour_from_polygon
from huefold.svg.skia import Frame, append_chain, contours_of

__all__ = ["Cap", "Join", "Subpath", "difference", "intersection", "stroke", "union"]

Floats: TypeAlias = NDArray[np.float64]
Subpath: TypeAlias = tuple[Floats, bool]
Cap: TypeAlias = Literal["butt", "round", "square"]
Join: TypeAlias = Literal["miter", "round", "bevel"]

_CAPS = {
    "butt": pathops.LineCap.BUTT_CAP,
    "round": pathops.LineCap.ROUND_CAP,
    "square": pathops.LineCap.SQUARE_CAP,
}
_JOINS = {
    "miter": pathops.LineJoin.MITER_JOIN,
    "round": pathops.LineJoin.ROUND_JOIN,
    "bevel": pathops.LineJoin.BEVEL_JOIN,
}
_RULES = {"nonzero": pathops.FillType.WINDING, "evenodd": pathops.FillType.EVEN_ODD}

_STROKED_SIZE = 2.0**16  # Skia offsets curves to within a quarter of a unit
_COMBINED_SIZE = 2.0**12  # its intersections are made for pixels: this is a large picture
_MAX_DASHES = 100_000
_MAX_SIMPLIFIED = 300  # segments; the time it takes may grow with the square
_CONIC_QUADS = 4.0  # how far a quadratic may lie from its conic: 6e-5 of the size
_DOT = 1e-3  # of the width: length of a dash of no length, which still has a direction for its caps


def stroke(
    subpaths: Sequence[Subpath],
    *,
    width: float,
    cap: Cap = "butt",
    join: Join = "miter",
    miter_limit: float = 4.0,
    dashes: Sequence[float] = (),
    dash_offset: float = 0.0,
) -> tuple[Contour, ...]:
    """Return the shape that a pen of the given width leaves along curves.

    Parameters
    ----------
    subpaths : sequence of ((3 * S + 1, 2) ndarray, bool)
        Chains of S cubics, and whether each is closed. A closed chain whose ends differ is closed by a line. One
        point that is closed is a subpath of no length.
    width : float
        Width of the pen, in the units of the points; nothing is drawn at 0 or less.
    cap : {"butt", "round", "square"}, optional
        Shape of open ends. Subpaths of no length are dots or squares, or nothing with ``"butt"``.
    join : {"miter", "round", "bevel"}, optional
        Shape of corners.
    miter_limit : float, optional
        Longest miter in widths, at least 1; corners that would exceed it are bevelled.
    dashes : sequence of float, optional
        Lengths of dashes and gaps in turn; an odd number is repeated once. None, or only zeros: a solid line.
    dash_offset : float, optional
        Place in the pattern at which a subpath starts.

    Returns
    -------
    contours : tuple of (3 * S, 2) float64 ndarray
        Closed chains, to be filled by the non-zero rule.

    Raises
    ------
    SvgError
        If a value is not finite or out of its range, or there would be more than 100,000 dashes.

    Notes
    -----
    The outline lies within 1e-4 of the larger of a subpath's size and the pen's width (measured: 1e-5). The
    rules are those of SVG 2, section 13.5: https://www.w3.org/TR/SVG2/painting.html#StrokeShape.

    Examples
    --------
    >>> line = np.array([(1, 2), (3, 2), (5, 2), (7, 2)], float)
    >>> stroke([(line, False)], width=2)[0][::3]
    array([[1., 1.],
           [7., 1.],
           [7., 3.],
           [1., 3.]])
    """
    pattern = _dash_pattern(dashes, width)
    _check_pen(width, cap, join, miter_limit, dash_offset)
    if width <= 0.0:
        return ()
    pen = _Pen(width, cap, join, miter_limit, pattern, dash_offset)
    return tuple(contour for points, closed in subpaths for contour in pen.trace(points, closed))


def intersection(
    contours: Sequence[Contour], fill_rule: FillRule, others: Sequence[Contour], other_rule: FillRule
) -> tuple[Contour, ...]:
    """Return the intersection of two shapes.

    Parameters
    ----------
    contours, others : sequence of (3 * S, 2) ndarray
        Outlines of both: closed chains of cubics.
    fill_rule, other_rule : {"nonzero", "evenodd"}
        Which points lie inside.

    Returns
    -------
    contours : tuple of (3 * S, 2) float64 ndarray
        Outline of the intersection, to be filled by the non-zero rule; empty if there is none.

    Examples
    --------
    >>> from huefold.scene import contour_from_polygon
    >>> left = contour_from_polygon([(0, 0), (4, 0), (4, 4), (0, 4)])
    >>> intersection([left], "nonzero", [left + 2], "nonzero")[0][::3].min(axis=0)
    array([2., 2.])
    """
    if not contours or not others:
        return ()
    return _combine(pathops.PathOp.INTERSECTION, contours, fill_rule, others, other_rule)


def difference(
    contours: Sequence[Contour], fill_rule: FillRule, others: Sequence[Contour], other_rule: FillRule
) -> tuple[Contour, ...]:
    """Return the difference of two shapes, what another one leaves of a shape (see `intersection`)."""
    if not contours:
        return ()
    return _combine(pathops.PathOp.DIFFERENCE, contours, fill_rule, others, other_rule)


def union(
    contours: Sequence[Contour], fill_rule: FillRule, others: Sequence[Contour], other_rule: FillRule
) -> tuple[Contour, ...]:
    """Return the union of two shapes (see `intersection`)."""
    return _combine(pathops.PathOp.UNION, contours, fill_rule, others, other_rule)


@dataclass(frozen=True, slots=True)
class _Pen:
    """What a stroke looks like; lengths are in units of the drawing."""

    width: float
    cap: Cap
    join: Join
    miter_limit: float
    pattern: Sequence[float]
    dash_offset: float

    def trace(self, points: Floats, closed: bool) -> Iterator[Contour]:
        """Yield the contours of one subpath's stroke."""
        chain = _checked_chain(points)
        if bool((chain == chain[0]).all()):
            # Skia leaves a lone closed point out, and turns no cap.
            if self.cap != "butt" and (closed or len(chain) > 1):
                yield self._dot(chain[0])
            return
        frame = Frame.around([chain], self.width, _STROKED_SIZE)
        path = pathops.Path()
        append_chain(path, frame.enter(chain), closed=closed)
        dashes = [length * frame.scale for length in self.pattern]
        if dashes:
            _check_count(chain, sum(self.pattern) / len(self.pattern))
        offset = math.fmod(self.dash_offset, sum(self.pattern)) if dashes else 0.0
        path.stroke(
            self.width * frame.scale, _CAPS[self.cap], _JOINS[self.join], self.miter_limit,
            dashes or None, offset * frame.scale,
        )  # fmt: skip
        yield from contours_of(path if dashes else _simplified(path, frame.enter(_corners(chain, 8))), frame)

    def _dot(self, center: Floats) -> Contour:
        """Return the stroke of no length: a circle, or a square along the axes (SVG 2, section 13.5.4)."""
        if self.cap == "square":
            corners = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
            return contour_from_polygon(center + 0.5 * self.width * corners)
        x, y = center.tolist()
        return circle(x, y, 0.5 * self.width, 8)  # strays by 4e-6 of the radius


def _simplified(path: pathops.Path, inside: list[list[float]]) -> pathops.Path:
    """Return a stroke's outline without the loops at inner corners and crossings.

    They do not change what is filled, but a pixel in which several edges meet has its exact coverage only if they
    do not overlap. The result is checked, since Skia may fail silently: it has the same bounds and holds the points
    `inside`. If not, and for very long chains, the outline is left as it was.
    """
    if len(inside) > 8 * _MAX_SIMPLIFIED:
        return path
    simple = pathops.Path(path)
    simple.convertConicsToQuads(_CONIC_QUADS)
    try:
        simple = pathops.simplify(simple, fix_winding=True, keep_starting_points=False)
    except pathops.PathOpsError:
        return path
    if not np.allclose(simple.bounds, path.bounds, rtol=0.0, atol=1e-4 * _STROKED_SIZE):
        return path
    return simple if all(simple.contains((x, y)) for x, y in inside) else path


def _check_pen(width: float, cap: str, join: str, miter_limit: float, dash_offset: float) -> None:
    for name, value in (("width", width), ("miter limit", miter_limit), ("dash offset", dash_offset)):
        if not math.isfinite(value):
            raise SvgError(f"a stroke's {name} is a finite number, got {value!r}")
    if miter_limit < 1.0:
        raise SvgError(f"a stroke's miter limit is at least 1, got {miter_limit!r}")
    for name, choice, known in (("cap", cap, get_args(Cap)), ("join", join, get_args(Join))):
        if choice not in known:
            raise SvgError(f"a stroke's {name} is one of {', '.join(known)}, got {choice!r}")


def _dash_pattern(dashes: Sequence[float], width: float) -> Sequence[float]:
    """Return an even number of lengths, without dashes of no length; empty for a solid line."""
    pattern = [float(length) for length in dashes]
    if any(not math.isfinite(length) or length < 0.0 for length in pattern):
        raise SvgError(f"a stroke's dashes are lengths of 0 or more, got {list(dashes)!r}")
    if not math.isfinite(sum(pattern)) or sum(pattern) <= 0.0:
        return ()
    if len(pattern) % 2:
        pattern *= 2
    for on in range(0, len(pattern), 2):
        pattern[on] = max(pattern[on], _DOT * width)
    return pattern


def _check_count(chain: Floats, mean: float) -> None:
    steps = np.diff(chain, axis=0)
    count = float(np.sqrt((steps * steps).sum(axis=1)).sum()) / mean
    if count > _MAX_DASHES:
        raise SvgError(f"a stroke would have about {count:.0f} dashes; at most {_MAX_DASHES} are drawn")


def _checked_chain(points: Floats) -> Floats:
    chain = np.asarray(points, np.float64)
    if chain.ndim != 2 or chain.shape[1] != 2 or len(chain) % 3 != 1:
        raise SvgError(f"a subpath is an array of shape (3 * S + 1, 2), got {chain.shape}")
    if not np.isfinite(chain).all():
        raise SvgError("an outline has coordinates that are not finite numbers")
    return chain


def _combine(
    operator: pathops.PathOp,
    contours: Sequence[Contour],
    fill_rule: FillRule,
    others: Sequence[Contour],
    other_rule: FillRule,
) -> tuple[Contour, ...]:
    """Combine two shapes; where Skia gives up on curves, combine them as fine polygons."""
    frame = Frame.around([*contours, *others], 0.0, _COMBINED_SIZE)
    for pieces in (0, 32):
        one, two = (
            _filled(shape, rule, frame, pieces)
            for shape, rule in ((contours, fill_rule), (others, other_rule))
        )
        try:
            combined = pathops.op(one, two, operator, fix_winding=True, keep_starting_points=False)
        except pathops.PathOpsError:
            continue
        return tuple(contours_of(combined, frame))
    raise SvgError("two outlines could not be combined: they cross themselves or each other too often")


def _filled(contours: Sequence[Contour], rule: FillRule, frame: Frame, pieces: int) -> pathops.Path:
    """Return a shape for Skia: of curves, or with `pieces` lines for each curve."""
    path = pathops.Path(fillType=_RULES[rule])
    for contour in contours:
        chain = np.concatenate([contour, contour[:1]])
        if pieces:
            corners = _corners(chain, pieces)
            chain = np.concatenate([contour_of(straight(corners[:-1], corners[1:])), corners[-1:]])
        append_chain(path, frame.enter(chain), closed=True)
    return path


def _corners(chain: Floats, pieces: int) -> Floats:
    """Return the corners of the polygon with `pieces` sides for each cubic of an open chain."""
    return np.concatenate([flatten(open_segments(chain), pieces).reshape(-1, 2), chain[-1:]])
