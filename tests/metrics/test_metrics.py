"""The figures that everything else is judged by."""

from __future__ import annotations

import gzip
import math
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.errors import ImageError, MissingExtraError, OptionError, WeightsError
from huefold.metrics import (
    gmsd,
    lpips,
    mse,
    path_areas,
    path_statistics,
    psnr,
    scene_compactness,
    ssim,
    vector_compactness,
)
from huefold.metrics.kernels import enclosed_areas
from huefold.render import rasterize
from huefold.scene import LinearGradient, Path, Scene, Solid, Stop, contour_from_polygon
from huefold.svg import write_svg

BLACK = Solid((0.0, 0.0, 0.0))


def photo(seed, shape=(24, 31, 3)):
    return np.random.default_rng(seed).random(shape)


def slow_ssim(first, second):
    """SSIM of one channel, window by window (Wang et al. 2004, equations 13 to 16)."""
    reach = np.arange(-5, 6)
    window = np.exp(-(reach[:, None] ** 2 + reach[None] ** 2) / (2 * 1.5**2))
    window /= window.sum()
    values = []
    for i in range(5, first.shape[0] - 5):
        for j in range(5, first.shape[1] - 5):
            x, y = (p[i - 5 : i + 6, j - 5 : j + 6] for p in (first, second))
            mx, my = (window * x).sum(), (window * y).sum()
            vx, vy = (window * (x - mx) ** 2).sum(), (window * (y - my) ** 2).sum()
            covariance = (window * (x - mx) * (y - my)).sum()
            numerator = (2 * mx * my + 0.01**2) * (2 * covariance + 0.03**2)
            values.append(numerator / ((mx**2 + my**2 + 0.01**2) * (vx + vy + 0.03**2)))
    return np.mean(values)


def test_errors_of_known_pictures():
    grey = np.full((4, 5, 3), 0.5)
    assert mse(grey, grey + 0.1) == pytest.approx(0.01)
    assert psnr(grey, grey + 0.1) == pytest.approx(20.0)
    assert psnr(grey, grey) == math.inf
    assert mse(grey.astype(np.float32), grey) == 0.0


def test_means_are_taken_in_float64():
    first = np.full((2000, 2000), 0.1, dtype=np.float32)
    second = np.full((2000, 2000), 0.2, dtype=np.float32)
    exact = float(np.float64(np.float32(0.2)) - np.float64(np.float32(0.1))) ** 2
    assert mse(first, second) == pytest.approx(exact, rel=1e-12)


def test_weights_pick_the_pixels_that_count():
    first, second = photo(0), photo(1)
    inside = np.zeros((24, 31))
    inside[3:9, 4:20] = 1.0
    assert mse(first, second, weights=inside) == pytest.approx(mse(first[3:9, 4:20], second[3:9, 4:20]))
    assert mse(first, second, weights=np.full((24, 31), 7.0)) == pytest.approx(mse(first, second))


def test_ssim_is_that_of_the_paper():
    first, second = photo(2), np.clip(photo(2) + 0.2 * photo(3), 0, 1)
    expected = np.mean([slow_ssim(first[..., c], second[..., c]) for c in range(3)])
    assert ssim(first, second) == pytest.approx(expected, abs=1e-9)
    assert ssim(first[..., 0], second[..., 0]) == pytest.approx(
        slow_ssim(first[..., 0], second[..., 0]), abs=1e-9
    )


def test_ssim_is_the_same_in_bands_and_on_any_number_of_threads(monkeypatch):
    first, second = photo(4, (90, 40, 3)), photo(5, (90, 40, 3))
    whole = ssim(first, second)
    monkeypatch.setattr("huefold.metrics.fidelity._BAND_PIXELS", 700)
    assert ssim(first, second, threads=1) == pytest.approx(whole, abs=1e-12)
    assert ssim(first, second, threads=1) == ssim(first, second, threads=3)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 14), st.integers(1, 14), st.integers(0, 99))
def test_ssim_of_small_pictures(height, width, seed):
    first, second = photo(seed, (height, width, 3)), photo(seed + 1, (height, width, 3))
    assert ssim(first, first) == pytest.approx(1.0)
    assert -1.0 <= ssim(first, second) < 1.0
    assert ssim(first, second) == pytest.approx(ssim(second, first))


