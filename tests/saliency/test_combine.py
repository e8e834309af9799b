"""Combining and normalising saliency maps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from tests.saliency.maps import assert_map

from huefold.errors import OptionError, SaliencyError
from huefold.saliency import combine, normalise

UNIT = st.floats(0, 1, width=32)


@given(
    maps=npst.arrays(
        np.float32, st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 5)), elements=UNIT
    )
)
@settings(max_examples=60, deadline=None)
def test_combining_stays_between_the_maps(maps: np.ndarray) -> None:
    largest = combine(list(maps))
    mean = combine(list(maps), how="weighted")
    assert_map(largest, maps.shape[1:])
    assert_map(mean, maps.shape[1:])
    np.testing.assert_array_equal(largest, maps.max(axis=0))
    assert (mean <= maps.max(axis=0) + 1e-6).all() and (mean >= maps.min(axis=0) - 1e-6).all()


def test_weights_scale_maps() -> None:
    one, other = np.full((1, 1), 1.0), np.full((1, 1), 0.6)
    assert combine([one, other], weights=[0.5, 1.0]) == np.float32(0.6)
    assert combine([one, other], how="weighted", weights=[1, 0]) == 1.0


@pytest.mark.parametrize(
    ("maps", "options", "error"),
    [
        ([], {}, SaliencyError),
        ([np.zeros((2, 2)), np.zeros((2, 3))], {}, SaliencyError),
        ([np.zeros(4)], {}, SaliencyError),
        ([np.full((2, 2), np.nan)], {}, SaliencyError),
        ([np.full((2, 2), 2.0)], {}, SaliencyError),
        ([np.zeros((2, 2))], {"how": "min"}, OptionError),
        ([np.zeros((2, 2))], {"weights": [1.0, 1.0]}, OptionError),
        ([np.zeros((2, 2))], {"weights": [-1.0]}, OptionError),
        ([np.zeros((2, 2))], {"weights": [2.0]}, OptionError),
        ([np.zeros((2, 2))], {"how": "weighted", "weights": [0.0]}, OptionError),
        ([np.zeros((2, 2))], {"how": "weighted", "weights": [np.inf]}, OptionError),
    ],
)
def test_what_cannot_be_combined_is_refused(
    maps: list[np.ndarray], options: dict, error: type[Exception]
) -> None:
    with pytest.raises(error):
        combine(maps, **options)


@given(
    values=npst.arrays(
        np.float64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.floats(-1e6, 1e6)
    ),
)
@settings(max_examples=60, deadline=None)
def test_normalising_spans_the_unit_interval_or_says_nothing(values: np.ndarray) -> None:
    saliency = normalise(values)
    assert_map(saliency, values.shape)
    if (saliency == 0.5).all():
        assert np.ptp(values) <= 1e-9 * max(1.0, np.abs(values).max()) or values.size == 1
    else:
        assert saliency.min() == 0.0 and saliency.max() == 1.0
        assert saliency.ravel()[values.argmax()] == 1.0


def test_normalising_refuses_what_is_not_finite() -> None:
    with pytest.raises(SaliencyError, match="not finite"):
        normalise(np.array([[0.0, np.nan]]))
