"""The figures that everything else is judged by."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.errors import ImageError
from huefold.metrics import mse, path_statistics, psnr, ssim, vector_compactness
from huefold.scene import Path, Scene, Solid, contour_from_polygon
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


def test_compactness_without_any_overlap_is_not_a_number():
    assert math.isnan(vector_compactness(np.zeros((0, 4, 4)), np.ones((1, 4, 4), dtype=bool)))
    assert math.isnan(vector_compactness(np.ones((2, 4, 4)), np.zeros((0, 4, 4), dtype=bool)))
    with pytest.raises(ImageError, match="same height and width"):
        vector_compactness(np.ones((2, 4, 4)), np.ones((2, 4, 5), dtype=bool))
