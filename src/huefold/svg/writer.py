"""Scenes as SVG text: the same scene always gives the same bytes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from huefold.colors import short_hex_color
from huefold.errors import SvgError
from huefold.scene import Path, Role, Scene
from huefold.svg.coordinate_grid import GridContour
from huefold.svg.gradients import GradientDefinitions
from huefold.svg.pathdata import format_number, format_path
from huefold.svg.precision import round_paths

__all__ = ["GROUP_ROLES", "write_svg"]

GROUP_ROLES: dict[str, Role] = {"structure": "structural", "details": "detail"}

_GROUP_OF_ROLE = {role: group for group, role in GROUP_ROLES.items()}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_svg(scene: Scene) -> str:
    """Write a scene as compact SVG.

    Coordinates are rounded so that no pixel changes by more than 1/255 at twice the original size, colours to
    8 bits a channel, opacities to three decimals, ends and circles of gradients so that no colour changes by
    more than a fifth of 1/255.

    Parameters
    ----------
    scene : Scene
        The drawing. Path ids must be unique where they are given.

    Returns
    -------
    svg : str
        A document of ``<svg>``, ``<rect>``, ``<g>``, ``<path>`` and ``<title>`` elements only, and gradients in
        ``<defs>``. Structural paths are in the group with the id ``structure``, details in ``details``, others
        in the document. Consecutive paths of one name share a group, whose title is the name and whose id is made
        from it. A transparent canvas has no ``<rect>``.

    Raises
    ------
    SvgError
        If two paths have the same id, or an id or a name cannot be written in XML.

    Examples
    --------
    >>> from huefold.scene import Path, Scene, Solid, contour_from_polygon
    >>> triangle = contour_from_polygon([(0, 0), (4, 0), (4, 3)])
    >>> scene = Scene(8, 6, (1, 1, 1), (Path((triangle,), Solid((1, 0, 0)), role="detail", id="d0"),))
    >>> print(write_svg(scene), end="")
    <svg xmlns="http://www.w3.org/2000/svg" width="8" height="6" viewBox="0 0 8 6">
    <rect width="8" height="6" fill="#fff"/>
    <g id="details">
    <path id="d0" fill="#f00" d="m0 0h4v3z"/>
    </g>
    </svg>
    """
    size = f'width="{scene.width}" height="{scene.height}"'
    gradients = GradientDefinitions(scene)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {scene.width} {scene.height}">',
        *gradients.lines(),
    ]
    if scene.background is not None:
        lines.append(f'<rect {size} fill="{short_hex_color(scene.background)}"/>')
    ids = _Ids({path.id for path in scene.paths} | gradients.ids)
    pairs = zip(scene.paths, round_paths(scene), strict=True)
    for role, run in groupby(pairs, key=lambda pair: pair[0].role):
        group = _GROUP_OF_ROLE.get(role)
        if group is None:
            lines += [_path_element(*pair, ids, gradients, title=pair[0].name) for pair in run]
        else:
            lines += [f'<g id="{ids.group(group)}">', *_named_groups(run, ids, gradients), "</g>"]
    return "\n".join([*lines, "</svg>", ""])


def _named_groups(
    pairs: Iterable[tuple[Path, tuple[GridContour, ...]]], ids: _Ids, gradients: GradientDefinitions
) -> Iterator[str]:
    """Yield paths in painter's order, consecutive ones of one name in a group with that title.

    Editors list groups by their ids, so a designer sees the name there. One title for several paths is also shorter
    than one for each.
    """
    for name, run in groupby(pairs, key=lambda pair: pair[0].name or ""):
        elements = [_path_element(*pair, ids, gradients) for pair in run]
        if name:
            yield f'<g id="{ids.named(name)}"><title>{_escape(name)}</title>'
        yield from elements
        if name:
            yield "</g>"


class _Ids:
    """Ids given so far: in XML they are unique."""

    def __init__(self, reserved: set[str]) -> None:
        self._given = set[str]()
        self._groups = dict.fromkeys(GROUP_ROLES, 0)
        self._reserved = reserved

    def group(self, name: str) -> str:
        """Return the id of the next group: ``details``, then ``details-2`` where roles alternate."""
        self._groups[name] += 1
        return name if self._groups[name] == 1 else f"{name}-{self._groups[name]}"

    def named(self, name: str) -> str:
        """Return the id of the next group of that name: ``the-sofa``, then ``the-sofa-2``."""
        base = re.sub(r"[^\w]+", "-", name).strip("-")
        if not re.match(r"[^\W\d_]", base) or base.partition("-")[0] in GROUP_ROLES:
            base = f"_{base}"
        counted = (f"{base}-{count}" if count > 1 else base for count in itertools.count(1))
        found = next(one for one in counted if one not in self._reserved)
        self._reserved.add(found)
        return found

    def path(self, name: str) -> str:
        """Return `name`, checked."""
        base, _, number = name.partition("-")
        if name in self._given or (base in GROUP_ROLES and (not number or number.isdecimal())):
            raise SvgError(f"the path id {name!r} is already taken; ids must be unique", id=name)
        if re.search(r"\s", name):
            raise SvgError(f"the path id {name!r} holds white space; an id is one word", id=name)
        self._given.add(name)
        return _escape(name)


def _path_element(
    path: Path,
    contours: tuple[GridContour, ...],
    ids: _Ids,
    gradients: GradientDefinitions,
    *,
    title: str | None = None,
) -> str:
    attributes = [f' id="{ids.path(path.id)}"'] if path.id else []
    attributes.append(f' fill="{gradients.reference(path.fill)}"')
    opacity = round(path.opacity * 1000)
    if opacity < 1000:
        attributes.append(f' fill-opacity="{format_number(opacity, 3)}"')
    if path.fill_rule != "nonzero":
        attributes.append(f' fill-rule="{path.fill_rule}"')
    attributes.append(f' d="{format_path(contours)}"')
    start = f"<path{''.join(attributes)}"
    return f"{start}><title>{_escape(title)}</title></path>" if title else f"{start}/>"


def _escape(text: str) -> str:
    if _NOT_XML.search(text):
        raise SvgError(f"{text!r} holds characters that XML cannot hold", text=text)
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return escaped.replace("\r", "&#13;")
