"""Group opacity: a group that fades as one picture, as paths that fade one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from huefold.bezier.bounds import disjoint, hull_box
from huefold.scene import Path, Solid
from huefold.svg.read.limits import Budget
from huefold.svg.read.notes import Notes

__all__ = ["fade"]

_MAX_CUTS = 2_000  # per group: each is a boolean operation on two outlines


def fade(paths: Sequence[Path], opacity: float, notes: Notes, budget: Budget) -> list[Path]:
    """Return paths that together look like a group of that opacity.

    Parameters
    ----------
    paths : sequence of Path
        Bottom to top.
    opacity : float
        Opacity of the group, in [0, 1].
    notes : Notes
        Receives a note if the result is not exact.
    budget : Budget
        Counts the paths that are cut.

    Returns
    -------
    faded : list of Path
        Each path without what opaque ones above it hide, its opacity multiplied. Exact where paths do not
        overlap, and but for pixels along common edges where the upper one is opaque. Where a translucent path lies
        over another one, the lower one is too visible, and a note says so.

    Examples
    --------
    >>> from huefold.scene import contour_from_polygon
    >>> square = contour_from_polygon([(0, 0), (4, 0), (4, 4), (0, 4)])
    >>> low, high = Path((square,), Solid((1, 0, 0))), Path((square + 2,), Solid((0, 0, 1)))
    >>> [path.opacity for path in fade([low, high], 0.5, Notes(), Budget(2))]
    [0.5, 0.5]
    """
    if opacity >= 1.0:
        return list(paths)
    if len(paths) == 1:
        return [replace(paths[0], opacity=paths[0].opacity * opacity)]
    if opacity <= 0.0:
        return []
    boxes = [hull_box(path.contours) for path in paths]
    faded: list[Path] = []
    cuts = 0
    for index, path in enumerate(paths):
        box = boxes[index]
        above = [
            paths[k]
            for k in range(index + 1, len(paths))
            if box is not None and (other := boxes[k]) is not None and not disjoint(box, other)
        ]
        cuts += len(above)
        if cuts > _MAX_CUTS:
            notes.add("the opacity of a group with very many overlapping parts is drawn for each of them")
            above = []
        rest = _uncovered(path, above, notes, budget)
        if rest is not None:
            faded.append(replace(rest, opacity=rest.opacity * opacity))
    return faded


def _uncovered(path: Path, above: Sequence[Path], notes: Notes, budget: Budget) -> Path | None:
    """Return a path without what lies under opaque ones; None if nothing is left."""
    from huefold.svg.outlines import difference, intersection  # noqa: PLC0415 - slow to import

    contours, rule = path.contours, path.fill_rule
    budget.combine(len(above))
    for other in above:
        if not intersection(contours, rule, other.contours, other.fill_rule):
            continue
        if not _opaque(other):
            notes.add("the opacity of a group with translucent parts over others is drawn for each of them")
            continue
        contours, rule = difference(contours, rule, other.contours, other.fill_rule), "nonzero"
        if not contours:
            return None
    return path if contours is path.contours else replace(path, contours=contours, fill_rule=rule)


def _opaque(path: Path) -> bool:
    if path.opacity < 1.0:
        return False
    return isinstance(path.fill, Solid) or all(stop.opacity == 1.0 for stop in path.fill.stops)
