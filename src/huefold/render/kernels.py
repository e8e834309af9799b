"""The rasteriser's inner loops: walk lines, sweep coverage, composite, differentiate.

One band of rows at a time. Within a band, paths are handled front to back while a pixel can still be seen, then
composited back to front, then differentiated front to back again. All of it happens while the band is in cache.

A *visit* is the part of a line inside one pixel, a *cell* a pixel that lines of a path visit, a *run* a stretch of
pixels wholly inside a path that nothing opaque hides. Coordinates are in output pixels, x right, y down.
"""

from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from huefold.render.codes import HIDDEN, OVER, UNDER
from huefold.render.fills.kernels import (
    SHAPE_SUMS,
    STOP_SUMS,
    Fills,
    backward_fill_cells,
    backward_fill_runs,
    composite_fill,
)

DONE = 0
GROW_VISITS = 1
GROW_RUNS = 2
GROW_UNDER = 3


class Plan(NamedTuple):
    """Lines of all paths and, for each band, which of them cross it (in path order)."""

    lines: NDArray[np.float64]  # [L, 4] ax, ay, bx, by
    line_path: NDArray[np.int32]  # [L]
    entry_line: NDArray[np.int32]  # [E] lines, band after band
    band_entries: NDArray[np.int64]  # [B + 1] offsets into entry_line
    band_groups: NDArray[np.int64]  # [B + 1] offsets into the per-(band, path) results
    band_visits: NDArray[np.int64]  # [B] upper bound of visits


class Paint(NamedTuple):
    """What the paths are painted with."""

    colors: NDArray[np.float64]  # [N, 3]
    opacities: NDArray[np.float64]  # [N]
    evenodd: NDArray[np.uint8]  # [N]
    background: NDArray[np.float64]  # [3]
    hiding: NDArray[np.float64]  # [N] 1 where all of a path's inside hides what is beneath, else below 1
    fills: Fills


class Task(NamedTuple):
    """What to compute, and where images lie (planes of H * W pixels)."""

    width: int
    height: int
    band_rows: int
    scale: float  # of the squared error
    backward: bool
    from_upstream: bool  # `target` holds dL/dimage instead of an image to match
    beneath: bool  # also look under the first opaque layer: opacity gradients, importance
    tangle: float  # above 0: draw only what outlines wind around once, charge other windings so much a pixel
    target: NDArray[np.float32]  # [3, H * W]
    weight: NDArray[np.float32]  # [H * W] or [0]
    image: NDArray[np.float32]  # [3, H * W]


class Partials(NamedTuple):
    """Results per band, to be summed in band order."""

    entry_grad: NDArray[np.float64]  # [E, 4]
    group_path: NDArray[np.int32]  # [G], -1 where hidden
    group_sums: NDArray[np.float64]  # [G, 5] colour (3), opacity, importance
    band_sums: NDArray[np.float64]  # [B, 4] loss, background colour (3)
    fill_starts: NDArray[np.int64]  # [B + 1] offsets into fill_sums
    fill_sums: NDArray[np.float64]  # of the gradients of each band's paths, in the order of group_path


class Workspace(NamedTuple):
    """Scratch memory of one thread; all planes hold one band."""

    area: NDArray[np.float32]  # [R * W] kept zero between paths
    cover: NDArray[np.float32]  # [R * W] kept zero between paths
    lead: NDArray[np.float64]  # [R] cover from the left of the canvas, kept zero
    touched: NDArray[np.uint64]  # [R * words] bit set of visited pixels, kept zero
    skip: NDArray[np.int32]  # [R * (W + 1)] next pixel at or after this one that can be seen
    depth: NDArray[np.uint8]  # [R * W] opaque layers so far
    color: NDArray[np.float32]  # [3, R * W]
    grad: NDArray[np.float32]  # [3, R * W]
    through: NDArray[np.float32]  # [R * W] transmittance
    edge: NDArray[np.float32]  # [R * W] dL/dcoverage of the current path's cells
    visit_pixel: NDArray[np.int32]  # [V]
    visit_length: NDArray[np.float32]  # [V] t1 - t0
    visit_middle: NDArray[np.float32]  # [V] (t0 + t1) / 2
    cell_pixel: NDArray[np.int32]  # [V]
    cell_alpha: NDArray[np.float32]  # [V] coverage
    cell_sign: NDArray[np.int8]  # [V] dcoverage/dwinding; 2 marks a hidden cell
    cell_under: NDArray[np.float32]  # [V, 3] colour beneath
    run_pixel: NDArray[np.int32]  # [Q]
    run_length: NDArray[np.int32]  # [Q]
    run_under: NDArray[np.int64]  # [Q] offset into under, -1 where nothing beneath is needed
    under: NDArray[np.float32]  # [3, U] colour beneath run pixels
    group: NDArray[np.int64]  # [N + 1, 8] path, entries, cells, runs of a path in this band
    entry_visit: NDArray[np.int64]  # [E_band + 1] first visit of each entry
    ramp: NDArray[
        np.float32
    ]  # [8, W] a gradient along a run: colour, opacity, and what comes from above for them
    ramp_offset: NDArray[np.float64]  # [W]


