"""Clipping: by viewports, and by ``clipPath`` elements (CSS Masking 1, section 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from huefold.bezier.bounds import Box, disjoint, hull_box, is_rectangle, within
from huefold.scene import Contour, FillRule, Path, contour_from_polygon
from huefold.svg.read.affine import Affine, apply, compose, invertible, translation
from huefold.svg.read.gradients import local_target
from huefold.svg.read.lengths import Units
from huefold.svg.read.limits import Budget
from huefold.svg.read.notes import Notes
from huefold.svg.read.paints import reference
from huefold.svg.read.paths import closed_contours
from huefold.svg.read.placing import element_transform
from huefold.svg.read.shapes import SHAPES, length, outline
from huefold.svg.read.source import SVG, local_name
from huefold.svg.read.style import Style, Styles

__all__ = ["Clip", "Clipper", "viewport_clip"]

Outline = tuple[tuple[Contour, ...], FillRule]


@dataclass(frozen=True, slots=True)
class Clip:
    """A region of the canvas outside of which nothing is drawn."""

    contours: tuple[Contour, ...]  # in pixels; none clips everything away
    rule: FillRule = "nonzero"

    def cut(self, path: Path, budget: Budget) -> Path | None:
        """Return the part of a path inside; None if there is none. A path wholly inside stays as it is."""
        box, own = hull_box(path.contours), hull_box(self.contours)
        if own is None or (box is not None and disjoint(box, own)):
            return None
        if box is None or (within(box, own) and is_rectangle(self.contours)):
            return path
        budget.combine()
        from huefold.svg.outlines import intersection  # noqa: PLC0415 - slow to import

        inside = intersection(path.contours, path.fill_rule, self.contours, self.rule)
        return replace(path, contours=inside, fill_rule="nonzero") if inside else None


def viewport_clip(box: Box, transform: Affine) -> Clip:
    """Return the clip of a rectangle, given as left, top, width and height, under a map to the canvas."""
    left, top, width, height = box
    corners = contour_from_polygon(
        [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
    )
    return Clip((apply(transform, corners),))


class Clipper:
    """Reader of the ``clip-path`` properties of a document, whose elements `ids` holds by id."""

    def __init__(
        self, ids: Mapping[str, etree._Element], styles: Styles, budget: Budget, notes: Notes
    ) -> None:
        self._ids = ids
        self._styles = styles
        self._budget = budget
        self._notes = notes

    def clips(
        self, style: Style, units: Units, transform: Affine, box: Callable[[], Box | None] | None
    ) -> tuple[Clip, ...]:
        """Return the clips that an element's style asks for; all of them hold.

        `transform` maps the element's coordinates to the canvas, `box` gives its bounding box in them; groups have
        none.
        """
        return self._follow(style.clip_path, units, transform, box, ())

    def _follow(
        self,
        text: str,
        units: Units,
        transform: Affine,
        box: Callable[[], Box | None] | None,
        within_: tuple[etree._Element, ...],
    ) -> tuple[Clip, ...]:
        if text.strip().lower() in ("none", "", "inherit", "initial", "unset"):
            return ()
        link = reference(text)
        if link is None or not link[0].startswith("#"):
            self._notes.add(f"clip-path: {text} is not followed; nothing is clipped by it")
            return ()
        target = self._ids.get(link[0][1:])
        if target is None or target.tag != f"{SVG}clipPath" or target in within_:
            return ()
        return self._read(target, units, transform, box, (*within_, target))

    def _read(
        self,
        element: etree._Element,
        units: Units,
        transform: Affine,
        box: Callable[[], Box | None] | None,
        within_: tuple[etree._Element, ...],
    ) -> tuple[Clip, ...]:
        """Return the clip of a ``clipPath`` element, and those that clip it in turn."""
        self._budget.visit(len(within_))
        style = self._styles.in_place(element)
        frame = element_transform(style, units, self._notes)
        if frame is None:
            return (Clip(()),)
        frame = compose(transform, frame)
        outer = self._follow(style.clip_path, units, frame, box, within_)
        if element.get("clipPathUnits", "").strip() == "objectBoundingBox":
            extent = box() if box is not None else None
            if extent is None:
                self._notes.add("clipPathUnits='objectBoundingBox' on a group is passed over")
                return outer
            left, top, right, bottom = extent
            frame = compose(frame, (right - left, 0.0, 0.0, bottom - top, left, top))
        outlines = [
            part for child in element for part in self._part(child, units, frame, within_, used=False)
        ]
        self._budget.combine(len(outlines))
        return (*outer, _union(outlines))

    def _part(
        self,
        element: etree._Element,
        units: Units,
        frame: Affine,
        within_: tuple[etree._Element, ...],
        *,
        used: bool,
    ) -> list[Outline]:
        """Return the outline that one child adds, itself clipped if it says so."""
        tag = local_name(element)
        if not str(element.tag).startswith(SVG) or (tag not in SHAPES and (tag != "use" or used)):
            if tag == "text":
                self._notes.add("<text> in <clipPath> is not drawn")
            return []
        self._budget.visit(len(within_))
        style = self._styles.in_place(element)
        own = element_transform(style, units, self._notes)
        if not style.displayed or own is None:
            return []
        frame = compose(frame, own)
        if tag == "use":
            target = local_target(element, self._ids, self._notes)
            shift = translation(length(element, "x", "x", units), length(element, "y", "y", units))
            frame = compose(frame, shift)
            outlines = [] if target is None else self._part(target, units, frame, within_, used=True)
        elif style.visible and invertible(frame):
            contours = closed_contours(outline(element, units))
            self._budget.draw(sum(len(contour) // 3 for contour in contours))
            outlines = [(tuple(apply(frame, contour) for contour in contours), style.clip_rule)]
        else:
            return []
        for cut in self._follow(style.clip_path, units, frame, None, within_):
            self._budget.combine(len(outlines))
            outlines = [_intersection(one, cut) for one in outlines]
        return [(contours, rule) for contours, rule in outlines if contours]


def _intersection(outline: Outline, clip: Clip) -> Outline:
    from huefold.svg.outlines import intersection  # noqa: PLC0415 - slow to import

    return intersection(*outline, clip.contours, clip.rule), "nonzero"


def _union(outlines: Sequence[Outline]) -> Clip:
    if not outlines:
        return Clip(())
    from huefold.svg.outlines import union  # noqa: PLC0415 - slow to import

    contours, rule = outlines[0]
    for others, other_rule in outlines[1:]:
        contours, rule = union(contours, rule, others, other_rule), "nonzero"
    return Clip(contours, rule)
