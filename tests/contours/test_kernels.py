"""Tracing kernels against slow, obvious twins."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage
from scipy.spatial import cKDTree

from huefold.bezier.curves import evaluate
from huefold.contours import kernels
from huefold.contours.chains import count_segments, fit_chain
from huefold.trace import painter_order
from huefold.trace.cutout import shared_boundaries


def connected(labels):
    result = np.full(labels.shape, -1, dtype=np.int32)
    count = 0
    for label in np.unique(labels):
        parts, found = ndimage.label(labels == label)
        result[parts > 0] = parts[parts > 0] + count - 1
        count += found
    return result


labels = hnp.arrays(np.int32, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.integers(0, 2))
partitions = labels.map(connected)


@settings(deadline=None)
@given(hnp.arrays(np.int64, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.integers(-2, 1)))
def test_components_are_numbered_as_they_first_occur(labels):
    _, first, inverse = np.unique(connected(labels), return_index=True, return_inverse=True)
    expected = np.argsort(np.argsort(first))[inverse].reshape(labels.shape)
    np.testing.assert_array_equal(kernels.components(labels), expected)


@given(partitions)
@settings(deadline=None)
def test_contours_use_each_crack_once_with_its_region_on_the_right(partition):
    points, offsets, owners, twice_areas = kernels.region_contours(partition)
    padded = np.pad(partition, 1, constant_values=-1)
    area = np.zeros(partition.max() + 1)
    seen = set()
    for k, owner in enumerate(owners):
        loop = points[offsets[k] : offsets[k + 1]].astype(int)
        for (x, y), (u, v) in zip(loop, np.roll(loop, -1, axis=0), strict=True):
            # Half a pixel to the right of the middle of the crack is its own region, to the left another.
            cx, cy = (x + u) / 2 - (v - y) / 2, (y + v) / 2 + (u - x) / 2
            ox, oy = (x + u) / 2 + (v - y) / 2, (y + v) / 2 - (u - x) / 2
            assert padded[int(np.floor(cy)) + 1, int(np.floor(cx)) + 1] == owner
            assert padded[int(np.floor(oy)) + 1, int(np.floor(ox)) + 1] != owner
            assert abs(x - u) + abs(y - v) == 1
            seen.add((x, y, u, v))
        x, y = loop.T
        assert twice_areas[k] == np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))
        area[owner] += twice_areas[k] / 2
    cracks = 2 * ((padded[1:] != padded[:-1]).sum() + (padded[:, 1:] != padded[:, :-1]).sum())
    border = 2 * sum(partition.shape)
    assert len(seen) == len(points) == cracks - border
    assert area.tolist() == np.bincount(partition.ravel()).tolist()


@given(partitions)
@settings(deadline=None)
def test_containers_come_first(partition):
    order = painter_order(partition).labels
    position = np.argsort(order)
    assert sorted(order) == list(range(partition.max() + 1))
    for label in order:
        filled = ndimage.binary_fill_holes(partition == label)
        assert all(position[inner] >= position[label] for inner in np.unique(partition[filled]))


@given(partitions)
@settings(deadline=None)
def test_chains_hold_each_crack_once(partition):
    boundaries = shared_boundaries(partition)
    cracks = [tuple(map(tuple, sorted(map(tuple, pair)))) for c in boundaries.chains for pair in pairwise(c)]
    padded = np.pad(partition, 1, constant_values=-1)
    assert len(set(cracks)) == len(cracks)
    assert len(cracks) == (padded[1:] != padded[:-1]).sum() + (padded[:, 1:] != padded[:, :-1]).sum()
    uses = [number for contours in boundaries.contours for contour in contours for number, _ in contour]
    assert set(np.bincount(uses)) <= {1, 2}


def covered(rank, level, margin):
    """Twin of `cover` on the whole canvas: distances by brute force, growth by repeated dilation."""
    height, width = rank.shape
    y, x = np.mgrid[:height, :width]
    square = (y[..., None] - y.ravel()) ** 2 + (x[..., None] - x.ravel()) ** 2
    flat = rank.ravel()
    far = (margin + 1) ** 2
    own = np.where(flat == level, square, far).min(axis=-1)
    lower = np.minimum(np.where(flat < level, square, far).min(axis=-1), far)
    may = (rank == level) | ((rank > level) & (own <= margin**2) & (own <= lower))
    mask = rank == level
    mask = ndimage.binary_propagation(mask, mask=may)
    parts, count = ndimage.label(~mask)
    for part in range(1, count + 1):
        if (rank[parts == part] > level).all():
            mask |= parts == part
    return mask


@given(partitions, st.integers(1, 4))
@settings(deadline=None)
def test_cover_agrees_with_its_twin(partition, margin):
    rank = painter_order(partition).rank
    height, width = rank.shape
    for level in range(rank.max() + 1):
        mask = kernels.cover(rank, level, 0, 0, height, width, margin)
        assert (mask.astype(bool) == covered(rank, level, margin)).all()


@given(partitions)
@settings(deadline=None)
def test_cover_holds_its_region_and_hides_no_earlier_one(partition):
    rank = painter_order(partition).rank
    for level, (rows, cols) in enumerate(ndimage.find_objects(rank + 1)):
        top, left = max(0, rows.start - 2), max(0, cols.start - 2)
        crop = rank[top : rows.stop + 2, left : cols.stop + 2]
        mask = kernels.cover(rank, level, top, left, *crop.shape, 2) == 1
        assert mask[crop == level].all()
        assert not mask[crop < level].any()


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10_000), tolerance=st.sampled_from([0.4, 0.75, 1.5, 4.0]))
@example(seed=1437, tolerance=0.4)  # 0.031 pixels beyond it, which one blob in about 700 has
def test_midpoints_lie_within_the_tolerance(seed, tolerance):
    """An outline of a random blob passes each crack's midpoint as closely as asked (by dense sampling)."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).random((40, 40)), 2.5)
    mask = np.pad(noise > np.quantile(noise, 0.6), 2).astype(np.int32)
    points, offsets = kernels.mask_contours(mask)
    loop = points[: offsets[1]]
    chain = np.concatenate([loop, loop[:1]])
    fixed = np.zeros(len(chain), dtype=bool)
    segments = fit_chain(chain, np.full(len(loop), tolerance), fixed=fixed, canvas=(44, 44))
    assert (segments[:-1, 3] == segments[1:, 0]).all()
    assert (segments[-1, 3] == segments[0, 0]).all()
    curve = evaluate(segments, np.linspace(0, 1, 200)).reshape(-1, 2)
    middles = 0.5 * (chain[1:] + chain[:-1])
    gaps = np.hypot(*(middles[:, None] - curve).transpose(2, 0, 1)).min(axis=1)
    assert gaps.max() <= tolerance + 0.04


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10_000), tolerance=st.sampled_from([0.4, 0.75, 1.5, 4.0]), data=st.data())
def test_a_count_is_that_of_the_fit(seed, tolerance, data):
    """Segments are counted as `fit_chain` makes them, of closed and open chains; beyond a limit only that."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).random((40, 40)), 2.0)
    points, offsets = kernels.mask_contours((noise > np.median(noise)).astype(np.int32))
    loop = points[: offsets[1]]
    chain = np.concatenate([loop, loop[:1]])[
        : data.draw(st.sampled_from([len(loop) + 1, len(loop) // 2 + 1]))
    ]
    limits = {"fixed": np.zeros(len(chain), dtype=bool), "canvas": (40, 40)}
    tolerances = np.full(len(chain) - 1, tolerance)
    count = len(fit_chain(chain, tolerances, **limits))
    assert count_segments(chain, tolerances, **limits, most=count) == count
    assert count_segments(chain, tolerances, **limits, most=count - 1) >= count


@pytest.mark.parametrize("tolerance", [0.75, 2.5, 3.25])
def test_curves_do_not_run_out_between_samples(tolerance):
    """Every point of the curve, not only those closest to midpoints, stays by the chain."""
    worst = 0.0
    for seed in range(6):
        noise = ndimage.gaussian_filter(np.random.default_rng(seed).random((90, 120)), 1.6)
        points, offsets = kernels.mask_contours((noise > np.median(noise)).astype(np.int32))
        for start, stop in pairwise(offsets):
            chain = np.concatenate([points[start:stop], points[start : start + 1]])
            free = np.zeros(len(chain), dtype=bool)
            segments = fit_chain(chain, np.full(stop - start, tolerance), fixed=free, canvas=(120, 90))
            curve = evaluate(segments, np.linspace(0, 1, 50)).reshape(-1, 2)
            middles = 0.5 * (chain[1:] + chain[:-1])
            worst = max(worst, float(cKDTree(middles).query(curve)[0].max()))
    assert worst < tolerance + 1.25


def test_thickness_is_that_of_the_thinner_side():
    mask = np.zeros((9, 20), dtype=np.int32)
    mask[3:5, 2:18] = 1
    points, _ = kernels.mask_contours(mask)
    chain = np.concatenate([points, points[:1]])
    caps = kernels.thickness_caps(mask, chain, 0.5, 4)
    across = chain[:-1, 1] == chain[1:, 1]
    assert (caps[across] == 1.0).all()
    assert (caps[~across] == 1.0).all()  # two pixels of background left and right


def test_the_tolerance_is_none_on_the_canvas_border_and_wide_beneath_later_paths():
    rank = np.zeros((20, 40), dtype=np.int32)
    rank[:10, :20] = 1
    rank[:10, 20:] = 2
    mask = kernels.cover(rank, 1, 0, 0, 20, 40, 4)
    points, _ = kernels.mask_contours(mask)
    tolerance = kernels.crack_limits(rank, 1, points, 0.75, 5)
    on_top = (points[:, 1] == 0) & (np.roll(points, -1, axis=0)[:, 1] == 0)
    beneath = (points[:, 0] == 24) & (points[:, 1] < 5)
    low = (points[:, 1] == 10) & (points[:, 0] > 1) & (points[:, 0] < 20)
    assert (tolerance[on_top] == 0.0).all()
    assert (tolerance[beneath] > 2.0).all()
    assert (tolerance[low] == 0.75).all()