@intrinsic
def _trailing_zeros(_typingctx, _bits):
    def codegen(_context, builder, _signature, args):
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), codegen


@njit(cache=True, nogil=True, error_model="numpy")
def _cover_left(lead, ay, ey, t0, t1, rows):
    """Add the cover of a line's part left of the canvas to the rows it crosses."""
    if ey == 0.0:
        return
    ya = ay + ey * t0
    yb = ay + ey * t1
    low = min(max(int(np.floor(min(ya, yb))), 0), rows - 1)
    high = min(max(int(np.floor(max(ya, yb))), 0), rows - 1)
    sign = 1.0 if ey > 0.0 else -1.0
    for row in range(low, high + 1):
        part = min(max(ya, yb), row + 1.0) - max(min(ya, yb), float(row))
        if part > 0.0:
            lead[row] += sign * part


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _clip(lead, ax, ay, ex, ey, width, rows):
    """Parameter range of a line inside the band; what lies left of it goes into `lead`."""
    t0 = 0.0
    t1 = 1.0
    if ey == 0.0:
        if ay < 0.0 or ay >= rows:
            t1 = -1.0
    elif min(ay, ay + ey) < 0.0 or max(ay, ay + ey) > rows:
        ta = (0.0 - ay) / ey
        tb = (rows - ay) / ey
        t0 = max(t0, min(ta, tb))
        t1 = min(t1, max(ta, tb))
    if t0 < t1 and (min(ax, ax + ex) < 0.0 or max(ax, ax + ex) >= width):
        if ex == 0.0:
            if ax < 0.0:
                _cover_left(lead, ay, ey, t0, t1, rows)
            t1 = -1.0
        else:
            ta = (0.0 - ax) / ex
            tb = (width - ax) / ex
            u0 = min(max(t0, min(ta, tb)), t1)
            u1 = max(min(t1, max(ta, tb)), u0)
            if ex > 0.0 and u0 > t0:
                _cover_left(lead, ay, ey, t0, u0, rows)
            if ex < 0.0 and u1 < t1:
                _cover_left(lead, ay, ey, u1, t1, rows)
            t0 = u0
            t1 = u1
    return t0, t1


