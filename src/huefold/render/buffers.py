"""Memory that band kernels work in: what each thread needs, and what comes out of every band."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold.render.arrays import RenderError
from huefold.render.kernels import layout
from huefold.render.kernels.fills.sums import count_sums
from huefold.render.kernels.records import (
    Cells,
    Cover,
    Fills,
    Partials,
    Plan,
    Row,
    Runs,
    Upstream,
    Visible,
    Visits,
    Workspace,
)

__all__ = ["fitted", "grown", "partials", "workspace"]


def partials(plan: Plan, bands: int, fills: Fills | None = None) -> Partials:
    """Space for the sums of all bands; without `fills`, which only a backward pass gives, just for the loss."""
    entries = len(plan.entry_line) if fills is not None else 0
    groups = int(plan.band_groups[-1]) if fills is not None else 0
    starts = np.zeros(bands + 1, np.int64)
    if fills is not None and len(fills.of_path):
        count_sums(plan.line_path, plan.entry_line, plan.band_entries, fills.of_path, fills.stops, starts)
    return Partials(
        entry_grad=np.empty((entries, 4)),
        group_path=np.empty(groups, np.int32),
        group_sums=np.empty((groups, layout.PATH_SUMS)),
        band_sums=np.zeros((bands, layout.BAND_SUMS)),
        fill_starts=starts,
        fill_sums=np.empty(starts[-1]),
    )


def workspace(width: int, rows: int, dtype: np.dtype[Any]) -> Workspace:
    """Memory for one thread that draws bands of so many rows."""
    pixels = width * rows
    words = (width + 63) // 64
    bits = [np.empty(rows * words, np.uint64) for _ in range(2)]
    return Workspace(
        color=np.empty((3, pixels), dtype),
        cover=Cover(np.zeros((pixels, 2), dtype), np.zeros(rows), np.zeros(rows * words, np.uint64)),
        visible=Visible(*bits),
        visits=Visits(*_visits(0, dtype), np.empty(0, np.int64)),
        cells=_cells(0, dtype),
        runs=Runs(*_runs(4 * pixels // 16 + 64), np.empty((3, 0), dtype)),
        upstream=Upstream(np.empty((3, pixels), dtype), np.empty(pixels, dtype), np.zeros(pixels, dtype)),
        row=Row(np.empty((9, width), dtype), np.empty(width)),
        groups=np.empty((0, layout.GROUP_COLUMNS), np.int64),
        counts=np.zeros(layout.COUNTS, np.int64),
        sums=np.zeros(layout.PATH_SUMS),
    )


def _visits(count: int, dtype: np.dtype[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    return np.empty(count, np.int32), np.empty(count, dtype), np.empty(count, dtype)


def _cells(count: int, dtype: np.dtype[Any]) -> Cells:
    return Cells(
        np.empty(count, np.int32), np.empty(count, dtype), np.empty(count, np.int8), np.empty((count, 3), dtype)
    )  # fmt: skip


def _runs(count: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    return np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count, np.int64)


def fitted(space: Workspace, paths: int, entries: int, visits: int) -> Workspace:
    """Return a workspace that holds so many paths, band entries and visits, keeping what is large enough."""
    dtype = space.color.dtype
    if len(space.groups) < paths + 1:
        space = space._replace(groups=np.empty((paths + 1, layout.GROUP_COLUMNS), np.int64))
    if len(space.visits.of_entry) < entries + 1:
        space = space._replace(visits=space.visits._replace(of_entry=np.empty(2 * entries + 1, np.int64)))
    if len(space.visits.pixel) < visits:
        count = visits + visits // 2
        held = Visits(*_visits(count, dtype), space.visits.of_entry)
        space = space._replace(visits=held, cells=_cells(count, dtype))
    return space


def grown(space: Workspace, status: int) -> Workspace:
    """Return a workspace with twice as much of what ran out."""
    runs = space.runs
    if status == layout.GROW_RUNS:
        return space._replace(runs=Runs(*_runs(2 * len(runs.pixel)), runs.under))
    if status == layout.GROW_STORED:
        pixels = max(2 * runs.under.shape[1], 4 * space.color.shape[1])
        return space._replace(runs=runs._replace(under=np.empty((3, pixels), space.color.dtype)))
    raise RenderError(f"the rasteriser ran out of memory it had reserved (status {status})")
