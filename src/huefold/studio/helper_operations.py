"""Operations of the helper worker: quick requests that the page waits for."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from huefold import render, saliency, segment
from huefold.colors import parse_color
from huefold.files import write_atomically
from huefold.images import WORKING_PIXELS, load_image
from huefold.options import Options
from huefold.recolor import Hierarchy
from huefold.studio.archive import pack, unpack
from huefold.studio.drawing import Sessions, saliency_for
from huefold.studio.pictures import check_photo, heat_map, label_png, png, read_map, show_photo
from huefold.studio.scenes import dumped, edited, keep_drawing, scene_from_json, scene_to_json
from huefold.svg import read_svg, write_svg

__all__ = ["OPERATIONS", "warm_up"]

Reply: TypeAlias = tuple[dict[str, Any], bytes]
Task: TypeAlias = dict[str, Any]

THUMBNAIL_SIDE = 320
REGION_PIXELS = WORKING_PIXELS // 2
"""Regions to click on are computed at half of the working size, which is quicker."""

_TRIANGLE: dict[str, Any] = {
    "width": 8,
    "height": 8,
    "background": "#ffffff",
    "paths": [
        {
            "id": "s0",
            "role": "structural",
            "name": None,
            "d": "M1 1C3 1 5 1 7 1C7 3 7 5 7 7C5 5 3 3 1 1Z",
            "rule": "nonzero",
            "opacity": 1.0,
            "fill": "#000000",
        }
    ],
}

_sessions = Sessions()
_one_session = threading.Lock()  # one thread at a time may use a session
_one_photo = threading.Lock()  # a decoded photo may take half a gigabyte
_one_picture = threading.Lock()  # the largest picture takes more than two


def warm_up() -> None:
    """Load what is needed first."""
    photo = np.random.default_rng(0).random((48, 64, 3), dtype=np.float32)
    segment.classical(photo, regions=20)
    render.rasterize(scene_from_json(_TRIANGLE))


def take_photo(task: Task, _payload: bytes) -> Reply:
    """Check an uploaded photo, write the pictures that the page shows, and return its size."""
    folder = Path(task["folder"])
    shown = folder / f"photo-{task['side']}"
    with _one_photo:
        content = Path(task["photo"]).read_bytes()
        check_photo(content, task["pixels"])
        width, height = show_photo(content, task["side"], shown)
    show_photo(shown.read_bytes(), THUMBNAIL_SIDE, folder / "thumbnail")
    return {"width": width, "height": height}, b""


def show(task: Task, _payload: bytes) -> Reply:
    """Write the photo with another longest side."""
    with _one_photo:
        show_photo(Path(task["photo"]).read_bytes(), task["side"], Path(task["into"]))
    return {}, b""


def take_map(task: Task, payload: bytes) -> Reply:
    """Write a painted map as a grey PNG."""
    grey = read_map(payload or Path(task["map"]).read_bytes(), task["width"], task["height"])
    write_atomically(task["into"], png(grey))
    return {"empty": not grey.any()}, b""


def regions(task: Task, _payload: bytes) -> Reply:
    """Write the first regions of a photo as a picture of labels."""
    photo = load_image(Path(task["photo"]).read_bytes(), max_pixels=REGION_PIXELS)
    labels = segment.classical(photo.rgb, regions=task["count"])
    write_atomically(task["into"], label_png(labels))
    return {}, b""


def find_saliency(task: Task, _payload: bytes) -> Reply:
    """Return an automatic map, or that of a text prompt."""
    photo = load_image(Path(task["photo"]).read_bytes())
    if task["source"] == "auto":
        return {"notes": []}, png(saliency.automatic(photo.rgb))
    found = saliency.prompt(task["prompt"], avoid=task["avoid"]).predict(photo.rgb)
    return {"notes": list(found.notes)}, png(found.saliency)


def levels(task: Task, _payload: bytes) -> Reply:
    """Write the merge tree of a photo, and its leaves as a picture of labels."""
    photo = Path(task["photo"]).read_bytes()
    options = Options(**task["options"])
    source, _notes = saliency_for(options, task["map"], task["size"])
    with _one_session:
        tree = _sessions.of(task["project"], lambda: photo).levels(options, saliency=source)
    rgb = load_image(photo, max_pixels=tree.leaves.size).rgb
    write_atomically(task["picture"], label_png(tree.leaves))
    write_atomically(task["into"], dumped(_level_values(tree, rgb)))
    return {}, b""


def _level_values(tree: Hierarchy, rgb: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Return a merge tree: merge k joins two nodes into node ``finest + k``."""
    leaves = tree.leaves.ravel()
    counts = np.bincount(leaves, minlength=tree.finest).tolist()
    sums = [np.bincount(leaves, rgb[:, :, channel].ravel(), tree.finest) for channel in range(3)]
    totals = np.stack(sums, axis=1).tolist()
    node_of = list(range(tree.finest))
    pairs = []
    for merge in tree.merges:
        a, b = node_of[merge.first], node_of[merge.second]
        pairs.append([a, b])
        node_of[merge.first] = len(counts)
        counts.append(counts[a] + counts[b])
        totals.append([x + y for x, y in zip(totals[a], totals[b], strict=True)])
    colors = [[round(255 * x / n) for x in total] for total, n in zip(totals, counts, strict=True)]
    height, width = tree.leaves.shape
    values = {"width": width, "height": height, "finest": tree.finest, "coarsest": tree.coarsest}
    return {**values, "merges": pairs, "colors": colors, "counts": counts}