@njit(cache=True, nogil=True, error_model="numpy")
def _walk(
    lines, entry_line, start, end, first, top, width, rows, words, nv,
    area, cover, lead, touched, visit_pixel, visit_length, visit_middle, entry_visit,
):  # fmt: skip
    """Visit all pixels of a path's lines inside the band; return the new number of visits."""
    far = 2.0
    for entry in range(np.uintp(start), np.uintp(end)):
        line = np.uintp(entry_line[entry])
        entry_visit[entry - np.uintp(first)] = nv
        ax = lines[line, 0]
        ay = lines[line, 1] - top
        ex = lines[line, 2] - ax
        ey = lines[line, 3] - top - ay
        t, t1 = _clip(lead, ax, ay, ex, ey, width, rows)
        if t >= t1:
            continue
        x = ax + ex * t
        y = ay + ey * t
        ix = int(np.floor(x))
        iy = int(np.floor(y))
        if ex < 0.0 and x == ix:
            ix -= 1
        if ey < 0.0 and y == iy:
            iy -= 1
        ix = min(max(ix, 0), width - 1)
        iy = min(max(iy, 0), rows - 1)
        inv_x = 1.0 / ex if ex != 0.0 else 0.0
        inv_y = 1.0 / ey if ey != 0.0 else 0.0
        step_x = 1 if ex > 0.0 else -1
        step_y = 1 if ey > 0.0 else -1
        side_x = 1 if ex > 0.0 else 0
        side_y = 1 if ey > 0.0 else 0
        next_x = (ix + side_x - ax) * inv_x if ex != 0.0 else far
        next_y = (iy + side_y - ay) * inv_y if ey != 0.0 else far
        while True:
            stop = min(t1, min(next_x, next_y))
            inside = ix >= 0 and ix < width and iy >= 0 and iy < rows
            if not inside:
                # Rounding led one pixel out: what is left of the line belongs to the last pixel.
                ix = min(max(ix, 0), width - 1)
                iy = min(max(iy, 0), rows - 1)
                stop = t1
            if stop > t:
                pixel = np.uintp(iy * width + ix)
                length = stop - t
                middle = 0.5 * (t + stop)
                at = np.uintp(nv)
                visit_pixel[at] = pixel
                visit_length[at] = length
                visit_middle[at] = middle
                dy = ey * length
                area[pixel] += dy * (ix + 1.0 - (ax + ex * middle))
                cover[pixel] += dy
                touched[np.uintp(iy * words + (ix >> 6))] |= np.uint64(1) << np.uint64(ix & 63)
                nv += 1
                t = stop
            if stop >= t1:
                break
            if next_x <= next_y:
                ix += step_x
                next_x = (ix + side_x - ax) * inv_x
            else:
                iy += step_y
                next_y = (iy + side_y - ay) * inv_y
    return nv


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _find(skip, base, x):
    """First pixel at or after x in the row that can still be seen (path halving)."""
    while skip[np.uintp(base + x)] != x:
        following = skip[np.uintp(base + skip[np.uintp(base + x)])]
        skip[np.uintp(base + x)] = following
        x = following
    return x


@njit(cache=True, nogil=True, error_model="numpy")
def _emit_runs(
    row, x0, x1, width, opaque, beneath, counts, skip, depth, run_pixel, run_length, run_under, room
):  # fmt: skip
    """Record the visible stretches of [x0, x1) in a row; return a status."""
    base = row * (width + 1)
    plane = row * width
    keep = beneath or not opaque
    x = _find(skip, base, x0)
    while x < x1:
        end = x + 1
        while end < x1 and skip[np.uintp(base + end)] == end:
            end += 1
        nr = np.uintp(counts[0])
        if nr >= np.uintp(run_pixel.size):
            return GROW_RUNS
        run_pixel[nr] = plane + x
        run_length[nr] = end - x
        run_under[nr] = -1
        if keep:
            if counts[1] + end - x > room:
                return GROW_UNDER
            run_under[nr] = counts[1]
            counts[1] += end - x
        counts[0] += 1
        if opaque:
            if beneath:
                for p in range(x, end):
                    if depth[np.uintp(plane + p)] == 0:
                        depth[np.uintp(plane + p)] = 1
                    else:
                        skip[np.uintp(base + p)] = p + 1
                        counts[2] -= 1
            else:
                for p in range(np.uintp(base + x), np.uintp(base + end)):
                    skip[p] = x1
                counts[2] -= end - x
        x = _find(skip, base, end)
    return DONE


