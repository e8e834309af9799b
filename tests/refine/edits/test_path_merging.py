"""Merging: two paths become one where that does not show, and what it costs is what was said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from huefold.bezier.arcs import circle
from huefold.bezier.crossings import crossing_contours
from huefold.images import load_image
from huefold.refine import Drawing, RefineSettings, refine
from huefold.refine.edits import kernels, moment_kernels
from huefold.refine.edits.color_moments import ColorMoments
from huefold.refine.edits.layers import Layers
from huefold.refine.edits.merge_candidates import (
    AROUND,
    CHROMA,
    LEAST_KEPT,
    REACH,
    THICKNESS,
    MergeCandidates,
)
from huefold.refine.edits.path_merging import merge_paths
from huefold.refine.fit.fitter import Fitter
from huefold.render import GradientFills, Rasterizer, rasterize
from huefold.render.topology import Topology
from huefold.scene import Path, Scene, Solid, contour_from_polygon

WHITE, BLACK, RED = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (1.0, 0.0, 0.0)
SIDE = 48


def box(left, top, right, bottom, color=BLACK, role="detail"):
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return Path((contour_from_polygon(corners),), Solid(color), role=role)


def with_middles(path):
    """The same with a node in the middle of every side."""
    corners = path.contours[0][::3]
    middles = (corners + np.roll(corners, -1, axis=0)) / 2
    return replace(
        path, contours=(contour_from_polygon(np.stack([corners, middles], axis=1).reshape(-1, 2)),)
    )


def drawing_of(*paths):
    """A drawing on white; structural paths come first."""
    structural = tuple(path for path in paths if path.role == "structural")
    details = tuple(path for path in paths if path.role == "detail")
    return Drawing.from_scene(Scene(SIDE, SIDE, WHITE, structural), details)


def pixels(drawing):
    return rasterize(drawing.to_scene())[..., :3].astype(np.float32)


def fitter(photo, weight=None, threads=1):
    return Fitter(photo, weight, reduction=1, canvas_width=SIDE, threads=threads)


def merged(drawing, most=9, threshold=1e-3, photo=None, threads=1):
    """How many paths the drawing has lost by merging, judged by its own picture if there is no photo."""
    return merge_paths(
        drawing, fitter(pixels(drawing) if photo is None else photo, threads=threads), most, threshold
    )


def several(seed, count=14):
    """Discs in few colours over two structural halves, and a photo of others like them."""
    rng = np.random.default_rng(seed)
    palette = rng.random((3, 3))

    def disc():
        color = np.clip(palette[rng.integers(3)] + rng.normal(0, 0.02, 3), 0, 1)
        contour = circle(*rng.uniform(4, 44, 2), rng.uniform(2, 11), int(rng.integers(4, 9)))
        return Path((contour,), Solid(tuple(color)), role="detail")

    halves = [
        box(0, 0, 24, SIDE, tuple(palette[0]), "structural"),
        box(24, 0, SIDE, SIDE, tuple(palette[1]), "structural"),
    ]
    drawing = drawing_of(*halves, *(disc() for _ in range(count)))
    return drawing, pixels(drawing_of(*halves, *(disc() for _ in range(count))))


def test_neighbours_of_one_colour_become_one():
    drawing = drawing_of(box(6, 8, 20, 40), box(20, 8, 42, 40))
    before = pixels(drawing)
    assert merged(drawing) == 1
    assert drawing.count == 1
    assert np.abs(pixels(drawing) - before).max() < 1e-3


def test_a_difference_in_hue_counts_more_than_one_in_lightness():
    grey, lighter, redder = (0.5, 0.5, 0.5), (0.52, 0.52, 0.52), (0.5283, 0.4859, 0.4859)
    apart = [np.linalg.norm(np.subtract(grey, other)) for other in (lighter, redder)]
    assert apart[0] == pytest.approx(apart[1], rel=1e-3)
    rise = 0.25 * apart[0] ** 2 * 36 * 32 / (3 * SIDE * SIDE)  # both halves become the mean of both
    for other, much in ((lighter, rise), (redder, 4 * rise)):
        halves = box(6, 8, 24, 40, grey), box(24, 8, 42, 40, other)
        assert merged(drawing_of(*halves), threshold=0.9 * much) == 0
        assert merged(drawing_of(*halves), threshold=1.1 * much) == 1


def test_a_gradient_fills_two_paths_of_two_colours():
    photo = np.ones((SIDE, SIDE, 3), np.float32)
    photo[8:40, 6:42] = np.linspace((0.1, 0.2, 0.6), (0.9, 0.5, 0.2), 36)
    halves = box(6, 8, 24, 40, (0.3, 0.28, 0.5)), box(24, 8, 42, 40, (0.7, 0.43, 0.3))
    apart, flat = drawing_of(*halves), drawing_of(*halves)
    assert merged(flat, photo=photo) == 0
    before = fitter(photo).loss(apart)
    assert merge_paths(apart, fitter(photo), 9, 1e-3, graded=True) == 1
    assert apart.count == 1
    assert fitter(photo).loss(apart) < 0.1 * before
    x1, y1, x2, y2 = apart.arrays.gradients.shapes[0, :4]
    assert abs(y2 - y1) < 0.05 * abs(x2 - x1)


def test_merges_with_gradients_leave_other_gradients_alone():
    photo = np.ones((SIDE, SIDE, 3), np.float32)
    photo[4:20, 6:42] = np.linspace(0.1, 0.8, 36)[:, None]
    photo[28:44, 4:20] = np.linspace(0.9, 0.2, 16)[:, None, None]
    lower = box(4, 28, 20, 44)
    halves = box(6, 4, 24, 20, (0.28,) * 3), box(24, 4, 42, 20, (0.62,) * 3)
    drawing = drawing_of(lower, *halves)
    ramp = GradientFills.linear([0, -1, -1], [[4, 28, 4, 44]], [[(0.9,) * 3, (0.2,) * 3]])
    drawing.arrays = replace(drawing.arrays, gradients=ramp)
    assert merge_paths(drawing, fitter(photo), 9, 1e-3, graded=True) == 1
    fills = drawing.arrays.gradients
    assert fills.count == 2
    assert (fills.shapes[fills.paths[0], :4] == (4, 28, 4, 44)).all()


@pytest.mark.slow
@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_what_a_gradient_leaves_is_what_the_best_of_many_directions_leaves(seed):
    drawing, photo = several(seed, count=5)
    rng = np.random.default_rng(seed)
    weight = rng.uniform(0.2, 2.0, (SIDE, SIDE)).astype(np.float32) if seed % 2 else None
    judge = fitter(photo, weight)
    shows = rng.integers(-1, drawing.count, (6, 6)).repeat(8, 0).repeat(8, 1).astype(np.int32)
    moments = ColorMoments.of(drawing, judge, shows)
    rows, columns = np.nonzero((shows == 0) | (shows == 1))
    assume(len(np.unique(shows[rows, columns])) == 2)
    w = np.ones(len(rows)) if weight is None else weight[rows, columns].astype(np.float64)
    colors = photo[rows, columns].astype(np.float64)

    def left(*planes):
        basis = np.stack(planes, axis=1) * np.sqrt(w)[:, None]
        wanted = colors * np.sqrt(w)[:, None]
        return ((basis @ np.linalg.lstsq(basis, wanted, rcond=None)[0] - wanted) ** 2).sum()

    angles = np.linspace(0, np.pi, 181)
    best = min(left(np.ones(len(rows)), np.cos(a) * columns + np.sin(a) * rows) for a in angles)
    apart = sum(moments.remaining_error[:2])
    found = float(moments.cost(np.array([0]), np.array([1]))[0]) + apart
    explained = left(np.ones(len(rows))) - best
    assert 0.999 * best - 1e-6 <= found <= best + 0.03 * explained + 1e-6  # directions are blurred a little
    flat = [float((w[k] @ (colors[k] - np.average(colors[k], axis=0, weights=w[k])) ** 2).sum())
            for k in (shows[rows, columns] == path for path in (0, 1))]  # fmt: skip
    assert moments.remaining_error[:2] == pytest.approx(flat, rel=1e-6, abs=1e-6)
    painted = moments.gradient((0, 1))
    along = painted.ends[2:] - painted.ends[:2]
    t = (np.stack([columns, rows], axis=1) + 0.5 - painted.ends[:2]) @ along / (along @ along)
    share = np.clip(t, 0, 1)[:, None]

    def error(stops):
        return float((w @ (((1 - share) * stops[0] + share * stops[1] - colors) ** 2)).sum())

    least = error(painted.colors)
    assume(
        ((painted.colors > 0.0) & (painted.colors < 1.0)).all()
    )  # what is clipped may have a better partner
    assert least <= 1.001 * left(np.ones(len(rows)))
    for change in 0.02 * np.concatenate([np.eye(6), -np.eye(6)]).reshape(-1, 2, 3):
        assert error(painted.colors + change) >= least


def test_what_shows_between_two_paths_keeps_them_apart():
    apart = drawing_of(box(6, 8, 18, 40), box(26, 8, 42, 40))
    assert merged(apart) == 0
    assert apart.count == 2


def test_two_paths_are_joined_beneath_a_later_one():
    halves = with_middles(box(4, 10, 20, 38)), with_middles(box(24, 10, 44, 38))
    drawing = drawing_of(*halves, box(16, 2, 28, 46, RED))
    before = pixels(drawing)
    assert merged(drawing) == 1
    assert drawing.count == 2
    assert np.abs(pixels(drawing) - before).mean() < 2e-3


def test_no_long_bridges_lie_beneath_later_paths():
    halves = with_middles(box(4, 10, 18, 38)), with_middles(box(26, 10, 44, 38))
    assert merged(drawing_of(*halves, box(16, 2, 28, 46, RED))) == 0


def test_an_earlier_path_does_not_hide_a_bridge():
    first, second = with_middles(box(4, 10, 20, 38)), with_middles(box(24, 10, 44, 38))
    bar = box(16, 2, 28, 46, RED)
    assert merged(drawing_of(first, bar, second)) == 0
    assert merged(drawing_of(first, second, bar)) == 1


def test_a_structural_path_keeps_its_place_and_name():
    ground = replace(box(0, 0, 24, SIDE, (0.2, 0.4, 0.6), "structural"), id="s0", name="sea")
    drawing = drawing_of(ground, box(20, 12, 40, 30, (0.2, 0.4, 0.6)), box(2, 2, 8, 8, RED))
    before = pixels(drawing)
    assert merged(drawing) == 1
    scene = drawing.to_scene()
    assert [path.role for path in scene.paths] == ["structural", "detail"]
    assert (scene.paths[0].id, scene.paths[0].name) == ("s0", "sea")
    assert np.abs(pixels(drawing) - before).mean() < 1e-3


def test_structural_paths_do_not_merge():
    drawing = drawing_of(box(0, 0, 24, SIDE, RED, "structural"), box(24, 0, SIDE, SIDE, RED, "structural"))
    assert merged(drawing) == 0


def test_colours_meet_by_how_much_shows():
    drawing = drawing_of(box(6, 8, 16, 40, (0.30, 0.30, 0.30)), box(16, 8, 46, 40, (0.34, 0.34, 0.34)))
    assert merged(drawing, threshold=1.0) == 1
    assert drawing.arrays.colors[0] == pytest.approx([0.33] * 3, abs=1e-3)


def test_the_threshold_is_a_limit():
    def attempt(threshold):
        drawing = drawing_of(box(6, 8, 26, 40, (0.3, 0.3, 0.3)), box(26, 8, 46, 40, (0.4, 0.4, 0.4)))
        return merged(drawing, threshold=threshold)

    cost = 0.05**2 * 40 * 32 / SIDE**2  # each half has half of the step in colour wrong
    assert (attempt(0.9 * cost), attempt(1.1 * cost)) == (0, 1)


def test_no_more_than_asked_and_the_cheapest_first():
    def pair(top, step):
        fit_gradients = 0.5 + step
        return box(4, top, 24, top + 10, (0.5, 0.5, 0.5)), box(24, top, 44, top + 10, (fit_gradients,) * 3)

    drawing = drawing_of(*pair(4, 0.10), *pair(19, 0.02), *pair(34, 0.06))
    assert merged(drawing, most=2, threshold=1.0) == 2
    assert drawing.count == 4
    left = np.sort(drawing.arrays.colors[:, 0])
    assert left == pytest.approx([0.5, 0.51, 0.53, 0.6], abs=2e-3)


def test_translucent_and_compound_paths_stay():
    halves = [box(6, 8, 20, 40), box(20, 8, 42, 40)]
    outer, inner = halves[1].contours[0], contour_from_polygon([(26, 14), (26, 34), (36, 34), (36, 14)])
    ring = replace(halves[1], contours=(outer, inner), role="structural")
    assert merged(drawing_of(ring, halves[0])) == 0

    drawing = drawing_of(*halves)
    drawing.arrays = replace(drawing.arrays, opacities=np.array([1.0, 0.5]))
    assert merged(drawing) == 0


@pytest.mark.parametrize("graded", [(0,), (1,), (0, 1)])
def test_a_merged_path_has_the_fill_of_what_shows_more(graded):
    """Halves of about one grey in the mean; the right one is larger."""
    drawing = drawing_of(box(6, 8, 16, 40, (0.4, 0.4, 0.4)), box(16, 8, 46, 40, (0.41, 0.41, 0.41)))
    names = np.full(2, -1)
    names[list(graded)] = np.arange(len(graded))
    ends = [[[6, 8, 16, 8], [16, 8, 46, 8]][path] for path in graded]
    stops = [[[0.39] * 3, [0.41] * 3] for _ in graded]
    drawing.arrays = replace(drawing.arrays, gradients=GradientFills.linear(names, ends, stops))
    assert merged(drawing, threshold=1.0) == 1
    fills = drawing.arrays.gradients
    if 1 in graded:
        assert fills is not None
        assert (fills.paths.tolist(), fills.shapes[0, :4].tolist()) == ([0], [16, 8, 46, 8])
    else:
        assert fills is None
        assert drawing.arrays.colors[0] == pytest.approx([0.4075] * 3, abs=1e-3)


@pytest.mark.parametrize("paths", [(), (box(4, 4, 20, 20),), (box(60, 60, 70, 70), box(4, 4, 20, 20))])
def test_nothing_to_merge(paths):
    drawing = drawing_of(*paths)
    assert merged(drawing) == 0
    assert merged(drawing, most=0) == 0
    assert drawing.count == len(paths)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), most=st.integers(1, 6), threshold=st.sampled_from([1e-4, 1e-3, 1e-2]))
def test_what_is_merged_stays_simple_and_keeps_its_promises(seed, most, threshold):
    drawing, photo = several(seed)
    judge = fitter(photo)
    count, nodes, loss = drawing.count, drawing.nodes, judge.loss(drawing)
    lost = merge_paths(drawing, judge, most, threshold)
    assert 0 <= lost <= most
    assert drawing.count == count - lost
    assert drawing.structural == 2
    assert drawing.nodes <= nodes
    assert (np.diff(drawing.arrays.paths) == 1).all()
    assert not crossing_contours(drawing.arrays.points, drawing.arrays.contours).any()
    if lost == 1:
        assert judge.loss(drawing) < loss + threshold + 1e-7
    if lost == 0:
        assert judge.loss(drawing) == loss


@pytest.mark.parametrize("seed", range(3))
def test_threads_do_not_change_a_bit(seed):
    found = []
    for threads in (1, 2, 5):
        drawing, photo = several(seed)
        lost = merge_paths(drawing, fitter(photo, threads=threads), 4, 1e-2)
        found.append((lost, drawing.arrays.points.tobytes(), drawing.arrays.colors.tobytes()))
    assert found[0] == found[1] == found[2]
    assert found[0][0] > 0


def layered(seed, count=6, height=17, width=23):
    """Random rectangles: boxes, offsets, pixels filled, what shows."""
    rng = np.random.default_rng(seed)
    masks = []
    for _ in range(count):
        left, top = rng.integers(0, width - 4), rng.integers(0, height - 4)
        right, bottom = rng.integers(left + 2, width + 1), rng.integers(top + 2, height + 1)
        mask = np.zeros((height, width), np.uint8)
        mask[top:bottom, left:right] = rng.random((bottom - top, right - left)) < 0.8
        masks.append(((left, top, right, bottom), mask))
    boxes = np.array([edges for edges, _ in masks])
    parts = [mask[t:b, a:c].ravel() for (a, t, c, b), mask in masks]
    offsets = np.cumsum([0, *map(len, parts)])[:-1]
    return boxes, offsets, np.concatenate(parts), [mask.astype(bool) for _, mask in masks]


def painted(masks, leave_out=()):
    shows = np.full(masks[0].shape, -1, np.int32)
    for path, mask in enumerate(masks):
        if path not in leave_out:
            shows[mask] = path
    return shows


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), structural=st.booleans())
def test_free_pixels_of_a_pair_are_where_a_merged_path_hides_nothing(seed, structural):
    boxes, offsets, filled, masks = layered(seed)
    low, high = sorted(np.random.default_rng(seed).choice(len(masks), 2, replace=False).tolist())
    kept = low if structural else high
    shows, part = painted(masks), (slice(2, 15), slice(3, 21))
    state, beneath = np.empty((13, 18), np.uint8), np.empty((13, 18), np.int32)
    kernels.find_free(
        (filled, offsets, boxes), shows, (low, high, kept), np.array([3, 2, 21, 15]), beneath, state
    )
    assert (beneath == painted(masks, (low, high))[part]).all()
    # Slow twin: a merged path painted everywhere in the place of the kept one must not show on others' pixels.
    everywhere = list(masks)
    everywhere[kept] = np.ones_like(masks[0])
    joint = painted(everywhere, (low + high - kept,)) == kept
    own = np.isin(shows, (low, high))
    allowed = ~joint | own | masks[kept]
    assert ((state != kernels.BLOCKED) == allowed[part]).all()
    assert ((state == kernels.FILLED) == (allowed & (masks[low] | masks[high]))[part]).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), reach=st.integers(0, 9))
def test_a_bridge_is_as_short_as_can_be(seed, reach):
    rng = np.random.default_rng(seed)
    state = rng.choice(np.array([0, 1, 1, 1, 2], np.uint8), (11, 14))
    top = np.full(state.shape, -1, np.int32)
    ours = np.argwhere(state == kernels.FILLED)
    top[tuple(ours[0])], top[tuple(ours[-1])] = 3, 5
    laid = state.copy()
    end = kernels.build_bridge(laid, top, 3, 5, reach, 0)

    number = np.arange(state.size).reshape(state.shape)
    pairs = np.concatenate(
        [
            np.stack([number[:, 1:], number[:, :-1]], axis=2).reshape(-1, 2),
            np.stack([number[1:], number[:-1]], axis=2).reshape(-1, 2),
        ]
    )
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    pairs = pairs[(state.ravel()[pairs] != kernels.BLOCKED).all(axis=1)]
    steps = np.where(state.ravel()[pairs[:, 1]] == kernels.FREE, 1.0, 1e-9)
    graph = coo_array((steps, pairs.T), shape=(state.size,) * 2).tocsr()
    least = round(float(min(dijkstra(graph, indices=number[tuple(ours[0])])[number[tuple(ours[-1])]], 99.0)))
    assert (end >= 0) == (least <= reach)
    assert (laid == kernels.BRIDGE).sum() == (least if end >= 0 else 0)
    assert ((laid != state) <= (state == kernels.FREE)).all()
    if end >= 0:
        names, _ = ndimage.label(laid >= kernels.FILLED)
        assert names[tuple(ours[0])] == names[tuple(ours[-1])]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_filling_matches_labels_and_holes(seed):
    rng = np.random.default_rng(seed)
    state = rng.choice(np.array([0, 1, 2, 2, 3], np.uint8), (12, 15))
    row, column = np.argwhere(state >= kernels.FILLED)[0]
    inside = np.empty(state.shape, np.bool_)
    kernels.fill_mask(state, row, column, inside)
    names, _ = ndimage.label(state >= kernels.FILLED)
    expected = ndimage.binary_fill_holes(names == names[row, column])
    assert (inside == expected).all()
    assert kernels.kept_share(inside, names, 1) == pytest.approx(
        (expected & (names == 1)).sum() / (names == 1).sum()
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_increase_is_that_of_the_pixels(seed):
    rng = np.random.default_rng(seed)
    _, _, _, masks = layered(seed)
    height, width = masks[0].shape
    low, high = sorted(rng.choice(len(masks), 2, replace=False).tolist())
    colors, mean = rng.random((len(masks) + 1, 3)), rng.random(3)
    photo, weight = rng.random((3, height, width), np.float32), rng.random((height, width), np.float32)
    inside = rng.random((height, width)) < 0.5
    shows = painted(masks)
    told = kernels.merge_increase(
        inside, (shows, painted(masks, (low, high))), high, colors, mean, (photo, weight),
        np.array([0, 0, width, height]),
    )  # fmt: skip
    changed = list(masks)
    changed[low], changed[high] = np.zeros_like(inside), inside
    recolored = colors.copy()
    recolored[high] = mean
    new, old = recolored[painted(changed)], colors[shows]
    error = ((new - photo.transpose(1, 2, 0)) ** 2 - (old - photo.transpose(1, 2, 0)) ** 2).sum(axis=2)
    assert told == pytest.approx(float((weight * error).sum()), rel=1e-5, abs=1e-5)


def mask_of(candidates, pair, kept):
    """What a pair would fill, step by step: window, bridge, box, mask; None if the paths stay apart."""
    layers = candidates.layers
    height, width = layers.shows.shape
    boxes = layers.boxes[list(pair)]
    extents = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    small, large = pair if extents[0] <= extents[1] else pair[::-1]
    reach = AROUND * np.array([-1, -1, 1, 1])
    window = np.clip(layers.boxes[small] + reach, 0, (width, height, width, height))

    def free(box):
        shape = (box[3] - box[1], box[2] - box[0])
        state, beneath = np.empty(shape, np.uint8), np.empty(shape, np.int32)
        kernels.find_free(layers.for_kernels, layers.shows, (*pair, kept), box, beneath, state)
        return state, beneath, np.ascontiguousarray(layers.shows[box[1] : box[3], box[0] : box[2]])

    near, _, top = free(window)
    end = kernels.build_bridge(near, top, small, large, REACH, THICKNESS)
    if end < 0:
        return None
    box = np.append(np.minimum(window, boxes.min(axis=0))[:2], np.maximum(window, boxes.max(axis=0))[2:])
    state, beneath, top = free(box)
    left, above, right, below = window - np.tile(box[:2], 2)
    state[above:below, left:right] = near
    y, x = divmod(end, near.shape[1])
    inside = np.empty(state.shape, np.bool_)
    kernels.fill_mask(state, above + y, left + x, inside)
    if min(kernels.kept_share(inside, top, path) for path in pair) < LEAST_KEPT:
        return None
    return box, inside, (top, beneath)


@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_pairs_are_judged_as_step_by_step(seed, graded):
    drawing, photo = several(seed)
    weight = np.random.default_rng(seed).uniform(0.2, 2.0, (SIDE, SIDE)).astype(np.float32)
    judge = fitter(photo, weight, threads=1 + seed % 3)
    candidates = MergeCandidates.of(drawing, judge, graded)
    colors, mass, boxes = candidates.colors, candidates.mass, candidates.layers.boxes
    metric = np.full((3, 3), 1 / 3) + CHROMA * (np.eye(3) - 1 / 3)
    limit = 0.02 * judge.target.size
    expected = {}
    for low in range(drawing.count):
        for high in range(max(low + 1, drawing.structural), drawing.count):
            if not mass[low] * mass[high]:
                continue
            apart = np.maximum(boxes[low, :2], boxes[high, :2]) - np.minimum(boxes[low, 2:], boxes[high, 2:])
            change, shared = colors[low] - colors[high], mass[low] * mass[high] / (mass[low] + mass[high])
            cost = float(((change @ metric) ** 2).sum() * shared)
            if graded:
                cost = float(candidates.moments.cost(np.array([low]), np.array([high]))[0])
            if apart.max() > REACH or cost >= limit:
                continue
            kept = low if low < drawing.structural else high
            mask = mask_of(candidates, (low, high), kept)
            alone = kernels.merge_mask(candidates.scene, (low, high))
            assert (mask is None) == (alone is None)
            if mask is None:
                continue
            box, inside, shown = mask
            assert (alone[0] == box).all()
            assert (alone[1] == inside).all()
            hue_cost = 0.0 if graded else float(cost - (change**2).sum() * shared)
            if not graded:
                mean = np.average(colors[[low, high]], axis=0, weights=mass[[low, high]])
                pixels = judge.target, judge.weights
                cost = hue_cost + kernels.merge_increase(inside, shown, kept, colors, mean, pixels, box)
            expected[kept, low + high - kept] = hue_cost, cost
    found = candidates.below(0.02)
    assert found
    assert {pair[:2] for pair in found} == set(expected)
    np.testing.assert_allclose(
        [pair[2:] for pair in found], [expected[pair[:2]] for pair in found], atol=1e-9
    )
    assert (np.diff([pair.increase for pair in found]) >= 0.0).all()


def test_moments_are_sums_over_what_shows():
    rng = np.random.default_rng(0)
    photo, weight = rng.random((3, 9, 14), np.float32), rng.random((9, 14), np.float32)
    shows = rng.integers(-1, 4, (9, 14)).astype(np.int32)
    sums = moment_kernels.color_moments(shows, photo, weight, 4)
    rows, columns = np.mgrid[:9, :14] + 0.5
    places = [np.ones_like(rows), columns, rows, columns**2, columns * rows, rows**2]
    planes = (
        places + [place * channel for channel in photo for place in places[:3]] + [(photo**2).sum(axis=0)]
    )
    for path in range(4):
        expected = [(weight * plane)[shows == path].sum() for plane in planes]
        np.testing.assert_allclose(sums[path], expected, rtol=1e-6)


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_boxes_hold_the_paths(scale):
    paths = [box(4.2, 7.9, 11.0, 20.5), box(-9, -8, -3, -2), box(50, 60, 70, 80), box(40, 3, 60, 3.0)]
    arrays = drawing_of(*paths).arrays
    side = round(SIDE * scale)
    boxes = kernels.path_boxes(arrays.points, arrays.contours[arrays.paths], np.full(2, scale), (side, side))
    for path, found in enumerate(boxes):
        points = scale * arrays.points[12 * path : 12 * path + 12]
        low = np.clip(np.floor(points.min(axis=0)), 0, side - 1)
        assert found.tolist() == [*low, *np.clip(np.ceil(points.max(axis=0)), low + 1, side)]


@pytest.mark.parametrize("seed", range(4))
def test_layers_are_what_each_path_alone_covers_by_more_than_half(seed):
    drawing, _ = several(seed)
    ring = box(3, 30, 20, 47)
    inner = contour_from_polygon([(7, 34), (7, 43), (15, 43), (15, 34)])
    twisted = circle(30, 30, 9, 8) + np.random.default_rng(seed).normal(0, 4, (24, 2))
    more = [replace(ring, contours=(*ring.contours, inner)), Path((twisted,), Solid(RED), role="structural")]
    scene = drawing.to_scene()
    arrays = Drawing.from_scene(replace(scene, width=2 * SIDE, paths=(*scene.paths, *more))).arrays
    for rule in (0, 1):
        arrays = replace(arrays, evenodd=np.full_like(arrays.evenodd, rule))
        for penalty in (0.0, 1.0):
            raster = Rasterizer(SIDE, SIDE, threads=1 + seed, tolerance=0.2, winding_penalty=penalty)
            layers = Layers.of(arrays, raster)
            shows = np.full((SIDE, SIDE), -1)
            for path, (left, top, right, bottom) in enumerate(layers.boxes):
                first, last = arrays.paths[path : path + 2]
                start, end = arrays.contours[[first, last]]
                alone = Topology(arrays.contours[first : last + 1] - start, [0, last - first], [rule]).with_values(
                    arrays.points[start:end] - (2 * left, top), [(1, 1, 1)], background=(0, 0, 0),
                    width=2 * (right - left), height=bottom - top,
                )  # fmt: skip
                small = Rasterizer(
                    right - left, bottom - top, threads=1, tolerance=0.2, winding_penalty=penalty
                )
                filled = small.draw(alone)[0] > 0.5
                there = layers.filled[layers.offsets[path] :][: filled.size].reshape(filled.shape)
                assert (there == filled).all()
                shows[top:bottom, left:right][filled] = path
            assert (layers.shows == shows).all()


def test_boxes_of_one_turn_do_not_overlap():
    rng = np.random.default_rng(2)
    corner = rng.integers(0, 20, (40, 2))
    boxes = np.concatenate([corner, corner + rng.integers(0, 9, (40, 2))], axis=1)
    candidates, turns = rng.permutation(40)[:30], np.full(40, -1)
    count = kernels.group(boxes, candidates, np.full((30, 30), -1, np.int32), turns)
    pictures = np.zeros((count, 30, 30), int)
    for change in candidates:
        left, top, right, bottom = boxes[change]
        inside = pictures[:, top:bottom, left:right]
        earlier = [turn for turn in range(count) if not inside[turn].any()]
        assert turns[change] == earlier[0]
        inside[turns[change]] = 1
    assert (turns[np.setdiff1d(np.arange(40), candidates)] == -1).all()


QUICK = RefineSettings(
    draft_pixels=10**6, structure_iterations=20, growth_steps=2, growth_iterations=20, relocation_rounds=3,
    relocation_iterations=15, polish_iterations=20, final_iterations=20,
)  # fmt: skip


def rings(seed):
    """Six rings of random colours: what circles of one colour cannot draw."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:48, :64] + 0.5
    image = np.full((48, 64, 3), 0.8, np.float32)
    for _ in range(6):
        cx, cy, r, half = rng.uniform((8, 8, 5, 1.5), (56, 40, 18, 4))
        image[np.abs(np.hypot(x - cx, y - cy) - r) < half] = rng.random(3)
    return image