def edited_scene(task: Task, _payload: bytes) -> Reply:
    """Return a drawing with edits as the page draws it."""
    scene = edited(read_svg(Path(task["drawing"]).read_bytes()), task["edits"])
    return {}, dumped(scene_to_json(scene, size=len(write_svg(scene).encode())))


def edited_svg(task: Task, _payload: bytes) -> Reply:
    """Return a drawing with edits as a file."""
    return {}, write_svg(edited(read_svg(Path(task["drawing"]).read_bytes()), task["edits"])).encode()


def picture(task: Task, _payload: bytes) -> Reply:
    """Return a drawing as a PNG."""
    scene = edited(read_svg(Path(task["drawing"]).read_bytes()), task["edits"])
    with _one_picture:
        drawn = render.rasterize(scene, width=task["width"])
        return {}, png(drawn[:, :, :3] if scene.background is not None else drawn)


def error_map(task: Task, _payload: bytes) -> Reply:
    """Write the error map of a drawing."""
    scene = read_svg(Path(task["drawing"]).read_bytes())
    with _one_picture:
        photo = load_image(Path(task["photo"]).read_bytes(), background=parse_color(task["background"]))
        height, width = photo.rgb.shape[:2]
        drawn = render.rasterize(scene, width=width, height=height)
        write_atomically(task["into"], heat_map(photo.rgb, drawn))
    return {}, b""


def keep_preview(task: Task, payload: bytes) -> Reply:
    """Write the last preview of a job as its drawing."""
    scene, folder = scene_from_json(json.loads(payload)), Path(task["folder"])
    keep_drawing(folder, scene, write_svg(scene))
    return {}, b""


OPERATIONS: Mapping[str, Callable[[Task, bytes], Reply]] = MappingProxyType(
    {
        "take-photo": take_photo,
        "show": show,
        "take-map": take_map,
        "regions": regions,
        "saliency": find_saliency,
        "levels": levels,
        "edited-scene": edited_scene,
        "edited-svg": edited_svg,
        "picture": picture,
        "error-map": error_map,
        "keep-preview": keep_preview,
        "pack": lambda task, _payload: pack(task),
        "unpack": lambda task, _payload: unpack(task),
    }
)
