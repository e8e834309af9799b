"""SVG text to scene: a reader for what huefold writes and plain variations of it.

Elements are handled by one function each, found by name in ``_ELEMENTS``; more elements are more entries.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path as FilePath

from lxml import etree
from PIL import ImageColor

from huefold.errors import SvgError
from huefold.scene import Color, FillRule, Path, Role, Scene, SceneError, Solid
from huefold.svg.pathdata import parse_path
from huefold.svg.writer import GROUP_ROLES

__all__ = ["read_svg"]

_SVG = "{http://www.w3.org/2000/svg}"
_MAX_BYTES = 64 * 2**20
_MAX_SIDE = 1_000_000
_DRAWING = {"fill", "fill-rule", "fill-opacity", "opacity", "stroke"}
_NEUTRAL = {"id", "class", "version", "baseProfile", "preserveAspectRatio"}
_GEOMETRY = {
    "svg": {"width", "height", "viewBox"},
    "g": set[str](),
    "path": {"d"},
    "rect": {"x", "y", "width", "height"},
}
_IGNORED = {"title", "desc", "metadata"}
_LENGTH = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(px)?")


@dataclass(frozen=True, slots=True)
class _Style:
    """What elements inherit from the groups around them."""

    color: Color = (0.0, 0.0, 0.0)
    opacity: float = 1.0
    fill_rule: FillRule = "nonzero"
    role: Role = "other"


class _Drawing:
    """What has been read so far."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.background: Color | None = None
        self.paths: list[Path] = []


def read_svg(source: str | bytes | os.PathLike[str]) -> Scene:
    """Read the SVG that `write_svg` writes, and plain variations of it.

    Parameters
    ----------
    source : str, bytes or path-like
        SVG text (a string that starts with ``<``), its bytes, or the name of a file.

    Returns
    -------
    scene : Scene
        Background (white if the document has none) and paths in painter's order.

    Raises
    ------
    SvgError
        If the source cannot be read, is no well-formed SVG, is larger than 64 MiB, holds a document type or
        entities, or uses what is not supported; the message names the element or attribute.

    Notes
    -----
    Supported are ``<path>`` with solid fills and the commands M, L, H, V, C, S, Q, T and Z, ``<g>``, one
    ``<rect>`` that covers the canvas as background, ``<title>``, ``<desc>`` and ``<metadata>``. Nothing is
    ever fetched.

    Examples
    --------
    >>> svg = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"><path d="M0 0H4V3Z"/></svg>'
    >>> scene = read_svg(svg)
    >>> scene.width, scene.height, scene.paths[0].segments
    (4, 3, 3)
    """
    content, name = _load(source)
    try:
        return _read_scene(content)
    except (SceneError, SvgError) as error:
        raise SvgError(str(error) if name is None else f"{name}: {error}", **error.data) from error


def _read_scene(content: bytes) -> Scene:
    root = _parse_xml(content)
    if root.tag != f"{_SVG}svg":
        raise SvgError(f"the document is <{_plain_tag(root)}>, not <svg xmlns='http://www.w3.org/2000/svg'>")
    drawing = _Drawing(*_canvas(root))
    _read_children(root, _inherit(_Style(), root), drawing)
    return Scene(drawing.width, drawing.height, drawing.background or (1.0, 1.0, 1.0), tuple(drawing.paths))


def _load(source: str | bytes | os.PathLike[str]) -> tuple[bytes, str | None]:
    """Return the document, and the name of the file it comes from if it comes from one."""
    name = None
    if isinstance(source, bytes):
        content = source
    elif isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith("<"):
        content = source.encode("utf-8", "surrogatepass")
    else:
        name = os.fspath(source)
        content = _load_file(FilePath(name))
    if len(content) > _MAX_BYTES:
        raise SvgError(f"the SVG has more than {_MAX_BYTES >> 20} MiB; files of that size are not read")
    return content, name


def _load_file(path: FilePath) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SvgError(f"cannot read '{path}': {reason}", path=os.fspath(path)) from error