@pytest.mark.parametrize("metric", [mse, psnr, ssim])
@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (np.zeros((4, 5, 3)), np.zeros((5, 4, 3)), r"\(4, 5, 3\) and \(5, 4, 3\)"),
        (np.zeros((4, 5, 3)), np.zeros((4, 5)), "same shape"),
        (np.zeros((0, 5, 3)), np.zeros((0, 5, 3)), "empty"),
        (np.zeros(5), np.zeros(5), r"\(H, W\)"),
        (np.zeros((4, 5, 3), dtype=np.uint8), np.zeros((4, 5, 3)), "uint8"),
        (np.full((4, 5, 3), 255.0), np.zeros((4, 5, 3)), "0, 1"),
        (np.full((4, 5, 3), np.nan), np.zeros((4, 5, 3)), "nan"),
    ],
)
def test_pictures_that_cannot_be_compared(metric, first, second, said):
    with pytest.raises(ImageError, match=said):
        metric(first, second)


@pytest.mark.parametrize(
    "weights", [np.ones((5, 4)), np.zeros((4, 5)), -np.ones((4, 5)), np.full((4, 5), np.inf)]
)
def test_weights_that_do_not_fit(weights):
    with pytest.raises(ImageError, match="weights"):
        mse(np.zeros((4, 5, 3)), np.zeros((4, 5, 3)), weights=weights)


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


def test_compactness_by_hand():
    masks = np.zeros((3, 10, 10), dtype=bool)
    masks[0, :, :5] = True
    masks[1, :, 5:] = True  # the third mask is empty: nothing overlaps it
    paths = np.zeros((4, 10, 10))
    paths[0, 2:6, 1:4] = 1.0  # wholly in the first
    paths[1, 2:4, 4:6] = 1.0  # half and half
    paths[2, 0:2, 0:5] = 1.0
    paths[2, 0, 5] = 1.0  # 10 of 11 pixels in the first, one in the second
    paths[3, 9, 6:9] = 0.5  # 1.5 pixels in the second
    assert vector_compactness(paths, masks) == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert vector_compactness(paths, masks, min_overlap=1.2) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert vector_compactness(paths, masks, share=0.95) == pytest.approx((1 / 3 + 1 / 3) / 2)
    assert vector_compactness(paths, masks, missed=0.0) == pytest.approx((2 / 3 + 1 / 3 + 0) / 3)


def test_compactness_without_any_overlap_is_not_a_number():
    assert math.isnan(vector_compactness(np.zeros((0, 4, 4)), np.ones((1, 4, 4), dtype=bool)))
    assert math.isnan(vector_compactness(np.ones((2, 4, 4)), np.zeros((0, 4, 4), dtype=bool)))
    assert vector_compactness(np.zeros((0, 4, 4)), np.ones((1, 4, 4), dtype=bool), missed=0.0) == 0.0
    with pytest.raises(ImageError, match="same height and width"):
        vector_compactness(np.ones((2, 4, 4)), np.ones((2, 4, 5), dtype=bool))


# --- areas, and compactness of drawings ---


def random_scene(seed, paths=7, width=40, height=30):
    rng = np.random.default_rng(seed)

    def path():
        contour = rng.uniform(-8, 1.2 * width, (3 * int(rng.integers(2, 6)), 2))
        return Path((contour,), BLACK, opacity=rng.uniform(0.2, 1.0))

    return Scene(width, height, (1, 1, 1), [path() for _ in range(paths)])


def coverages(scene):
    """What each path covers of each pixel when drawn alone, white on black."""
    alone = (
        Scene(scene.width, scene.height, (0, 0, 0), (replace(path, fill=Solid((1, 1, 1)), opacity=1.0),))
        for path in scene.paths
    )
    return np.stack([rasterize(one)[..., 0].astype(np.float64) for one in alone])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_areas_are_those_of_paths_drawn_one_by_one(seed, count):
    scene = random_scene(seed)
    masks = np.random.default_rng(seed + 1).random((count, 30, 40))
    alone = coverages(scene)
    np.testing.assert_allclose(
        path_areas(scene, masks), np.einsum("nhw,mhw->nm", alone, masks), rtol=1e-4, atol=1e-3
    )
    left = np.ones((30, 40))
    shown = np.zeros((len(scene.paths), count))
    for k in reversed(range(len(scene.paths))):
        alpha = scene.paths[k].opacity * alone[k]
        shown[k] = (masks * alpha * left).sum(axis=(1, 2))
        left *= 1.0 - alpha
    np.testing.assert_allclose(path_areas(scene, masks, visible=True), shown, rtol=1e-4, atol=1e-3)


