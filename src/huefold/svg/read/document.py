"""`read_svg`: the canvas, the background, and the paths of a document."""

from __future__ import annotations

import math
import os
import re
from dataclasses import replace

from lxml import etree

from huefold.bezier.bounds import hull_box, is_rectangle, within
from huefold.errors import SvgError
from huefold.scene import Color, Path, Scene, SceneError, Solid, contour_from_polygon
from huefold.svg.read.affine import IDENTITY
from huefold.svg.read.lengths import Units, Viewport
from huefold.svg.read.limits import MAX_SIDE
from huefold.svg.read.notes import Notes
from huefold.svg.read.placing import fitted, view_box
from huefold.svg.read.source import load, parse_xml
from huefold.svg.read.style import Style, Styles
from huefold.svg.read.tree import Place, Walk
from huefold.svg.writer import GROUP_ROLES

__all__ = ["read_svg"]

_DEFAULT_SIZE = (300.0, 150.0)  # CSS's size of a picture that states none


def read_svg(source: str | bytes | os.PathLike[str]) -> Scene:
    """Read a static SVG document as a scene of filled paths.

    Parameters
    ----------
    source : str, bytes or path-like
        SVG text (a string that starts with ``<``), its bytes, or the name of a file.

    Returns
    -------
    scene : Scene
        Paths in painter's order, in pixels of a canvas of the document's size (rounded to whole pixels, at least
        1x1). Shapes, strokes and clipped shapes are paths. The document's first rectangle is the background if it
        is opaque and covers the canvas; without one the canvas is transparent.

    Raises
    ------
    SvgError
        If the source cannot be read, is no well-formed SVG, declares entities, or exceeds the limits: 64 MiB,
        200 levels, 50,000 repeated elements, 1,000,000 segments, coordinates of 1e9 pixels.

    Warns
    -----
    SvgWarning
        Once for each kind of content that the scene does not show as it should, such as text or filters.

    Notes
    -----
    The page on SVG in the documentation lists what is supported. Nothing is ever fetched, and nothing is run.

    References
    ----------
    .. [1] Scalable Vector Graphics (SVG) 2, https://www.w3.org/TR/SVG2/

    Examples
    --------
    >>> svg = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"><circle r="2" fill="#f00"/></svg>'
    >>> scene = read_svg(svg)
    >>> scene.width, scene.height, scene.background, scene.paths[0].segments
    (4, 3, None, 4)
    """
    content, name = load(source)
    notes = Notes()
    try:
        scene = _read_scene(content, notes)
    except RecursionError as error:
        raise SvgError("the SVG is nested too deeply to be read") from error
    except (SceneError, SvgError) as error:
        raise SvgError(str(error) if name is None else f"{name}: {error}", **error.data) from error
    notes.warn(stacklevel=2)
    return scene


def _read_scene(content: bytes, notes: Notes) -> Scene:
    root = parse_xml(content)
    width, height = _canvas(root, notes)
    canvas = (float(width), float(height))
    box = view_box(root)
    if box is not None and 0.0 in box[2:]:
        return Scene(width, height, None)
    transform = IDENTITY if box is None else fitted(box, root.get("preserveAspectRatio"), *canvas)
    viewport = Viewport(*(canvas if box is None else box[2:]), canvas)
    styles = Styles(root, viewport, notes)
    style = styles.of(root, Style(), viewport)
    if not style.displayed:
        return Scene(width, height, None)
    if style.transform.strip():
        notes.add("transform on the outermost <svg> is passed over")
    walk = Walk(root, styles, notes)
    paths = walk.group(root, Place(style, transform, viewport))
    if style.background is not None and style.background[3] > 0.0:
        paths.insert(0, _sheet(style, width, height))
    background = None
    if paths and (walk.first == "rect" or style.background) and _covers(paths[0], width, height):
        background = _color(paths.pop(0))
    return Scene(width, height, background, _with_unique_ids(paths))


def _canvas(root: etree._Element, notes: Notes) -> tuple[int, int]:
    """Return the size of the document in whole pixels.

    A side that is not given follows from the view box, by its size or its proportions, as in a browser.
    """
    box = view_box(root)
    known = box if box is not None and 0.0 not in box[2:] else None
    auto = _DEFAULT_SIZE if known is None else (known[2], known[3])
    units = Units(Viewport(*auto, auto), 16.0, 16.0, notes)
    width, height = (
        units.length(root.get("width", "auto"), "x"),
        units.length(root.get("height", "auto"), "y"),
    )
    if width is None and height is None:
        width, height = auto
    elif known is not None:
        width = known[2] / known[3] * height if width is None and height is not None else width
        height = known[3] / known[2] * width if height is None and width is not None else height
    size = (auto[0] if width is None else width, auto[1] if height is None else height)
    if not (min(size) > 0.0 and max(size) <= MAX_SIDE):
        raise SvgError(f"the canvas has from 1 to {MAX_SIDE} pixels on a side, got {size[0]:g} x {size[1]:g}")
    return max(1, math.floor(size[0] + 0.5)), max(1, math.floor(size[1] + 0.5))


def _sheet(style: Style, width: int, height: int) -> Path:
    """Return the document's background colour as a path."""
    color = style.background or (0.0, 0.0, 0.0, 0.0)
    corners = contour_from_polygon([(0, 0), (width, 0), (width, height), (0, height)])
    return Path((corners,), Solid(color[:3]), opacity=color[3])


def _covers(path: Path, width: int, height: int) -> bool:
    """Whether a path hides the whole canvas in one colour."""
    box = hull_box(path.contours)
    return (
        isinstance(path.fill, Solid)
        and path.opacity == 1.0
        and box is not None
        and is_rectangle(path.contours)
        and within((0.0, 0.0, width, height), box)
    )


def _color(path: Path) -> Color | None:
    return path.fill.color if isinstance(path.fill, Solid) else None


def _with_unique_ids(paths: list[Path]) -> tuple[Path, ...]:
    """Return paths whose ids can be written again: single words, unique, and none of a group's."""
    given = set[str]()
    result = []
    for path in paths:
        base = re.sub(r"\s+", "_", path.id)
        stem, _, number = base.partition("-")
        if stem in GROUP_ROLES and (not number or number.isdecimal()):
            base = f"_{base}"
        name, count = base, 1
        while name and name in given:
            count += 1
            name = f"{base}-{count}"
        given.add(name)
        result.append(path if name == path.id else replace(path, id=name))
    return tuple(result)
