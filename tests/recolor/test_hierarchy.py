"""Cuts of the hierarchy."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.recolor.pictures import QUICK, checkered

from huefold.errors import OptionError
from huefold.recolor import (
    Hierarchy,
    Merge,
    recolor,
)


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_cuts_are_nested_and_merges_in_order(data):
    rows, columns = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    count = rows * columns
    rgb, partition = checkered(rows, columns, side=2, seed=data.draw(st.integers(0, 99)))
    target = data.draw(st.integers(1, count))
    rounds = data.draw(st.integers(1, 4))
    hierarchy = recolor(
        rgb, partition, np.ones(partition.shape), target=target, rounds=rounds, settings=QUICK
    )
    assert [m.round for m in hierarchy.merges] == sorted(m.round for m in hierarchy.merges)
    for regions in range(target, count):
        coarse, fine = hierarchy.labels(regions), hierarchy.labels(regions + 1)
        assert len(set(zip(fine.tolist(), coarse.tolist(), strict=True))) == regions + 1
        merge = hierarchy.merges[count - regions - 1]
        assert fine[merge.first] != fine[merge.second]
        assert coarse[merge.first] == coarse[merge.second]
    np.testing.assert_array_equal(hierarchy.cut(count), partition)


def test_hierarchy_is_plain_json():
    rgb, partition = checkered(3, 3)
    hierarchy = recolor(rgb, partition, np.ones(partition.shape), target=4, settings=QUICK)
    found = json.loads(json.dumps(hierarchy.to_dict()))
    assert found["finest"] == 9 and found["coarsest"] == 4 and len(found["merges"]) == 5
    assert sum(found["leaf_sizes"]) == partition.size


@pytest.mark.parametrize("regions", [0, 1, 4])
def test_a_cut_that_is_not_there(regions):
    hierarchy = Hierarchy(np.array([[0, 1, 2]], np.int32), (Merge(0, 1, 1, 0.1),))
    with pytest.raises(OptionError, match="2 to 3 regions"):
        hierarchy.cut(regions)
