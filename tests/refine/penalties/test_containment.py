"""What it costs paths to leave the region of the photo that they belong to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data
from tests.refine.penalties.looks import gradient_after, look

import huefold
from huefold.bezier.arcs import circle
from huefold.bezier.kernels import CHORDS, signed_areas
from huefold.errors import OptionError, SegmentationError
from huefold.metrics import path_areas
from huefold.recolor import Hierarchy, Merge
from huefold.refine import RefineSettings, RegionTree, refine
from huefold.refine.drawing import Drawing
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.loop import fit_drawing
from huefold.refine.penalties.containment import SIMILAR
from huefold.refine.penalties.kernels import assign_regions
from huefold.refine.penalties.total import PenaltyWeights
from huefold.refine.schedule import FitSchedule
from huefold.scene import Path, Scene, Solid, contour_from_polygon

RED = Solid((1.0, 0.0, 0.0))


def box(x0, y0, x1, y1, fill=RED):
    return Path((contour_from_polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]),), fill)


def halves(width=40, height=30):
    """Left and right, of one whole."""
    leaves = np.zeros((height, width), np.int32)
    leaves[:, width // 2 :] = 1
    return RegionTree(leaves, np.array([2, 2, -1]), np.array([True, True, False]))


def two_greys(tree, difference):
    """A photo of which the first leaf is black and all others a grey that lies so far away."""
    photo = np.zeros((*tree.leaves.shape, 3), np.float32)
    photo[tree.leaves > 0] = difference / 3**0.5
    return photo


def gradient_of(
    scene, tree, *, structural, price=1.0, size=(40, 30), weight=None, threads=1, difference=3**0.5
):
    """Return the derivative of the costs for a scene by points, and its arrays."""
    state, arrays = look(
        scene, size=size, weights=PenaltyWeights(containment=price, detail_containment=price),
        photo=two_greys(tree, difference), weight=weight, regions=tree, structural=structural, threads=threads,
    )  # fmt: skip
    return gradient_after(state, arrays, threads=threads), arrays


def area_of(arrays, points):
    """Of the first contour."""
    areas = np.empty(len(arrays.contours) - 1)
    signed_areas(points, arrays.contours, CHORDS, areas)
    return areas[0]


@st.composite
def hierarchies(draw):
    """Random leaves on a small canvas, merged in random order."""
    count = draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**31 - 1)))
    leaves = np.concatenate([np.arange(count), rng.integers(0, count, 80 - count)]).astype(np.int32)
    alive, merges = list(range(count)), []
    for _ in range(draw(st.integers(0, count - 1))):
        first, second = sorted(rng.choice(len(alive), 2, replace=False))
        merges.append(Merge(alive[first], alive[second], 1, 0.0))
        alive.pop(second)
    return Hierarchy(rng.permutation(leaves).reshape(8, 10), tuple(merges))


@settings(deadline=None, max_examples=60)
@given(tree=hierarchies(), share=st.floats(0, 1))
def test_the_tree_holds_every_cut(tree, share):
    """Against `Hierarchy.labels`: regions of a cut, their sizes, and the order of their leaves."""
    regions = round(tree.coarsest + share * (tree.finest - tree.coarsest))
    parents, cut = tree.tree(regions)
    built = RegionTree(tree.leaves, parents, cut)
    labels = tree.cut(regions)
    spans, sizes = built.spans(), built.sizes()
    places = spans[built.leaves, 0]
    photo = np.random.default_rng(0).random((3, *labels.shape), np.float32)
    colors = built.sums(photo) / np.maximum(sizes, 1)[:, None]
    assert cut.sum() == regions
    found = np.full(labels.shape, -1)
    for region in np.flatnonzero(cut):
        inside = (places >= spans[region, 0]) & (places < spans[region, 1])
        assert len(np.unique(labels[inside])) == 1
        assert inside.sum() == sizes[region] == (labels == labels[inside][0]).sum()
        assert colors[region] == pytest.approx(photo[:, inside].mean(axis=1), rel=1e-5)
        found[inside] = region
    assert (found >= 0).all()
    assert (parents[parents >= 0] > np.flatnonzero(parents >= 0)).all()
    for region, parent in enumerate(parents):
        if parent >= 0:
            assert spans[parent, 0] <= spans[region, 0] <= spans[region, 1] <= spans[parent, 1]


def test_there_are_only_the_cuts_that_there_are():
    tree = Hierarchy(np.array([[0, 1, 2]], np.int32), (Merge(0, 1, 1, 0.1),))
    for regions in (1, 4):
        with pytest.raises(OptionError, match=f"2 to 3 regions, got {regions}"):
            tree.tree(regions)


@settings(deadline=None, max_examples=40)
@given(tree=hierarchies(), seed=st.integers(0, 2**31 - 1), structural=st.integers(0, 6))
def test_assigned_regions(tree, seed, structural):
    """Structural paths: most shown among the cut; details: best intersection over union of all. By brute force."""
    regions = (tree.coarsest + tree.finest) // 2
    built = RegionTree(tree.leaves, *tree.tree(regions))
    top = np.random.default_rng(seed).integers(-1, 6, tree.leaves.shape).astype(np.int32)
    assigned, costs = np.empty(6, np.int64), np.empty(6)
    described = built.leaves, built.parents, built.sizes(), built.cut
    assign_regions(top, described, structural, (1.0, 2.0), assigned, costs)
    spans = built.spans()
    places = spans[built.leaves, 0]
    inside = (places >= spans[:, 0, None, None]) & (places < spans[:, 1, None, None])
    for path in range(6):
        shows = top == path
        shared = (inside & shows).sum(axis=(1, 2))
        if not shows.any():
            assert costs[path] == 0.0
            continue
        assert costs[path] == (1.0 if path < structural else 2.0)
        region = assigned[path]
        if path < structural:
            assert built.cut[region]
            assert shared[region] == shared[built.cut].max()
        else:
            worth = shared / (inside | shows).sum(axis=(1, 2))
            assert worth[region] == worth.max()


@settings(deadline=None, max_examples=30)
@given(
    x=st.floats(26, 34), y=st.floats(8, 22), radius=st.floats(3, 5), segments=st.integers(3, 9),
    scale=st.sampled_from([1, 2]),
)  # fmt: skip
def test_gradient_are_those_of_the_area_outside(x, y, radius, segments, scale):
    """A path of which only a speck in the left half shows, and a disc in the right: by the disc's differences."""
    disc = Path((circle(x, y, radius, segments), circle(6, 6, 3, 4)), RED)
    shape = (40 * scale, 30 * scale)
    tree = halves(*shape)
    cover = box(20, 0, 40, 30, Solid((0.0, 1.0, 0.0)))
    gradient, arrays = gradient_of(Scene(40, 30, (0, 0, 0), (disc, cover)), tree, structural=2, size=shape)
    for point in range(3 * segments):
        for axis in range(2):
            less, more = arrays.points.copy(), arrays.points.copy()
            less[point, axis] -= 0.01
            more[point, axis] += 0.01
            expected = (area_of(arrays, more) - area_of(arrays, less)) / 0.02 / (40 * 30)
            assert gradient[point, axis] == pytest.approx(expected, rel=0.1, abs=0.05 * radius / 1200)
    assert not gradient[3 * segments :].any()


