"""Tracing: what the paths of a partition look like, cover and cost."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from huefold.bezier.curves import flatten, segments_of
from huefold.errors import Cancelled, OptionError, SegmentationError
from huefold.progress import CancelToken, Reporter
from huefold.scene import Path
from huefold.trace import painter_order, trace
from huefold.trace.order import order_and_boxes


def connected(labels):
    """Number the 4-connected components of equal labels, in a slow obvious way."""
    result = np.full(labels.shape, -1, dtype=np.int32)
    count = 0
    for label in np.unique(labels):
        parts, found = ndimage.label(labels == label)
        result[parts > 0] = parts[parts > 0] + count - 1
        count += found
    return result


def paths_of(partition, **options):
    partition = np.asarray(partition, dtype=np.int32)
    height, width = partition.shape
    rgb = np.random.default_rng(0).random((*partition.shape, 3)).astype(np.float32)
    return trace(rgb, partition, width=width, height=height, **options)


def polygon(contour, sides=24):
    return flatten(segments_of(contour), sides).reshape(-1, 2)


def signed_area(contour):
    x, y = polygon(contour).T
    return 0.5 * float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))


def draw(paths: tuple[Path, ...], width, height, scale, colors):
    """Let resvg draw the paths in these colours on magenta."""
    resvg_py = pytest.importorskip("resvg_py")
    from PIL import Image

    parts = []
    for path, color in zip(paths, colors, strict=True):
        data = ""
        for contour in path.contours:
            around = np.vstack([contour, contour[:1]])
            data += "M{:.6f} {:.6f}".format(*around[0])
            for k in range(1, len(around), 3):
                data += "C" + " ".join(f"{value:.6f}" for value in around[k : k + 3].ravel())
            data += "Z"
        parts.append(f'<path fill="#{color[0]:02x}{color[1]:02x}{color[2]:02x}" d="{data}"/>')
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}">'
        f'<rect width="{width}" height="{height}" fill="#f0f"/>{"".join(parts)}</svg>'
    )
    png = resvg_py.svg_to_bytes(svg_string=text, width=max(1, round(width * scale)))
    with Image.open(io.BytesIO(bytes(png))) as image:
        return np.asarray(image.convert("RGB"))


def disc(radius, size=100, center=(50.2, 49.9)):
    y, x = np.mgrid[:size, :size] + 0.5
    return ((x - center[0]) ** 2 + (y - center[1]) ** 2 < radius**2).astype(np.int32)


partitions = hnp.arrays(
    np.int32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3)
).map(connected)
coarse = hnp.arrays(
    np.int32, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 3)
).map(lambda labels: connected(np.kron(labels, np.ones((4, 3), dtype=np.int32))))
modes = st.sampled_from(["stacked", "cutout"])
tolerances = st.sampled_from([0.3, 0.75, 2.0, 10.0])


@settings(deadline=None, max_examples=120)
@given(partition=partitions | coarse, mode=modes, tolerance=tolerances, cap=st.sampled_from([None, 4, 9]))
def test_any_partition_gives_one_path_per_region_on_the_canvas(partition, mode, tolerance, cap):
    paths = paths_of(partition, mode=mode, tolerance=tolerance, max_segments=cap)
    height, width = partition.shape
    assert [path.id for path in paths] == [f"s{i}" for i in range(partition.max() + 1)]
    for path in paths:
        assert path.role == "structural"
        for contour in path.contours:
            assert contour.min() >= 0.0
            assert (contour <= [width, height]).all()


@settings(deadline=None, max_examples=60)
@given(partition=partitions | coarse, tolerance=tolerances)
def test_cutout_outlines_tile_the_canvas(partition, tolerance):
    paths = paths_of(partition, mode="cutout", tolerance=tolerance)
    total = sum(signed_area(contour) for path in paths for contour in path.contours)
    assert total == pytest.approx(partition.size, abs=1e-9 * partition.size)


@settings(deadline=None, max_examples=60)
@given(partition=partitions | coarse, tolerance=tolerances)
def test_cutout_neighbours_share_identical_curves(partition, tolerance):
    """Each cubic occurs twice, once each way, or lies straight on the border of the canvas."""
    seen: dict[bytes, int] = {}
    backwards: dict[bytes, int] = {}
    height, width = partition.shape
    for path in paths_of(partition, mode="cutout", tolerance=tolerance):
        for contour in path.contours:
            around = np.vstack([contour, contour[:1]])
            for k in range(0, len(contour), 3):
                cubic = around[k : k + 4]
                if any((cubic[:, a] == edge).all() for a, edge in ((0, 0), (0, width), (1, 0), (1, height))):
                    continue
                seen[cubic.tobytes()] = seen.get(cubic.tobytes(), 0) + 1
                flipped = cubic[::-1].tobytes()
                backwards[flipped] = backwards.get(flipped, 0) + 1
    assert seen == backwards


@settings(deadline=None, max_examples=40)
@given(partition=partitions | coarse, scale=st.sampled_from([1.0, 2.3, 8.0]))
def test_stacked_leaves_nothing_uncovered(partition, scale):
    paths = paths_of(partition)
    height, width = partition.shape
    green = [(0, 255, 0)] * len(paths)
    assert (draw(paths, width, height, scale, green) == (0, 255, 0)).all()


def test_first_path_is_the_whole_canvas():
    paths = paths_of(np.pad(disc(10, 30, (15, 15)), 3) + 0)
    assert paths[0].contours[0][::3].tolist() == [[0, 0], [36, 0], [36, 36], [0, 36]]


@pytest.mark.parametrize("mode", ["stacked", "cutout"])
def test_single_pixel_image(mode):
    (path,) = paths_of([[0]], mode=mode)
    assert path.contours[0][::3].tolist() == [[0, 0], [1, 0], [1, 1], [0, 1]]


def test_cutout_of_a_checkerboard_is_its_squares():
    partition = np.arange(12, dtype=np.int32).reshape(3, 4)
    for path in paths_of(partition, mode="cutout"):
        assert path.segments == 4
        assert signed_area(path.contours[0]) == pytest.approx(1.0)


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (2, 2), (3, 1), (8, 3), (30, 9), (40, 1)])
@pytest.mark.parametrize("mode", ["stacked", "cutout"])
def test_rectangles_stay_exact(size, mode):
    rows, cols = size
    partition = np.zeros((rows + 6, cols + 7), dtype=np.int32)
    partition[3 : 3 + rows, 4 : 4 + cols] = 1
    (contour,) = paths_of(partition, mode=mode)[1].contours
    assert len(contour) == 12
    corners = {(4, 3), (4 + cols, 3), (4 + cols, 3 + rows), (4, 3 + rows)}
    assert {tuple(point) for point in contour[::3].tolist()} == corners
    assert signed_area(contour) == pytest.approx(rows * cols)


@pytest.mark.parametrize("radius", [3, 5, 8, 13, 20, 30, 45])
def test_discs_are_smooth_and_cheap(radius):
    path = paths_of(disc(radius))[1]
    distance = np.hypot(*(polygon(path.contours[0]) - [50.2, 49.9]).T)
    assert path.segments <= 6
    assert np.abs(distance - radius).max() < 0.75


@pytest.mark.parametrize("angle", [20, 30, 45])
def test_corners_of_turned_squares_stay(angle):
    y, x = np.mgrid[:100, :100] + 0.5 - 50.0
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    partition = ((abs(c * x + s * y) < 15) & (abs(c * y - s * x) < 15)).astype(np.int32)
    path = paths_of(partition)[1]
    corners = np.array([[c * a - s * b, s * a + c * b] for a in (-15, 15) for b in (-15, 15)]) + 50.0
    nodes = path.contours[0][::3]
    assert path.segments == 4
    assert all(np.hypot(*(nodes - corner).T).min() < 1.0 for corner in corners)


def test_diagonal_staircase_is_a_straight_line():
    y, x = np.mgrid[:40, :40]
    path = paths_of((x + y < 30).astype(np.int32))[1]
    along = polygon(path.contours[0])
    hypotenuse = along[(along > 1.0).all(axis=1)]
    assert path.segments == 3
    assert np.abs(hypotenuse.sum(axis=1) - 30.0).max() < 1e-9


def test_nested_rings_are_painted_outside_in_without_holes():
    y, x = np.mgrid[:60, :60] - 29.5
    partition = connected((np.hypot(x, y) // 5).clip(0, 5).astype(np.int32))
    order = painter_order(partition).labels
    radii = [np.hypot(x, y)[partition == label].mean() for label in order if (partition == label).sum() > 30]
    assert all(a > b for a, b in pairwise(radii))
    assert all(len(path.contours) == 1 for path in paths_of(partition))


def test_cutout_keeps_holes_with_the_other_orientation():
    partition = np.ones((12, 12), dtype=np.int32)
    partition[4:8, 4:8] = 0
    path = paths_of(partition, mode="cutout")[0]
    assert sorted(round(signed_area(c)) for c in path.contours) == [-16, 144]


def test_region_that_closes_round_a_pocket_diagonally():
    partition = np.zeros((7, 7), dtype=np.int32)
    partition[1:6, 1:6] = 1
    partition[2:5, 2:5] = 2
    partition[1, 1] = 0  # the ring still surrounds 2, and touches nothing but itself diagonally
    paths = paths_of(connected(partition))
    colors = [(60 * (i + 1), 0, 0) for i in range(len(paths))]
    shown = draw(paths, 7, 7, 1.0, colors)[..., 0]
    assert [shown[0, 0], shown[3, 3], shown[5, 3]] == [60, 180, 120]


@pytest.mark.parametrize("mode", ["stacked", "cutout"])
def test_visible_regions_are_the_partition(mode):
    """Away from borders the picture shows the labels of the partition, whatever the order."""
    rng = np.random.default_rng(5)
    noise = ndimage.gaussian_filter(rng.random((90, 120)), 5)
    partition = connected(np.digitize(noise, np.quantile(noise, [0.2, 0.4, 0.6, 0.8])).astype(np.int32))
    paths = paths_of(partition, mode=mode)
    levels = painter_order(partition).rank
    colors = [(i, 255 - i, 0) for i in range(len(paths))]
    shown = draw(paths, 120, 90, 1.0, colors)[..., 0]
    inner = ndimage.minimum_filter(levels, 3) == ndimage.maximum_filter(levels, 3)
    assert inner.mean() > 0.4
    assert (shown == levels)[inner].all()


def test_stacked_neighbours_overlap():
    """The lower of two neighbours runs on beneath the upper one."""
    shapely = pytest.importorskip("shapely")
    partition = np.zeros((30, 60), dtype=np.int32)
    partition[5:25, 10:30] = 1
    partition[5:24, 30:50] = 2
    _, below, above = paths_of(partition)
    overlap = shapely.Polygon(polygon(below.contours[0])).intersection(
        shapely.Polygon(polygon(above.contours[0]))
    )
    assert overlap.area > 2.0 * 19


@pytest.mark.parametrize("mode", ["stacked", "cutout"])
def test_fewer_segments_at_larger_tolerance(mode):
    noise = ndimage.gaussian_filter(np.random.default_rng(1).random((120, 160)), 3)
    partition = connected((noise > np.median(noise)).astype(np.int32))
    counts = [
        sum(path.segments for path in paths_of(partition, mode=mode, tolerance=tolerance))
        for tolerance in (0.4, 0.75, 1.5, 4.0)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] < 0.6 * counts[0]


def test_cap_on_segments_holds_in_stacked_mode():
    noise = ndimage.gaussian_filter(np.random.default_rng(1).random((120, 160)), 3)
    partition = connected((noise > np.median(noise)).astype(np.int32))
    free = paths_of(partition)
    capped = paths_of(partition, max_segments=12)
    assert max(path.segments for path in free) > 12
    assert max(path.segments for path in capped) <= 12


def test_coordinates_are_those_of_the_original_image():
    partition = np.zeros((10, 20), dtype=np.int32)
    partition[2:6, 5:15] = 1
    rgb = np.zeros((10, 20, 3), dtype=np.float32)
    path = trace(rgb, partition, width=60, height=20)[1]
    assert path.contours[0].min(axis=0).tolist() == [15.0, 4.0]
    assert path.contours[0].max(axis=0).tolist() == [45.0, 12.0]


def test_fill_is_the_mean_colour():
    rgb = np.zeros((4, 4, 3), dtype=np.float32)
    rgb[:2, :, 0] = [0.0, 0.5, 1.0, 0.5]
    partition = np.repeat([0, 0, 1, 1], 4).reshape(4, 4)
    first, second = trace(rgb, partition, width=4, height=4)
    assert first.fill.color == pytest.approx((0.5, 0.0, 0.0))
    assert second.fill.color == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("threads", [1, 3])
def test_same_input_same_bytes(threads):
    partition = connected(np.random.default_rng(2).integers(0, 3, (40, 40)))
    first, second = paths_of(partition), paths_of(partition, threads=threads)
    assert all(
        a.tobytes() == b.tobytes()
        for p, q in zip(first, second, strict=True)
        for a, b in zip(p.contours, q.contours, strict=True)
    )


def test_progress_and_cancelling():
    seen = []
    partition = np.array([[0, 1, 2]], dtype=np.int32)
    paths_of(partition, report=Reporter("trace", seen.append))
    assert [progress.fraction for progress in seen] == pytest.approx([1 / 3, 2 / 3, 1.0])
    token = CancelToken()
    token.cancel()
    for mode in ("stacked", "cutout"):
        with pytest.raises(Cancelled):
            paths_of(partition, mode=mode, report=Reporter("trace", cancel=token))


@pytest.mark.parametrize(
    ("partition", "message"),
    [
        (np.zeros((3, 3)), "whole numbers"),
        (np.zeros(9, dtype=int), "whole numbers"),
        (np.zeros((0, 3), dtype=int), "whole numbers"),
        (np.array([[0, 2]]), "none left out"),
        (np.array([[-1, 0]]), "none left out"),
        (np.array([[0, 1, 0]]), "4-connected"),
    ],
)
def test_refuses_what_is_not_a_partition(partition, message):
    rgb = np.zeros((*partition.shape, 3), dtype=np.float32)
    with pytest.raises(SegmentationError, match=message):
        trace(rgb, partition, width=3, height=3)


def test_refuses_a_picture_of_another_size():
    with pytest.raises(SegmentationError, match=r"\(2, 2, 3\)"):
        trace(np.zeros((3, 2, 3), dtype=np.float32), np.zeros((2, 2), dtype=int), width=2, height=2)


@pytest.mark.parametrize(
    "options",
    [{"tolerance": 0.0}, {"tolerance": float("nan")}, {"mode": "layered"}, {"max_segments": 3}, {"width": 0}],
)
def test_refuses_impossible_options(options):
    with pytest.raises(OptionError):
        trace(
            np.zeros((2, 2, 3), dtype=np.float32),
            np.zeros((2, 2), dtype=int),
            **{"width": 2, "height": 2} | options,
        )


@pytest.mark.parametrize("seed", range(3))
def test_boxes_of_regions_are_those_that_scipy_finds(seed):
    rng = np.random.default_rng(seed)
    partition = connected(rng.integers(0, 3, size=(17, 23)))
    order, boxes = order_and_boxes(partition)
    wanted = [
        (rows.start, rows.stop, columns.start, columns.stop)
        for rows, columns in ndimage.find_objects(order.rank + 1)
    ]
    np.testing.assert_array_equal(boxes, wanted)