@njit(cache=True, nogil=True, error_model="numpy")
def _sweep(
    low, high, first_word, last_word, width, words, evenodd, oriented, opacity, beneath, nc, counts,
    area, cover, lead, touched, skip, depth, cell_pixel, cell_alpha, cell_sign,
    run_pixel, run_length, run_under, room,
):  # fmt: skip
    """Turn a path's accumulated cover into cells and runs; return (cells, status)."""
    opaque = opacity >= 1.0
    for row in range(low, high + 1):
        s = lead[np.uintp(row)]
        lead[np.uintp(row)] = 0.0
        at = 0
        for word in range(first_word, last_word + 2):
            # One word past the last stands for the right end of the row.
            bits = np.uint64(0)
            final = word > last_word
            if not final:
                bits = touched[np.uintp(row * words + word)]
                if bits == np.uint64(0):
                    continue
                touched[np.uintp(row * words + word)] = np.uint64(0)
            while bits != np.uint64(0) or final:
                x = width
                if not final:
                    x = (word << 6) + np.int64(_trailing_zeros(bits))
                    bits &= bits - np.uint64(1)
                if x > at:
                    winding = int(max(-s, 0.0) + 0.5) if oriented else int(abs(s) + 0.5)
                    if winding > 0 and (not evenodd or (winding & 1) == 1):
                        status = _emit_runs(
                            row, at, x, width, opaque, beneath, counts, skip, depth,
                            run_pixel, run_length, run_under, room,
                        )  # fmt: skip
                        if status != DONE:
                            return nc, status
                if final:
                    break
                pixel = np.uintp(row * width + x)
                signed = s + area[pixel]
                s += cover[pixel]
                area[pixel] = 0.0
                cover[pixel] = 0.0
                if evenodd:
                    signed -= 2.0 * np.rint(0.5 * signed)
                alpha = abs(signed)
                sign = 1 if signed > 0.0 else -1
                if alpha > 1.0:
                    if alpha > 1.0 + 1e-6:
                        sign = OVER if oriented else 0
                    alpha = 1.0
                if oriented and signed > 0.0:
                    alpha = 0.0
                    sign = UNDER if signed > 1e-6 else -1
                cell = np.uintp(nc)
                cell_pixel[cell] = pixel
                cell_alpha[cell] = alpha
                spot = np.uintp(row * (width + 1) + x)
                if skip[spot] == x:
                    cell_sign[cell] = sign
                    if alpha * opacity >= 1.0:
                        if beneath and depth[pixel] == 0:
                            depth[pixel] = 1
                        else:
                            skip[spot] = x + 1
                            counts[2] -= 1
                else:
                    cell_sign[cell] = HIDDEN
                nc += 1
                at = x + 1
    return nc, DONE


@njit(cache=True, nogil=True, error_model="numpy")
def _clear(ws, width, rows, words):
    """Restore the planes that are kept zero, after a pass that was given up."""
    ws.area[: rows * width] = 0.0
    ws.cover[: rows * width] = 0.0
    ws.lead[:] = 0.0
    ws.touched[: rows * words] = np.uint64(0)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _extent(lines, entry_line, start, end):
    """Bounding box of a path's lines: low x, high x, low y, high y."""
    low_x = np.inf
    high_x = -np.inf
    low_y = np.inf
    high_y = -np.inf
    for entry in range(np.uintp(start), np.uintp(end)):
        line = np.uintp(entry_line[entry])
        low_x = min(low_x, min(lines[line, 0], lines[line, 2]))
        high_x = max(high_x, max(lines[line, 0], lines[line, 2]))
        low_y = min(low_y, min(lines[line, 1], lines[line, 3]))
        high_y = max(high_y, max(lines[line, 1], lines[line, 3]))
    return low_x, high_x, low_y, high_y


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _index(value, size):
    """Index of the pixel that holds `value`, clipped into [0, size)."""
    return int(max(0.0, min(np.floor(value), size - 1.0)))


