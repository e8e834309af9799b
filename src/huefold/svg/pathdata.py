"""Path data: the shortest text for contours on a grid, and contours from path data."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import numpy as np

from huefold.errors import SvgError
from huefold.scene import Contour
from huefold.svg.grid import GridContour

__all__ = ["format_number", "format_path", "parse_path"]

_TOKEN = re.compile(r"[\s,]*(?:([A-Za-z])|([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))")
_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "Z": 0}
_SAME_POINT = 1e-6  # pixels; sums of relative moves drift by far less, and no grid we write is as fine

Point = tuple[float, float]
Cubic = tuple[Point, Point, Point]


def format_number(units: int, decimals: int) -> str:
    """Return ``units / 10**decimals`` in as few characters as decimal notation allows.

    Examples
    --------
    >>> format_number(-500, 3), format_number(1250, 2), format_number(0, 2)
    ('-.5', '12.5', '0')
    """
    if decimals == 0:
        return str(units)
    whole, fraction = divmod(abs(units), 10**decimals)
    digits = f"{fraction:0{decimals}d}".rstrip("0")
    text = (str(whole) if whole or not digits else "") + (f".{digits}" if digits else "")
    return f"-{text}" if units < 0 else text


def format_path(contours: Sequence[GridContour]) -> str:
    """Return the value of the `d` attribute: relative commands, repeats implied, minimal separators.

    Parameters
    ----------
    contours : sequence of GridContour
        Contours of one path, all with the same number of decimals.

    Returns
    -------
    d : str
        Path data. The last segment of a contour is left to ``z`` if it is straight.
    """
    text: list[str] = []
    origin = (0, 0)
    for contour in contours:
        start = (int(contour.start[0]), int(contour.start[1]))
        text.append("m" + _join([start[0] - origin[0], start[1] - origin[1]], contour.decimals))
        previous = "l"  # further pairs after a move are lines
        for command, numbers in _commands(contour, start):
            joined = _join(numbers, contour.decimals)
            if command != previous:
                text.append(command)
            elif _needs_space(text[-1], joined):
                text.append(" ")
            text.append(joined)
            previous = command
        text.append("z")
        origin = start
    return "".join(text)


def _commands(contour: GridContour, start: tuple[int, int]) -> Iterable[tuple[str, list[int]]]:
    """Yield the relative commands of one contour with their numbers in grid units."""
    x, y = start
    reflected = (0, 0)  # where a smooth curve's first control point lies, relative to the current point
    last = len(contour.segments) - 1
    for index, (segment, straight) in enumerate(
        zip(contour.segments.tolist(), contour.straight.tolist(), strict=True)
    ):
        (x1, y1), (x2, y2), (x3, y3) = segment
        dx, dy = x3 - x, y3 - y
        if straight:
            reflected = (0, 0)
            if index == last:
                return
            yield ("h", [dx]) if dy == 0 else ("v", [dy]) if dx == 0 else ("l", [dx, dy])
        else:
            tail = [x2 - x, y2 - y, dx, dy]
            smooth = (x1 - x, y1 - y) == reflected
            yield ("s", tail) if smooth else ("c", [x1 - x, y1 - y, *tail])
            reflected = (x3 - x2, y3 - y2)
        x, y = x3, y3


def _join(numbers: Iterable[int], decimals: int) -> str:
    text = ""
    for number in numbers:
        token = format_number(number, decimals)
        text += f" {token}" if text and _needs_space(text, token) else token
    return text


def _needs_space(before: str, after: str) -> bool:
    """Whether two numbers would run into one: a sign or a second decimal point keeps them apart."""
    if after[0] == "-":
        return False
    last_number = re.split(r"[ -]", before)[-1]
    return not (after[0] == "." and last_number.rfind(".") >= 0)


def parse_path(d: str) -> tuple[Contour, ...]:
    """Return the closed contours that path data describes.

    Parameters
    ----------
    d : str
        Path data with the commands M, L, H, V, C, S, Q, T and Z, absolute or relative.

    Returns
    -------
    contours : tuple of (3 * S, 2) float64 ndarray
        One for each subpath, closed (as filling does); lines and quadratics become cubics of the same shape.

    Raises
    ------
    SvgError
        If the data holds another command, or is malformed.

    Examples
    --------
    >>> parse_path("m1 1h3v3z")[0][::3]
    array([[1., 1.],
           [4., 1.],
           [4., 4.]])
    """
    pen = _Pen()
    for command, numbers in _parse_commands(d):
        pen.draw(command, numbers)
    pen.lift()
    return tuple(pen.contours)


def _parse_commands(d: str) -> Iterable[tuple[str, list[float]]]:
    """Yield each command with exactly its numbers; a repeated move is a line."""
    command, numbers = "", list[float]()
    position, end = 0, len(d.rstrip(" \t\r\n\f,"))
    while position < end:
        match = _TOKEN.match(d, position)
        if match is None:
            raise SvgError(f"path data has {d[position : position + 12]!r} where a command or number belongs")
        position = match.end()
        letter, number = match.groups()
        if letter is not None:
            _refuse_leftovers(command, numbers)
            command = _checked_command(letter, first=not command)
            if command in "Zz":
                yield command, []
            continue
        if command in ("", "Z", "z"):
            raise SvgError(f"path data has the number {number} where a command belongs")
        numbers.append(_finite(number))
        if len(numbers) == _ARGUMENTS[command.upper()]:
            yield command, numbers
            numbers = []
            command = {"M": "L", "m": "l"}.get(command, command)
    _refuse_leftovers(command, numbers)


def _checked_command(letter: str, *, first: bool) -> str:
    if letter.upper() not in _ARGUMENTS:
        raise SvgError(
            f"path command {letter!r} is not supported; use M, L, H, V, C, S, Q, T and Z", command=letter
        )
    if first and letter not in "Mm":
        raise SvgError(f"path data starts with {letter!r}; it must start with M or m", command=letter)
    return letter


def _refuse_leftovers(command: str, numbers: list[float]) -> None:
    if numbers:
        wanted = _ARGUMENTS[command.upper()]
        raise SvgError(
            f"path command {command!r} takes {wanted} numbers, got {len(numbers)}", command=command
        )


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise SvgError(f"the coordinate {number} is too large")
    return value


class _Pen:
    """Follows path data and collects closed contours of cubics."""

    def __init__(self) -> None:
        self.contours: list[Contour] = []
        self._start: Point = (0.0, 0.0)
        self._at: Point = (0.0, 0.0)
        self._cubics: list[Cubic] = []
        self._control: Point | None = None  # last control point, for S (cubic) and T (quadratic)
        self._previous = ""

    def draw(self, command: str, numbers: list[float]) -> None:
        kind = command.upper()
        x, y = self._at if command.islower() else (0.0, 0.0)
        if kind == "Z":
            if self._previous != "Z":
                self._close()
        elif kind == "M":
            self.lift()
            self._start = self._at = (x + numbers[0], y + numbers[1])
        elif kind == "H":
            self._line((x + numbers[0], self._at[1]))
        elif kind == "V":
            self._line((self._at[0], y + numbers[0]))
        else:
            points = [(x + a, y + b) for a, b in zip(numbers[::2], numbers[1::2], strict=True)]
            self._curve(kind, points)
        self._previous = kind

    def lift(self) -> None:
        """End an open subpath: filling closes it; a lone move draws nothing."""
        if self._cubics:
            self._close()

    def _curve(self, kind: str, points: list[Point]) -> None:
        if kind == "L":
            self._line(points[0])
        elif kind == "C":
            self._cubic(*points)
        elif kind == "S":
            self._cubic(self._reflection("CS"), *points)
        elif kind == "Q":
            self._quadratic(*points)
        else:
            self._quadratic(self._reflection("QT"), *points)

    def _reflection(self, kinds: str) -> Point:
        if self._control is None or self._previous not in kinds:
            return self._at
        return (2.0 * self._at[0] - self._control[0], 2.0 * self._at[1] - self._control[1])

    def _cubic(self, first: Point, second: Point, end: Point) -> None:
        self._cubics.append((first, second, end))
        self._control, self._at = second, end

    def _line(self, end: Point) -> None:
        (x0, y0), (x1, y1) = self._at, end
        first = (x0 + (x1 - x0) / 3.0, y0 + (y1 - y0) / 3.0)
        self._cubic(first, (x0 + (x1 - x0) * (2.0 / 3.0), y0 + (y1 - y0) * (2.0 / 3.0)), end)

    def _quadratic(self, control: Point, end: Point) -> None:
        (x0, y0), (x1, y1), (x2, y2) = self._at, control, end
        first = (x0 + (x1 - x0) * (2.0 / 3.0), y0 + (y1 - y0) * (2.0 / 3.0))
        self._cubic(first, (x2 + (x1 - x2) * (2.0 / 3.0), y2 + (y1 - y2) * (2.0 / 3.0)), end)
        self._control = control

    def _close(self) -> None:
        (x0, y0), (x1, y1) = self._start, self._at
        if max(abs(x1 - x0), abs(y1 - y0)) > _SAME_POINT:
            self._line(self._start)
        chain = [self._start]
        for first, second, end in self._cubics:
            chain += [first, second, end]
        # The last end is the start, which a contour does not repeat; without segments a lone point is left.
        self.contours.append(np.array(chain[:-1] if self._cubics else chain * 3, dtype=np.float64))
        self._at, self._cubics, self._control = self._start, [], None
