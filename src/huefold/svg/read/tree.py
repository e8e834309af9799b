"""The walk through a document: from elements to painted paths, in painter's order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from lxml import etree

from huefold.bezier.bounds import Box, tight_box
from huefold.bezier.curves import lengths, open_segments
from huefold.errors import SvgError
from huefold.scene import Contour, FillRule, Path, Role
from huefold.svg.read.affine import Affine, apply, compose, invertible, translation
from huefold.svg.read.clips import Clip, Clipper, viewport_clip
from huefold.svg.read.gradients import Servers, Surface, local_target
from huefold.svg.read.groups import fade
from huefold.svg.read.lengths import Units, Viewport
from huefold.svg.read.limits import MAX_COORDINATE, Budget
from huefold.svg.read.notes import Notes
from huefold.svg.read.paints import NO_PAINT, Paint
from huefold.svg.read.paths import Subpath, closed_contours
from huefold.svg.read.placing import element_transform, fitted, view_box
from huefold.svg.read.shapes import SHAPES, length, outline
from huefold.svg.read.source import SVG, local_name
from huefold.svg.read.style import Style, Styles
from huefold.svg.writer import GROUP_ROLES

__all__ = ["Place", "Walk"]

# Never drawn in place; their effects are noted where they are asked for.
_SILENT = frozenset(
    {"defs", "title", "desc", "metadata", "style", "symbol", "clipPath", "mask", "linearGradient"}
    | {"radialGradient", "pattern", "marker", "filter", "view", "stop", "cursor", "color-profile"}
    | {"solidcolor", "font", "font-face"}
)
_ANIMATION = frozenset({"animate", "animateColor", "animateMotion", "animateTransform", "set", "discard"})


@dataclass(frozen=True, slots=True)
class Place:
    """Context of an element: what it inherits from those around it."""

    style: Style
    transform: Affine
    viewport: Viewport
    clips: tuple[Clip, ...] = ()
    role: Role = "other"
    depth: int = 0
    using: tuple[etree._Element, ...] = ()
    name: str | None = None


class Walk:
    """Walk through a document that turns its elements into paths."""

    def __init__(self, root: etree._Element, styles: Styles, notes: Notes) -> None:
        self._styles = styles
        self._notes = notes
        self._ids: dict[str, etree._Element] = {}
        count = 0
        for element in root.iter(f"{SVG}*"):
            count += 1
            name = element.get("id")
            if name is not None:
                self._ids.setdefault(name, element)
        self._budget = Budget(count)
        self._clipper = Clipper(self._ids, styles, self._budget, notes)
        self._servers = Servers(self._ids, styles, notes)
        self.first: str | None = None  # the element that painted first

    def children(self, parent: etree._Element, place: Place) -> list[Path]:
        """Return the paths of an element's children, bottom to top."""
        paths: list[Path] = []
        for child in parent:
            paths += self._element(child, place)
        return paths

    def _element(self, element: etree._Element, place: Place) -> list[Path]:
        tag = local_name(element)
        if not str(element.tag).startswith(SVG) or tag in _SILENT:
            return []  # other vocabularies (editors' notes) draw nothing
        read = _READERS.get(tag)
        if read is None:
            self._note_element(tag)
            return []
        inner = self._enter(element, place)
        if inner is None:
            return []
        self._note_style(inner.style)
        return read(self, element, inner)

    def _enter(self, element: etree._Element, place: Place) -> Place | None:
        """Return the place inside an element; None if nothing of it is drawn."""
        self._budget.visit(place.depth)
        if not _applies(element):
            return None
        style = self._styles.of(element, place.style, place.viewport)
        if not style.displayed:
            return None
        units = self._styles.units(place.viewport, style)
        own = element_transform(style, units, self._notes)
        transform = compose(place.transform, own) if own is not None else None
        if transform is None or not invertible(transform):
            return None
        return replace(place, style=style, transform=transform, depth=place.depth + 1)

    def group(self, element: etree._Element, place: Place) -> list[Path]:
        """Read the contents of a group, clipped and faded as a whole."""
        style = place.style
        if style.clip_path != "none":
            units = self._styles.units(place.viewport, style)
            clips = self._clipper.clips(style, units, place.transform, None)
            place = replace(place, clips=place.clips + clips)
        return fade(self.children(element, place), style.opacity, self._notes, self._budget)

    def _group(self, element: etree._Element, place: Place) -> list[Path]:
        role = GROUP_ROLES.get(element.get("id", "").partition("-")[0], place.role)
        name = element.findtext(f"{SVG}title") or place.name  # what is inside shows it too
        return self.group(element, replace(place, role=role, name=name))

    def _switch(self, element: etree._Element, place: Place) -> list[Path]:
        """Read the first child that applies, alone (SVG 2, section 5.7)."""
        for child in element:
            if str(child.tag).startswith(SVG) and local_name(child) not in _SILENT and _applies(child):
                return fade(self._element(child, place), place.style.opacity, self._notes, self._budget)
        return []

    def _svg(self, element: etree._Element, place: Place) -> list[Path]:
        """Read a nested document."""
        return self._framed(element, place, (element.get("width"), element.get("height")))

    def _framed(
        self, element: etree._Element, place: Place, size: tuple[str | None, str | None]
    ) -> list[Path]:
        """Read a nested ``svg``, or a ``symbol`` that is used: a viewport of its own."""
        units = self._styles.units(place.viewport, place.style)
        width = units.length(size[0] or "100%", "x")
        height = units.length(size[1] or "100%", "y")
        width = place.viewport.width if width is None else width
        height = place.viewport.height if height is None else height
        if width <= 0.0 or height <= 0.0:
            return []
        x, y = length(element, "x", "x", units), length(element, "y", "y", units)
        transform = compose(place.transform, translation(x, y))
        clips = place.clips
        if place.style.overflow not in ("visible", "auto"):
            clips += (viewport_clip((0.0, 0.0, width, height), transform),)
        box = view_box(element)
        viewport = Viewport(width, height, place.viewport.canvas)
        if box is not None:
            if box[2] == 0.0 or box[3] == 0.0:
                return []
            transform = compose(transform, fitted(box, element.get("preserveAspectRatio"), width, height))
            viewport = Viewport(box[2], box[3], place.viewport.canvas)
        if not invertible(transform):
            return []
        return self.group(element, replace(place, transform=transform, viewport=viewport, clips=clips))

    def _use(self, element: etree._Element, place: Place) -> list[Path]:
        """Read the element that a ``use`` names, as if it stood there; a circle of references draws nothing."""
        target = local_target(element, self._ids, self._notes)
        if target is None or target in place.using or target in element.iterancestors():
            return []
        units = self._styles.units(place.viewport, place.style)
        shift = translation(length(element, "x", "x", units), length(element, "y", "y", units))
        opacity, style = place.style.opacity, place.style
        clips = self._clipper.clips(style, units, place.transform, None)
        inner = replace(
            place,
            transform=compose(place.transform, shift),
            clips=place.clips + clips,
            using=(*place.using, target),
        )
        return fade(self._used(target, element, inner), opacity, self._notes, self._budget)

    def _used(self, target: etree._Element, use: etree._Element, place: Place) -> list[Path]:
        tag = local_name(target)
        if tag not in ("svg", "symbol") or not str(target.tag).startswith(SVG):
            return self._element(target, place)
        inner = self._enter(target, place)
        if inner is None:
            return []
        self._note_style(inner.style)
        size = (use.get("width", target.get("width")), use.get("height", target.get("height")))
        return self._framed(target, inner, size)

    def _shape(self, element: etree._Element, place: Place) -> list[Path]:
        """Read a shape: its fill and its stroke, clipped and faded."""
        style = place.style
        for child in element:
            if local_name(child) in _ANIMATION:
                self._note_element(local_name(child))
        if not style.visible:
            return []
        units = self._styles.units(place.viewport, style)
        subpaths = outline(element, units)
        if not subpaths and local_name(element) != "path":
            return []
        shape = _Shape(element, subpaths, place, units)
        clips = place.clips
        if style.clip_path != "none":
            clips += self._clipper.clips(style, units, place.transform, shape.box)
        paths = [self._filled(shape), self._stroked(shape)]
        if style.stroke_first:
            paths.reverse()
        drawn = [cut for path in paths if path is not None and (cut := self._cut(path, clips)) is not None]
        if drawn and self.first is None:
            self.first = local_name(element)
        return fade(drawn, style.opacity, self._notes, self._budget)

    def _filled(self, shape: _Shape) -> Path | None:
        style = shape.place.style
        if style.fill == NO_PAINT or shape.tag == "line":
            return None
        return self._path(shape, style.fill, style.fill_opacity, shape.contours(), style.fill_rule, "")

    def _stroked(self, shape: _Shape) -> Path | None:
        style = shape.place.style
        if style.stroke == NO_PAINT or style.stroke_width <= 0.0 or not shape.subpaths:
            return None
        from huefold.svg.outlines import stroke  # noqa: PLC0415 - slow to import

        transform = shape.place.transform
        subpaths = shape.subpaths
        if style.fixed_stroke:
            subpaths = [(apply(transform, points), closed) for points, closed in subpaths]
            transform = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
        stretch = shape.stretch()
        contours = stroke(
            subpaths,
            width=style.stroke_width,
            cap=style.cap,
            join=style.join,
            miter_limit=style.miter_limit,
            dashes=tuple(dash * stretch for dash in style.dashes),
            dash_offset=style.dash_offset * stretch,
        )
        drawn = tuple(apply(transform, contour) for contour in contours)
        if not drawn:
            return None
        suffix = "-stroke" if style.fill != NO_PAINT else ""
        return self._path(shape, style.stroke, style.stroke_opacity, drawn, "nonzero", suffix)

    def _path(
        self,
        shape: _Shape,
        paint: Paint,
        opacity: float,
        contours: tuple[Contour, ...],
        rule: FillRule,
        suffix: str,
    ) -> Path | None:
        """Return a path on the canvas, or None if its paint is none."""
        place = shape.place
        box = shape.box() if paint.reference is not None else None
        surface = Surface(place.style, shape.units, box, place.transform)
        painted = self._servers.fill(paint, surface)
        if painted is None:
            return None
        self._budget.draw(sum(len(contour) // 3 for contour in contours))
        if any(np.abs(contour).max() > MAX_COORDINATE for contour in contours):
            raise SvgError(
                f"<{shape.tag}> reaches beyond {MAX_COORDINATE:.0e} pixels; such drawings are not read"
            )
        name = shape.element.get("id", "")
        return Path(
            contours,
            painted[0],
            opacity=opacity * painted[1],
            fill_rule=rule,
            role=place.role,
            id=name + suffix if name else "",
            name=shape.element.findtext(f"{SVG}title") or place.name,
        )

    def _cut(self, path: Path, clips: tuple[Clip, ...]) -> Path | None:
        """Return the part of a path inside all clips."""
        inside: Path | None = path
        for one in clips:
            inside = one.cut(inside, self._budget) if inside is not None else None
        return inside

    def _note_element(self, tag: str) -> None:
        if tag in _ANIMATION:
            self._notes.add(f"<{tag}> is not played; the drawing is that of its start")
        else:
            self._notes.add(f"<{tag}> is not supported and not drawn")

    def _note_style(self, style: Style) -> None:
        for declaration in style.unsupported:
            self._notes.add(f"{declaration} is not supported; what it applies to is drawn without it")


_Reader = Callable[[Walk, etree._Element, Place], list[Path]]
_READERS: Mapping[str, _Reader] = {
    "svg": Walk._svg,
    "g": Walk._group,
    "a": Walk._group,
    "switch": Walk._switch,
    "use": Walk._use,
    **dict.fromkeys(SHAPES, Walk._shape),
}


class _Shape:
    """A shape that is painted."""

    def __init__(self, element: etree._Element, subpaths: list[Subpath], place: Place, units: Units) -> None:
        self.element = element
        self.tag = local_name(element)
        self.subpaths = subpaths
        self.place = place
        self.units = units
        self._closed = closed_contours(subpaths)

    def contours(self) -> tuple[Contour, ...]:
        """Return the filled outline on the canvas."""
        return tuple(apply(self.place.transform, contour) for contour in self._closed)

    def box(self) -> Box | None:
        """Return the bounding box in the shape's own coordinates."""
        return tight_box(self._closed)

    def stretch(self) -> float:
        """Return the length of the outline by its ``pathLength``: the scale of dashes."""
        text = self.element.get("pathLength")
        said = None if text is None else self.units.length(text, "diagonal")
        if said is None or said <= 0.0:
            return 1.0
        return sum(float(lengths(open_segments(chain), 64).sum()) for chain, _closed in self.subpaths) / said


def _applies(element: etree._Element) -> bool:
    """Whether conditional attributes let an element be drawn, for a reader of English (SVG 2, section 5.7)."""
    if (element.get("requiredExtensions") or "").strip():
        return False
    languages = element.get("systemLanguage")
    if languages is None:
        return True
    return any(word.strip().lower().partition("-")[0] == "en" for word in languages.split(","))