@njit(cache=True, nogil=True, error_model="numpy")
def _cover_band(plan, paint, ws, band, top, rows, width, oriented, beneath):
    """Find what each path shows in a band, front to back; return (groups, status)."""
    lines, line_path, entry_line = plan.lines, plan.line_path, plan.entry_line
    area, cover, lead, touched = ws.area, ws.cover, ws.lead, ws.touched
    skip, depth, entry_visit, groups = ws.skip, ws.depth, ws.entry_visit, ws.group
    visit_pixel, visit_length, visit_middle = ws.visit_pixel, ws.visit_length, ws.visit_middle
    cell_pixel, cell_alpha, cell_sign = ws.cell_pixel, ws.cell_alpha, ws.cell_sign
    run_pixel, run_length, run_under, room = ws.run_pixel, ws.run_length, ws.run_under, ws.under.shape[1]
    words = (width + 63) >> 6
    for row in range(rows):
        base = row * (width + 1)
        for x in range(width + 1):
            skip[np.uintp(base + x)] = x
    if beneath:
        depth[: rows * width] = 0
    counts = np.zeros(3, np.int64)  # runs, stored pixels, pixels that can be seen
    counts[2] = rows * width
    first = plan.band_entries[band]
    end = plan.band_entries[band + 1]
    nv = counts[0]  # zeros that are not literals, which would compile the callees twice
    nc = counts[0]
    ng = 0
    while end > first and counts[2] > 0:
        path = line_path[entry_line[end - 1]]
        start = end - 1
        while start > first and line_path[entry_line[start - 1]] == path:
            start -= 1
        groups[ng, 0] = path
        groups[ng, 1] = start
        groups[ng, 2] = end
        groups[ng, 3] = nc
        groups[ng, 5] = counts[0]
        nv = _walk(
            lines, entry_line, start, end, first, float(top), width, rows, words, nv,
            area, cover, lead, touched, visit_pixel, visit_length, visit_middle, entry_visit,
        )  # fmt: skip
        low_x, high_x, low_y, high_y = _extent(lines, entry_line, start, end)
        nc, status = _sweep(
            # Rounding may lead a walk one pixel beyond its line: what it left there must not wait for another path.
            _index(low_y - top - 1.0, rows), _index(high_y - top + 1.0, rows),
            _index(low_x - 1.0, width) >> 6, _index(high_x + 1.0, width) >> 6, width, words,
            paint.evenodd[path] != 0, oriented, paint.hiding[path], beneath, nc, counts,
            area, cover, lead, touched, skip, depth, cell_pixel, cell_alpha, cell_sign,
            run_pixel, run_length, run_under, room,
        )  # fmt: skip
        if status != DONE:
            _clear(ws, width, rows, words)
            return ng, status
        groups[ng, 4] = nc
        groups[ng, 6] = counts[0]
        groups[ng, 7] = nv
        ng += 1
        end = start
    return ng, DONE


@njit(cache=True, nogil=True, error_model="numpy")
def _composite_band(colors, opacities, background, groups, count, pixels,
                    c0, c1, c2, u0, u1, u2, cell_pixel, cell_alpha, cell_sign, cell_under,
                    run_pixel, run_length, run_under, fills, width, top, ramp, ramp_offset):  # fmt: skip
    """Paint the band back to front, keeping the colour beneath every cell."""
    kind = c0.dtype.type
    c0[:pixels] = background[0]
    c1[:pixels] = background[1]
    c2[:pixels] = background[2]
    for index in range(count - 1, -1, -1):
        path = groups[index, 0]
        opacity = kind(opacities[path])
        if fills.of_path.size > 0 and fills.of_path[path] >= 0:
            composite_fill(
                fills, fills.of_path[path], opacity, groups[index, 5], groups[index, 6], groups[index, 3],
                groups[index, 4], width, top, c0, c1, c2, u0, u1, u2, cell_pixel, cell_alpha, cell_sign, cell_under,
                run_pixel, run_length, run_under, ramp, ramp_offset,
            )  # fmt: skip
            continue
        r = kind(colors[path, 0])
        g = kind(colors[path, 1])
        b = kind(colors[path, 2])
        for run in range(np.uintp(groups[index, 5]), np.uintp(groups[index, 6])):
            start = np.uintp(run_pixel[run])
            stop = start + np.uintp(run_length[run])
            if run_under[run] < 0:
                for p in range(start, stop):
                    c0[p] = r
                for p in range(start, stop):
                    c1[p] = g
                for p in range(start, stop):
                    c2[p] = b
            else:
                shift = np.uintp(run_under[run]) - start
                for p in range(start, stop):
                    u0[shift + p] = c0[p]
                    u1[shift + p] = c1[p]
                    u2[shift + p] = c2[p]
                    c0[p] += opacity * (r - c0[p])
                    c1[p] += opacity * (g - c1[p])
                    c2[p] += opacity * (b - c2[p])
        for cell in range(np.uintp(groups[index, 3]), np.uintp(groups[index, 4])):
            if cell_sign[cell] == HIDDEN:
                continue
            p = np.uintp(cell_pixel[cell])
            alpha = opacity * cell_alpha[cell]
            cell_under[cell, 0] = c0[p]
            cell_under[cell, 1] = c1[p]
            cell_under[cell, 2] = c2[p]
            c0[p] += alpha * (r - c0[p])
            c1[p] += alpha * (g - c1[p])
            c2[p] += alpha * (b - c2[p])


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def _loss_plane(color, target, weight, grad, scale):
    """Weighted squared error of one plane and its gradient."""
    total = color.dtype.type(0.0)
    two = color.dtype.type(2.0 * scale)
    if weight.size == 0:
        for p in range(color.size):
            error = color[p] - target[p]
            total += error * error
            grad[p] = two * error
    else:
        for p in range(color.size):
            error = color[p] - target[p]
            weighted = weight[p] * error
            total += weighted * error
            grad[p] = two * weighted
    return total * scale


