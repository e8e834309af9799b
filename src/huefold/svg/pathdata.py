"""Path data: the shortest text of contours on a grid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from huefold.svg.coordinate_grid import GridContour

__all__ = ["format_number", "format_path"]


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
        Path data. The last segment of a contour is not written if it is straight: ``z`` draws it.
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
    reflected = (0, 0)  # first control point of a smooth curve, relative to the current point
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
    """Whether two numbers need a space between: a sign or a second decimal point separates them, too."""
    if after[0] == "-":
        return False
    last_number = re.split(r"[ -]", before)[-1]
    return not (after[0] == "." and last_number.rfind(".") >= 0)
