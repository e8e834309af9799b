"""Nobody changes what another holds: models get copies, and so does who gets a result."""

from __future__ import annotations

import pytest
from tests.small_picture import PARTITION, middle, photo

from huefold.metrics import psnr
from huefold.options import Options
from huefold.run.pipeline import vectorize
from huefold.run.session import Session

FAST = {"paths": 8, "preset": "fast", "rounds": 2, "threads": 1}


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
