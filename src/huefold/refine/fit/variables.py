"""What of a drawing may move: outlines, colours, opacities and gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.refine.fit.fill_variables import FillVariables
from huefold.refine.fit.outlines import OutlineVariables, SmoothOutlines, StraightOutlines
from huefold.refine.fit.smooth_nodes import SmoothNodes
from huefold.render import SceneArrays

__all__ = ["Variables"]

PHOTO_END_SHARE = 0.5
GIVEN_END_SHARE = 2.0
"""Learning rate of gradient ends, as a share of that of points, in drawings from photos and in given ones.

Gradients that were fitted to a photo begin where they belong; the ends of given ones may lie far away.
"""

GIVEN_MOMENT_SHARE = 0.6
"""Share of a point's second moment that is the mean over its path, in given drawings: few spikes form."""


@dataclass(frozen=True, slots=True, eq=False)
class Variables:
    """What may move, and how. All colours of paths do."""

    outlines: OutlineVariables
    fills: FillVariables | None  # of gradients, if there are any
    opacities: NDArray[np.bool_]  # (N,), paths whose opacity may change
    background: bool  # whether the background's colour may change
    end_share: float  # learning rate of ends and circles of gradients, as a share of that of points
    beneath: bool  # whether the gradient needs what lies beneath opaque paths, as that of opacities does

    @classmethod
    def of_photo(cls, arrays: SceneArrays, smooth: SmoothNodes) -> Variables:
        """Return everything but opacities, for a drawing from a photo."""
        return cls(
            outlines=SmoothOutlines.of(arrays.points, smooth),
            fills=_fills(arrays),
            opacities=np.zeros(arrays.path_count, np.bool_),
            background=True,
            end_share=PHOTO_END_SHARE,
            beneath=False,
        )

    @classmethod
    def of_given(cls, arrays: SceneArrays, *, background: bool) -> Variables:
        """Return what a drawing's author left open: lines stay straight, opaque paths opaque."""
        fills, opacities = _fills(arrays), arrays.opacities < 1.0
        return cls(
            outlines=StraightOutlines.of(arrays, moment_share=GIVEN_MOMENT_SHARE),
            fills=fills,
            opacities=opacities,
            background=background,
            end_share=GIVEN_END_SHARE,
            beneath=bool(opacities.any()) or (fills is not None and bool(fills.opacities.any())),
        )


def _fills(arrays: SceneArrays) -> FillVariables | None:
    return None if arrays.gradients is None else FillVariables.of(arrays.gradients)