@pytest.mark.slow
def test_rings_are_drawn_better_with_merging():
    """In the mean: a single picture may come out twice as good or half as good."""
    blank, guide = Scene(64, 48, (0.5, 0.4, 0.3)), np.ones((48, 64), np.float32)
    ratios = []
    for seed in range(12):
        photo = rings(seed)
        error = {}
        for threshold in (0.0, 6.0):
            chosen = replace(QUICK, relocation_rounds=6, relocation_iterations=40, merge_threshold=threshold)
            drawn = refine(photo, blank, guide, paths=8, settings=chosen)
            error[threshold] = float(np.mean((rasterize(drawn)[..., :3] - photo) ** 2))
        ratios.append(error[6.0] / error[0.0])
    assert np.exp(np.mean(np.log(ratios))) < 1.0


@pytest.mark.slow
def test_drawings_of_photos_have_their_budget_and_are_better_for_merging():
    """In the mean: single ones depend on the last digits, which differ between processors."""
    ratios = []
    for sample in ("chelsea", "coffee", "astronaut"):
        photo = load_image(f"sample:{sample}", max_pixels=12_000).rgb
        height, width = photo.shape[:2]
        error = {}
        for threshold in (0.0, 6.0):
            chosen = replace(QUICK, relocation_rounds=6, relocation_iterations=40, merge_threshold=threshold)
            blank, guide = Scene(width, height, (0.5, 0.4, 0.3)), np.ones((height, width), np.float32)
            drawn = refine(photo, blank, guide, paths=30, settings=chosen)
            assert len(drawn.paths) == 30
            error[threshold] = float(np.mean((rasterize(drawn)[..., :3] - photo) ** 2))
        ratios.append(error[6.0] / error[0.0])
    assert np.exp(np.mean(np.log(ratios))) < 1.0, ratios
