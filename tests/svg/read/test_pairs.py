"""Pairs of documents and resvg's drawings of them: ours are the same, or there is a reason."""

from __future__ import annotations

import pytest
from benchmarks.resvg_pairs import compare, load_pairs

# What we draw otherwise, and why.
KNOWN = {
    "shapes/rect/rem-values.svg": "resvg does not know the unit rem",
    "painting/fill/rgba-0-127-0-50percent.svg": "resvg does not read percentages of opacity in rgba()",
    "paint-servers/radialGradient/focal-point-correction.svg": "scenes have no cones: the focus is moved inside",
}


@pytest.mark.slow
def test_pairs_are_drawn_alike(eval_dir):
    folder = eval_dir / "resvg"
    if not (folder / "index.json").is_file():
        pytest.skip("the pairs are not among the evaluation data")
    pairs = [compare(*one) for one in load_pairs(folder)]
    off = {pair.name for pair in pairs if pair.difference > 1.0}
    assert off == set(KNOWN)
    assert len(pairs) == 180
