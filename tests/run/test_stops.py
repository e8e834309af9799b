"""Stops keep what was done; what cannot work is told before the long work begins."""

from __future__ import annotations

import numpy as np
import pytest

from huefold.errors import OptionError, SaliencyError
from huefold.progress import CancelToken
from huefold.run.pipeline import vectorize


def picture(height=48, width=64):
    rng = np.random.default_rng(3)
    blocks = rng.random((6, 8, 3))
    photo = np.kron(blocks, np.ones((height // 6, width // 8, 1)))
    return (photo * 255).astype(np.uint8)


def cancelled_at(stage, fraction):
    cancel = CancelToken()

    def stop(report):
        if report.stage == stage and report.fraction >= fraction:
            cancel.cancel()

    return vectorize(picture(), paths=12, rounds=3, progress=stop, cancel=cancel)


@pytest.mark.slow
def test_a_stop_once_regions_are_traced_loses_no_work():
    early, late = cancelled_at("refine", 0.0), cancelled_at("refine", 0.4)
    for result in (cancelled_at("trace", 0.0), early, late):
        assert result.report.stopped == "cancelled"
        assert result.svg.count("<path") == 12  # the budget is a promise, kept also when stopped
    assert late.report.fidelity.mse < early.report.fidelity.mse


def test_a_map_that_does_not_fit_is_told_before_the_long_work():
    stages = []
    with pytest.raises(SaliencyError, match="aspect"):
        vectorize(picture(), saliency=np.ones((10, 50)), progress=lambda report: stages.append(report.stage))
    assert "segment" not in stages


def test_a_segmenter_of_another_kind_is_not_printed_whole():
    with pytest.raises(OptionError, match="type list") as caught:
        vectorize(picture(), segmenter=[[0] * 64] * 48)
    assert len(str(caught.value)) < 120
