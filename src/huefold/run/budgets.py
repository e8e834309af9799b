"""Budgets other than paths: at most so many nodes or bytes, or the fewest paths that reach a PSNR.

`huefold.run.budget_search` finds the number of paths; excess is trimmed, least important paths first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huefold.errors import BudgetError, BudgetMissedError
from huefold.options import BudgetKind
from huefold.run.budget_search import Budget, PathSearch
from huefold.run.writing import Written
from huefold.scene import Scene

__all__ = ["Found", "spend"]

_TRIMS = 3
"""How often the importance of paths is computed anew while a drawing with a PSNR to reach is trimmed."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The drawing that a search ended with.

    Parameters
    ----------
    written : Written
        The drawing, trimmed.
    paths, quick : int, bool
        Of the fit that it comes from: its number of paths, and whether it was a quick one.
    fits : int
        Fits in all.
    met : bool
        Whether the budget holds: always, unless a PSNR was not reached before the search was stopped.
    """

    written: Written
    paths: int
    quick: bool
    fits: int
    met: bool


def spend(
    budget: Budget,
    draw: Callable[[int, bool], Written],
    write: Callable[[Scene], Written],
    importance: Callable[[Scene], NDArray[np.float64]],
    fidelity: Callable[[Scene], float],
    *,
    quick: bool = True,
    stopped: Callable[[], bool] = bool,
) -> Found:
    """Find a drawing that keeps within a budget and uses it as far as a few fits can.

    Parameters
    ----------
    budget : Budget
        What it may cost, or must reach.
    draw : callable
        Takes a number of paths, and whether a quick fit will do; gives a drawing of at most so many paths.
    write : callable
        Takes a scene, gives the same as written.
    importance : callable
        Takes a scene, gives the increase in error without each path, (N,).
    fidelity : callable
        Takes a scene, gives its PSNR in dB without writing it.
    quick : bool, optional
        Whether quick fits take less time than others, so that it pays to predict from them.
    stopped : callable, optional
        Whether to keep the best drawing so far.

    Returns
    -------
    found : Found

    Raises
    ------
    BudgetError
        If not even an empty drawing keeps within the bytes.
    BudgetMissedError
        If no drawing tried reaches the PSNR.
    Cancelled
        If cancelled before there was a drawing.

    Examples
    --------
    >>> from huefold.scene import Path, Solid, contour_from_polygon
    >>> box = Path((contour_from_polygon([(0, 0), (4, 0), (4, 4), (0, 4)]),), Solid((0, 0, 0)))
    >>> def write(scene):
    ...     return Written("<svg>" + len(scene.paths) * "<path/>", scene, 20.0, np.zeros((4, 4, 3), np.float32))
    >>> def draw(paths, quick):
    ...     return write(Scene(4, 4, (1, 1, 1), paths * (box,)))
    >>> def importance(scene):
    ...     return np.ones(len(scene.paths))
    >>> found = spend(Budget("nodes", 30), draw, write, importance, lambda scene: 20.0)
    >>> found.written.nodes
    28
    """
    search = PathSearch(budget, draw, stopped)
    search.run(quick=quick)
    chosen = search.best()
    if search.meets(chosen.written) and budget.kind == "psnr":
        written = _fewest(budget, chosen.written, write, importance, fidelity)
    elif budget.kind == "psnr":
        written = _short_of_psnr(budget, chosen.written, stopped=stopped())
    else:
        written = _within_limit(budget, chosen.written, write, importance)
    return Found(written, chosen.paths, chosen.quick, search.fits, search.meets(written))


def _short_of_psnr(budget: Budget, written: Written, *, stopped: bool) -> Written:
    """Raise because the PSNR was not reached, unless the search was stopped: then keep the best drawing."""
    if stopped:
        return written
    raise BudgetMissedError(
        f"a PSNR of {budget.limit:g} dB was not reached: {len(written.scene.paths)} paths give "
        f"{written.psnr:.2f} dB; ask for less, or for more work with the preset best",
        asked=budget.limit,
        reached=written.psnr,
    )


def _within_limit(
    budget: Budget,
    written: Written,
    write: Callable[[Scene], Written],
    importance: Callable[[Scene], NDArray[np.float64]],
) -> Written:
    """Drop the paths of least importance for what they cost, until the rest is within the limit."""
    while written.spent(budget.kind) > budget.limit:
        if not written.scene.paths:
            raise BudgetError(
                f"a budget of {budget.limit:g} bytes is too small: the background alone takes {written.bytes}",
                asked=budget.limit,
                least=written.bytes,
            )
        costs = _costs(written, budget.kind)
        order = np.argsort(importance(written.scene) / costs, kind="stable")
        excess = written.spent(budget.kind) - budget.limit
        enough = int(np.searchsorted(np.cumsum(costs[order]), excess)) + 1
        # The importance of a path depends on the others: after a tenth of them it is computed anew.
        drop = min(enough, max(1, len(order) // 10))
        written = write(_without(written.scene, order[:drop]))
    return written


def _fewest(
    budget: Budget,
    written: Written,
    write: Callable[[Scene], Written],
    importance: Callable[[Scene], NDArray[np.float64]],
    fidelity: Callable[[Scene], float],
) -> Written:
    """Drop as many of the least important paths as the PSNR allows."""
    for _ in range(_TRIMS):
        order = np.argsort(importance(written.scene), kind="stable")
        few, many = 0, len(order) + 1
        while many - few > 1:
            drop = min((few + many) // 2, 2 * few + max(1, len(order) // 50))
            if fidelity(_without(written.scene, order[:drop])) >= budget.limit:
                few = drop
            else:
                many = drop
        while few:  # coordinates of the file are rounded anew, which changes the PSNR
            tried = write(_without(written.scene, order[:few]))
            if tried.psnr >= budget.limit:
                break
            few = few * 9 // 10
        if not few:
            return written
        written = tried
    return written


def _costs(written: Written, kind: BudgetKind) -> NDArray[np.float64]:
    """Return what each path takes of the budget, (N,)."""
    if kind == "nodes":
        return np.array([max(1, path.segments) for path in written.scene.paths], dtype=np.float64)
    starts = [match.start() for match in re.finditer("<path", written.svg)]
    costs = np.diff([*starts, len(written.svg)]).astype(np.float64)
    # Each path of the scene is one element; if that should ever change, count them alike.
    return costs if len(costs) == len(written.scene.paths) else np.ones(len(written.scene.paths))


def _without(scene: Scene, paths: NDArray[np.intp]) -> Scene:
    gone = set(paths.tolist())
    return replace(scene, paths=tuple(path for k, path in enumerate(scene.paths) if k not in gone))
