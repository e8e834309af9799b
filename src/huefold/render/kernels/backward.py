"""Differentiate a band, front to back: by colours, opacities and lines, and by the background."""

import numpy as np

from huefold.render.kernels import layout
from huefold.render.kernels.bits import NONE, ONE, trailing_zeros
from huefold.render.kernels.cells import cell_importance, chain_beneath
from huefold.render.kernels.compiled import embedded, inlined, kernel, reordered
from huefold.render.kernels.fills.backward import backward_fill_cells, backward_fill_runs
from huefold.render.kernels.fills.sampling import gradient_of
from huefold.render.kernels.records import Loss


@embedded
def _backward_cells(group, opacity, rgb, loss, upstream, cells, sums):
    """Differentiate a path's cells: colour, opacity and importance sums, dL/dcoverage into `upstream.edge`."""
    r, g, b = rgb
    g0, g1, g2 = upstream.grad[0], upstream.grad[1], upstream.grad[2]
    kind = upstream.grad.dtype.type
    s0 = s1 = s2 = s3 = s4 = kind(0.0)
    for cell in range(np.uintp(group[layout.CELLS]), np.uintp(group[layout.CELLS_END])):
        p = np.uintp(cells.pixel[cell])
        sign = cells.sign[cell]
        coverage = cells.alpha[cell]
        alpha = opacity * coverage
        d0 = r - cells.under[cell, 0]
        d1 = g - cells.under[cell, 1]
        d2 = b - cells.under[cell, 2]
        dalpha = g0[p] * d0 + g1[p] * d1 + g2[p] * d2
        if sign < layout.BELOW:
            upstream.edge[p] = dalpha * opacity * kind(sign)
        else:
            upstream.edge[p] = loss.winding_penalty if sign == layout.BELOW else -loss.winding_penalty
        s0 += alpha * g0[p]
        s1 += alpha * g1[p]
        s2 += alpha * g2[p]
        s3 += coverage * dalpha
        if loss.beneath:
            s4 += cell_importance(loss, upstream, p, alpha, (d0, d1, d2), dalpha)
        chain_beneath((g0, g1, g2), p, kind(1.0) - alpha)
    sums[layout.RED] += s0
    sums[layout.GREEN] += s1
    sums[layout.BLUE] += s2
    sums[layout.OPACITY] += s3
    sums[layout.IMPORTANCE] += s4


@reordered
def _backward_runs(group, opacity, rgb, loss, grad, transmittance, under, runs, sums):
    """Differentiate a path's runs: colour, opacity and importance sums."""
    r, g, b = rgb
    g0, g1, g2 = grad
    u0, u1, u2 = under
    weight = loss.weight
    kind = g0.dtype.type
    one = kind(1.0)
    rest = one - opacity
    for run in range(np.uintp(group[layout.RUNS]), np.uintp(group[layout.RUNS_END])):
        first = np.uintp(runs.pixel[run])
        last = first + np.uintp(runs.length[run])
        s0 = s1 = s2 = s3 = s4 = kind(0.0)
        for p in range(first, last):
            s0 += g0[p]
        for p in range(first, last):
            s1 += g1[p]
        for p in range(first, last):
            s2 += g2[p]
        sums[layout.RED] += opacity * s0
        sums[layout.GREEN] += opacity * s1
        sums[layout.BLUE] += opacity * s2
        if runs.stored[run] < 0:
            continue
        shift = np.uintp(runs.stored[run]) - first
        for p in range(first, last):
            d0 = r - u0[shift + p]
            d1 = g - u1[shift + p]
            d2 = b - u2[shift + p]
            dalpha = g0[p] * d0 + g1[p] * d1 + g2[p] * d2
            s3 += dalpha
            if loss.beneath:
                shown = transmittance[p]
                gain = loss.scale * (weight[np.uintp(loss.origin) + p] if weight.size > 0 else one)
                square = d0 * d0 + d1 * d1 + d2 * d2
                s4 += gain * shown * shown * opacity * opacity * square - opacity * dalpha
                transmittance[p] = shown * rest
            g0[p] *= rest
            g1[p] *= rest
            g2[p] *= rest
        sums[layout.OPACITY] += s3
        sums[layout.IMPORTANCE] += s4


