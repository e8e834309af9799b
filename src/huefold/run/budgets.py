"""Budgets other than paths: at most so many nodes or bytes, or the fewest paths that reach a PSNR.

The number of paths is predicted from one quick fit, corrected by a second or third, and confirmed by fits with
the preset asked for; what is then too much is trimmed, least important paths first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.errors import BudgetError, BudgetMissedError, Cancelled
from huefold.scene import Scene

__all__ = ["MOST_PATHS", "Budget", "Found", "Written", "spend"]

Kind: TypeAlias = Literal["nodes", "bytes", "psnr"]

MOST_PATHS = 8192
"""The search goes no further: a drawing of more paths is neither compact nor soon done."""

_CHEAP_FITS, _FULL_FITS, _LAST_FITS = 3, 3, 7
_SLOPE = {"nodes": 1.0, "bytes": 1.0, "psnr": 1.4}  # of the measure, for each doubling of paths
_NEAR = {"nodes": 0.06, "bytes": 0.06, "psnr": 0.12}  # how much too much is left to trimming
_PER_PATH: dict[str, float] = {"nodes": 10.0, "bytes": 280.0}  # where the search begins
_TRIMMED = 2.5  # dB, lost where half of a drawing is trimmed away
_EXACT = 120.0  # dB: equal pictures, whose PSNR is infinite
_TRIMS = 3  # worth is asked anew that often
_FIRST_PATHS = 96  # and for a PSNR
_STEP_UP = 4  # times the paths at most, for a picture that did not need all it could have
_APART = 1.2  # times: closer numbers of paths are not both tried


@dataclass(frozen=True, slots=True)
class Budget:
    """What a drawing may cost, or must reach.

    Parameters
    ----------
    kind : {"nodes", "bytes", "psnr"}
        At most so many on-curve points, at most so many bytes of SVG, or at least so many dB.
    limit : float
        The number asked for.

    Examples
    --------
    >>> Budget("nodes", 2000).kind
    'nodes'
    """

    kind: Kind
    limit: float


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A drawing as its file has it.

    Parameters
    ----------
    svg : str
        The text.
    scene : Scene
        Read back from it.
    psnr : float
        In dB, of what the renderer draws of it.

    Examples
    --------
    >>> Written("<svg/>", Scene(1, 1, (1, 1, 1)), 20.0).nodes
    0
    """

    svg: str
    scene: Scene
    psnr: float

    @property
    def nodes(self) -> int:
        """On-curve points of all paths."""
        return sum(path.segments for path in self.scene.paths)

    @property
    def bytes(self) -> int:
        """Size of the text as UTF-8."""
        return len(self.svg.encode())

    def spent(self, kind: Kind) -> float:
        """Return the nodes, the bytes or the PSNR."""
        return {"nodes": float(self.nodes), "bytes": float(self.bytes), "psnr": self.psnr}[kind]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The drawing that a search ended with.

    Parameters
    ----------
    written : Written
        The drawing, trimmed.
    paths : int
        What the fit that it comes from was asked for.
    quick : bool
        Whether that was a quick one.
    fits : int
        Fits in all.
    met : bool
        Whether the budget holds: always, unless a PSNR was not reached before the search was stopped.

    Examples
    --------
    >>> Found(Written("<svg/>", Scene(1, 1, (1, 1, 1)), 20.0), 1, False, 1, True).met
    True
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
    worth: Callable[[Scene], NDArray[np.float64]],
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
    worth : callable
        Takes a scene, gives the rise in error without each path, (N,).
    fidelity : callable
        Takes a scene, gives its PSNR in dB without writing it.
    quick : bool, optional
        Whether quick fits are quicker than others, and so worth predicting from.
    stopped : callable, optional
        Whether to make do with what there is.

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
    ...     return Written("<svg>" + len(scene.paths) * "<path/>", scene, 20.0)
    >>> def draw(paths, quick):
    ...     return write(Scene(4, 4, (1, 1, 1), paths * (box,)))
    >>> def worth(scene):
    ...     return np.ones(len(scene.paths))
    >>> found = spend(Budget("nodes", 30), draw, write, worth, lambda scene: 20.0)
    >>> found.written.nodes
    28
    """
    search = _Search(budget, draw, stopped)
    search.run(quick=quick)
    chosen = search.best()
    if search.reached(chosen.written) and budget.kind == "psnr":
        written = _fewest(budget, chosen.written, write, worth, fidelity)
    elif budget.kind == "psnr":
        written = _short_of_psnr(budget, chosen.written, stopped=stopped())
    else:
        written = _within_limit(budget, chosen.written, write, worth)
    return Found(written, chosen.paths, chosen.quick, search.fits, search.reached(written))


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    paths: int
    quick: bool
    written: Written
    value: float
    """The measure: log2 of nodes or bytes, or dB."""

    @property
    def plain(self) -> bool:
        """Whether the picture was too plain to need all paths."""
        return len(self.written.scene.paths) < 0.98 * self.paths - 1


@dataclass(slots=True)
class _Search:
    budget: Budget
    draw: Callable[[int, bool], Written]
    stopped: Callable[[], bool]
    quick: list[_Trial] = field(default_factory=list)
    full: list[_Trial] = field(default_factory=list)

    @property
    def goal(self) -> float:
        return self.measure(self.budget.limit)

    @property
    def fits(self) -> int:
        return len(self.quick) + len(self.full)

    def measure(self, spent: float) -> float:
        return min(spent, _EXACT) if self.budget.kind == "psnr" else math.log2(max(spent, 1.0))

    def reached(self, written: Written) -> bool:
        spent = written.spent(self.budget.kind)
        return spent >= self.budget.limit if self.budget.kind == "psnr" else spent <= self.budget.limit

    @property
    def start(self) -> int:
        kind = self.budget.kind
        return _FIRST_PATHS if kind == "psnr" else self._within(self.budget.limit / _PER_PATH[kind])

    def run(self, *, quick: bool) -> None:
        try:
            self._settle(self._estimate() if quick else self.start)
        except Cancelled:
            if not self.quick and not self.full:
                raise

    def best(self) -> _Trial:
        """Return the trial to go on with; a quick one where the search was stopped or no other reaches the PSNR."""
        trials = self.full or self.quick
        if self.budget.kind != "psnr":
            if self.stopped():  # the last one half-way, perhaps
                return max(self.quick + self.full, key=self._worth_trimmed)
            return min(trials, key=lambda trial: abs(trial.value - self.goal))
        for group in (self.full, self.quick):
            good = [trial for trial in group if self.reached(trial.written)]
            if good:
                return min(good, key=lambda trial: len(trial.written.scene.paths))
        return max(trials, key=lambda trial: trial.value)

    def _worth_trimmed(self, trial: _Trial) -> float:
        """PSNR that a trial may have once it keeps within the budget."""
        return min(trial.written.psnr, _EXACT) - _TRIMMED * max(0.0, trial.value - self.goal)

    def _estimate(self) -> int:
        """Return the number of paths that quick fits predict."""
        paths = self.start
        for _ in range(_CHEAP_FITS):
            trial = self._try(paths, self.quick)
            following = self._within(self._predicted(self.quick, self.goal, _SLOPE[self.budget.kind]))
            near = abs(math.log2(following / paths)) < 0.04
            if near or trial.plain or self.stopped() or following in [t.paths for t in self.quick]:
                return following
            paths = following
        return paths

    def _settle(self, paths: int) -> None:
        """Fit with the preset asked for until what is too much is little enough to trim."""
        slope = self._slope(self.quick, _SLOPE[self.budget.kind])
        near = _NEAR[self.budget.kind]
        while not self.stopped() or not self.fits:
            trial = self._try(paths, self.full)
            if self._done(trial, near):
                return
            following = self._following(trial, self.goal + 0.4 * near, slope)
            if following is None:
                return
            paths = following

    def _following(self, trial: _Trial, goal: float, slope: float) -> int | None:
        """Return how many paths to try next, if there is a number left to try."""
        short = trial.value < self.goal
        if short and trial.plain and (better := self._better_with_fewer(trial)) is not None:
            middle = round(math.sqrt(better.paths * trial.paths))
            return middle if middle > _APART * better.paths else None
        following = self._within(self._predicted(self.full, goal, slope))
        if short and trial.plain:
            following = min(following, _STEP_UP * trial.paths)
        following = max(following, trial.paths + 1) if short else min(following, trial.paths - 1)
        if following in [t.paths for t in self.full] or not 1 <= following <= MOST_PATHS:
            return self._between()
        return following

    def _better_with_fewer(self, trial: _Trial) -> _Trial | None:
        """Return the best trial with fewer paths, if it is better: pictures that need no more get no better."""
        fewer = [t for t in (*self.quick, *self.full) if t.paths < trial.paths]
        best = max(fewer, key=lambda t: t.value, default=None)
        return best if best is not None and best.value >= trial.value else None

    def _done(self, trial: _Trial, near: float) -> bool:
        short = trial.value < self.goal - (0.0 if self.budget.kind == "psnr" else 0.015)
        if not short and trial.value <= self.goal + near:
            return True
        if short and (trial.paths >= MOST_PATHS or (trial.plain and self.budget.kind != "psnr")):
            return True
        missing = self.budget.kind == "psnr" and not any(self.reached(t.written) for t in self.full)
        return len(self.full) >= (_LAST_FITS if missing else _FULL_FITS)

    def _between(self) -> int | None:
        """Return a number of paths half-way between too few and too many, if there is one."""
        few = max((t.paths for t in self.full if t.value < self.goal), default=0)
        many = min((t.paths for t in self.full if t.value >= self.goal), default=MOST_PATHS)
        middle = (few + many) // 2
        return middle if few < middle < many else None

    def _try(self, paths: int, trials: list[_Trial]) -> _Trial:
        quick = trials is self.quick
        written = self.draw(paths, quick)
        trial = _Trial(paths, quick, written, self.measure(written.spent(self.budget.kind)))
        trials.append(trial)
        return trial

    def _predicted(self, trials: list[_Trial], goal: float, slope: float) -> float:
        nearest = min(trials, key=lambda trial: abs(trial.value - goal))
        doublings = (goal - nearest.value) / self._slope(trials, slope)
        return float(nearest.paths * 2.0 ** min(max(doublings, -5.0), 5.0))

    def _slope(self, trials: list[_Trial], usual: float) -> float:
        """Return how much the measure grows with a doubling of paths, by the two trials nearest to the goal."""
        near = sorted(trials, key=lambda trial: abs(trial.value - self.goal))[:2]
        if len(near) < 2 or near[0].paths == near[1].paths:
            return usual
        found = (near[1].value - near[0].value) / math.log2(near[1].paths / near[0].paths)
        return min(max(found, 0.5 * usual), 1.5 * usual)

    @staticmethod
    def _within(paths: float) -> int:
        return min(max(1, round(paths)), MOST_PATHS)


def _short_of_psnr(budget: Budget, written: Written, *, stopped: bool) -> Written:
    """Say that the PSNR was not reached, unless the search was stopped: then the best is kept."""
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
    worth: Callable[[Scene], NDArray[np.float64]],
) -> Written:
    """Drop those paths that are worth least for what they cost, until the rest is within the limit."""
    while written.spent(budget.kind) > budget.limit:
        if not written.scene.paths:
            raise BudgetError(
                f"a budget of {budget.limit:g} bytes is too small: the background alone takes {written.bytes}",
                asked=budget.limit,
                least=written.bytes,
            )
        costs = _costs(written, budget.kind)
        order = np.argsort(worth(written.scene) / costs, kind="stable")
        excess = written.spent(budget.kind) - budget.limit
        enough = int(np.searchsorted(np.cumsum(costs[order]), excess)) + 1
        # What a path is worth depends on the others: after a tenth of them it is asked anew.
        drop = min(enough, max(1, len(order) // 10))
        written = write(_without(written.scene, order[:drop]))
    return written


def _fewest(
    budget: Budget,
    written: Written,
    write: Callable[[Scene], Written],
    worth: Callable[[Scene], NDArray[np.float64]],
    fidelity: Callable[[Scene], float],
) -> Written:
    """Drop as many of the least important paths as the PSNR allows."""
    for _ in range(_TRIMS):
        order = np.argsort(worth(written.scene), kind="stable")
        few, many = 0, len(order) + 1
        while many - few > 1:
            drop = min((few + many) // 2, 2 * few + max(1, len(order) // 50))
            if fidelity(_without(written.scene, order[:drop])) >= budget.limit:
                few = drop
            else:
                many = drop
        while few:  # the file rounds anew: what holds for the scene need not hold for it
            tried = write(_without(written.scene, order[:few]))
            if tried.psnr >= budget.limit:
                break
            few = few * 9 // 10
        if not few:
            return written
        written = tried
    return written


def _costs(written: Written, kind: Kind) -> NDArray[np.float64]:
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
