"""Scenes as JSON for the page, and the user's edits applied to scenes."""

from __future__ import annotations

import json
import pathlib
import re
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold.colors import hex_color, parse_color
from huefold.files import write_atomically
from huefold.scene import Fill, LinearGradient, Path, RadialGradient, Scene, Solid, Stop

__all__ = ["dumped", "edited", "keep_drawing", "scene_from_json", "scene_to_json"]

DECIMALS = 2
BACKGROUND = "background"
"""Id of the background among edits, which treat it as a path."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def scene_to_json(scene: Scene, *, size: int | None = None) -> dict[str, Any]:
    """Return a scene as plain values, paths bottom first, with outlines of absolute M, C and Z.

    Parameters
    ----------
    scene : Scene
        A drawing.
    size : int, optional
        Size of its SVG file in bytes.

    Returns
    -------
    values : dict
        Coordinates to a hundredth of a pixel; colours as ``#rrggbb``.

    Examples
    --------
    >>> from huefold.scene import contour_from_polygon
    >>> triangle = Path((contour_from_polygon([(0, 0), (3, 0), (3, 3)]),), Solid((1, 0, 0)), id="s0")
    >>> scene_to_json(Scene(4, 4, None, (triangle,)))["paths"][0]["d"]
    'M0 0C1 0 2 0 3 0C3 1 3 2 3 3C2 2 1 1 0 0Z'
    """
    return {
        "width": scene.width,
        "height": scene.height,
        "background": None if scene.background is None else hex_color(scene.background),
        "paths": [_path_to_json(path, number) for number, path in enumerate(scene.paths)],
        "bytes": size,
        "nodes": sum(path.segments for path in scene.paths),
    }


def dumped(values: object) -> bytes:
    """Return compact JSON on one line."""
    return json.dumps(values, separators=(",", ":"), allow_nan=False).encode()


def keep_drawing(folder: pathlib.Path, scene: Scene, svg: str) -> None:
    """Write a drawing as JSON for the page, then as SVG: where the SVG is, the JSON is too."""
    write_atomically(folder / "scene.json", dumped(scene_to_json(scene, size=len(svg.encode()))))
    write_atomically(folder / "drawing.svg", svg)


def _path_to_json(path: Path, number: int) -> dict[str, Any]:
    return {
        "id": path.id or f"p{number}",
        "role": path.role,
        "name": path.name,
        "d": "".join(_outline(contour) for contour in path.contours),
        "rule": path.fill_rule,
        "opacity": round(path.opacity, 4),
        "fill": _fill_to_json(path.fill),
        "nodes": path.segments,
    }


def _outline(contour: NDArray[np.float64]) -> str:
    points = np.concatenate([contour, contour[:1]]).round(DECIMALS) + 0.0  # no negative zeros
    x0, y0 = points[0]
    curves = "".join(
        f"C{x1:.8g} {y1:.8g} {x2:.8g} {y2:.8g} {x3:.8g} {y3:.8g}"
        for x1, y1, x2, y2, x3, y3 in points[1:].reshape(-1, 6).tolist()
    )
    return f"M{x0:.8g} {y0:.8g}{curves}Z"


def _fill_to_json(fill: Fill) -> str | dict[str, Any]:
    if isinstance(fill, Solid):
        return hex_color(fill.color)
    stops = [[round(stop.offset, 5), hex_color(stop.color), round(stop.opacity, 4)] for stop in fill.stops]
    if isinstance(fill, LinearGradient):
        (x1, y1), (x2, y2) = fill.start, fill.end
        return {"kind": "linear", "x1": x1, "y1": y1, "x2": x2, "y2": y2, "stops": stops}
    fx, fy = fill.focus or fill.center
    values = {"kind": "radial", "cx": fill.center[0], "cy": fill.center[1], "r": fill.radius}
    return {**values, "fx": fx, "fy": fy, "transform": list(fill.transform), "stops": stops}


def scene_from_json(values: dict[str, Any]) -> Scene:
    """Return the scene of the values that `scene_to_json` returned.

    Examples
    --------
    >>> scene = Scene(4, 4, (1, 1, 1))
    >>> scene_from_json(scene_to_json(scene)).width
    4
    """
    background = values["background"]
    paths = tuple(_path_from_json(path) for path in values["paths"])
    color = None if background is None else parse_color(background)
    return Scene(values["width"], values["height"], color, paths)


def _path_from_json(values: dict[str, Any]) -> Path:
    contours = []
    for part in values["d"].split("Z")[:-1]:
        points = np.array([float(text) for text in _NUMBER.findall(part)]).reshape(-1, 2)
        contours.append(points[:-1])
    return Path(
        tuple(contours),
        _fill_from_json(values["fill"]),
        opacity=values["opacity"],
        fill_rule=values["rule"],
        role=values["role"],
        id=values["id"],
        name=values["name"],
    )


def _fill_from_json(fill: str | dict[str, Any]) -> Fill:
    if isinstance(fill, str):
        return Solid(parse_color(fill))
    stops = tuple(Stop(offset, parse_color(color), opacity) for offset, color, opacity in fill["stops"])
    if fill["kind"] == "linear":
        return LinearGradient((fill["x1"], fill["y1"]), (fill["x2"], fill["y2"]), stops)
    center, focus, transform = (fill["cx"], fill["cy"]), (fill["fx"], fill["fy"]), tuple(fill["transform"])
    return RadialGradient(center, fill["r"], stops, focus=focus, transform=transform)


def edited(scene: Scene, edits: dict[str, Any]) -> Scene:
    """Return a scene with the user's edits: paths left out, reordered, recoloured, renamed.

    The background has the id ``"background"``; without it the canvas is transparent.

    Parameters
    ----------
    scene : Scene
        The drawing.
    edits : dict
        As `huefold.studio.records.clean_edits` returns them; unknown ids are ignored.

    Returns
    -------
    scene : Scene

    Examples
    --------
    >>> from huefold.scene import contour_from_polygon
    >>> square = contour_from_polygon([(0, 0), (1, 0), (1, 1), (0, 1)])
    >>> scene = Scene(4, 4, None, tuple(Path((square,), Solid((0, 0, 0)), id=name) for name in "abc"))
    >>> changed = edited(scene, {"order": ["c", "a"], "deleted": ["b"], "fills": {"a": "#ff0000"}})
    >>> [(path.id, path.fill.color) for path in changed.paths]
    [('c', (0.0, 0.0, 0.0)), ('a', (1.0, 0.0, 0.0))]
    """
    gone = {*edits.get("hidden", ()), *edits.get("deleted", ())}
    fills, names = edits.get("fills", {}), edits.get("names", {})
    numbered = {path.id or f"p{number}": path for number, path in enumerate(scene.paths)}
    background = scene.background
    if background is not None and BACKGROUND not in numbered:
        if BACKGROUND in gone:
            background = None
        elif BACKGROUND in fills:
            background = parse_color(fills[BACKGROUND])
    paths = []
    for key in _ordered(list(numbered), edits.get("order")):
        path = numbered[key]
        if key in gone:
            continue
        if key in fills:
            path = replace(path, fill=Solid(parse_color(fills[key])))
        if key in names:
            path = replace(path, name=names[key] or None)
        paths.append(path)
    return replace(scene, background=background, paths=tuple(paths))


def _ordered(ids: list[str], order: list[str] | None) -> list[str]:
    """Return ids in the order given; an id that the order lacks stays above its predecessor."""
    if not order:
        return ids
    known = set(ids)
    arranged = [key for key in dict.fromkeys(order) if key in known]
    listed = set(arranged)
    for before, key in zip([None, *ids], ids, strict=False):
        if key not in listed:
            arranged.insert(0 if before is None else arranged.index(before) + 1, key)
            listed.add(key)
    return arranged