def test_what_shows_beneath_and_of_a_gradient_that_fades():
    fade = LinearGradient((0, 0), (8, 0), (Stop(0, (1, 0, 0), 0.0), Stop(1, (0, 0, 1), 1.0)))
    square = contour_from_polygon([(0, 0), (8, 0), (8, 4), (0, 4)])
    scene = Scene(8, 4, (1, 1, 1), (Path((square,), Solid((0, 0, 0))), Path((square,), fade)))
    x = np.broadcast_to((np.arange(8) + 0.5) / 8, (4, 8))
    halves = np.stack([np.ones((4, 8)), np.arange(8) < 4 + np.zeros((4, 1))])
    shown = path_areas(scene, halves, visible=True)
    np.testing.assert_allclose(shown[1], (halves * x).sum(axis=(1, 2)), rtol=1e-6)
    np.testing.assert_allclose(shown[0], (halves * (1 - x)).sum(axis=(1, 2)), rtol=1e-6)
    np.testing.assert_allclose(path_areas(scene, halves), [[32, 16], [32, 16]], rtol=1e-6)
    assert path_statistics(scene, svg="").hidden == 0


@pytest.mark.parametrize("area", ["full", "visible"])
def test_compactness_of_a_drawing_is_that_of_its_coverages(area):
    scene = random_scene(3, paths=30)
    opaque = replace(scene, paths=[replace(path, opacity=1.0) for path in scene.paths])
    masks = np.zeros((3, 30, 40), dtype=bool)
    masks[0, :, :20] = masks[1, 5:25, 10:30] = masks[2, 20:] = True
    planes = coverages(opaque)
    if area == "visible":
        above = np.cumprod((1.0 - planes)[::-1], axis=0)[::-1]
        planes[:-1] *= above[1:]
    assert scene_compactness(opaque, masks, area=area) == pytest.approx(vector_compactness(planes, masks))


def test_compactness_of_nothing():
    empty = Scene(4, 4, (1, 1, 1))
    assert math.isnan(scene_compactness(empty, np.ones((1, 4, 4), dtype=bool)))
    assert scene_compactness(empty, np.ones((1, 4, 4), dtype=bool), missed=0.0) == 0.0
    with pytest.raises(OptionError, match=r'"full" or "visible", got .all.'):
        scene_compactness(empty, np.ones((1, 4, 4), dtype=bool), area="all")
    with pytest.raises(ImageError, match=r"\(M, H, W\)"):
        scene_compactness(empty, np.ones((4, 4), dtype=bool))


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


@pytest.mark.parametrize("evenodd", [False, True])
@settings(deadline=None)
@given(data=st.data())
def test_enclosed_areas_are_those_of_all_faces_by_their_winding(evenodd, data):
    """The slow twin cuts the plane into faces and asks how often each is wound around."""
    number = st.integers(0, 12) if data.draw(st.booleans()) else st.floats(0, 12).map(lambda x: round(x, 3))
    corners = st.lists(st.tuples(number, number), min_size=3, max_size=7)
    rings = [np.array(ring, float) for ring in data.draw(st.lists(corners, min_size=1, max_size=3))]
    starts = np.concatenate(rings)
    ends = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    found = np.zeros(1)
    enclosed_areas(
        starts, ends, np.array([0, len(starts)]), np.ones(1, bool), np.array([evenodd], np.uint8), found
    )
    lines = [shapely.LineString([a, b]) for a, b in zip(starts, ends, strict=True) if (a != b).any()]
    expected = 0.0
    for face in shapely.polygonize([shapely.unary_union(lines)]).geoms if lines else ():
        winding = winding_number(face.representative_point(), starts, ends)
        expected += face.area if (winding % 2 if evenodd else winding) else 0.0
    assert found[0] == pytest.approx(expected, abs=1e-6)


