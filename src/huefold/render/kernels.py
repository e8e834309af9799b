"""The rasteriser's inner loops: walk lines, sweep coverage, composite, differentiate.

One band of rows at a time. Within a band, paths are handled front to back while a pixel can still be seen, then
composited back to front, then differentiated front to back again. All of it happens while the band is in cache.

A *visit* is the part of a line inside one pixel, a *cell* a pixel that lines of a path visit, a *run* a stretch of
pixels wholly inside a path that nothing opaque hides. Coordinates are in output pixels, x right, y down.
"""

from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from huefold.render.codes import OVER, UNDER
from huefold.render.compiled import embedded, inlined, kernel, reordered
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
NONE = np.uint64(0)
ONE = np.uint64(1)
ALL = ~np.uint64(0)


class Plan(NamedTuple):
    """Lines of all paths and, for each band, which of them cross it (in path order)."""

    lines: NDArray[np.float64]  # [L, 4] ax, ay, bx, by
    line_path: NDArray[np.int32]  # [L]
    path_leaves: NDArray[np.uint8]  # [N] 1 where a path has lines right of the canvas, which no band lists
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

    swept: NDArray[np.float32]  # [R * W, 2] area and cover of the current path, kept zero
    lead: NDArray[np.float64]  # [R] cover from the left of the canvas, kept zero
    touched: NDArray[np.uint64]  # [R * words] bit set of visited pixels, kept zero
    seen: NDArray[np.uint64]  # [R * words] bit set of pixels that can still be seen
    first: NDArray[np.uint64]  # [R * words] bit set of pixels that no opaque layer covers yet
    color: NDArray[np.float32]  # [3, R * W]
    grad: NDArray[np.float32]  # [3, R * W]
    through: NDArray[np.float32]  # [R * W] transmittance
    edge: NDArray[np.float32]  # [R * W] dL/dcoverage of the current path's cells, kept zero
    visit_pixel: NDArray[np.int32]  # [V]
    visit_length: NDArray[np.float32]  # [V] t1 - t0
    visit_middle: NDArray[np.float32]  # [V] (t0 + t1) / 2
    cell_pixel: NDArray[np.int32]  # [V]
    cell_alpha: NDArray[np.float32]  # [V] coverage
    cell_sign: NDArray[np.int8]  # [V] dcoverage/dwinding
    cell_under: NDArray[np.float32]  # [V, 3] colour beneath
    run_pixel: NDArray[np.int32]  # [Q]
    run_length: NDArray[np.int32]  # [Q]
    run_under: NDArray[np.int64]  # [Q] offset into under, -1 where nothing beneath is needed
    under: NDArray[np.float32]  # [3, U] colour beneath run pixels
    group: NDArray[np.int64]  # [N + 1, 8] path, entries, cells, runs of a path in this band
    entry_visit: NDArray[np.int64]  # [E_band + 1] first visit of each entry
    ramp: NDArray[np.float32]  # [9, W] colour and opacity along a run, and their gradients
    ramp_offset: NDArray[np.float64]  # [W]
    counts: NDArray[np.int64]  # [3]
    sums: NDArray[np.float64]  # [5]


@intrinsic
def _trailing_zeros(_typingctx, _bits):
    def codegen(_context, builder, _signature, args):
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), codegen


@intrinsic
def _bit_count(_typingctx, _bits):
    def codegen(_context, builder, _signature, args):
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), codegen