def test_what_lies_within_costs_nothing():
    scene = Scene(40, 30, (0, 0, 0), (box(2, 2, 18, 28), box(22, 2, 38, 28)))
    assert not gradient_of(scene, halves(), structural=2)[0].any()
    across = Scene(40, 30, (0, 0, 0), (box(2, 2, 26, 28),))
    gradient, _ = gradient_of(across, halves(), structural=1)
    assert gradient[3:6, 0].sum() > 0.0  # its right side is drawn back
    assert not gradient_of(across, halves(), structural=1, price=0.0)[0].any()
    weight = np.full((30, 40), 0.5, np.float32)
    assert gradient_of(across, halves(), structural=1, weight=weight)[0] == pytest.approx(0.5 * gradient)


@pytest.mark.parametrize(
    ("difference", "share"), [(0.0, 0.0), (SIMILAR, 0.5), (2 * SIMILAR, 0.8), (1.0, 1.0)]
)
def test_what_differs_in_colour_costs_more(difference, share):
    """Against a difference as from black to white: half of it where colours lie `SIMILAR` apart."""
    across = Scene(40, 30, (0, 0, 0), (box(2, 2, 26, 28),))
    full = gradient_of(across, halves(), structural=1)[0]
    gradient = gradient_of(across, halves(), structural=1, difference=difference)[0]
    assert np.abs(full).max() > 0.0
    assert gradient == pytest.approx(share * full, rel=0.02)