def winding_number(point, starts, ends):
    """How often sides pass the ray to the right of a point downwards more than upwards."""
    total = 0
    for (ax, ay), (bx, by) in zip(starts, ends, strict=True):
        if (ay <= point.y) != (by <= point.y) and ax + (point.y - ay) / (by - ay) * (bx - ax) > point.x:
            total += 1 if ay < by else -1
    return total


def test_what_a_scribble_of_too_many_crossings_encloses_is_nearly_right():
    """Some 160 000 crossings, by the even-odd rule; the slow twin throws darts."""
    scribble = np.random.default_rng(0).uniform(0, 100, (1200, 2))
    found = np.zeros(1)
    enclosed_areas(
        scribble,
        np.roll(scribble, -1, axis=0),
        np.array([0, 1200]),
        np.ones(1, bool),
        np.ones(1, np.uint8),
        found,
    )
    points = np.random.default_rng(1).uniform(0, 100, (20_000, 1, 2))
    (ax, ay), (bx, by) = scribble.T, np.roll(scribble, -1, axis=0).T
    x, y = points[..., 0], points[..., 1]
    passed = ((ay <= y) != (by <= y)) & (ax + (y - ay) / (by - ay) * (bx - ax) > x)
    assert found[0] == pytest.approx(
        1e4 * (passed.sum(axis=1) % 2).mean(), abs=150
    )  # four times its deviation


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


# --- GMSD ---


def slow_gmsd(first, second):
    """GMSD pixel by pixel (Xue et al. 2014)."""
    fields = []
    for picture in (first, second):
        luma = picture @ np.array([0.299, 0.587, 0.114])
        h, w = luma.shape
        padded = np.pad(luma, ((0, 1), (0, 1)))
        half = np.array(
            [[padded[i : i + 2, j : j + 2].mean() for j in range(0, w, 2)] for i in range(0, h, 2)]
        )
        around = np.pad(half, 1)
        size = np.zeros_like(half)
        for i, j in np.ndindex(half.shape):
            block = around[i : i + 3, j : j + 3]
            size[i, j] = math.hypot(
                (block[:, 0].sum() - block[:, 2].sum()) / 3, (block[0].sum() - block[2].sum()) / 3
            )
        fields.append(size)
    a, b = fields
    c = 170 / 255**2
    return ((2 * a * b + c) / (a * a + b * b + c)).std()


@pytest.mark.parametrize("shape", [(24, 31, 3), (25, 30, 3), (1, 1, 3)])
def test_gmsd_is_that_of_the_paper(shape):
    first, second = photo(4, shape), np.clip(photo(4, shape) + 0.2 * photo(5, shape), 0, 1)
    assert gmsd(first, second) == pytest.approx(slow_gmsd(first, second), abs=1e-12)
    assert gmsd(first, first) == 0.0
    assert gmsd(first, second) == pytest.approx(gmsd(second, first))


def test_gmsd_of_channels():
    first, second = photo(6), photo(7)
    grey = [np.repeat(p[..., :1], 3, axis=2) for p in (first, second)]
    assert gmsd(first[..., 0], second[..., 0]) == pytest.approx(gmsd(*grey))
    assert gmsd(first[..., :1], second[..., :1]) == pytest.approx(gmsd(*grey))
    with pytest.raises(ImageError, match="1 or 3 channels here, got 4"):
        gmsd(np.zeros((4, 4, 4)), np.zeros((4, 4, 4)))


# --- LPIPS ---

