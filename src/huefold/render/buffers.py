"""Memory that band kernels work in: what each thread needs, and what comes out of every band."""

from __future__ import annotations

from typing import Any

import numpy as np

from huefold.render import kernels
from huefold.render.arrays import RenderError
from huefold.render.fills import kernels as fill_kernels

__all__ = ["fitted", "grown", "partials", "workspace"]


def partials(plan: kernels.Plan, bands: int, fills: fill_kernels.Fills | None = None) -> kernels.Partials:
    """Room for the sums of all bands; without `fills`, which only a backward pass gives, just for the loss."""
    entries = len(plan.entry_line) if fills is not None else 0
    groups = int(plan.band_groups[-1]) if fills is not None else 0
    starts = np.zeros(bands + 1, np.int64)
    if fills is not None and len(fills.of_path):
        fill_kernels.count_sums(
            plan.line_path, plan.entry_line, plan.band_entries, fills.of_path, fills.stops, starts
        )
    return kernels.Partials(
        entry_grad=np.empty((entries, 4)),
        group_path=np.empty(groups, np.int32),
        group_sums=np.empty((groups, 5)),
        band_sums=np.zeros((bands, 4)),
        fill_starts=starts,
        fill_sums=np.empty(starts[-1]),
    )


def workspace(width: int, rows: int, dtype: np.dtype[Any]) -> kernels.Workspace:
    """Memory for one thread that draws bands of so many rows."""
    pixels = width * rows
    words = (width + 63) // 64
    runs = 4 * pixels // 16 + 64
    return kernels.Workspace(
        swept=np.zeros((pixels, 2), dtype),
        lead=np.zeros(rows),
        touched=np.zeros(rows * words, np.uint64),
        seen=np.empty(rows * words, np.uint64),
        first=np.empty(rows * words, np.uint64),
        color=np.empty((3, pixels), dtype),
        grad=np.empty((3, pixels), dtype),
        through=np.empty(pixels, dtype),
        edge=np.zeros(pixels, dtype),
        visit_pixel=np.empty(0, np.int32),
        visit_length=np.empty(0, dtype),
        visit_middle=np.empty(0, dtype),
        cell_pixel=np.empty(0, np.int32),
        cell_alpha=np.empty(0, dtype),
        cell_sign=np.empty(0, np.int8),
        cell_under=np.empty((0, 3), dtype),
        run_pixel=np.empty(runs, np.int32),
        run_length=np.empty(runs, np.int32),
        run_under=np.empty(runs, np.int64),
        under=np.empty((3, 0), dtype),
        group=np.empty((0, 8), np.int64),
        entry_visit=np.empty(0, np.int64),
        ramp=np.empty((9, width), dtype),
        ramp_offset=np.empty(width),
        counts=np.zeros(3, np.int64),
        sums=np.zeros(5),
    )


def fitted(space: kernels.Workspace, paths: int, entries: int, visits: int) -> kernels.Workspace:
    """Return a workspace that holds so many paths, band entries and visits, keeping what is large enough."""
    changes: dict[str, Any] = {}
    if len(space.group) < paths + 1:
        changes["group"] = np.empty((paths + 1, 8), np.int64)
    if len(space.entry_visit) < entries + 1:
        changes["entry_visit"] = np.empty(2 * entries + 1, np.int64)
    if len(space.visit_pixel) < visits:
        room = visits + visits // 2
        for name in ("visit_pixel", "visit_length", "visit_middle", "cell_pixel", "cell_alpha", "cell_sign"):
            changes[name] = np.empty(room, getattr(space, name).dtype)
        changes["cell_under"] = np.empty((room, 3), space.cell_under.dtype)
    return space._replace(**changes) if changes else space


def grown(space: kernels.Workspace, status: int) -> kernels.Workspace:
    """Return a workspace with twice the room for what ran out of it."""
    if status == kernels.GROW_RUNS:
        room = 2 * len(space.run_pixel)
        return space._replace(
            run_pixel=np.empty(room, np.int32),
            run_length=np.empty(room, np.int32),
            run_under=np.empty(room, np.int64),
        )
    if status == kernels.GROW_UNDER:
        room = max(2 * space.under.shape[1], 4 * space.color.shape[1])
        return space._replace(under=np.empty((3, room), space.under.dtype))
    raise RenderError(f"the rasteriser ran out of room it had reserved (status {status})")
