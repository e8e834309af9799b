"""Path data: the grammar of SVG 2, section 9.3, as chains of cubics."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.arcs import Cubic, Point, arc, line, quadratic
from huefold.bezier.curves import thirds
from huefold.errors import SvgError
from huefold.scene import Contour
from huefold.svg.read.lengths import NUMBER
from huefold.svg.read.limits import MAX_SEGMENTS

__all__ = ["Pen", "Subpath", "closed_contours", "parse_subpaths"]

Subpath: TypeAlias = tuple[NDArray[np.float64], bool]

# Atomic groups: a number is matched in one way only.
_RUN = re.compile(
    rf"([HhVvLlCcSsQqTt])((?>[ \t\r\n\f]*(?>{NUMBER})(?>[ \t\r\n\f]*,(?=[ \t\r\n\f]*[0-9.+-]))?)+)"
)
_SPACE = re.compile(r"[ \t\r\n\f]*")
_SEPARATOR = re.compile(r"[ \t\r\n\f]*,?[ \t\r\n\f]*")
_NUMBER = re.compile(NUMBER)
_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_FLAGS = (3, 4)  # which of an arc's numbers are single digits
_SAME_POINT = 1e-6  # sums of relative moves drift by far less


def parse_subpaths(d: str) -> tuple[list[Subpath], str | None]:
    """Return the subpaths that path data describes, and the text of the first error.

    Parameters
    ----------
    d : str
        Path data.

    Returns
    -------
    subpaths : list of ((3 * S + 1, 2) float64 ndarray, bool)
        Chains of cubics, and whether each is closed. Lone moves are left out; a closed one is a single cubic
        without extent.
    error : str or None
        Text at the first error, if there is one; everything before it is drawn (SVG 2, section 9.5.4).

    Examples
    --------
    >>> subpaths, error = parse_subpaths("M0 0 L3 3 L4 #")
    >>> len(subpaths[0][0]), subpaths[0][1], error
    (4, False, 'L4 #')
    """
    pen = Pen()
    position, error = 0, None
    while True:
        position = _skip(_SPACE, d, position)
        if position == len(d):
            break
        end = _draw_run(pen, d, position) or _draw_command(pen, d, position)
        if end < 0:
            error = d[position : position + 16]
            break
        position = end
    return pen.finish(), error


def closed_contours(subpaths: Sequence[Subpath]) -> tuple[Contour, ...]:
    """Return the contours that filling sees: every subpath closed, its first point not repeated."""
    contours = []
    for points, _closed in subpaths:
        first, last = points[0], points[-1]
        if float(np.abs(last - first).max()) > _SAME_POINT:
            contours.append(np.concatenate([points, np.stack(thirds(last, first))]))
        else:
            contours.append(points[:-1])
    return tuple(contours)


def _skip(pattern: re.Pattern[str], d: str, position: int) -> int:
    match = pattern.match(d, position)
    return match.end() if match else position


def _draw_run(pen: Pen, d: str, position: int) -> int:
    """Draw a regular command and its repetitions at once; return where they end, or 0 if something is odd."""
    match = _RUN.match(d, position)
    if match is None or not pen.begun:
        return 0
    command, count = match[1], _ARGUMENTS[match[1].upper()]
    numbers = [float(text) for text in _NUMBER.findall(match[2])]
    if not numbers or len(numbers) % count or not math.isfinite(sum(map(abs, numbers))):
        return 0
    for first in range(0, len(numbers), count):
        pen.draw(command, numbers[first : first + count])
    return match.end()


def _draw_command(pen: Pen, d: str, position: int) -> int:
    """Draw a command with all its repetitions; return where it ends, or -1 at an error."""
    command = d[position]
    count = _ARGUMENTS.get(command.upper())
    if count is None or (not pen.begun and command not in "Mm"):
        return -1
    position += 1
    if count == 0:
        pen.draw(command, [])
        return position
    position = _skip(_SPACE, d, position)
    while True:
        numbers, end = _arguments(d, position, command)
        if numbers is None:
            return -1
        pen.draw(command, numbers)
        command = {"M": "L", "m": "l"}.get(command, command)
        following = _skip(_SEPARATOR, d, end)
        if following == len(d) or d[following] not in "0123456789.+-":
            # A comma must be followed by numbers.
            return _skip(_SPACE, d, end) if "," not in d[end:following] else -1
        position = following


def _arguments(d: str, position: int, command: str) -> tuple[list[float] | None, int]:
    """Return the numbers of one repetition and where they end; None if some are missing."""
    numbers: list[float] = []
    count = _ARGUMENTS[command.upper()]
    while True:
        if count == 7 and len(numbers) in _FLAGS:
            text = d[position : position + 1] if d[position : position + 1] in ("0", "1") else ""
        else:
            match = _NUMBER.match(d, position)
            text = match[0] if match else ""
        value = float(text) if text else math.nan
        if not math.isfinite(value):
            return None, position
        numbers.append(value)
        position += len(text)
        if len(numbers) == count:
            return numbers, position
        position = _skip(_SEPARATOR, d, position)


class Pen:
    """Collects subpaths of cubics from the commands of path data, or of a shape's outline."""

    def __init__(self) -> None:
        self.begun = False
        self._commands = 0
        self._subpaths: list[Subpath] = []
        self._start: Point = (0.0, 0.0)
        self._at: Point = (0.0, 0.0)
        self._cubics: list[Cubic] = []
        self._control: Point | None = None  # last control point, for S (cubic) and T (quadratic)
        self._previous = ""

    def draw(self, command: str, numbers: Sequence[float]) -> None:
        """Draw one command with exactly its numbers."""
        self._commands += 1
        if self._commands > MAX_SEGMENTS:
            raise SvgError(f"path data has more than {MAX_SEGMENTS} commands; it is not read")
        kind = command.upper()
        x, y = self._at if command.islower() else (0.0, 0.0)
        if kind == "Z":
            if self._previous != "Z":
                self._close()
        elif kind == "M":
            self._lift()
            self.begun = True
            self._start = self._at = (x + numbers[0], y + numbers[1])
        elif kind == "H":
            self._cubic(*line(self._at, (x + numbers[0], self._at[1])))
        elif kind == "V":
            self._cubic(*line(self._at, (self._at[0], y + numbers[0])))
        elif kind == "A":
            self._arc(numbers[:5], (x + numbers[5], y + numbers[6]))
        else:
            points = [(x + a, y + b) for a, b in zip(numbers[::2], numbers[1::2], strict=True)]
            self._curve(kind, points)
        self._previous = kind

    def finish(self) -> list[Subpath]:
        """Return all subpaths; the last may be open."""
        self._lift()
        return self._subpaths

    def _lift(self) -> None:
        if self._cubics:
            self._collect(closed=False)

    def _close(self) -> None:
        (x0, y0), (x1, y1) = self._start, self._at
        if not self._cubics or max(abs(x1 - x0), abs(y1 - y0)) > _SAME_POINT:
            self._cubic(*line(self._at, self._start))
        self._collect(closed=True)
        self._at = self._start

    def _collect(self, *, closed: bool) -> None:
        chain = [self._start, *(point for cubic in self._cubics for point in cubic)]
        points = np.array(chain, dtype=np.float64)
        if np.isfinite(points).all():
            self._subpaths.append((points, closed))
        self._cubics, self._control = [], None

    def _curve(self, kind: str, points: list[Point]) -> None:
        if kind == "L":
            self._cubic(*line(self._at, points[0]))
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

    def _quadratic(self, control: Point, end: Point) -> None:
        self._cubic(*quadratic(self._at, control, end))
        self._control = control

    def _arc(self, shape: Sequence[float], end: Point) -> None:
        for cubic in arc(self._at, shape, end):
            self._cubic(*cubic)
