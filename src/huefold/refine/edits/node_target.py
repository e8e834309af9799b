"""Removal of excess nodes in rounds, down to the number of nodes that a drawing may end with."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from huefold.refine.context import RefinementContext
from huefold.refine.drawing import Drawing
from huefold.refine.edits.node_removal import NodeRemoval, remove_nodes
from huefold.refine.settings import RefineSettings

__all__ = ["NodeTarget", "remove_excess_nodes"]

CHEAP_SHARE = 0.4
"""Loss increase, as a share of the mean loss per node, below which a node is cheap to remove."""


@dataclass(frozen=True, slots=True)
class NodeTarget:
    """Numbers of nodes that a drawing may end with.

    Examples
    --------
    >>> settings = RefineSettings(node_oversampling=1.5, node_leeway=0.1)
    >>> target = NodeTarget.of(settings, nodes=1500, inherited=0)
    >>> target
    NodeTarget(least=900, usual=1000, most=1100)
    >>> [target.excess(1300, cheap) for cheap in (20, 250, 700)]
    [200, 250, 400]
    """

    least: int  # number of nodes where they matter little for the error
    usual: int  # where they matter as usual
    most: int  # where they matter much

    @classmethod
    def of(cls, settings: RefineSettings, nodes: int, inherited: int) -> NodeTarget:
        """Begin with so many nodes, of which the inherited ones all stay."""
        new = round((nodes - inherited) / settings.node_oversampling)
        leeway = round(settings.node_leeway * new) if settings.node_oversampling > 1.0 else 0
        return cls(inherited + new - leeway, inherited + new, inherited + new + leeway)

    def excess(self, nodes: int, cheap: int) -> int:
        """How many of a drawing's nodes are to be removed, of which so many are cheap to remove."""
        return min(max(cheap, nodes - self.most, 0), nodes - self.least)


def remove_excess_nodes(context: RefinementContext, drawing: Drawing, nodes: int) -> None:
    """Remove the excess of `nodes`, and what merged paths have beyond them, with a fit after each round."""
    settings, fixed = context.settings, context.settings.fixed_segments
    target = NodeTarget.of(settings, nodes, context.inherited_segments)
    turn, rounds = 1, settings.removal_rounds
    while turn <= rounds and (excess := _most_removable(drawing, target, fixed)) > 0:
        if context.monitor.expired():
            if not settings.removal_when_stopped:
                break
            rounds = min(
                rounds, turn + 1
            )  # The user cancelled and is waiting: one more round after this one.
        removal = NodeRemoval.of(drawing, context.draft, segments=fixed)
        if fixed is None:
            error = context.draft.loss(drawing) * context.draft.target.size
            cheap = removal.below(CHEAP_SHARE * error / max(target.usual, 1))
            excess = target.excess(drawing.nodes, cheap)
        drawing.arrays = removal.without(math.ceil(excess / (rounds + 1 - turn)))
        if not context.monitor.expired():
            message = f"removing nodes, round {turn} of {rounds}"
            context.fit(drawing, context.draft, settings.removal_iterations, message)
        turn += 1
    while fixed is not None and remove_nodes(drawing, context.draft, _beyond(drawing, fixed), segments=fixed):
        pass  # of two neighbours only one goes at a time


def _most_removable(drawing: Drawing, target: NodeTarget, fixed: int | None) -> int:
    """Return how many nodes may be removed: down to `target.least` in all, or to `fixed` in each path."""
    return drawing.nodes - target.least if fixed is None else _beyond(drawing, fixed)


def _beyond(drawing: Drawing, segments: int) -> int:
    """How many nodes paths have beyond so many segments each."""
    return int(np.maximum(drawing.path_nodes() - segments, 0).sum())
