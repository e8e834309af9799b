"""Drawings as data, there and back."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")
pytest.importorskip("python_multipart")

from huefold.scene import LinearGradient, Path, RadialGradient, Scene, Solid, Stop, contour_from_polygon
from huefold.studio.scenes import edited, scene_from_json, scene_to_json


def test_all_kinds_of_fills_come_back_from_data():
    stops = (Stop(0.0, (1, 0, 0)), Stop(0.25, (0, 1, 0), 0.5), Stop(1.0, (0, 0, 1)))
    fills = (
        Solid((0.2, 0.4, 0.6)),
        LinearGradient((1, 2), (30, 4), stops),
        RadialGradient((5, 5), 4, stops, focus=(6, 5), transform=(1, 0.5, -0.5, 1, 2, 3)),
    )
    outlines = (
        contour_from_polygon([(-1, 0), (12345.67, 0), (3, 8)]),
        contour_from_polygon([(2, 1), (4, 1), (3, 2)]),
    )
    paths = tuple(
        Path(outlines, fill, 0.5, "evenodd", "detail", f"d{k}", "a cat") for k, fill in enumerate(fills)
    )
    values = scene_to_json(Scene(40, 30, None, paths), size=7)
    assert json.loads(json.dumps(values)) == values
    again = scene_from_json(values)
    assert scene_to_json(again, size=7) == values
    for path, same in zip(again.paths, paths, strict=True):
        assert path.fill == same.fill
        assert all(np.allclose(a, b, atol=0.006) for a, b in zip(path.contours, same.contours, strict=True))


def test_the_background_is_edited_like_a_path():
    square = contour_from_polygon([(0, 0), (1, 0), (1, 1)])
    scene = Scene(4, 4, (1, 1, 1), (Path((square,), Solid((0, 0, 0)), id="s0"),))
    assert edited(scene, {"fills": {"s0": "#ff0000"}}).background == (1, 1, 1)
    assert edited(scene, {"fills": {"background": "#ff0000"}}).background == (1, 0, 0)
    for gone in ("hidden", "deleted"):
        assert edited(scene, {gone: ["background"], "fills": {"background": "#ff0000"}}).background is None
    transparent = replace(scene, background=None)
    assert edited(transparent, {"fills": {"background": "#ff0000"}}).background is None
    named = replace(scene, paths=(replace(scene.paths[0], id="background"),))
    changed = edited(named, {"deleted": ["background"]})
    assert (changed.background, changed.paths) == ((1, 1, 1), ())


def test_new_paths_stay_above_the_one_that_they_were_painted_after():
    square = contour_from_polygon([(0, 0), (1, 0), (1, 1)])
    scene = Scene(4, 4, None, tuple(Path((square,), Solid((0, 0, 0)), id=key) for key in "abcd"))
    for order, expected in (
        (["d", "b"], "adbc"),
        (["x", "c", "b", "a", "d"], "cbad"),
        ([], "abcd"),
        (["d"], "abcd"),
    ):
        assert "".join(path.id for path in edited(scene, {"order": order}).paths) == expected
