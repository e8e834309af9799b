"""What each path shows in a band, front to back: partly covered cells, and runs of pixels wholly inside."""

import numpy as np

from huefold.render.kernels import layout
from huefold.render.kernels.bits import ALL, NONE, ONE, bit_count, stretch, trailing_zeros
from huefold.render.kernels.compiled import embedded, inlined, kernel
from huefold.render.kernels.lines import walk


@inlined
def _filled(s, evenodd, oriented):
    """All bits where a stretch of signed cover `s` is inside, else none."""
    if oriented:
        return ALL if s <= -0.5 else NONE
    if evenodd:
        return ALL if int(abs(s) + 0.5) & 1 == 1 else NONE
    return ALL if abs(s) >= 0.5 else NONE


@inlined
def _cell(signed, evenodd, oriented):
    """Coverage of a pixel by its signed cover, and the sign or the winding code that goes with it."""
    if evenodd:
        signed -= 2.0 * np.rint(0.5 * signed)
    alpha = abs(signed)
    sign = 1 if signed > 0.0 else -1
    if alpha > 1.0:
        if alpha > 1.0 + 1e-6:
            sign = layout.ABOVE if oriented else 0
        alpha = 1.0
    if oriented and signed > 0.0:
        alpha = 0.0
        sign = layout.BELOW if signed > 1e-6 else -1
    return alpha, sign


@inlined
def _hide(visible, spot, covered, beneath, counts):
    """Mark pixels that an opaque layer covers: hidden or, looking `beneath` it, hidden from the second one on."""
    seen = visible.seen[spot]
    hidden = covered & ~visible.uncovered[spot] if beneath else covered
    visible.uncovered[spot] &= ~covered
    visible.seen[spot] = seen & ~hidden
    counts[layout.VISIBLE_COUNT] -= np.int64(bit_count(hidden))


@inlined
def _emit_runs(bits, start, keep, first_run, counts, runs):
    """Record the runs that a word's bits stand for, the lowest at pixel `start`; return a status."""
    status = layout.DONE
    while bits != NONE:
        low = trailing_zeros(bits)
        rest = bits & (bits + (ONE << low))
        length = np.int64(bit_count(bits ^ rest))
        bits = rest
        pixel = start + np.int64(low)
        at = np.uintp(counts[layout.RUN_COUNT])
        if keep:
            if counts[layout.STORED_COUNT] + length > runs.under.shape[1]:
                status = layout.GROW_STORED
                break
            counts[layout.STORED_COUNT] += length
        if low == NONE and counts[layout.RUN_COUNT] > first_run:
            before = at - np.uintp(1)
            if runs.pixel[before] + runs.length[before] == pixel:
                runs.length[before] += length
                continue
        if at >= np.uintp(runs.pixel.size):
            status = layout.GROW_RUNS
            break
        runs.pixel[at] = pixel
        runs.length[at] = length
        runs.stored[at] = counts[layout.STORED_COUNT] - length if keep else -1
        counts[layout.RUN_COUNT] += 1
    return status


@embedded
def _sweep(box, frame, rule, beneath, cover, visible, cells, runs, counts):
    """Turn a path's accumulated cover into cells and runs; return a status.

    `box`: first and last row, first and last word; `rule`: even-odd, by orientation, how much the inside hides.
    """
    low, high, first_word, last_word = box
    evenodd, oriented, hiding = rule
    _, _, width, words = frame
    swept, left, touched = cover
    seen = visible.seen
    cell_pixel, cell_alpha, cell_sign, _ = cells
    nc = counts[layout.CELL_COUNT]
    opaque = hiding >= 1.0
    for row in range(low, high + 1):
        first_run = counts[layout.RUN_COUNT]
        s = left[np.uintp(row)]
        left[np.uintp(row)] = 0.0
        fill = _filled(s, evenodd, oriented)
        for word in range(first_word, words):
            if word > last_word and fill == NONE:
                break
            spot = np.uintp(row * words + word)
            bits = touched[spot] if word <= last_word else NONE
            if bits | fill == NONE:
                continue
            in_sight = seen[spot]
            inside = NONE
            covered = NONE
            above = ALL  # pixels right of the last cell
            start = row * width + (word << 6)
            if bits != NONE:
                touched[spot] = NONE
            while bits != NONE:
                place = trailing_zeros(bits)
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
                alpha, sign = _cell(signed, evenodd, oriented)  # a tenth slower before the cover is stored
                # Hidden cells are overwritten by the next one.
                cell = np.uintp(nc)
                cell_pixel[cell] = pixel
                cell_alpha[cell] = alpha
                cell_sign[cell] = sign
                nc += np.int64((in_sight >> place) & ONE)
                if alpha * hiding >= 1.0:
                    covered |= ONE << place
            inside = (inside | (fill & above)) & in_sight
            covered &= in_sight
            if opaque:
                covered |= inside
            if covered != NONE:
                _hide(visible, spot, covered, beneath, counts)
            status = _emit_runs(inside, start, beneath or not opaque, first_run, counts, runs)
            if status != layout.DONE:
                return status
    counts[layout.CELL_COUNT] = nc
    return layout.DONE


