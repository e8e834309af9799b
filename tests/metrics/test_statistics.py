"""What a drawing is made of: paths, nodes, bytes, crossings and slivers."""

from __future__ import annotations

import gzip
from dataclasses import replace

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.metrics import (
    path_statistics,
)
from huefold.scene import Path, Scene, Solid, contour_from_polygon
from huefold.svg import write_svg

BLACK = Solid((0.0, 0.0, 0.0))


def scene_of(*polygons, role="detail"):
    return Scene(100, 100, (1, 1, 1), [Path((contour_from_polygon(p),), BLACK, role=role) for p in polygons])


def test_statistics_count_what_is_there():
    square = contour_from_polygon([(0, 0), (9, 0), (9, 9), (0, 9)])
    hole = contour_from_polygon([(3, 3), (3, 6), (6, 6)])
    paths = (
        Path((square, hole), BLACK, role="structural", id="s0"),
        Path((square,), BLACK, role="detail", id="d0"),
        Path((), BLACK),
    )
    scene = Scene(10, 10, (1, 1, 1), paths)
    found = path_statistics(scene)
    assert (found.paths, found.structural, found.detail) == (3, 1, 1)
    assert (found.contours, found.nodes, found.self_crossing) == (3, 11, 0)
    assert found.bytes == len(write_svg(scene).encode())
    assert path_statistics(scene, svg="<é>").bytes == 4


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 99), st.floats(0, 99)), min_size=4, max_size=9))
def test_self_crossings_agree_with_an_independent_geometry_library(polygon):
    # Touching corners are a matter of taste; leave them to neither.
    ring = shapely.LinearRing(polygon)
    points = shapely.MultiPoint(polygon)
    sides = [shapely.LineString([polygon[k - 1], polygon[k]]) for k in range(len(polygon))]
    gaps = [
        side.distance(points.geoms[i])
        for k, side in enumerate(sides)
        for i in range(len(polygon))
        if i not in (k - 1, k) and i - len(polygon) != k - 1
    ]
    if min(gaps) < 1e-3:
        return
    assert path_statistics(scene_of(polygon), svg="").self_crossing == (not ring.is_simple)


def test_curves_that_loop_cross_themselves():
    loop = np.array([(0, 0), (90, 60), (-40, 60), (50, 0), (40, -10), (10, -10)], dtype=float)
    leaf = np.array([(0, 0), (20, 60), (40, 60), (50, 0), (40, -10), (10, -10)], dtype=float)
    scene = Scene(99, 99, (1, 1, 1), [Path((loop,), BLACK), Path((leaf,), BLACK), Path((leaf, loop), BLACK)])
    assert path_statistics(scene).self_crossing == 2


# --- statistics ---


def rectangle(x, y, width, height):
    return contour_from_polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])


def test_hidden_paths_and_slivers_are_counted():
    outlines = {
        "seen": rectangle(5, 5, 20, 20),
        "covered": rectangle(50, 50, 10, 10),
        "outside": rectangle(-30, 0, 20, 20),
        "cover": rectangle(45, 45, 30, 30),
        "thin": rectangle(5, 40, 30, 0.8),
        "wide": rectangle(5, 80, 30, 1.3),
        "nothing": np.full((3, 2), 9.0),
    }
    paths = [Path((contour,), BLACK, id=name) for name, contour in outlines.items()]
    found = path_statistics(Scene(100, 100, (1, 1, 1), [*paths, Path((), BLACK)]))
    assert found.hidden == 4  # the covered one, the one outside, and two that are nothing
    assert found.slivers == 3  # the thin one and two that are nothing
    clear = [replace(path, opacity=0.0) for path in paths]
    assert path_statistics(Scene(100, 100, (1, 1, 1), clear)).hidden == len(clear)


def test_a_ring_is_as_wide_as_its_band():
    ring = Path((rectangle(0, 0, 40, 40), rectangle(0.5, 0.5, 39, 39)[::-1]), BLACK)
    outline = Path((np.roll(rectangle(0.5, 0.5, 39, 39)[::-1], 1, axis=0),), BLACK)
    ring = replace(ring, contours=(ring.contours[0], outline.contours[0]))
    assert path_statistics(Scene(40, 40, (1, 1, 1), (ring,))).slivers == 1
    assert path_statistics(Scene(40, 40, (1, 1, 1), (outline,))).slivers == 0


def slivers(*contours, fill_rule="nonzero"):
    path = Path(contours, BLACK, fill_rule=fill_rule)
    return path_statistics(Scene(40, 40, (1, 1, 1), (path,))).slivers


def test_slivers_are_told_by_what_the_fill_rule_encloses():
    bow_tie = contour_from_polygon([(0, 0), (40, 40), (40, 0), (0, 40)])
    thin = contour_from_polygon([(0, 0), (40, 0.6), (40, 0), (0, 0.6)])
    square, other, outer = rectangle(0, 0, 18, 18), rectangle(20, 20, 18, 18), rectangle(0, 0, 40, 40)
    inner = rectangle(0.25, 0.25, 39.5, 39.5)
    assert slivers(bow_tie) == 0 and slivers(thin) == 1
    assert slivers(square, turned(other)) == 0
    for ring in ((outer, inner), (outer, turned(inner))):
        assert slivers(*ring, fill_rule="evenodd") == 1
    assert slivers(outer, inner) == 0 and slivers(outer, turned(inner)) == 1


def turned(contour):
    return np.roll(contour[::-1], 1, axis=0)


def test_hidden_paths_of_large_drawings_are_told_without_drawing_them_large():
    speck, seen = rectangle(10, 10, 0.6, 0.6), rectangle(5e4, 5e4, 300, 300)
    scene = Scene(100_000, 100_000, (1, 1, 1), [Path((speck,), BLACK), Path((seen,), BLACK)])
    assert path_statistics(scene, svg="").hidden == 1


def test_gzip_bytes_are_those_of_the_file():
    scene = scene_of([(0, 0), (9, 0), (9, 9)])
    found = path_statistics(scene)
    packed = gzip.compress(write_svg(scene).encode(), 9)
    assert abs(found.gzip_bytes - len(packed)) <= 1
    assert path_statistics(scene) == found