@embedded
def _backward_lines(lines, entry_line, entries, edge, visits, visits_end, out):
    """Sum dL/dcoverage along each line of a path into the gradient of its ends; `entries` as in `lines.walk`."""
    start, end, begin = entries
    stop = visits_end
    for entry in range(end - 1, start - 1, -1):
        first = np.uintp(visits.of_entry[np.uintp(entry - begin)])
        near = 0.0
        far = 0.0
        for visit in range(first, np.uintp(stop)):
            push = edge[np.uintp(visits.pixel[visit])] * visits.length[visit]
            part = push * visits.middle[visit]
            far += part
            near += push - part
        stop = first
        line = np.uintp(entry_line[np.uintp(entry)])
        ex = lines[line, 2] - lines[line, 0]
        ey = lines[line, 3] - lines[line, 1]
        slot = np.uintp(entry)
        out[slot, 0] = -ey * near
        out[slot, 1] = ex * near
        out[slot, 2] = -ey * far
        out[slot, 3] = ex * far


@inlined
def _zero(entry_grad, start, stop):
    """Nothing moves the lines of paths that do not show."""
    for entry in range(start, stop):
        for k in range(4):
            entry_grad[entry, k] = 0.0


@embedded
def backward_band(plan, paint, task, partials, ws, band, count, frame):
    """Differentiate all paths of a band, front to back."""
    entry_grad, group_path, group_sums = partials.entry_grad, partials.group_path, partials.group_sums
    colors, fills, upstream, sums = paint.colors, paint.fills, ws.upstream, ws.sums
    kind = upstream.grad.dtype.type
    penalty = kind(task.winding_penalty * task.scale)
    loss = Loss(task.beneath, kind(task.scale), penalty, task.weight, frame.top * frame.width)
    # Slices made within `_backward_runs` would change the last digits of its sums.
    grad = (upstream.grad[0], upstream.grad[1], upstream.grad[2])
    under = (ws.runs.under[0], ws.runs.under[1], ws.runs.under[2])
    begin = plan.band_entries[band]
    offset = plan.band_groups[band]
    group_path[offset : plan.band_groups[band + 1]] = -1
    done = plan.band_entries[band + 1]
    fill_at = partials.fill_starts[band]
    for index in range(count):
        group = ws.groups[index]
        path = group[layout.PATH]
        opacity = kind(paint.opacities[path])
        rgb = (kind(colors[path, 0]), kind(colors[path, 1]), kind(colors[path, 2]))
        sums[:] = 0.0
        if fills.of_path.size > 0 and fills.of_path[path] >= 0:
            gradient = gradient_of(fills, fills.of_path[path])
            size = layout.SHAPE_SUMS + layout.STOP_SUMS * len(gradient.offsets)
            fill_sums = partials.fill_sums[fill_at : fill_at + size]
            fill_sums[:] = 0.0
            fill_at += size
            backward_fill_cells(gradient, group, opacity, frame, loss, upstream, ws.cells, sums, fill_sums)
            backward_fill_runs(
                gradient, group, opacity, frame, loss, upstream, ws.runs, ws.row, sums, fill_sums
            )
        else:
            _backward_cells(group, opacity, rgb, loss, upstream, ws.cells, sums)
            _backward_runs(group, opacity, rgb, loss, grad, upstream.transmittance, under, ws.runs, sums)
        entries = (group[layout.ENTRIES], group[layout.ENTRIES_END], begin)
        visits_end = group[layout.VISITS_END]
        _backward_lines(
            plan.lines, plan.entry_line, entries, upstream.edge, ws.visits, visits_end, entry_grad
        )
        for cell in range(np.uintp(group[layout.CELLS]), np.uintp(group[layout.CELLS_END])):
            upstream.edge[np.uintp(ws.cells.pixel[cell])] = 0.0
        _zero(entry_grad, group[layout.ENTRIES_END], done)
        done = group[layout.ENTRIES]
        group_path[offset + index] = path
        for k in range(layout.PATH_SUMS):
            group_sums[offset + index, k] = sums[k]
    _zero(entry_grad, begin, done)


@kernel
def backward_background(ws, frame, beneath, out):
    """Sum the gradient that reaches the background."""
    seen, uncovered, grad = ws.visible.seen, ws.visible.uncovered, ws.upstream.grad
    for row in range(frame.rows):
        for word in range(frame.words):
            spot = row * frame.words + word
            bits = seen[spot] & uncovered[spot] if beneath else seen[spot]
            while bits != NONE:
                pixel = np.uintp(row * frame.width + (word << 6) + np.int64(trailing_zeros(bits)))
                bits &= bits - ONE
                out[layout.BACKGROUND_RED] += grad[0, pixel]
                out[layout.BACKGROUND_GREEN] += grad[1, pixel]
                out[layout.BACKGROUND_BLUE] += grad[2, pixel]
