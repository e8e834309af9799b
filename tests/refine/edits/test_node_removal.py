"""Node removal: nodes that the picture does not miss go, those that it needs stay, and what each costs is exact."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.bezier.arcs import circle
from huefold.images import load_image
from huefold.refine import Drawing, RefineSettings, refine
from huefold.refine.edits import node_removal
from huefold.refine.edits.node_removal import NodeRemoval, remove_nodes
from huefold.refine.edits.node_target import NodeTarget
from huefold.refine.fit.fitter import Fitter
from huefold.render import rasterize
from huefold.scene import Path, Scene, Solid, contour_from_polygon

WHITE, BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)


def path(*contours, color=BLACK):
    return Path(contours, Solid(color), role="structural")


def scene(*paths, side=48):
    return Scene(side, side, WHITE, paths)


def photo_of(drawn):
    return rasterize(drawn)[..., :3].astype(np.float32)


def fitter(photo, weight=None, reduction=1, threads=1):
    return Fitter(
        photo,
        weight,
        reduction=reduction,
        canvas_width=photo.shape[1],
        threads=threads,
        flattening=0.002,  # one cubic and its two halves make other chords
    )


def nodes(drawing, which=0):
    return [
        tuple(point)
        for contour in drawing.to_scene().paths[which].contours
        for point in contour[::3].round(6)
    ]


def several(seed):
    """Some discs of 5 to 9 segments on top of each other, and a photo of others."""
    rng = np.random.default_rng(seed)

    def discs():
        return [
            path(
                circle(*rng.uniform(4, 44, 2), rng.uniform(2, 14), int(rng.integers(5, 10)))
                + rng.normal(0, 0.3, 2),
                color=tuple(rng.random(3)),
            )
            for _ in range(6)
        ]

    return scene(*discs()), photo_of(scene(*discs()))


def test_corners_stay_and_nodes_on_straight_sides_go():
    corners = [(8, 8), (40, 8), (40, 40), (8, 40)]
    sides = [(8, 8), (20, 8), (31, 8), (40, 8), (40, 25), (40, 40), (17, 40), (8, 40), (8, 19)]
    photo = photo_of(scene(path(contour_from_polygon(corners))))
    drawing = Drawing.from_scene(scene(path(contour_from_polygon(sides))))
    judge = fitter(photo)
    removed = 0
    while removed < 5:
        removed += remove_nodes(drawing, judge, 5 - removed)
    assert sorted(nodes(drawing)) == sorted(corners)
    assert judge.loss(drawing) < 1e-6


def test_what_later_paths_cover_goes_before_what_shows():
    star = [
        (24 + r * np.cos(a), 24 + r * np.sin(a))
        for a, r in zip(np.arange(10) * 0.2 * np.pi, [9, 16] * 5, strict=True)
    ]
    covered, open_ = (
        path(contour_from_polygon(star)),
        path(contour_from_polygon(star) + np.array([50, 0]), color=(0, 0, 1)),
    )
    lid = path(circle(24, 24, 21, 8), color=(1, 0, 0))
    drawn = Scene(96, 48, WHITE, (covered, open_, lid))
    drawing = Drawing.from_scene(drawn)
    judge = fitter(photo_of(drawn))
    before = judge.loss(drawing)
    assert remove_nodes(drawing, judge, 5) == 5
    assert list(drawing.path_nodes()) == [5, 10, 8]
    assert judge.loss(drawing) == pytest.approx(before, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_what_a_node_is_worth_is_what_the_loss_says_without_it(seed, weighted):
    drawn, photo = several(seed)
    rng = np.random.default_rng(seed + 1)
    weight = rng.uniform(0.2, 2.0, photo.shape[:2]).astype(np.float32) if weighted else None
    judge = fitter(photo, weight)
    drawing = Drawing.from_scene(drawn)
    before, arrays = judge.loss(drawing), drawing.arrays
    nodes = node_removal._Nodes.of(arrays)
    cubics = node_removal._Cubics.of(arrays, nodes, judge)
    every = np.arange(drawing.nodes)
    told = node_removal._increases(drawing, judge, cubics, every) / (3 * 48 * 48)
    for node in every:
        taken = every == node
        drawing.arrays = node_removal._without(arrays, nodes, taken, cubics.handles)
        assert judge.loss(drawing) - before == pytest.approx(told[node], abs=1e-6)
    drawing.arrays = arrays
    assert remove_nodes(drawing, judge, 1) == 1
    assert judge.loss(drawing) - before == pytest.approx(told.min(), abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.sampled_from([None, 4, 6]))
def test_counts_are_kept_whatever_is_asked_for(seed, count, fixed):
    drawn, photo = several(seed)
    holed = replace(drawn.paths[0], contours=(*drawn.paths[0].contours, circle(20, 20, 2, 4)[::-1]))
    drawing = Drawing.from_scene(replace(drawn, paths=(holed, *drawn.paths[1:])))
    before = drawing.path_nodes()
    removed = remove_nodes(drawing, fitter(photo), count, segments=fixed)
    after = drawing.path_nodes()
    assert removed == before.sum() - after.sum()
    assert drawing.nodes == after.sum()
    assert removed <= count
    assert np.diff(drawing.arrays.contours).min() >= 9
    if fixed is not None:
        assert (after >= np.minimum(before, fixed)).all()
    assert np.isfinite(drawing.arrays.points).all()
    assert len(drawing.to_scene().paths) == 6


def test_outlines_close_when_their_first_node_goes():
    """The node with which a contour begins is on a straight side; so is no other."""
    sides = [(24, 8), (40, 8), (40, 40), (8, 40), (8, 8)]
    drawn = scene(
        path(contour_from_polygon(sides), contour_from_polygon([(20, 20), (20, 28), (28, 28), (28, 20)]))
    )
    drawing = Drawing.from_scene(drawn)
    judge = fitter(photo_of(drawn))
    assert remove_nodes(drawing, judge, 1) == 1
    outer, inner = drawing.to_scene().paths[0].contours
    assert {tuple(point) for point in outer[::3].round(6)} == {(40, 8), (40, 40), (8, 40), (8, 8)}
    assert shapely.Polygon(outer[::3]).area == pytest.approx(32 * 32)
    assert len(inner) == 12
    assert judge.loss(drawing) < 1e-9


def test_nothing_is_taken_where_nothing_may_go():
    drawing = Drawing.from_scene(scene(path(contour_from_polygon([(5, 5), (30, 9), (12, 33)]))))
    judge = fitter(np.ones((48, 48, 3), np.float32))
    assert remove_nodes(drawing, judge, 10) == 0
    assert remove_nodes(Drawing.from_scene(scene()), judge, 10) == 0


@pytest.mark.parametrize("threads", [2, 3])
def test_any_number_of_threads_takes_the_same_nodes(threads):
    drawn, photo = several(3)
    one, more = Drawing.from_scene(drawn), Drawing.from_scene(drawn)
    remove_nodes(one, fitter(photo), 12)
    remove_nodes(more, fitter(photo, threads=threads), 12)
    assert one.arrays.points.tobytes() == more.arrays.points.tobytes()


@pytest.mark.slow
def test_a_drawing_ends_with_the_nodes_that_it_would_have_had_and_a_smaller_error():
    photo = load_image("sample:chelsea", max_pixels=20_000).rgb
    blank = Scene(photo.shape[1], photo.shape[0], (0.4, 0.3, 0.2))
    found = {}
    for surplus in (1.0, 1.55):
        chosen = replace(RefineSettings.balanced(), node_oversampling=surplus, node_leeway=0.0)
        drawn = refine(photo, blank, np.ones(photo.shape[:2], np.float32), paths=30, settings=chosen)
        error = float(np.mean((photo_of(drawn) - photo) ** 2))
        found[surplus] = sum(one.segments for one in drawn.paths), error
    assert found[1.55][0] == pytest.approx(found[1.0][0], rel=0.1)
    assert found[1.55][1] < found[1.0][1]


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 3000), st.integers(1, 8))
def test_rounds_of_removal_end_where_they_may(nodes, cheap, inherited, rounds):
    chosen = RefineSettings(node_oversampling=1.5, node_leeway=0.2)
    target = NodeTarget.of(chosen, inherited + nodes, inherited)
    assert inherited <= target.least <= target.usual <= target.most
    left = inherited + nodes
    for turn in range(rounds):
        left -= math.ceil(max(0, target.excess(left, cheap)) / (rounds - turn))
    assert target.least <= left <= max(target.most, inherited)
    exactly = NodeTarget.of(replace(chosen, node_leeway=0.0), inherited + nodes, inherited)
    assert exactly.least == exactly.most == inherited + round(nodes / 1.5)


def test_nodes_are_counted_by_what_they_are_worth():
    drawn, photo = several(7)
    drawing, judge = Drawing.from_scene(drawn), fitter(photo)
    removal = NodeRemoval.of(drawing, judge)
    assert (np.diff(removal.increase) >= 0.0).all()
    middle = float(np.median(removal.increase))
    assert removal.below(middle) == np.count_nonzero(removal.increase < middle)
    before = drawing.nodes
    for count in (3, 0, 3):  # each time from the same drawing
        drawing.arrays = removal.without(count)
        assert drawing.nodes == before - count


@pytest.mark.slow
@pytest.mark.parametrize(("segments", "more"), [(3, True), (9, False)])
def test_a_drawing_has_nodes_where_they_pay(segments, more):
    """Details of three segments can't follow a flower's outline, and ones of nine have nodes to removal."""
    y, x = np.mgrid[:80, :100] + 0.5
    far, turn = np.hypot(x - 50, y - 40), np.arctan2(y - 40, x - 50)
    flower = np.where((far < 26 + 10 * np.sign(np.sin(9 * turn)))[..., None], (0.2, 0.3, 0.5), 0.8)
    nodes = []
    for leeway in (0.0, 0.2):
        chosen = RefineSettings(
            node_leeway=leeway, relocation_rounds=0, detail_segments=segments, detail_radius=None
        )
        blank = Scene(100, 80, (0.8, 0.8, 0.8))
        photo, guide = flower.astype(np.float32), np.ones((80, 100), np.float32)
        drawn = refine(photo, blank, guide, paths=6, settings=chosen)
        nodes.append(sum(one.segments for one in drawn.paths))
    assert nodes[1] > nodes[0] if more else nodes[1] < nodes[0]


def test_paths_of_a_drawing_that_goes_on_keep_their_nodes():
    photo = load_image("sample:coffee", max_pixels=20_000).rgb
    calm = RefineSettings.fast().resumed(0.0)
    guide = np.ones(photo.shape[:2], np.float32)
    discs = tuple(
        Path((circle(x, 40, 12, 9),), Solid((0.5, 0.4, 0.3)), role="detail", id=f"d{x}")
        for x in (30, 70, 110)
    )
    blank = Scene(photo.shape[1], photo.shape[0], (0.4, 0.3, 0.2))
    kept = replace(calm, relocation_rounds=0, node_leeway=0.0)
    for inherited, left in ((27, 27), (9, 9 + round(18 / 1.55)), (0, round(27 / 1.55))):
        drawn = refine(
            photo, blank, guide, paths=3, details=discs, inherited_segments=inherited, settings=kept
        )
        assert sum(one.segments for one in drawn.paths) == left