def test_a_detail_may_belong_to_the_whole():
    """Where it covers both halves alike; a structural path keeps to one that the structure was made of."""
    scene = Scene(40, 30, (0, 0, 0), (box(1, 1, 39, 29),))
    assert not gradient_of(scene, halves(), structural=0)[0].any()
    assert gradient_of(scene, halves(), structural=1)[0].any()


def test_parts_off_the_canvas_cost_nothing():
    scene = Scene(40, 30, (0, 0, 0), (box(-20, -20, 15, 60),))
    assert not gradient_of(scene, halves(), structural=1)[0].any()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), count=st.integers(0, 12))
def test_threads_share_the_work_and_change_nothing(seed, count):
    rng = np.random.default_rng(seed)
    paths = tuple(
        Path(tuple(rng.uniform(-5, 45, (3 * rng.integers(3, 99), 2)) for _ in range(rng.integers(1, 4))), RED)
        for _ in range(count)
    )
    scene, gradient = Scene(40, 30, (0, 0, 0), paths), []
    for threads in (1, 2, 3, 7):
        gradient.append(gradient_of(scene, halves(), structural=count // 2, threads=threads)[0])
    assert all(np.array_equal(gradient[0], other) for other in gradient[1:])


@pytest.mark.parametrize("reduction", [1, 2, 3])
def test_fitting_draws_back_what_lies_outside(reduction):
    """A red box runs into the right half, where the photo is nearly as red: with a cost it ends at the border."""
    photo = np.zeros((30, 40, 3), np.float32)
    photo[:, :20, 0], photo[:, 20:30, 0] = 1.0, 0.9
    areas = []
    for cost in (0.0, 2.0):
        drawing = Drawing.from_scene(Scene(40, 30, (0.0, 0.0, 0.0), (box(0, 0, 30, 30),)))
        fitter = Fitter(
            photo, None, reduction=reduction, canvas_width=40, threads=1,
            regions=halves(), penalties=PenaltyWeights(containment=cost),
        )  # fmt: skip
        fit_drawing(drawing, fitter, FitSchedule(300, 0.4, 0.01))
        right = np.zeros((1, 30, 40))
        right[:, :, 21:] = 1.0
        areas.append(path_areas(drawing.to_scene(), right)[0, 0])
    assert areas[0] > 200
    assert areas[1] < 60


def test_regions_are_those_of_the_photo():
    photo = np.zeros((30, 40, 3), np.float32)
    with pytest.raises(SegmentationError, match=r"shape of the photo, \(30, 40\), got \(20, 40\)"):
        refine(
            photo, Scene(40, 30, (0, 0, 0)), photo[:, :, 0], paths=3, regions=halves(40, 20),
            settings=RefineSettings.fast().contained(),
        )  # fmt: skip


@pytest.mark.parametrize("name", ["containment_weight", "detail_containment_weight"])
@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_costs_are_numbers(name, value):
    with pytest.raises(OptionError, match=f"{name} is a number of 0 or more"):
        RefineSettings(**{name: value})


@pytest.mark.slow
def test_contained_drawings():
    """Details lie within one region more than without, at the same budget, whatever the number of threads."""
    photo = data.chelsea()[::2, ::2]
    free, held, again = (
        huefold.vectorize(photo, paths=40, preset="fast", contained=contained, threads=threads)
        for contained, threads in ((False, 2), (True, 1), (True, 2))
    )
    assert held.svg == again.svg
    assert (free.report.options["contained"], held.report.options["contained"]) == (False, True)
    assert held.report.paths.drawn == 40
    labels = held.hierarchy.cut(held.hierarchy.coarsest)
    planes = np.stack([np.ones(labels.shape), *(labels == k for k in range(held.hierarchy.coarsest))])

    def within(drawing):
        details = [path.role == "detail" for path in drawing.scene.paths]
        areas = path_areas(drawing.scene, planes.astype(np.float64))[details]
        return float((areas[:, 1:].max(axis=1) / areas[:, 0]).mean())

    assert within(held) > within(free) + 0.005


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"preset": "paper"}, {"fills": "linear"}, {"structural_ratio": 0.0}])
def test_contained_goes_with_other_options(options):
    photo = data.chelsea()[::6, ::6]
    preset = options.get("preset", "fast")
    result = huefold.vectorize(photo, paths=12, contained=True, **(options | {"preset": preset}))
    plain = huefold.vectorize(photo, paths=12, **(options | {"preset": preset}))
    assert result.report.paths.drawn == 12
    assert result.svg != plain.svg