@kernel
def _clear(cover, frame):
    """Zero what is kept zero, after a pass that was given up."""
    cover.swept[: frame.rows * frame.width] = 0.0
    cover.left[:] = 0.0
    cover.touched[: frame.rows * frame.words] = np.uint64(0)


@inlined
def _index(value, size):
    """Index of the pixel that holds `value`, clipped into [0, size)."""
    return int(max(0.0, min(np.floor(value), size - 1.0)))


@inlined
def _box(lines, entry_line, start, end, frame):
    """First and last row, first and last word that a path's lines may reach."""
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
    # Rounding may lead a walk one pixel beyond its line: what it leaves there must not wait for another path.
    return (
        _index(low_y - frame.top - 1.0, frame.rows),
        _index(high_y - frame.top + 1.0, frame.rows),
        _index(low_x - 1.0, frame.width) >> 6,
        _index(high_x + 1.0, frame.width) >> 6,
    )


@inlined
def _any_seen(seen, box, last_word, words):
    """Whether a pixel in the rows of a box, up to a word, can still be seen."""
    low, high, first_word, _ = box
    for row in range(low, high + 1):
        for word in range(first_word, last_word + 1):
            if seen[np.uintp(row * words + word)] != NONE:
                return True
    return False


@inlined
def _start_band(ws, frame):
    """All pixels can be seen, and nothing is counted yet."""
    for row in range(frame.rows):
        for word in range(frame.words):
            ws.visible.seen[row * frame.words + word] = stretch(word, 0, frame.width)
            ws.visible.uncovered[row * frame.words + word] = stretch(word, 0, frame.width)
    ws.counts[:] = 0
    ws.counts[layout.VISIBLE_COUNT] = frame.rows * frame.width


@kernel
def cover_band(plan, paint, ws, band, frame, oriented, beneath):
    """Find what each path shows in a band, front to back; return (groups, status)."""
    line_path, entry_line = plan.line_path, plan.entry_line
    groups, counts = ws.groups, ws.counts
    _start_band(ws, frame)
    begin = plan.band_entries[band]
    end = plan.band_entries[band + 1]
    ng = 0
    while end > begin and counts[layout.VISIBLE_COUNT] > 0:
        path = line_path[entry_line[end - 1]]
        start = end - 1
        while start > begin and line_path[entry_line[start - 1]] == path:
            start -= 1
        box = _box(plan.lines, entry_line, start, end, frame)
        reach = frame.words - 1 if plan.path_leaves[path] else box[3]
        if _any_seen(ws.visible.seen, box, reach, frame.words):
            groups[ng, layout.PATH] = path
            groups[ng, layout.ENTRIES] = start
            groups[ng, layout.ENTRIES_END] = end
            groups[ng, layout.CELLS] = counts[layout.CELL_COUNT]
            groups[ng, layout.RUNS] = counts[layout.RUN_COUNT]
            visits = counts[layout.VISIT_COUNT]
            walk(plan.lines, entry_line, (start, end, begin), frame, ws.cover, ws.visits, counts)
            rule = (paint.evenodd[path] != 0, oriented, paint.hiding[path])
            status = _sweep(box, frame, rule, beneath, ws.cover, ws.visible, ws.cells, ws.runs, counts)
            if status != layout.DONE:
                _clear(ws.cover, frame)
                return ng, status
            groups[ng, layout.CELLS_END] = counts[layout.CELL_COUNT]
            groups[ng, layout.RUNS_END] = counts[layout.RUN_COUNT]
            groups[ng, layout.VISITS_END] = counts[layout.VISIT_COUNT]
            if (
                counts[layout.CELL_COUNT] > groups[ng, layout.CELLS]
                or counts[layout.RUN_COUNT] > groups[ng, layout.RUNS]
            ):
                ng += 1
            else:
                counts[layout.VISIT_COUNT] = visits
        end = start
    return ng, layout.DONE
