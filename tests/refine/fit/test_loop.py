"""How a fit is watched and stopped: between calls of the loop in C, which take a moment each."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from tests.refine.pictures import photo, structure

from huefold.progress import CancelToken, Reporter
from huefold.refine.drawing import Drawing
from huefold.refine.fit import loop
from huefold.refine.fit.fitter import Fitter
from huefold.refine.fit.loop import fit_drawing
from huefold.refine.given_drawing import drawing_loss, refine_given
from huefold.refine.monitor import Monitor
from huefold.refine.schedule import FitSchedule

SCHEDULE = FitSchedule(40, 0.3, 0.02)


def fitted(schedule=SCHEDULE, **options):
    """Return a drawing after a fit, and the points that it had before."""
    drawing = Drawing.from_scene(structure())
    before = drawing.arrays.points.copy()
    fitter = Fitter(photo(), None, reduction=1, canvas_width=64, threads=1)
    fit_drawing(drawing, fitter, schedule, **options)
    return drawing, before


def cancelled():
    token = CancelToken()
    token.cancel()
    return token


@pytest.mark.parametrize(
    "monitor",
    [
        lambda: Monitor(40, None, time.monotonic()),
        lambda: Monitor(40, Reporter("refine", None, cancelled()), None),
    ],
)
def test_a_fit_that_is_over_before_it_begins_does_no_step(monitor):
    ticks = []
    drawing, before = fitted(stop=monitor().expired, tick=ticks.append)
    np.testing.assert_array_equal(drawing.arrays.points, before)
    assert ticks == []


def test_a_stop_is_heard_after_the_first_call():
    ticks = []
    drawing, _ = fitted(stop=lambda: bool(ticks), tick=ticks.append)
    assert ticks == [1]
    colors = drawing.arrays.colors
    assert np.abs(colors - 0.5).max() == pytest.approx(SCHEDULE.color_rate)  # Adam's first step


def test_a_token_that_is_cancelled_on_the_way_ends_the_fit():
    token, ticks = CancelToken(), []
    monitor = Monitor(40, Reporter("refine", None, token), None)

    def tick(steps):
        ticks.append(steps)
        monitor.tick(steps)
        if sum(ticks) >= 3:
            token.cancel()

    fitted(stop=monitor.expired, tick=tick)
    assert 3 <= sum(ticks) < 40


@pytest.mark.parametrize("seconds", [0.0, 1e-3, 0.05, 10.0])
@pytest.mark.parametrize("keep_best", [False, True])
def test_steps_are_counted_and_calls_change_nothing(monkeypatch, seconds, keep_best):
    schedule = replace(SCHEDULE, keep_best=keep_best, check_every=7)
    whole, _ = fitted(schedule)
    monkeypatch.setattr(loop, "CALL_SECONDS", seconds)
    ticks, asked = [], []
    drawing, _ = fitted(schedule, stop=lambda: bool(asked.append(sum(ticks))), tick=ticks.append)
    assert sum(ticks) == 40
    assert asked == [0, *np.cumsum(ticks)][: len(ticks)]
    assert drawing.arrays.points.tobytes() == whole.arrays.points.tobytes()
    assert drawing.arrays.colors.tobytes() == whole.arrays.colors.tobytes()
    if seconds == 0.0:
        assert ticks == [1] * 40
    if seconds == 10.0 and not keep_best:
        assert ticks == [1, 2, 4, 8, 16, 9]


@pytest.mark.parametrize(
    ("step", "calls"), [(1.0, [1, 1, 1, 1]), (1 / 64, [1, 2, 3, 3]), (1 / 256, [1, 2, 4, 8, 12, 12])]
)
def test_calls_take_about_as_long_as_a_stop_may_wait(monkeypatch, step, calls):
    """Of a fit whose steps take so many seconds each."""
    now = [0.0]
    monkeypatch.setattr(loop.time, "perf_counter", lambda: now[0])
    pace, found = loop._Pace(), []
    for _ in calls:
        found.append(pace.steps)
        with pace.of(pace.steps):
            now[0] += step * pace.steps
    assert found == calls
    assert max(found) * step <= max(loop.CALL_SECONDS, step)


def test_previews_show_the_drawing_as_it_is_then(monkeypatch):
    """The drawing moves from call to call, and what was reported stays."""
    monkeypatch.setattr(loop, "CALL_SECONDS", 0.0)
    monkeypatch.setattr("huefold.refine.monitor.PREVIEW_SECONDS", 0.0)
    seen = []
    monitor = Monitor(8, Reporter("refine", seen.append), None)
    drawing = Drawing.from_scene(structure())
    monitor.begin("polish", drawing)
    fitter = Fitter(photo(), None, reduction=1, canvas_width=64, threads=1)
    fit_drawing(drawing, fitter, replace(SCHEDULE, iterations=8), stop=monitor.expired, tick=monitor.tick)
    assert len(seen) == 9
    shares = [report.fraction for report in seen]
    assert shares == sorted(shares)
    colors = [report.scene.paths[0].fill.color for report in seen]
    assert len(set(colors)) == 9


@pytest.mark.parametrize("seconds", [0.0, 0.15])
def test_a_given_drawing_whose_time_is_up_is_no_worse(seconds):
    """Steps beyond the time limit are those of one call only."""
    image = np.kron(photo(), np.ones((4, 4, 1), np.float32))
    given = replace(structure(), background=(0.1, 0.9, 0.1))
    begin = time.monotonic()
    found = refine_given(image, given, steps=10**6, deadline=begin + seconds, threads=1)
    assert time.monotonic() - begin < 20.0
    assert drawing_loss(image, found) <= drawing_loss(image, given)
    assert (found is given) == (seconds == 0.0)