def _parse_xml(content: bytes) -> etree._Element:
    if not content.strip():
        raise SvgError("the SVG is not well-formed XML: it is empty")
    if b"\0" in content[:1024]:
        raise SvgError("it is a binary file, not an SVG")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SvgError(f"the SVG is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    # libxml2 expands entities in attribute values whatever it is told; without a DTD there are none.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise SvgError("the SVG has a document type declaration (<!DOCTYPE>); remove it")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        raise SvgError(f"the SVG is not well-formed XML: {error.msg}") from error


def _canvas(root: etree._Element) -> tuple[int, int]:
    """Return the size of the canvas in pixels; the user space must be the same."""
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    if box == [""]:
        box = ["0", "0", root.get("width", ""), root.get("height", "")]
    if len(box) != 4:
        raise SvgError(f"viewBox has four numbers, got {root.get('viewBox')!r}")
    left, top, width, height = (_length(value, "viewBox") for value in box)
    size = (_length(root.get("width", box[2]), "width"), _length(root.get("height", box[3]), "height"))
    if (left, top) != (0.0, 0.0) or size != (width, height):
        raise SvgError(
            f"viewBox {root.get('viewBox')!r} scales or shifts the drawing, which is not supported"
        )
    if not (width.is_integer() and height.is_integer() and min(size) >= 1 and max(size) <= _MAX_SIDE):
        raise SvgError(
            f"the canvas is a whole number of pixels from 1 to {_MAX_SIDE}, got {box[2]} x {box[3]}"
        )
    return int(width), int(height)


def _length(value: str, name: str) -> float:
    match = _LENGTH.fullmatch(value.strip())
    number = float(match[1]) if match else math.nan
    if not math.isfinite(number):
        raise SvgError(f"{name} is a number of pixels, got {value!r}")
    return number


def _read_children(parent: etree._Element, style: _Style, drawing: _Drawing) -> None:
    for element in parent:
        tag = _plain_tag(element)
        if not str(element.tag).startswith(_SVG) or tag in _IGNORED:
            continue  # other vocabularies (editors' notes) draw nothing
        read = _ELEMENTS.get(tag)
        if read is None:
            raise SvgError(f"the element <{tag}> is not supported", element=tag)
        read(element, _inherit(style, element), drawing)


def _read_group(element: etree._Element, style: _Style, drawing: _Drawing) -> None:
    if element.get("opacity") is not None:
        raise SvgError("the attribute 'opacity' of <g> is not supported; give it to the paths")
    name = element.get("id", "").partition("-")[0]
    _read_children(element, replace(style, role=GROUP_ROLES.get(name, style.role)), drawing)


def _read_path(element: etree._Element, style: _Style, drawing: _Drawing) -> None:
    title = element.findtext(f"{_SVG}title") or None
    _refuse_children(element)
    drawing.paths.append(
        Path(
            parse_path(element.get("d", "")),
            Solid(style.color),
            opacity=style.opacity * _unit(element, "opacity", 1.0),
            fill_rule=style.fill_rule,
            role=style.role,
            id=element.get("id", ""),
            name=title,
        )
    )


def _read_rect(element: etree._Element, style: _Style, drawing: _Drawing) -> None:
    _refuse_children(element)
    full = {"width": drawing.width, "height": drawing.height}
    corner = [_length(element.get(side, "0"), side) for side in ("x", "y")]
    size = [full[k] if element.get(k) == "100%" else _length(element.get(k, "0"), k) for k in full]
    covers = corner == [0.0, 0.0] and size == list(full.values())
    opaque = style.opacity * _unit(element, "opacity", 1.0) == 1.0
    if not (covers and opaque) or drawing.paths or drawing.background is not None:
        raise SvgError(
            "the element <rect> is only supported as opaque background: first, and covering the canvas"
        )
    drawing.background = style.color


_ELEMENTS: Mapping[str, Callable[[etree._Element, _Style, _Drawing], None]] = {
    "g": _read_group,
    "path": _read_path,
    "rect": _read_rect,
}


def _refuse_children(element: etree._Element) -> None:
    for child in element:
        if str(child.tag).startswith(_SVG) and _plain_tag(child) not in _IGNORED:
            raise SvgError(
                f"the element <{_plain_tag(child)}> inside <{_plain_tag(element)}> is not supported",
                element=_plain_tag(child),
            )


def _inherit(style: _Style, element: etree._Element) -> _Style:
    """Return the style of `element` inside `style`, refusing attributes that would draw something else."""
    tag = _plain_tag(element)
    known = _DRAWING | _NEUTRAL | _GEOMETRY[tag]
    for name, value in element.attrib.items():
        foreign = str(name).startswith(("{", "data-", "aria-"))
        if (name not in known and not foreign) or (name == "stroke" and value != "none"):
            raise SvgError(f"the attribute '{name!s}' of <{tag}> is not supported", element=tag)
    return replace(
        style,
        color=_color(element, style.color),
        opacity=_unit(element, "fill-opacity", style.opacity),
        fill_rule=_fill_rule(element, style.fill_rule),
    )


def _color(element: etree._Element, inherited: Color) -> Color:
    value = element.get("fill")
    if value is None:
        return inherited
    try:
        red, green, blue = (channel / 255.0 for channel in ImageColor.getrgb(value.strip()))
    except ValueError as error:
        raise SvgError(f"the fill {value!r} is not supported; use an opaque colour such as #fa0") from error
    return (red, green, blue)


def _unit(element: etree._Element, name: str, inherited: float) -> float:
    value = element.get(name)
    if value is None:
        return inherited
    return min(1.0, max(0.0, _length(value, name)))


def _fill_rule(element: etree._Element, inherited: FillRule) -> FillRule:
    value = element.get("fill-rule", inherited)
    if value == "nonzero":
        return "nonzero"
    if value == "evenodd":
        return "evenodd"
    raise SvgError(f"fill-rule is nonzero or evenodd, got {value!r}")


def _plain_tag(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