STAGES = ((0, 3, 64, 11, 4, 2), (3, 64, 192, 5, 1, 2), (6, 192, 384, 3, 1, 1), (8, 384, 256, 3, 1, 1),
          (10, 256, 256, 3, 1, 1))  # fmt: skip


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Random weights of the right shapes and names, as the real ones are stored."""
    torch = pytest.importorskip("torch", reason="LPIPS needs PyTorch")
    rng = np.random.default_rng(0)
    network, linear = {}, {}
    for k, (number, before, after, side, _, _) in enumerate(STAGES):
        kernel = rng.normal(0, (before * side * side) ** -0.5, (after, before, side, side))
        network[f"features.{number}.weight"] = torch.tensor(kernel, dtype=torch.float32)
        network[f"features.{number}.bias"] = torch.tensor(rng.normal(0, 0.1, after), dtype=torch.float32)
        linear[f"lin{k}.model.1.weight"] = torch.tensor(rng.random((1, after, 1, 1)), dtype=torch.float32)
    folder = tmp_path_factory.mktemp("weights")
    torch.save(network, folder / "alexnet-owt-7be5be79.pth")
    torch.save(linear, folder / "alex.pth")
    return folder


def windows(values, side, stride, padding, fill):
    around = np.pad(values, ((0, 0), (padding, padding), (padding, padding)), constant_values=fill)
    view = np.lib.stride_tricks.sliding_window_view(around, (side, side), axis=(1, 2))
    return view[:, ::stride, ::stride]


def slow_lpips(first, second, folder):
    """LPIPS in numpy, in double precision (Zhang et al. 2018, equation 1)."""
    import torch

    network = torch.load(folder / "alexnet-owt-7be5be79.pth", weights_only=True)
    linear = torch.load(folder / "alex.pth", weights_only=True)
    sides = []
    for picture in (first, second):
        x = ((2 * picture - 1 - [-0.030, -0.088, -0.188]) / [0.458, 0.448, 0.450]).transpose(2, 0, 1)
        units = []
        for number, _, _, side, stride, padding in STAGES:
            if number in (3, 6):
                x = windows(x, 3, 2, 0, -np.inf).max(axis=(3, 4))
            kernel = network[f"features.{number}.weight"].numpy().astype(np.float64)
            bias = network[f"features.{number}.bias"].numpy().astype(np.float64)
            x = np.einsum("chwij,ocij->ohw", windows(x, side, stride, padding, 0), kernel, optimize=True)
            x = np.maximum(x + bias[:, None, None], 0)
            units.append(x / (np.sqrt((x**2).sum(axis=0)) + 1e-10))
        sides.append(units)
    gains = [linear[f"lin{k}.model.1.weight"].numpy()[0] for k in range(5)]
    return sum((g * (a - b) ** 2).sum(axis=0).mean() for g, a, b in zip(gains, *sides, strict=True))


@pytest.mark.parametrize("shape", [(31, 31, 3), (67, 50, 3)])
def test_lpips_is_that_of_the_paper(weights, shape):
    first, second = photo(8, shape), photo(9, shape)
    assert lpips(first, second, weights=weights) == pytest.approx(
        slow_lpips(first, second, weights), rel=1e-4
    )
    assert lpips(first, first, weights=weights) == 0.0


def test_lpips_says_which_weights_are_missing_and_where_it_looked(weights, tmp_path, monkeypatch):
    one = photo(8, (40, 40, 3))
    with pytest.raises(
        WeightsError, match=r"needs the weights alexnet-owt-7be5be79.pth, .*HUEFOLD_LPIPS_WEIGHTS"
    ):
        lpips(one, one, weights=tmp_path)
    monkeypatch.setenv("HUEFOLD_LPIPS_WEIGHTS", str(weights))
    assert lpips(one, one) == 0.0
    (tmp_path / "alexnet-owt-7be5be79.pth").write_bytes((weights / "alex.pth").read_bytes())
    (tmp_path / "alex.pth").write_bytes((weights / "alex.pth").read_bytes())
    with pytest.raises(WeightsError, match="not those of AlexNet"):
        lpips(one, one, weights=tmp_path)


def test_lpips_of_broken_files(tmp_path):
    pytest.importorskip("torch", reason="LPIPS needs PyTorch")
    one = photo(8, (40, 40, 3))
    (tmp_path / "alexnet-owt-7be5be79.pth").write_bytes(b"not a file of weights")
    (tmp_path / "alex.pth").write_bytes(b"")
    with pytest.raises(WeightsError, match="holds no weights"):
        lpips(one, one, weights=tmp_path)


def test_lpips_of_pictures_that_are_too_small_or_grey(weights):
    for shape in [(30, 40, 3), (40, 40), (40, 40, 4)]:
        with pytest.raises(ImageError, match="31 x 31"):
            lpips(np.zeros(shape), np.zeros(shape), weights=weights)


def test_lpips_without_pytorch_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'huefold\[lpips\]'"):
        lpips(np.zeros((40, 40, 3)), np.zeros((40, 40, 3)))
