"""Search for the number of paths at which a drawing meets a budget of nodes, bytes or PSNR.

Quick fits predict the number; fits with the preset asked for confirm and correct it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from huefold.errors import Cancelled
from huefold.native.elementary import exp, log
from huefold.options import BudgetKind
from huefold.run.writing import Written

__all__ = ["MOST_PATHS", "Budget", "PathSearch", "Trial"]

MOST_PATHS = 8192
"""Most paths tried: a drawing of more is neither compact nor soon finished."""

_QUICK_FITS, _FULL_FITS, _LAST_FITS = 3, 3, 7
"""Most quick fits; most full fits; most full fits while the PSNR is not reached."""
_GROWTH = {"nodes": 1.0, "bytes": 1.0, "psnr": 1.4}  # of the measure, for each doubling of paths
_NEAR = {"nodes": 0.06, "bytes": 0.06, "psnr": 0.12}  # excess that is left to trimming
_PER_PATH = {"nodes": 10.0, "bytes": 280.0}  # of a drawing, to choose the first number of paths tried
_FIRST_PATHS = 96  # the same for a PSNR
_TRIMMING_LOSS = 2.5  # dB, where half of a drawing is trimmed away
_EXACT = 120.0  # dB, in place of the infinite PSNR of equal pictures
_STEP_UP = 4  # most times the paths in one step, if the picture did not need all of them
_APART = 1.2  # least ratio of two numbers of paths that are both tried
_LN_2 = 0.6931471805599453


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget other than paths: most on-curve points, most bytes of SVG, or least PSNR in dB."""

    kind: BudgetKind
    limit: float


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One fit of a search: its number of paths, whether it was quick, what it gave, and its measure.

    The measure, `value`, is the binary logarithm of nodes or bytes, or the PSNR in dB.
    """

    paths: int
    quick: bool
    written: Written
    value: float

    @property
    def plain(self) -> bool:
        """Whether the picture was too plain to need all paths."""
        return len(self.written.scene.paths) < 0.98 * self.paths - 1


@dataclass(slots=True)
class PathSearch:
    """Search for the number of paths that a budget comes to.

    `draw` and `stopped` are those of `huefold.run.budgets.spend`; `quick` and `full` hold the fits so far.
    """

    budget: Budget
    draw: Callable[[int, bool], Written]
    stopped: Callable[[], bool]
    quick: list[Trial] = field(default_factory=list)
    full: list[Trial] = field(default_factory=list)

    @property
    def _goal(self) -> float:
        return self._measure(self.budget.limit)

    @property
    def fits(self) -> int:
        """Number of fits so far."""
        return len(self.quick) + len(self.full)

    def _measure(self, spent: float) -> float:
        return min(spent, _EXACT) if self.budget.kind == "psnr" else _log2(max(spent, 1.0))

    def meets(self, written: Written) -> bool:
        """Whether a drawing keeps within the budget, or reaches its PSNR."""
        spent = written.spent(self.budget.kind)
        return spent >= self.budget.limit if self.budget.kind == "psnr" else spent <= self.budget.limit

    @property
    def _start(self) -> int:
        kind = self.budget.kind
        return _FIRST_PATHS if kind == "psnr" else self._within(self.budget.limit / _PER_PATH[kind])

    def run(self, *, quick: bool) -> None:
        """Fit until the number of paths is found; predict it by quick fits first, where `quick`."""
        try:
            self._confirm(self._estimate() if quick else self._start)
        except Cancelled:
            if not self.quick and not self.full:
                raise

    def best(self) -> Trial:
        """Return the trial to go on with; a quick one where the search was stopped or no other reaches the PSNR."""
        trials = self.full or self.quick
        if self.budget.kind != "psnr":
            if self.stopped():  # the last fit may have been stopped half-way
                return max(self.quick + self.full, key=self._psnr_trimmed)
            return min(trials, key=lambda trial: abs(trial.value - self._goal))
        for group in (self.full, self.quick):
            good = [trial for trial in group if self.meets(trial.written)]
            if good:
                return min(good, key=lambda trial: len(trial.written.scene.paths))
        return max(trials, key=lambda trial: trial.value)

    def _psnr_trimmed(self, trial: Trial) -> float:
        """PSNR that a trial may have once it keeps within the budget."""
        return min(trial.written.psnr, _EXACT) - _TRIMMING_LOSS * max(0.0, trial.value - self._goal)

    def _estimate(self) -> int:
        """Return the number of paths that quick fits predict."""
        paths = self._start
        for _ in range(_QUICK_FITS):
            trial = self._try(paths, self.quick)
            following = self._within(self._predicted(self.quick, self._goal, _GROWTH[self.budget.kind]))
            near = abs(_log2(following / paths)) < 0.04
            if near or trial.plain or self.stopped() or following in [t.paths for t in self.quick]:
                return following
            paths = following
        return paths

    def _confirm(self, paths: int) -> None:
        """Fit with the preset asked for until what is too much is little enough to trim."""
        growth = self._growth(self.quick, _GROWTH[self.budget.kind])
        near = _NEAR[self.budget.kind]
        while not self.stopped() or not self.fits:
            trial = self._try(paths, self.full)
            if self._done(trial, near):
                return
            following = self._following(trial, self._goal + 0.4 * near, growth)
            if following is None:
                return
            paths = following

    def _following(self, trial: Trial, goal: float, growth: float) -> int | None:
        """Return how many paths to try next, if there is a number left to try."""
        short = trial.value < self._goal
        if short and trial.plain and (better := self._better_with_fewer(trial)) is not None:
            middle = round(math.sqrt(better.paths * trial.paths))
            return middle if middle > _APART * better.paths else None
        following = self._within(self._predicted(self.full, goal, growth))
        if short and trial.plain:
            following = min(following, _STEP_UP * trial.paths)
        following = max(following, trial.paths + 1) if short else min(following, trial.paths - 1)
        if following in [t.paths for t in self.full] or not 1 <= following <= MOST_PATHS:
            return self._between()
        return following

    def _better_with_fewer(self, trial: Trial) -> Trial | None:
        """Return the best trial with fewer paths, if it is better: pictures that need no more get no better."""
        fewer = [t for t in (*self.quick, *self.full) if t.paths < trial.paths]
        best = max(fewer, key=lambda t: t.value, default=None)
        return best if best is not None and best.value >= trial.value else None

    def _done(self, trial: Trial, near: float) -> bool:
        short = trial.value < self._goal - (0.0 if self.budget.kind == "psnr" else 0.015)
        if not short and trial.value <= self._goal + near:
            return True
        if short and (trial.paths >= MOST_PATHS or (trial.plain and self.budget.kind != "psnr")):
            return True
        missing = self.budget.kind == "psnr" and not any(self.meets(t.written) for t in self.full)
        return len(self.full) >= (_LAST_FITS if missing else _FULL_FITS)

    def _between(self) -> int | None:
        """Return a number of paths half-way between too few and too many, if there is one."""
        few = max((t.paths for t in self.full if t.value < self._goal), default=0)
        many = min((t.paths for t in self.full if t.value >= self._goal), default=MOST_PATHS)
        middle = (few + many) // 2
        return middle if few < middle < many else None

    def _try(self, paths: int, trials: list[Trial]) -> Trial:
        for earlier in (*self.quick, *self.full):
            earlier.written.drawn = None  # the last fit is mostly the one that is kept
        quick = trials is self.quick
        written = self.draw(paths, quick)
        trial = Trial(paths, quick, written, self._measure(written.spent(self.budget.kind)))
        trials.append(trial)
        return trial

    def _predicted(self, trials: list[Trial], goal: float, growth: float) -> float:
        nearest = min(trials, key=lambda trial: abs(trial.value - goal))
        doublings = (goal - nearest.value) / self._growth(trials, growth)
        return nearest.paths * float(exp(_LN_2 * min(max(doublings, -5.0), 5.0)))

    def _growth(self, trials: list[Trial], usual: float) -> float:
        """Return how much the measure grows with a doubling of paths, by the two trials nearest to the goal."""
        near = sorted(trials, key=lambda trial: abs(trial.value - self._goal))[:2]
        if len(near) < 2 or near[0].paths == near[1].paths:
            return usual
        found = (near[1].value - near[0].value) / _log2(near[1].paths / near[0].paths)
        return min(max(found, 0.5 * usual), 1.5 * usual)

    @staticmethod
    def _within(paths: float) -> int:
        return min(max(1, round(paths)), MOST_PATHS)


def _log2(value: float) -> float:
    return float(log(value)) / _LN_2