@njit(cache=True, nogil=True, error_model="numpy")
def _loss_band(task, ws, start, pixels, width):
    """Loss of a band, row by row (short float sums), with its gradient in ws.grad."""
    loss = 0.0
    for p in range(0, pixels, width):
        weight = task.weight
        if weight.size > 0:
            weight = task.weight[start + p : start + p + width]
        for channel in range(3):
            color = ws.color[channel, p : p + width]
            target = task.target[channel, start + p : start + p + width]
            grad = ws.grad[channel, p : p + width]
            if task.from_upstream:
                for x in range(width):
                    grad[x] = target[x]
            else:
                loss += _loss_plane(color, target, weight, grad, task.scale)
    return loss


@njit(cache=True, nogil=True, error_model="numpy")
def _backward_cells(start, stop, opacity, r, g, b, sums, beneath, scale, tangle, weight, origin,
                    g0, g1, g2, edge, through, cell_pixel, cell_alpha, cell_sign, cell_under):  # fmt: skip
    """Differentiate a path's cells: colour, opacity and importance sums, dL/dcoverage into `edge`."""
    kind = g0.dtype.type
    one = kind(1.0)
    tiny = kind(1e-30)
    s0 = s1 = s2 = s3 = s4 = kind(0.0)
    for cell in range(np.uintp(start), np.uintp(stop)):
        p = np.uintp(cell_pixel[cell])
        sign = cell_sign[cell]
        if sign == HIDDEN:
            edge[p] = 0.0
            continue
        coverage = cell_alpha[cell]
        alpha = opacity * coverage
        d0 = r - cell_under[cell, 0]
        d1 = g - cell_under[cell, 1]
        d2 = b - cell_under[cell, 2]
        dalpha = g0[p] * d0 + g1[p] * d1 + g2[p] * d2
        if sign < HIDDEN:
            edge[p] = dalpha * opacity * kind(sign)
        else:
            edge[p] = tangle if sign == UNDER else -tangle
        s0 += alpha * g0[p]
        s1 += alpha * g1[p]
        s2 += alpha * g2[p]
        s3 += coverage * dalpha
        rest = one - alpha
        if beneath:
            shown = through[p]
            gain = scale * (weight[np.uintp(origin) + p] if weight.size > 0 else one)
            square = d0 * d0 + d1 * d1 + d2 * d2
            s4 += gain * shown * shown * alpha * alpha * square - alpha * dalpha
            through[p] = shown * rest
        g0[p] *= rest
        g1[p] *= rest
        g2[p] *= rest
        if abs(g0[p]) + abs(g1[p]) + abs(g2[p]) < tiny:
            g0[p] = 0.0  # denormals are slow
            g1[p] = 0.0
            g2[p] = 0.0
    sums[0] += s0
    sums[1] += s1
    sums[2] += s2
    sums[3] += s3
    sums[4] += s4


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def _backward_runs(start, stop, opacity, r, g, b, sums, beneath, scale, weight, origin,
                   g0, g1, g2, through, u0, u1, u2, run_pixel, run_length, run_under):  # fmt: skip
    """Differentiate a path's runs: colour, opacity and importance sums."""
    kind = g0.dtype.type
    one = kind(1.0)
    rest = one - opacity
    for run in range(np.uintp(start), np.uintp(stop)):
        first = np.uintp(run_pixel[run])
        last = first + np.uintp(run_length[run])
        s0 = s1 = s2 = s3 = s4 = kind(0.0)
        for p in range(first, last):
            s0 += g0[p]
        for p in range(first, last):
            s1 += g1[p]
        for p in range(first, last):
            s2 += g2[p]
        sums[0] += opacity * s0
        sums[1] += opacity * s1
        sums[2] += opacity * s2
        if run_under[run] < 0:
            continue
        shift = np.uintp(run_under[run]) - first
        for p in range(first, last):
            d0 = r - u0[shift + p]
            d1 = g - u1[shift + p]
            d2 = b - u2[shift + p]
            dalpha = g0[p] * d0 + g1[p] * d1 + g2[p] * d2
            s3 += dalpha
            if beneath:
                shown = through[p]
                gain = scale * (weight[np.uintp(origin) + p] if weight.size > 0 else one)
                square = d0 * d0 + d1 * d1 + d2 * d2
                s4 += gain * shown * shown * opacity * opacity * square - opacity * dalpha
                through[p] = shown * rest
            g0[p] *= rest
            g1[p] *= rest
            g2[p] *= rest
        sums[3] += s3
        sums[4] += s4


