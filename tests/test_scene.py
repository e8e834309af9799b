"""Scenes, paths and fills: what they refuse, what they take, and that they stay as they are."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from huefold.scene import (
    LinearGradient,
    Path,
    RadialGradient,
    Scene,
    SceneError,
    Solid,
    Stop,
    contour_from_polygon,
)

SQUARE = contour_from_polygon([(1, 1), (9, 1), (9, 9), (1, 9)])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"fill_rule": "even-odd"}, "fill_rule is one of nonzero, evenodd, got 'even-odd'"),
        ({"role": "structure"}, "role is one of structural, detail, other, got 'structure'"),
        ({"fill": (1, 0, 0)}, r"got \(1, 0, 0\); a colour is Solid"),
    ],
)
def test_paths_refuse_words_that_mean_nothing(given, message):
    with pytest.raises(SceneError, match=message):
        Path(**({"contours": (SQUARE,), "fill": Solid((1, 0, 0))} | given))


@pytest.mark.parametrize(
    ("vertices", "message"),
    [
        ([[0, 3, 3, 1], [5, 6, 7, 8]], r"shape \(S, 2\), got \(2, 4\)"),
        ([0, 1, 2], r"shape \(S, 2\), got \(3,\)"),
        ([], r"shape \(S, 2\), got \(0,\)"),
        ([(0, 0), (1,)], "pairs of numbers"),
        ([(0, 0), (1, np.nan), (2, 2)], "finite"),
    ],
)
def test_polygons_have_pairs_of_numbers(vertices, message):
    with pytest.raises(SceneError, match=message):
        contour_from_polygon(vertices)


STOPS = (Stop(0, (0, 0, 0)), Stop(1, (1, 1, 1)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Solid(("a", 0, 0)), r"three numbers in \[0, 1\], got \('a', 0, 0\)"),
        (lambda: Solid(5), r"three numbers in \[0, 1\], got 5"),
        (lambda: Solid("111"), r"three numbers in \[0, 1\], got '111'"),
        (lambda: Stop("x", (0, 0, 0)), r"offset of a gradient's stop is a number in \[0, 1\], got 'x'"),
        (lambda: Stop("0.5", (0, 0, 0)), r"got '0.5'"),
        (lambda: Stop(0, None), "three numbers .* got None"),
        (lambda: Stop(0, (0, 0, 0), None), "the opacity of a gradient's stop"),
        (lambda: LinearGradient((0, 0), (1, 1), (1, 2)), r"are Stop\(offset, color\), got 1"),
        (lambda: LinearGradient((0, 0), (1, 1), 5), "stops come as a sequence, got 5"),
        (lambda: LinearGradient(("a", 0), (1, 1), STOPS), r"start is 2 finite numbers, got \('a', 0\)"),
        (lambda: LinearGradient(None, (1, 1), STOPS), "start is 2 finite numbers, got None"),
        (lambda: RadialGradient((4, 4), "3", STOPS), r"radii is 2 finite numbers, got \('3', 0.0\)"),
        (lambda: RadialGradient((4, 4), 3, STOPS, focus=()), r"focus is 2 finite numbers, got \(\)"),
        (lambda: Path((SQUARE,), Solid((1, 0, 0)), opacity="1"), r"opacity is a number in \[0, 1\], got '1'"),
        (lambda: Path((SQUARE,), Solid((1, 0, 0)), opacity=np.ones(2)), "opacity is a number"),
        (lambda: Path(([[1, 2], [3]],), Solid((1, 0, 0))), "points of a contour are pairs of numbers"),
        (lambda: Path(("abc",), Solid((1, 0, 0))), "pairs of numbers, got an array of <U3"),
        (lambda: Path(([["1", "2"]] * 3,), Solid((1, 0, 0))), "pairs of numbers, got an array of <U1"),
        (lambda: Path((SQUARE * 1j,), Solid((1, 0, 0))), "pairs of numbers, got an array of complex128"),
        (lambda: Path(5, Solid((1, 0, 0))), "contours come as a sequence, got 5"),
        (lambda: Scene("8", 4, None), "in whole pixels, got width '8'"),
        (lambda: Scene(40.5, 30.25, None), "in whole pixels, got width 40.5: round it"),
        (lambda: Scene(8, np.nan, None), "in whole pixels, got height nan"),
        (lambda: Scene(np.inf, 8, None), "in whole pixels, got width inf"),
        (lambda: Scene(8, 0, None), "at least 1x1, in whole pixels, got height 0"),
        (lambda: Scene(8, 4, "red"), "three numbers .* got 'red'"),
        (
            lambda: Scene(8, 4, None, (SQUARE,)),
            r"are Path, got ndarray; a contour is Path\(\(contour,\), fill\)",
        ),
        (lambda: Scene(8, 4, None, 5), "paths come as a sequence, got 5"),
    ],
)
def test_scenes_refuse_what_is_no_number_and_no_path(make, message):
    with pytest.raises(SceneError, match=message):
        make()


def test_scenes_take_numbers_of_any_kind():
    assert RadialGradient((4, 4), 3, STOPS, focus=np.array([4, 5])).focus == (4.0, 5.0)
    scene = Scene(np.float64(8), np.int32(4), np.zeros(3), [Path([SQUARE.tolist()], Solid(np.ones(3)))])
    assert (scene.width, scene.height, type(scene.width), type(scene.height)) == (8, 4, int, int)
    assert scene.paths[0].contours[0].shape == (12, 2)


@pytest.mark.parametrize("copied", [lambda s: pickle.loads(pickle.dumps(s)), copy.deepcopy])
def test_copies_of_scenes_are_as_immutable_as_scenes(copied):
    square = contour_from_polygon([(0, 0), (4, 0), (4, 4), (0, 4)])
    path = Path((square,), Solid((1.0, 0.5, 0.0)), 0.5, "evenodd", "detail", "d1", "sofa")
    (other,) = copied(Scene(4, 4, (0.0, 0.0, 0.0), (path,))).paths
    assert (other.fill, other.opacity, other.fill_rule) == (path.fill, path.opacity, path.fill_rule)
    assert (other.role, other.id, other.name) == (path.role, path.id, path.name)
    np.testing.assert_array_equal(other.contours[0], square)
    with pytest.raises(ValueError, match="read-only"):
        other.contours[0][0] = 1.0
