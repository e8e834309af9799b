"""Boxes and points as saliency."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.saliency.maps import assert_map

from huefold.errors import SaliencyError
from huefold.saliency import Box, Point, boxes, points


@given(
    x=st.tuples(st.floats(-5, 25), st.floats(-5, 25)),
    y=st.tuples(st.floats(-5, 20), st.floats(-5, 20)),
    weight=st.floats(0, 1),
)
@settings(max_examples=60, deadline=None)
def test_a_box_weighs_its_area_inside_the_image(
    x: tuple[float, float], y: tuple[float, float], weight: float
) -> None:
    wide = max(0.0, min(20.0, max(x)) - max(0.0, min(x)))
    high = max(0.0, min(15.0, max(y)) - max(0.0, min(y)))
    box = Box(x[0], y[0], x[1], y[1], weight)
    if wide * high < 1e-6:
        return
    saliency = boxes([box], (15, 20))
    assert_map(saliency, (15, 20))
    assert saliency.sum() == pytest.approx(weight * wide * high, rel=1e-4, abs=1e-4)


def test_marks_overlap_by_the_largest_weight_over_the_outside() -> None:
    saliency = boxes([(0, 0, 6, 6, 0.9), (4, 4, 10, 10, 0.4)], (12, 12), outside=0.1)
    assert saliency[5, 5] == np.float32(0.9)
    assert saliency[8, 8] == np.float32(0.4)
    assert saliency[11, 11] == np.float32(0.1)


def test_a_point_falls_off_smoothly_from_its_centre() -> None:
    saliency = points([Point(10.5, 8.5, radius=5, weight=0.8)], (20, 20))
    assert saliency[8, 10] == saliency.max() == np.float32(0.8)
    across = saliency[8, 10:]
    assert (np.diff(across) <= 0).all() and (across[5:] == 0).all()
    np.testing.assert_allclose(saliency[8, 5:16], saliency[8, 5:16][::-1], atol=1e-6)
    np.testing.assert_allclose(saliency[3:14, 10], saliency[8, 5:16], atol=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda: boxes([], (5, 5)),
        lambda: boxes([Box(1, 1, 1, 4)], (5, 5)),
        lambda: boxes([Box(6, 0, 9, 4)], (5, 5)),
        lambda: boxes([Box(0, 0, 4, 4, 1.5)], (5, 5)),
        lambda: boxes([Box(0, 0, 4, 4, float("nan"))], (5, 5)),
        lambda: boxes([Box(0, 0, float("nan"), 4)], (5, 5)),
        lambda: points([], (5, 5)),
        lambda: points([Point(2, 2, 0)], (5, 5)),
        lambda: points([Point(2, 2, -1)], (5, 5)),
        lambda: points([Point(float("nan"), 2, 1)], (5, 5)),
        lambda: points([Point(50, 2, 1)], (5, 5)),
        lambda: points([Point(2, 2, 1, -0.5)], (5, 5)),
        lambda: points([Point(2, 2, 1)], (5, 5), outside=2.0),
    ],
)
def test_marks_that_mark_nothing_are_refused(make: object) -> None:
    with pytest.raises(SaliencyError):
        make()
