"""Strokes and combined shapes, against closed forms and against shapely."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.errors import SvgError
from huefold.scene import contour_from_polygon
from huefold.svg.outlines import difference, intersection, stroke, union

CAPS = {"butt": "flat", "round": "round", "square": "square"}
JOINS = {"miter": "mitre", "round": "round", "bevel": "bevel"}
KAPPA = 4.0 / 3.0 * math.tan(math.pi / 8)


def lines(*corners):
    """An open chain of straight cubics through corners."""
    vertices = np.array(corners, dtype=float)
    step = np.diff(vertices, axis=0)
    chain = np.stack([vertices[:-1], vertices[:-1] + step / 3, vertices[:-1] + step * 2 / 3], axis=1)
    return np.concatenate([chain.reshape(-1, 2), vertices[-1:]])


def ring(radius, center=(0.0, 0.0)):
    """A circle of four cubics (which stray from it by 2.7e-4 of the radius), as a closed contour."""
    points = []
    for quarter in range(4):
        a, b = quarter * math.pi / 2, (quarter + 1) * math.pi / 2
        start, end = np.array([math.cos(a), math.sin(a)]), np.array([math.cos(b), math.sin(b)])
        points += [start, start + KAPPA * end, end + KAPPA * start]
    return np.array(points) * radius + center


def flattened(chain, pieces):
    t = np.arange(pieces)[:, None, None] / pieces
    p0, p1, p2, p3 = chain[:-1:3], chain[1::3], chain[2::3], chain[3::3]
    dots = (1 - t) ** 3 * p0 + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t**2 * p2 + t**3 * p3
    return np.concatenate([dots.transpose(1, 0, 2).reshape(-1, 2), chain[-1:]])


def winding(vertices, x, y):
    (ax, ay), (bx, by) = vertices.T, np.roll(vertices, -1, axis=0).T
    left = (bx - ax) * (y - ay) - (x - ax) * (by - ay) > 0
    return int(((ay <= y) & (by > y) & left).sum()) - int(((by <= y) & (ay > y) & ~left).sum())


def region(contours, rule="nonzero", pieces=100):
    """What contours fill, as a polygon: every face of their lines by the winding number of a point in it."""
    rings = [flattened(np.concatenate([c, c[:1]]), pieces)[:-1] for c in contours]
    if not rings:
        return shapely.Polygon()
    faces = shapely.get_parts(
        shapely.polygonize([shapely.unary_union([shapely.LinearRing(r) for r in rings])])
    )
    kept = []
    for face in faces:
        point = face.representative_point()
        turns = sum(winding(r, point.x, point.y) for r in rings)
        if turns % 2 if rule == "evenodd" else turns:
            kept.append(face)
    return shapely.unary_union(kept)


def differs(one, other):
    return shapely.symmetric_difference(one, other).area


def blob(rng, center, radius, nodes=5, disorder=0.25):
    angle = np.arange(3 * nodes) / (3 * nodes) * 2 * np.pi
    reach = radius * (1 + disorder * rng.normal(size=3 * nodes))
    return np.stack([center[0] + reach * np.cos(angle), center[1] + reach * np.sin(angle)], axis=1)


# --- strokes ---


@pytest.mark.parametrize("cap", CAPS)
@pytest.mark.parametrize("join", JOINS)
@pytest.mark.parametrize("closed", [False, True])
def test_strokes_of_polygons_are_buffers(cap, join, closed):
    corners = [(10, 10), (60, 14), (52, 70), (20, 50)]
    drawn = region(stroke([(lines(*corners), closed)], width=6, cap=cap, join=join, miter_limit=10))
    line = shapely.LinearRing(corners) if closed else shapely.LineString(corners)
    expected = line.buffer(3, quad_segs=200, cap_style=CAPS[cap], join_style=JOINS[join], mitre_limit=10)
    assert differs(drawn, expected) < 1e-4 * expected.area


@pytest.mark.parametrize("seed", range(4))
def test_strokes_of_curves_are_buffers(seed):
    rng = np.random.default_rng(seed)
    chain = np.cumsum(rng.normal(size=(13, 2)) * 20, axis=0)
    drawn = region(stroke([(chain, False)], width=5, cap="round", join="round"))
    expected = shapely.LineString(flattened(chain, 400)).buffer(2.5, quad_segs=64)
    assert differs(drawn, expected) < 1e-3 * expected.area


@given(st.floats(0.05, 1.9), st.floats(1.0, 1e4))
@settings(max_examples=30, deadline=None)
def test_a_stroked_circle_is_an_annulus(share, radius):
    contour = ring(radius)
    area = region(stroke([(np.concatenate([contour, contour[:1]]), True)], width=share * radius)).area
    assert area == pytest.approx(2 * math.pi * radius * share * radius, rel=2e-3)


def test_the_miter_limit_is_obeyed():
    corner = lines((0, 0), (100, 0), (0, 20))  # about 11 degrees: a miter of 10.2 widths
    sharp, blunt = (
        region(stroke([(corner, False)], width=4, miter_limit=limit)).bounds[2] for limit in (11, 10)
    )
    assert sharp > 115
    assert blunt < 105


def test_overlaps_leave_no_edges_inside():
    zigzag = lines((0, 0), (30, 0), (5, 4), (30, 8), (0, 8))
    contours = stroke([(zigzag, False)], width=5, join="round", cap="round")
    every = [flattened(np.concatenate([c, c[:1]]), 30) for c in contours]
    assert all(shapely.LinearRing(r).is_simple for r in every)
    expected = shapely.LineString(zigzag[::3]).buffer(2.5, quad_segs=100)
    assert differs(region(contours), expected) < 1e-3 * expected.area


@pytest.mark.parametrize(("cap", "area"), [("butt", 0.0), ("round", math.pi * 9), ("square", 36.0)])
@pytest.mark.parametrize("closed", [False, True])
def test_subpaths_of_no_length_leave_their_caps(cap, area, closed):
    dot = lines((5, 7), (5, 7))
    drawn = region(stroke([(dot, closed)], width=6, cap=cap))
    assert drawn.area == pytest.approx(area, rel=1e-4)
    if area:
        assert (drawn.centroid.x, drawn.centroid.y) == pytest.approx((5, 7))


def test_a_lone_point_draws_only_if_it_is_closed():
    point = np.array([[5.0, 7.0]])
    assert stroke([(point, False)], width=6, cap="round") == ()
    assert len(stroke([(point, True)], width=6, cap="round")) == 1


@pytest.mark.parametrize(
    ("dashes", "offset", "spans"),
    [
        ((4, 6), 0, [(0, 4), (10, 14), (20, 24)]),
        ((4, 6), 3, [(0, 1), (7, 11), (17, 21), (27, 30)]),
        ((4, 6), -3, [(3, 7), (13, 17), (23, 27)]),
        ((5,), 0, [(0, 5), (10, 15), (20, 25)]),
        ((2, 3, 4), 0, [(0, 2), (5, 9), (11, 14), (18, 20), (23, 27), (29, 30)]),
        ((0, 0), 0, [(0, 30)]),
    ],
)
def test_dashes_lie_where_they_should(dashes, offset, spans):
    contours = stroke([(lines((0, 0), (30, 0)), False)], width=2, dashes=dashes, dash_offset=offset)
    found = sorted((float(c[:, 0].min()), float(c[:, 0].max())) for c in contours)
    np.testing.assert_allclose(found, spans, atol=2e-3)


def test_dashes_of_no_length_are_caps_along_the_line():
    slanted = lines((0, 0), (30, 30))
    drawn = region(stroke([(slanted, False)], width=4, cap="square", dashes=(0, 10)))
    assert drawn.area == pytest.approx(5 * 16, rel=2e-3)
    first = shapely.get_parts(drawn)[0]
    assert first.bounds[2] - first.bounds[0] == pytest.approx(4 * math.sqrt(2), rel=2e-3)


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1e5, 1e12])
def test_strokes_do_not_depend_on_the_unit(scale):
    chain = np.cumsum(np.random.default_rng(3).normal(size=(10, 2)), axis=0)
    small = stroke([(chain, False)], width=0.3, cap="round", dashes=(2.0, 0.5))
    large = stroke(
        [(chain * scale, False)], width=0.3 * scale, cap="round", dashes=(2.0 * scale, 0.5 * scale)
    )
    ours, theirs = region(small), region([c / scale for c in large])
    assert differs(ours, theirs) < 1e-3 * ours.area


def test_strokes_far_away_are_as_exact_as_near():
    chain = np.cumsum(np.random.default_rng(3).normal(size=(10, 2)), axis=0)
    near = stroke([(chain, False)], width=0.3, join="round")
    far = stroke([(chain + 2.0**20, False)], width=0.3, join="round")
    assert differs(region(near), region([c - 2.0**20 for c in far])) < 1e-4


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"width": math.nan}, "finite"),
        ({"width": 1, "miter_limit": 0.5}, "at least 1"),
        ({"width": 1, "cap": "flat"}, "butt, round, square"),
        ({"width": 1, "join": "arcs"}, "miter, round, bevel"),
        ({"width": 1, "dashes": (1, -1)}, "0 or more"),
        ({"width": 0.01, "dashes": (1e-6,)}, "dashes"),
    ],
)
def test_pens_that_make_no_sense_are_refused(values, message):
    with pytest.raises(SvgError, match=message):
        stroke([(lines((0, 0), (30, 0)), False)], **values)


@pytest.mark.parametrize(
    "points", [np.zeros((3, 2)), np.full((4, 2), np.inf) * [1, -1], np.array([[0, 0]] * 3 + [[np.nan, 0]])]
)
def test_chains_that_make_no_sense_are_refused(points):
    with pytest.raises(SvgError):
        stroke([(points, False)], width=1)


def test_no_width_no_stroke():
    assert stroke([(lines((0, 0), (30, 0)), False)], width=0) == ()


@given(st.lists(st.tuples(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300)), min_size=4, max_size=4))
@settings(max_examples=50, deadline=None)
def test_huge_coordinates_neither_fail_nor_overflow(points):
    for contour in stroke([(np.array(points), False)], width=1.0, cap="round"):
        assert np.isfinite(contour).all()


# --- combinations ---

OPERATIONS = {intersection: shapely.intersection, difference: shapely.difference, union: shapely.union}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
def test_combinations_are_those_of_shapely(operation, seed):
    rng = np.random.default_rng(seed)
    rules = rng.choice(["nonzero", "evenodd"], 2)
    disorder = [0.1, 0.5][seed % 2]  # outlines that cross themselves, too
    one = [blob(rng, (50, 50), 40, disorder=disorder), blob(rng, (45, 55), 15)[::-1]]
    two = [blob(rng, rng.uniform(20, 80, 2), 30, disorder=disorder)]
    expected = OPERATIONS[operation](region(one, rules[0], 300), region(two, rules[1], 300))
    found = operation(one, rules[0], two, rules[1])
    assert differs(region(found, pieces=300), expected) < 2e-5 * 100 * 100
    # One rule for all: nothing of the result is wound around twice.
    assert differs(region(found, pieces=100), region(found, "evenodd", 100)) < 2e-5 * 100 * 100


@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-6, 1.0, 1e7]))
@settings(max_examples=25, deadline=None)
def test_parts_add_up(seed, scale):
    rng = np.random.default_rng(seed)
    one, two = [blob(rng, (5, 5), 4) * scale], [blob(rng, rng.uniform(2, 8, 2), 3) * scale]
    common, rest, both = (
        region([c / scale for c in operation(one, "nonzero", two, "nonzero")]).area
        for operation in (intersection, difference, union)
    )
    first, second = (region([c / scale for c in shape]).area for shape in (one, two))
    assert common + rest == pytest.approx(first, abs=5e-3)
    assert both == pytest.approx(rest + second, abs=5e-3)


def test_apart_and_empty_shapes():
    square = contour_from_polygon([(0, 0), (4, 0), (4, 4), (0, 4)])
    assert intersection([square], "nonzero", [square + 9], "nonzero") == ()
    assert intersection([square], "nonzero", (), "nonzero") == ()
    assert difference((), "nonzero", [square], "nonzero") == ()
    assert difference([square], "nonzero", [square], "nonzero") == ()
    assert len(union([square], "nonzero", [square + 9], "nonzero")) == 2
    assert region(difference([square], "nonzero", (), "nonzero")).area == pytest.approx(16)
    assert union((), "nonzero", (), "nonzero") == ()


def test_where_curves_cannot_be_combined_polygons_are(monkeypatch):
    pathops = pytest.importorskip("pathops")
    real, tried = pathops.op, []

    def fails_once(*arguments, **options):
        tried.append(arguments)
        if len(tried) == 1:
            raise pathops.PathOpsError("no")
        return real(*arguments, **options)

    monkeypatch.setattr(pathops, "op", fails_once)
    found = intersection([ring(4)], "nonzero", [ring(4, (3, 0))], "nonzero")
    lens = 2 * 16 * math.acos(3 / 8) - 1.5 * math.sqrt(64 - 9)
    assert region(found).area == pytest.approx(lens, rel=2e-3)
    monkeypatch.setattr(pathops, "op", lambda *_, **__: (_ for _ in ()).throw(pathops.PathOpsError("no")))
    with pytest.raises(SvgError, match="could not be combined"):
        intersection([ring(4)], "nonzero", [ring(4, (3, 0))], "nonzero")
