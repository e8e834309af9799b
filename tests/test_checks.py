"""Every stage refuses what it cannot work on, and nobody can change what another holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from huefold import recolor, refine, saliency, segment, trace
from huefold.errors import (
    BudgetError,
    HuefoldError,
    ImageError,
    OptionError,
    SaliencyError,
    SegmentationError,
)
from huefold.metrics import path_areas, psnr, scene_compactness, vector_compactness
from huefold.options import Options
from huefold.refine import RefineSettings
from huefold.render import Rasterizer, RenderError, SceneArrays, value_and_grad, vjp
from huefold.run.pipeline import vectorize
from huefold.run.session import Session
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
from huefold.svg import read_svg

HEIGHT, WIDTH = 30, 40
FAST = {"paths": 8, "preset": "fast", "rounds": 2, "threads": 1}


def photo():
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    rgb = np.stack([x / WIDTH, y / HEIGHT, (x - 20) ** 2 + (y - 15) ** 2 < 80], axis=2) * 0.9 + 0.05
    return rgb.astype(np.float32)


def middle():
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[10:20, 10:30] = 1.0
    return mask


PARTITION = np.repeat(np.arange(4, dtype=np.int32), WIDTH // 4)[None].repeat(HEIGHT, axis=0)

STAGES = {
    "classical": lambda rgb: segment.classical(rgb, regions=4),
    "labels": lambda rgb: segment.from_labels(PARTITION, rgb),
    "automatic": saliency.automatic,
    "recolor": lambda rgb: recolor.recolor(rgb, PARTITION, middle(), target=2, rounds=1),
    "trace": lambda rgb: trace.trace(rgb, PARTITION, width=WIDTH, height=HEIGHT),
    "refine": lambda rgb: refine.refine(
        rgb, Scene(WIDTH, HEIGHT, (0, 0, 0)), middle(), paths=2, settings=RefineSettings.fast()
    ),
}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda rgb: rgb * 255, r"floats in \[0, 1\], got 12.75 to 242.25; divide 8-bit values by 255"),
        (lambda rgb: rgb - 0.5, r"floats in \[0, 1\], got -0.45"),
        (lambda rgb: np.where(rgb > 0.5, np.float32(np.nan), rgb), "not finite"),
        (lambda rgb: (rgb * 255).astype(np.uint8), r"float array of shape \(H, W, 3\), got uint8"),
    ],
)
def test_stages_refuse_pictures_of_another_scale(stage, spoil, message):
    STAGES[stage](photo())
    with pytest.raises(HuefoldError, match=message):
        STAGES[stage](spoil(photo()))


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"paths": 2.5}, BudgetError, "paths must be a whole number, got 2.5"),
        ({"paths": True}, BudgetError, "paths must be a whole number"),
        ({"fills": "radial"}, OptionError, "fills must be one of solid, linear, auto, got 'radial'"),
        ({"saliency": middle().T}, SaliencyError, r"saliency must have the shape of the photo, \(30, 40\)"),
        ({"saliency": middle() * 255}, SaliencyError, r"saliency must lie in \[0, 1\], got 0 to 255"),
        ({"saliency": middle() + np.nan}, SaliencyError, r"saliency must lie in \[0, 1\], got nan"),
        ({"weight": middle() - 1}, SaliencyError, "weights must be 0 or more, got -1 to 0"),
        ({"weight": middle() + np.inf}, SaliencyError, "weights must be 0 or more"),
        ({"weight": middle() * 0}, SaliencyError, "weights are 0 everywhere"),
    ],
)
def test_refining_refuses_what_would_draw_something_else(given, error, message):
    arguments = {"saliency": middle(), "paths": 2, "settings": RefineSettings.fast()} | given
    with pytest.raises(error, match=message):
        refine.refine(photo(), Scene(WIDTH, HEIGHT, (0, 0, 0)), **arguments)


def test_labels_beyond_the_pixels_are_refused_before_memory_is_taken():
    with pytest.raises(SegmentationError, match="0 to N - 1"):
        recolor.recolor(photo(), PARTITION.astype(np.int64) + 10**12, middle(), target=2, rounds=1)


def test_models_may_change_the_picture_that_they_get():
    """Normalising in place is what model code does."""

    def of_saliency(rgb):
        rgb -= rgb.mean()
        return middle()

    def of_regions(rgb):
        rgb *= 3.0
        return PARTITION

    result = vectorize(photo(), saliency=of_saliency, segmenter=of_regions, **FAST)
    assert result.svg == vectorize(photo(), saliency=middle(), segmenter=PARTITION, **FAST).svg
    assert result.report.fidelity.psnr == pytest.approx(psnr(photo(), result.render()[..., :3]), abs=1e-4)
    named = vectorize(photo(), saliency={"it": of_saliency}, **FAST)
    assert named.svg == vectorize(photo(), saliency={"it": middle()}, **FAST).svg


def test_what_a_result_holds_is_its_own():
    session, options = Session(photo()), Options(**FAST)
    first = session.draw(options, saliency=middle())
    first.saliency[:] = 0.5
    first.hierarchy.leaves[:] = 0
    assert session.draw(options, saliency=middle()).svg == first.svg


# --- maps and masks from files ---


def test_deep_masks_are_read_by_their_own_range(tmp_path):
    deep = np.where(middle() > 0, 40_000, 20_000).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "a.png")
    np.testing.assert_array_equal(segment.load_masks(tmp_path, (HEIGHT, WIDTH))[0], middle() > 0)
    Image.fromarray((deep // 20).astype(np.uint16)).save(tmp_path / "a.png")
    with pytest.raises(
        SegmentationError, match="brighter than half of 65535, the brightest is 2000; scale it"
    ):
        segment.load_masks(tmp_path, (HEIGHT, WIDTH))
    Image.fromarray(middle()).save(tmp_path / "a.tif")
    (tmp_path / "a.png").unlink()
    np.testing.assert_array_equal(segment.load_masks(tmp_path, (HEIGHT, WIDTH))[0], middle() > 0)


def test_pictures_of_whole_numbers_of_no_known_range_are_no_map():
    wide = Image.fromarray((middle() * 255).astype(np.int32))
    with pytest.raises(SaliencyError, match="int32"):
        saliency.painted(wide, (HEIGHT, WIDTH))


def test_any_finite_range_is_stretched():
    np.testing.assert_array_equal(saliency.normalise(np.array([[-1e308, 0.0, 1e308]])), [[0.0, 0.5, 1.0]])
    with pytest.raises(SaliencyError, match="has pixels, got an array of shape"):
        saliency.normalise(np.zeros((0, 3)))


def test_no_picture_is_an_image_error():
    with pytest.raises(ImageError, match="float array"):
        trace.trace([[0.0]], PARTITION, width=WIDTH, height=HEIGHT)


# --- scenes and the renderer ---

SQUARE = contour_from_polygon([(1, 1), (9, 1), (9, 9), (1, 9)])
SCENE = Scene(10, 10, (1, 1, 1), (Path((SQUARE,), Solid((1, 0, 0))),))


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


def test_drawings_of_broken_sizes_are_still_read():
    scene = read_svg('<svg xmlns="http://www.w3.org/2000/svg" width="40.5" height="30.25"/>')
    assert (scene.width, scene.height) == (41, 30)


@pytest.mark.parametrize(
    "spoil",
    [
        {"contours": np.array([0, 1200])},
        {"contours": np.array([0, 24, 12])},
        {"paths": np.array([0, 50])},
        {"paths": np.array([0, 1, 1])},
        {"colors": np.zeros((0, 3))},
        {"opacities": np.ones(3)},
        {"points": np.zeros((3, 2))},
        {"points": SQUARE.tolist()},
        {"contours": [0, 12]},
        {"background": np.zeros(2)},
        {"width": 0.0},
        {"height": np.nan},
    ],
)
def test_arrays_that_do_not_belong_together_are_not_drawn(spoil):
    """Kernels look at nothing: they would read beyond the ends, and the interpreter with them."""
    raster, arrays = Rasterizer(12, 12), SceneArrays.from_scene(SCENE)
    whole = raster.draw(arrays)
    for use in (raster.draw, lambda scene: raster.value_and_grad(scene, whole)):
        with pytest.raises(RenderError):
            use(replace(arrays, **spoil))
    np.testing.assert_array_equal(raster.draw(arrays), whole)


FADE = SceneArrays.from_scene(
    Scene(10, 10, (1, 1, 1), (Path((SQUARE,), LinearGradient((1, 1), (9, 9), STOPS)),))
)


@pytest.mark.parametrize(
    "spoil",
    [
        {"paths": np.array([0, -1])},
        {"paths": np.array([7])},
        {"stops": np.array([0, 9])},
        {"stops": np.array([0, 1])},
        {"spread": np.array([3], np.uint8)},
        {"spread": np.array([-1])},
        {"radial": np.zeros(0, np.uint8)},
        {"shapes": np.zeros((1, 4))},
        {"transforms": np.zeros((2, 6))},
        {"offsets": np.zeros(1)},
        {"colors": np.zeros((2, 4))},
        {"opacities": np.ones(3)},
        {"opacities": [1.0, 1.0]},
    ],
)
def test_gradients_that_do_not_belong_to_a_scene_are_not_drawn(spoil):
    raster = Rasterizer(12, 12)
    whole = raster.draw(FADE)
    spoiled = replace(FADE, gradients=replace(FADE.gradients, **spoil))
    for use in (raster.draw, lambda scene: raster.value_and_grad(scene, whole)):
        with pytest.raises(RenderError):
            use(spoiled)
    np.testing.assert_array_equal(raster.draw(FADE), whole)


def test_arrays_changed_in_place_are_looked_at_again():
    """A rasteriser knows arrays that it has seen, but not that nobody has changed them since."""
    pair = SceneArrays.from_scene(replace(SCENE, paths=SCENE.paths * 2))
    offsets = replace(pair, contours=pair.contours.copy())
    fills = replace(FADE, gradients=replace(FADE.gradients, paths=FADE.gradients.paths.copy()))
    raster = Rasterizer(12, 12)
    for scene, spoiled, value in ((offsets, offsets.contours, 1200), (fills, fills.gradients.paths, 7)):
        raster.draw(scene)
        spoiled[len(spoiled) // 2] = value
        with pytest.raises(RenderError):
            raster.draw(scene)


def sealed(array):
    array.setflags(write=False)
    return array


@pytest.mark.parametrize(
    "out",
    [
        np.empty((3, 16, 12), np.float32),
        np.empty((3, 12, 16)),
        np.empty((3, 16, 12), np.float32).transpose(0, 2, 1),
        sealed(np.empty((3, 12, 16), np.float32)),
    ],
)
def test_pictures_are_drawn_into_what_fits_them(out):
    raster, arrays = Rasterizer(16, 12), SceneArrays.from_scene(SCENE)
    right = np.empty((3, 12, 16), np.float32)
    assert raster.draw(arrays, out=right) is right
    with pytest.raises(RenderError, match="C-contiguous array of float32"):
        raster.draw(arrays, out=out)
    with pytest.raises(RenderError, match="C-contiguous array of float32"):
        raster.value_and_grad(arrays, right, out=out)


@pytest.mark.parametrize(
    "given",
    [
        {"threads": 0},
        {"threads": -3},
        {"threads": 1.5},
        {"width": 4.7},
        {"width": np.nan},
        {"height": np.inf},
        {"height": "4"},
        {"tolerance": 0.0},
        {"tolerance": -1},
        {"tolerance": np.nan},
        {"winding_penalty": -1.0},
        {"winding_penalty": np.nan},
        {"dtype": "pixels"},
        {"dtype": np.uint8},
    ],
)
def test_rasterisers_refuse_what_they_cannot_be(given):
    with pytest.raises(RenderError):
        Rasterizer(**({"width": 4, "height": 4} | given))


def with_one(array, value):
    array[1, 2] = value
    return array


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_pictures_with_holes_are_not_differentiated(value):
    picture = with_one(np.zeros((10, 10, 3)), value)
    arrays = SceneArrays.from_scene(SCENE)
    with pytest.raises(RenderError, match="target holds values that are not finite"):
        value_and_grad(arrays, picture)
    with pytest.raises(RenderError, match="upstream holds values that are not finite"):
        vjp(arrays, picture)
    with pytest.raises(ImageError, match="masks hold values that are not finite"):
        path_areas(SCENE, picture.transpose(2, 0, 1))


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (with_one(np.ones((10, 10)), np.nan), "at least 0, got nan to nan"),
        (with_one(np.ones((10, 10)), np.inf), "at least 0, got 1 to inf"),
        (with_one(np.ones((10, 10)), -0.5), "at least 0, got -0.5 to 1: clip them"),
        (np.full((10, 10), "a"), "weights are numbers, got <U1"),
    ],
)
def test_errors_are_weighed_by_numbers_from_0_on(weight, message):
    arrays, target = SceneArrays.from_scene(SCENE), np.zeros((10, 10, 3))
    with pytest.raises(RenderError, match=message):
        value_and_grad(arrays, target, weight)
    assert value_and_grad(arrays, target, np.zeros((10, 10), int)).loss == 0.0


# --- VeC ---


def halves():
    left = np.zeros((4, 8), bool)
    left[:, :4] = True
    return left, ~left


def test_any_overlap_is_more_than_none():
    left, right = halves()
    assert vector_compactness([left, right], [left], min_overlap=0) == 1.0
    touching = right.astype(float)
    touching[0, 3] = 0.1
    assert vector_compactness([left, touching], [left], min_overlap=0) == 0.5


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"share": 85}, OptionError),
        ({"share": -1}, OptionError),
        ({"min_overlap": -1}, OptionError),
        ({"masks": [[[1, 1, 2, 2, 3, 3, 4, 4]] * 4]}, ImageError),
        ({"masks": [np.full((4, 8), np.nan)]}, ImageError),
        ({"coverages": [np.full((4, 8), 255.0)]}, ImageError),
        ({"coverages": [np.full((4, 8), np.nan)]}, ImageError),
        ({"coverages": [[[0, 1], [1]]]}, ImageError),
        ({"masks": [[[0, 1], [1]]]}, ImageError),
        ({"coverages": [[["a"] * 8] * 4]}, ImageError),
        ({"share": np.nan}, OptionError),
        ({"share": "0.85"}, OptionError),
        ({"min_overlap": None}, OptionError),
        ({"missed": 5}, OptionError),
        ({"missed": "0"}, OptionError),
    ],
)
def test_compactness_of_nonsense_is_refused(given, error):
    left, right = halves()
    with pytest.raises(error):
        vector_compactness(**({"coverages": [left, right], "masks": [left]} | given))
    if "coverages" not in given:
        with pytest.raises(error):
            scene_compactness(SCENE, **({"masks": [left]} | given))
