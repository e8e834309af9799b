"""Whole fits in C against a twin in numpy, and what they must not depend on."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tests.refine.fit.twins import Twin
from tests.refine.pictures import photo

from huefold.bezier.arcs import circle
from huefold.bezier.crossings import crossing_contours
from huefold.native import available_instructions, forced_instructions
from huefold.refine.drawing import Drawing
from huefold.refine.fit.crossing_guard import CrossingGuard
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.loop import fit
from huefold.refine.fit.smooth_nodes import SmoothNodes
from huefold.refine.fit.state import FitState
from huefold.refine.fit.variables import Variables
from huefold.refine.penalties.region_tree import RegionTree
from huefold.refine.penalties.total import PenaltyWeights
from huefold.refine.schedule import FitSchedule
from huefold.render import SceneArrays, rasterize
from huefold.scene import LinearGradient, Path, RadialGradient, Scene, Solid, Stop, contour_from_polygon

WIDTH, HEIGHT = 64, 48
GREY = (0.5, 0.5, 0.5)
STOPS = (Stop(0.1, (0.9, 0.2, 0.1)), Stop(0.5, (0.1, 0.8, 0.3)), Stop(1.0, (0.2, 0.1, 0.9)))
FADING = (Stop(0.0, (1.0, 0.9, 0.2)), Stop(0.4, (0.2, 0.9, 0.9), 0.6), Stop(0.7, (0.9, 0.1, 0.4), 0.1))


def box(left, top, right, bottom):
    return contour_from_polygon([(left, top), (right, top), (right, bottom), (left, bottom)])


def discs(count, seed=0):
    """Return discs with dents: none of their nodes is smooth."""
    rng = np.random.default_rng(seed)
    contours = [
        circle(*rng.uniform(8, 44, 2), rng.uniform(4, 12), int(rng.integers(3, 7))) for _ in range(count)
    ]
    return tuple(Path((contour + rng.normal(0.0, 0.2, contour.shape),), Solid(GREY)) for contour in contours)


LINEAR = LinearGradient((5, 5), (50, 30), STOPS, "reflect")
RADIAL = RadialGradient((30, 20), 15, STOPS)
FOCAL = RadialGradient(
    (0.5, 0.4), 0.4, FADING, focus=(0.6, 0.45), focal_radius=0.1, transform=(60, 5, -8, 40, 2, 3)
)
RING = Path((box(10, 10, 40, 40), box(18, 18, 30, 34)), Solid((0.8, 0.3, 0.1)), 0.7, "evenodd")
SCENES = {
    "no paths": (),
    "one path": discs(1),
    "solid": (Path((box(2, 2, 50, 40),), Solid((0.2, 0.4, 0.6))), *discs(6)),
    "linear": (Path((box(-1, -1, 65, 49),), LINEAR), *discs(3)),
    "radial": (*discs(2), replace(discs(1, 5)[0], fill=RADIAL), replace(discs(1, 6)[0], fill=LINEAR)),
    "translucent": (
        RING,
        replace(discs(1, 7)[0], fill=FOCAL),
        replace(discs(1, 8)[0], opacity=0.4),
        *discs(2, 9),
    ),
    "empty path": (Path((), Solid(GREY)), *discs(2), Path((np.full((3, 2), 7.0),), Solid(GREY), opacity=0.0)),
}


def weight():
    return np.random.default_rng(3).uniform(0.2, 2.0, (HEIGHT, WIDTH)).astype(np.float32)


def tree():
    leaves = (np.arange(WIDTH) // 16 + 4 * (np.arange(HEIGHT)[:, None] // 24)).astype(np.int32)
    parents = np.array([8, 8, 9, 9, 8, 8, 9, 9, 10, 10, -1])
    return RegionTree(leaves, parents, np.isin(np.arange(11), [8, 9]))


PENALTIES = PenaltyWeights(occlusion=2e-2, length=5e-3, containment=3e-2, detail_containment=1e-2)


class Case:
    """A fit that can be done anew: of a drawing from a photo, or of a given one."""

    def __init__(
        self, name, *, given, penalties=None, iterations=30, background=True, check_every=10, rate=0.4
    ):
        scene = Scene(WIDTH, HEIGHT, GREY, SCENES.get(name, name))
        self.rgb = photo(HEIGHT, WIDTH)
        self.given, self.penalties, self.background = given, penalties, background
        structural = replace(scene, paths=scene.paths[: len(scene.paths) // 2])
        self.drawing = Drawing(structural, SceneArrays.from_scene(scene))
        self.schedule = FitSchedule(iterations, rate, 0.02, 0.1, check_every)

    def parts(self, threads=1):
        """Return the drawing, the fitter and what may move."""
        arrays = self.drawing.arrays
        fitter = Fitter(
            self.rgb, weight(), reduction=1, canvas_width=WIDTH, threads=threads,
            penalties=self.penalties, regions=None if self.penalties is None else tree(),
            winding_penalty=0.0 if self.given else 1.0, flattening=0.05 if self.given else 0.2,
        )  # fmt: skip
        if self.given:
            return fitter, Variables.of_given(arrays, background=self.background)
        smooth = SmoothNodes.nearest(arrays.points, arrays.contours, share=0.5)
        return fitter, Variables.of_photo(arrays, smooth)

    def watched(self):
        arrays = self.drawing.arrays
        return ~crossing_contours(arrays.points, arrays.contours)

    def state(self, threads=1):
        watched = self.watched()
        guard = CrossingGuard(self.drawing.arrays, watched, cells_per_unit=100.0)
        return FitState(self.drawing, *self.parts(threads), self.schedule, guard)

    def twin(self):
        return Twin(self.drawing, *self.parts(), self.schedule, self.watched())


def values_of(arrays):
    """All that may move, by name."""
    found = {name: getattr(arrays, name) for name in ("points", "colors", "opacities", "background")}
    if arrays.gradients is not None:
        names = ("shapes", "offsets", "colors", "opacities")
        found |= {f"gradients' {name}": getattr(arrays.gradients, name) for name in names}
    return found


def assert_near(found, expected, tolerance=1e-9):
    for name, values in values_of(expected).items():
        np.testing.assert_allclose(
            values_of(found)[name], values, rtol=tolerance, atol=tolerance, err_msg=name
        )


CASES = [(name, given) for name in SCENES for given in (False, True)]


@pytest.mark.parametrize(("name", "given"), CASES)
def test_steps_are_those_of_the_twin(name, given):
    case = Case(name, given=given)
    state, twin = case.state(), case.twin()
    for iteration in range(case.schedule.iterations):
        state.run(iteration, iteration + 1)
        twin.run(iteration, iteration + 1)
        assert_near(state.arrays(), twin.arrays)
        if iteration % case.schedule.check_every == 0:
            assert state.first_loss == pytest.approx(twin.seen[-1][0], rel=1e-9)
    state.finish()
    twin.finish()
    assert_near(state.arrays(), twin.arrays)
    if case.drawing.count:
        assert np.abs(twin.arrays.points - case.drawing.arrays.points).max() > 0.5


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("name", ["one path", "solid", "translucent"])
def test_penalties_are_added_and_updated_as_the_twin_does(name, given):
    """Also after the second update, from which regions and what is hidden are others."""
    case = Case(name, given=given, penalties=PENALTIES, iterations=40)
    state, twin = case.state(), case.twin()
    for begin, end in pairwise((0, 1, 25, 26, 40)):
        state.run(begin, end)
        twin.run(begin, end)
        np.testing.assert_array_equal(state.penalty_state.kept["top"], twin.penalties.kept["top"])
        np.testing.assert_array_equal(state.penalty_state.kept["assigned"], twin.penalties.kept["assigned"])
        assert_near(state.arrays(), twin.arrays, 1e-7)  # a pixel may be cut in float32 in another way
    without = Case(name, given=given, iterations=40).twin()
    without.run(0, 40)
    assert np.abs(without.arrays.points - twin.arrays.points).max() > 1e-3


@pytest.mark.parametrize("given", [False, True])
def test_crossings_are_undone_as_by_the_twin(given):
    """With rates so high that contours cross themselves at nearly every check."""
    case = Case("solid", given=given, iterations=24, check_every=4, rate=3.0)
    state, twin = case.state(), case.twin()
    went_back = 0
    for begin in range(0, 24, 4):
        state.run(begin, begin + 4)
        twin.run(begin, begin + 4)
        assert_near(state.arrays(), twin.arrays, 1e-8)
        went_back += int((twin.adam.mean["points"] == 0.0).all(axis=1).sum())
    assert went_back > 0


def test_a_background_that_is_not_free_stays():
    case = Case("translucent", given=True, background=False)
    state, twin = case.state(), case.twin()
    state.run(0, 12)
    twin.run(0, 12)
    assert_near(state.arrays(), twin.arrays)
    assert state.arrays().background.tolist() == list(GREY)
    assert state.arrays().opacities.tolist() != case.drawing.arrays.opacities.tolist()


def test_colors_and_opacities_are_clipped():
    case = Case("translucent", given=True, iterations=60)
    case.schedule = replace(case.schedule, color_rate=0.3)
    case.rgb = np.zeros_like(case.rgb)
    state, twin = case.state(), case.twin()
    state.run(0, 20)
    twin.run(0, 20)
    assert_near(state.arrays(), twin.arrays, 1e-8)
    for name in ("colors", "opacities", "background"):
        values = getattr(state.arrays(), name)
        assert values.min() >= 0.0
        assert values.max() <= 1.0
        assert np.isin(values, [0.0, 1.0]).any()


@pytest.mark.parametrize(
    ("given", "rates", "last_rate", "best"),
    [
        (True, (0.4, 0.02), 0.1, 5),
        (False, (0.4, 0.02), 0.1, 5),
        (True, (3.0, 0.6), 1.0, 4),
        (False, (3.0, 0.6), 1.0, 4),
        (False, (0.0, 0.02), 1.0, 0),
    ],
)
def test_the_best_drawing_is_kept_as_by_the_twin(given, rates, last_rate, best):
    """The last one, one of the checks before, or, where all steps make it worse, the first one."""
    case = Case("radial", given=given)
    case.schedule = FitSchedule(23, *rates, last_rate, check_every=5, keep_best=True)
    if best == 0:  # colours begin where they belong, and are moved away
        scene = case.drawing.arrays.to_scene(Scene(WIDTH, HEIGHT, GREY, SCENES["radial"]))
        case.rgb = np.ascontiguousarray(rasterize(scene)[..., :3])
    twin = case.twin()
    twin.run(0, 23)
    twin.finish()
    losses = [*(loss for loss, _ in twin.seen), twin.loss(twin.arrays)]
    assert int(np.argmin(losses)) == best
    drawing = Drawing(case.drawing.scene, case.drawing.arrays)
    guard = CrossingGuard(case.drawing.arrays, case.watched(), cells_per_unit=100.0)
    fit(drawing, *case.parts(), case.schedule, guard=guard)
    assert_near(drawing.arrays, twin.best(), 1e-8)


def test_stops_that_become_opaque_stay_so_without_a_gradient():
    """In a drawing from a photo nothing looks beneath what is opaque."""
    faint = LinearGradient((8, 8), (50, 40), tuple(Stop(at, (0.8, 0.7, 0.9), 0.97) for at in (0, 0.4, 1)))
    case = Case((Path((box(8, 8, 50, 40),), faint),), given=False, iterations=40)
    case.rgb = np.ones_like(case.rgb)
    state, twin = case.state(), case.twin()
    full = 0
    for iteration in range(40):
        state.run(iteration, iteration + 1)
        twin.run(iteration, iteration + 1)
        assert_near(state.arrays(), twin.arrays, 1e-7)
        full += bool((twin.arrays.gradients.opacities == 1.0).all())
    assert full > 1


def bits(arrays):
    return {name: values.tobytes() for name, values in values_of(arrays).items()}


@pytest.mark.parametrize(("name", "given"), [("translucent", True), ("radial", False), ("solid", False)])
def test_fits_have_the_same_bits_however_they_are_run(name, given):
    """On any number of threads, with all instructions, in any number of calls."""
    case = Case(name, given=given, penalties=PENALTIES, iterations=32, check_every=8)

    def fitted(threads, ends):
        state, begin = case.state(threads), 0
        for end in ends:
            state.run(begin, end)
            begin = end
        state.finish()
        return bits(state.arrays())

    expected = fitted(1, [32])
    for threads, ends in ((2, [32]), (7, [32]), (1, range(1, 33)), (2, [3, 8, 9, 25, 26, 32]), (1, [31, 32])):
        assert fitted(threads, ends) == expected
    for instructions in available_instructions():
        with forced_instructions(instructions):
            assert fitted(1, [32]) == expected


def test_a_fit_leaves_what_it_is_given_alone():
    case = Case("translucent", given=True)
    before = bits(case.drawing.arrays)
    state = case.state()
    state.run(0, 10)
    first = state.arrays()
    kept = bits(first)
    state.run(10, 20)
    assert bits(case.drawing.arrays) == before
    assert bits(first) == kept
    assert bits(state.arrays()) != kept