@intrinsic
def _take(_typingctx, _counter):
    """Return the counter's value and raise it by one, so that no two threads get the same."""

    def codegen(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.atomic_rmw("add", data, ir.Constant(ir.IntType(64), 1), "monotonic")

    return types.int64(types.Array(types.int64, 1, "C")), codegen


@kernel
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


@inlined
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


@kernel
def _walk(
    lines, entry_line, start, end, first, top, width, rows, words, nv,
    swept, lead, touched, visit_pixel, visit_length, visit_middle, entry_visit,
):  # fmt: skip
    """Visit all pixels of a path's lines inside the band; return the new number of visits."""
    far = 2.0
    kind = swept.dtype.type
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
            if np.uintp(ix) >= np.uintp(width) or np.uintp(iy) >= np.uintp(rows):
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
                swept[pixel, np.uintp(0)] += kind(dy * (ix + 1.0 - (ax + ex * middle)))
                swept[pixel, np.uintp(1)] += kind(dy)
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


@inlined
def _filled(s, evenodd, oriented):
    """All bits where a stretch of signed cover `s` is inside, else none."""
    if oriented:
        return ALL if s <= -0.5 else NONE
    if evenodd:
        return ALL if int(abs(s) + 0.5) & 1 == 1 else NONE
    return ALL if abs(s) >= 0.5 else NONE


@inlined
def _mask(word, x0, x1):
    """Bits of a word that stand for pixels in [x0, x1), a stretch that reaches into it."""
    mask = ALL
    if x0 > word << 6:
        mask &= ALL << np.uint64(x0 & 63)
    if x1 < (word + 1) << 6:
        mask &= ALL >> np.uint64(64 - (x1 & 63))
    return mask


@inlined
def _emit_runs(bits, start, keep, first_run, counts, run_pixel, run_length, run_under, room):
    """Record the runs that a word's bits stand for, the lowest at pixel `start`; return a status."""
    status = DONE
    while bits != NONE:
        low = _trailing_zeros(bits)
        rest = bits & (bits + (ONE << low))
        length = np.int64(_bit_count(bits ^ rest))
        bits = rest
        pixel = start + np.int64(low)
        at = np.uintp(counts[0])
        if keep:
            if counts[1] + length > room:
                status = GROW_UNDER
                break
            counts[1] += length
        if low == NONE and counts[0] > first_run:
            before = at - np.uintp(1)
            if run_pixel[before] + run_length[before] == pixel:
                run_length[before] += length
                continue
        if at >= np.uintp(run_pixel.size):
            status = GROW_RUNS
            break
        run_pixel[at] = pixel
        run_length[at] = length
        run_under[at] = counts[1] - length if keep else -1
        counts[0] += 1
    return status


@kernel
def _sweep(
    low, high, first_word, last_word, width, words, evenodd, oriented, opacity, beneath, nc, counts,
    swept, lead, touched, seen, first, cell_pixel, cell_alpha, cell_sign,
    run_pixel, run_length, run_under, room,
):  # fmt: skip
    """Turn a path's accumulated cover into cells and runs; return (cells, status)."""
    opaque = opacity >= 1.0
    for row in range(low, high + 1):
        first_run = counts[0]
        s = lead[np.uintp(row)]
        lead[np.uintp(row)] = 0.0
        fill = _filled(s, evenodd, oriented)
        for word in range(first_word, words):
            if word > last_word and fill == NONE:
                break
            spot = np.uintp(row * words + word)
            bits = touched[spot] if word <= last_word else NONE
            if bits | fill == NONE:
                continue
            visible = seen[spot]
            inside = NONE
            covered = NONE
            above = ALL  # pixels right of the last cell
            start = row * width + (word << 6)
            if bits != NONE:
                touched[spot] = NONE
            while bits != NONE:
                place = _trailing_zeros(bits)
                bits &= bits - ONE
                from_here = ALL << place
                inside |= fill & above & ~from_here
                above = from_here << ONE
                pixel = np.uintp(start) + np.uintp(place)
                signed = s + swept[pixel, np.uintp(0)]
                s += swept[pixel, np.uintp(1)]
                swept[pixel, np.uintp(0)] = 0.0
                swept[pixel, np.uintp(1)] = 0.0
                fill = _filled(s, evenodd, oriented)
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
                # Hidden cells are overwritten by the next one.
                cell = np.uintp(nc)
                cell_pixel[cell] = pixel
                cell_alpha[cell] = alpha
                cell_sign[cell] = sign
                nc += np.int64((visible >> place) & ONE)
                if alpha * opacity >= 1.0:
                    covered |= ONE << place
            inside = (inside | (fill & above)) & visible
            covered &= visible
            if opaque:
                covered |= inside
            if covered != NONE:
                hidden = covered & ~first[spot] if beneath else covered
                first[spot] &= ~covered
                seen[spot] = visible & ~hidden
                counts[2] -= np.int64(_bit_count(hidden))
            keep = beneath or not opaque
            status = _emit_runs(
                inside, start, keep, first_run, counts, run_pixel, run_length, run_under, room
            )
            if status != DONE:
                return nc, status
    return nc, DONE


@kernel
def _clear(ws, width, rows, words):
    """Restore the planes that are kept zero, after a pass that was given up."""
    ws.swept[: rows * width] = 0.0
    ws.lead[:] = 0.0
    ws.touched[: rows * words] = np.uint64(0)


@inlined
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


@inlined
def _index(value, size):
    """Index of the pixel that holds `value`, clipped into [0, size)."""
    return int(max(0.0, min(np.floor(value), size - 1.0)))


@inlined
def _any_seen(seen, low, high, first_word, last_word, words):
    """Whether a pixel of these rows and words can still be seen."""
    for row in range(low, high + 1):
        for word in range(first_word, last_word + 1):
            if seen[np.uintp(row * words + word)] != NONE:
                return True
    return False


@kernel
def _cover_band(plan, paint, ws, band, top, rows, width, oriented, beneath):
    """Find what each path shows in a band, front to back; return (groups, status)."""
    lines, line_path, entry_line = plan.lines, plan.line_path, plan.entry_line
    swept, lead, touched, seen, first = ws.swept, ws.lead, ws.touched, ws.seen, ws.first
    entry_visit, groups = ws.entry_visit, ws.group
    visit_pixel, visit_length, visit_middle = ws.visit_pixel, ws.visit_length, ws.visit_middle
    cell_pixel, cell_alpha, cell_sign = ws.cell_pixel, ws.cell_alpha, ws.cell_sign
    run_pixel, run_length, run_under, room = ws.run_pixel, ws.run_length, ws.run_under, ws.under.shape[1]
    words = (width + 63) >> 6
    for row in range(rows):
        for word in range(words):
            seen[row * words + word] = _mask(word, 0, width)
            first[row * words + word] = _mask(word, 0, width)
    counts = ws.counts  # runs, stored pixels, pixels that can be seen
    counts[0] = 0
    counts[1] = 0
    counts[2] = rows * width
    begin = plan.band_entries[band]
    end = plan.band_entries[band + 1]
    nv = counts[0]  # zeros that are not literals, which would compile the callees twice
    nc = counts[0]
    ng = 0
    while end > begin and counts[2] > 0:
        path = line_path[entry_line[end - 1]]
        start = end - 1
        while start > begin and line_path[entry_line[start - 1]] == path:
            start -= 1
        # Rounding may lead a walk one pixel beyond its line: what it leaves there must not wait for another path.
        low_x, high_x, low_y, high_y = _extent(lines, entry_line, start, end)
        low = _index(low_y - top - 1.0, rows)
        high = _index(high_y - top + 1.0, rows)
        first_word = _index(low_x - 1.0, width) >> 6
        last_word = _index(high_x + 1.0, width) >> 6
        reach = words - 1 if plan.path_leaves[path] else last_word
        if _any_seen(seen, low, high, first_word, reach, words):
            groups[ng, 0] = path
            groups[ng, 1] = start
            groups[ng, 2] = end
            groups[ng, 3] = nc
            groups[ng, 5] = counts[0]
            groups[ng, 7] = nv
            nv = _walk(
                lines, entry_line, start, end, begin, float(top), width, rows, words, nv,
                swept, lead, touched, visit_pixel, visit_length, visit_middle, entry_visit,
            )  # fmt: skip
            nc, status = _sweep(
                low, high, first_word, last_word, width, words,
                paint.evenodd[path] != 0, oriented, paint.hiding[path], beneath, nc, counts,
                swept, lead, touched, seen, first, cell_pixel, cell_alpha, cell_sign,
                run_pixel, run_length, run_under, room,
            )  # fmt: skip
            if status != DONE:
                _clear(ws, width, rows, words)
                return ng, status
            groups[ng, 4] = nc
            groups[ng, 6] = counts[0]
            if nc > groups[ng, 3] or counts[0] > groups[ng, 5]:
                groups[ng, 7] = nv
                ng += 1
            else:
                nv = groups[ng, 7]
        end = start
    return ng, DONE


@kernel
def _composite_band(colors, opacities, background, groups, count, pixels,
                    c0, c1, c2, u0, u1, u2, cell_pixel, cell_alpha, cell_under,
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
                groups[index, 4], width, top, c0, c1, c2, u0, u1, u2, cell_pixel, cell_alpha, cell_under,
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
                    c1[p] = g
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
            p = np.uintp(cell_pixel[cell])
            alpha = opacity * cell_alpha[cell]
            cell_under[cell, 0] = c0[p]
            cell_under[cell, 1] = c1[p]
            cell_under[cell, 2] = c2[p]
            c0[p] += alpha * (r - c0[p])
            c1[p] += alpha * (g - c1[p])
            c2[p] += alpha * (b - c2[p])


@reordered
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


@embedded
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


@kernel
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
        coverage = cell_alpha[cell]
        alpha = opacity * coverage
        d0 = r - cell_under[cell, 0]
        d1 = g - cell_under[cell, 1]
        d2 = b - cell_under[cell, 2]
        dalpha = g0[p] * d0 + g1[p] * d1 + g2[p] * d2
        if sign < UNDER:
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


@reordered
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


@kernel
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


@inlined
def _zero(entry_grad, start, stop):
    """Nothing moves the lines of paths that do not show."""
    for entry in range(start, stop):
        for k in range(4):
            entry_grad[entry, k] = 0.0


@embedded
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
    sums = ws.sums
    done = plan.band_entries[band + 1]
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
        for cell in range(np.uintp(groups[index, 3]), np.uintp(groups[index, 4])):
            edge[np.uintp(cell_pixel[cell])] = 0.0
        _zero(entry_grad, groups[index, 2], done)
        done = groups[index, 1]
        group_path[offset + index] = path
        for k in range(5):
            group_sums[offset + index, k] = sums[k]
    _zero(entry_grad, first, done)


@kernel
def _backward_background(ws, rows, width, beneath, out):
    """Sum the gradient that reaches the background."""
    words = (width + 63) >> 6
    for row in range(rows):
        for word in range(words):
            spot = row * words + word
            bits = ws.seen[spot] & ws.first[spot] if beneath else ws.seen[spot]
            while bits != NONE:
                pixel = np.uintp(row * width + (word << 6) + np.int64(_trailing_zeros(bits)))
                bits &= bits - ONE
                out[1] += ws.grad[0, pixel]
                out[2] += ws.grad[1, pixel]
                out[3] += ws.grad[2, pixel]


@inlined
def _copy_image(image, color, start, pixels):
    """Put a band's colours into the image, if one is wanted."""
    if image.shape[1] > 0:
        for channel in range(3):
            plane = color[channel]
            out = image[channel, start : start + pixels]
            for p in range(out.size):
                out[p] = plane[p]


@kernel
def draw_bands(plan, paint, task, partials, ws, queue, band):
    """Render bands from the queue and, when asked, differentiate them; return (band, status).

    Where room runs out, call again with the band returned; -1 takes the first from the queue.
    """
    width = task.width
    bands = len(plan.band_visits)
    if band < 0:
        band = _take(queue)
    while band < bands:
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
            ws.cell_pixel, ws.cell_alpha, ws.cell_under,
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
        band = _take(queue)
    return band, DONE