@njit(cache=True, nogil=True, error_model="numpy")
def _backward_lines(lines, entry_line, start, end, first, stop, edge, entry_visit,
                    visit_pixel, visit_length, visit_middle, out):  # fmt: skip
    """Sum dL/dcoverage along each line of a path into the gradient of its ends."""
    for entry in range(end - 1, start - 1, -1):
        begin = np.uintp(entry_visit[np.uintp(entry - first)])
        near = 0.0
        far = 0.0
        for visit in range(begin, np.uintp(stop)):
            push = edge[np.uintp(visit_pixel[visit])] * visit_length[visit]
            part = push * visit_middle[visit]
            far += part
            near += push - part
        stop = begin
        line = np.uintp(entry_line[np.uintp(entry)])
        ex = lines[line, 2] - lines[line, 0]
        ey = lines[line, 3] - lines[line, 1]
        slot = np.uintp(entry)
        out[slot, 0] = -ey * near
        out[slot, 1] = ex * near
        out[slot, 2] = -ey * far
        out[slot, 3] = ex * far


@njit(cache=True, nogil=True, error_model="numpy")
def _backward_band(plan, paint, task, partials, ws, band, count, origin):
    """Differentiate all paths of a band, front to back."""
    lines, entry_line, groups = plan.lines, plan.entry_line, ws.group
    g0, g1, g2 = ws.grad[0], ws.grad[1], ws.grad[2]
    u0, u1, u2 = ws.under[0], ws.under[1], ws.under[2]
    edge, through, weight, entry_visit = ws.edge, ws.through, task.weight, ws.entry_visit
    visit_pixel, visit_length, visit_middle = ws.visit_pixel, ws.visit_length, ws.visit_middle
    cell_pixel, cell_alpha, cell_sign, cell_under = ws.cell_pixel, ws.cell_alpha, ws.cell_sign, ws.cell_under
    run_pixel, run_length, run_under = ws.run_pixel, ws.run_length, ws.run_under
    colors, opacities = paint.colors, paint.opacities
    entry_grad, group_path, group_sums = partials.entry_grad, partials.group_path, partials.group_sums
    kind = g0.dtype.type
    scale = kind(task.scale)
    tangle = kind(task.tangle * task.scale)
    beneath = task.beneath
    first = plan.band_entries[band]
    offset = plan.band_groups[band]
    group_path[offset : plan.band_groups[band + 1]] = -1
    sums = np.zeros(5)
    shown_from = plan.band_entries[band + 1]
    fills, fill_at = paint.fills, partials.fill_starts[band]
    for index in range(count):
        path = groups[index, 0]
        opacity = kind(opacities[path])
        r, g, b = kind(colors[path, 0]), kind(colors[path, 1]), kind(colors[path, 2])
        sums[:] = 0.0
        if fills.of_path.size > 0 and fills.of_path[path] >= 0:
            fill = fills.of_path[path]
            room = SHAPE_SUMS + STOP_SUMS * (fills.stops[fill + 1] - fills.stops[fill])
            fill_sums = partials.fill_sums[fill_at : fill_at + room]
            fill_sums[:] = 0.0
            fill_at += room
            backward_fill_cells(
                fills, fill, groups[index, 3], groups[index, 4], opacity, sums, fill_sums, beneath, scale, tangle,
                weight, origin, task.width, band * task.band_rows, g0, g1, g2, edge, through,
                cell_pixel, cell_alpha, cell_sign, cell_under,
            )  # fmt: skip
            backward_fill_runs(
                fills, fill, groups[index, 5], groups[index, 6], opacity, sums, fill_sums, beneath, scale,
                weight, origin, task.width, band * task.band_rows, g0, g1, g2, through, u0, u1, u2,
                run_pixel, run_length, run_under, ws.ramp, ws.ramp_offset,
            )  # fmt: skip
        else:
            _backward_cells(
                groups[index, 3], groups[index, 4], opacity, r, g, b, sums, beneath, scale, tangle, weight, origin,
                g0, g1, g2, edge, through, cell_pixel, cell_alpha, cell_sign, cell_under,
            )  # fmt: skip
            _backward_runs(
                groups[index, 5], groups[index, 6], opacity, r, g, b, sums, beneath, scale, weight, origin,
                g0, g1, g2, through, u0, u1, u2, run_pixel, run_length, run_under,
            )  # fmt: skip
        _backward_lines(
            lines, entry_line, groups[index, 1], groups[index, 2], first, groups[index, 7], edge,
            entry_visit, visit_pixel, visit_length, visit_middle, entry_grad,
        )  # fmt: skip
        group_path[offset + index] = path
        for k in range(5):
            group_sums[offset + index, k] = sums[k]
        shown_from = groups[index, 1]
    # Paths below the last one that shows were never walked.
    for entry in range(first, shown_from):
        for k in range(4):
            entry_grad[entry, k] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _backward_background(ws, rows, width, beneath, out):
    """Sum the gradient that reaches the background."""
    for row in range(rows):
        base = row * (width + 1)
        x = 0
        while x < width:
            if ws.skip[base + x] == x and not (beneath and ws.depth[row * width + x] > 0):
                out[1] += ws.grad[0, row * width + x]
                out[2] += ws.grad[1, row * width + x]
                out[3] += ws.grad[2, row * width + x]
                x += 1
            else:
                x = max(x + 1, ws.skip[base + x])


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _copy_image(image, color, start, pixels):
    """Put a band's colours into the image, if one is wanted."""
    if image.shape[1] > 0:
        for channel in range(3):
            plane = color[channel]
            for p in range(pixels):
                image[channel, start + p] = plane[p]


@njit(cache=True, nogil=True, error_model="numpy")
def draw_bands(plan, paint, task, partials, ws, band, stop):
    """Render bands [band, stop) and, when asked, differentiate them; return (next band, status)."""
    width = task.width
    while band < stop:
        top = band * task.band_rows
        rows = min(task.band_rows, task.height - top)
        pixels = rows * width
        start = top * width
        if plan.band_visits[band] > ws.visit_pixel.size:
            return band, GROW_VISITS
        groups, status = _cover_band(plan, paint, ws, band, top, rows, width, task.tangle > 0.0, task.beneath)
        if status != DONE:
            return band, status
        _composite_band(
            paint.colors, paint.opacities, paint.background, ws.group, groups, pixels,
            ws.color[0], ws.color[1], ws.color[2], ws.under[0], ws.under[1], ws.under[2],
            ws.cell_pixel, ws.cell_alpha, ws.cell_sign, ws.cell_under,
            ws.run_pixel, ws.run_length, ws.run_under, paint.fills, width, top, ws.ramp, ws.ramp_offset,
        )  # fmt: skip
        _copy_image(task.image, ws.color, start, pixels)
        if task.target.shape[1] > 0:
            sums = partials.band_sums[band]
            for k in range(4):
                sums[k] = 0.0
            sums[0] = _loss_band(task, ws, start, pixels, width)
            if task.backward:
                if task.beneath:
                    for p in range(pixels):
                        ws.through[p] = 1.0
                _backward_band(plan, paint, task, partials, ws, band, groups, start)
                _backward_background(ws, rows, width, task.beneath, sums)
        band += 1
    return band, DONE
