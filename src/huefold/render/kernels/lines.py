"""Walk the lines of a path pixel by pixel: their visits, and the signed cover they leave in each pixel."""

import numpy as np

from huefold.render.kernels import layout
from huefold.render.kernels.compiled import embedded, inlined, kernel


@kernel
def _cover_left(left, ay, ey, t0, t1, rows):
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
            left[row] += sign * part


@inlined
def _clip(left, ax, ay, ex, ey, width, rows):
    """Parameter range of a line inside the band; the cover of what lies left of it goes into `left`."""
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
                _cover_left(left, ay, ey, t0, t1, rows)
            t1 = -1.0
        else:
            ta = (0.0 - ax) / ex
            tb = (width - ax) / ex
            u0 = min(max(t0, min(ta, tb)), t1)
            u1 = max(min(t1, max(ta, tb)), u0)
            if ex > 0.0 and u0 > t0:
                _cover_left(left, ay, ey, t0, u0, rows)
            if ex < 0.0 and u1 < t1:
                _cover_left(left, ay, ey, u1, t1, rows)
            t0 = u0
            t1 = u1
    return t0, t1


@inlined
def _first_pixel(place, direction, size):
    """Row or column in which a line begins that goes this way; on a border, the one it enters."""
    index = int(np.floor(place))
    if direction < 0.0 and place == index:
        index -= 1
    return min(max(index, 0), size - 1)


@embedded
def walk(lines, entry_line, entries, frame, cover, visits, counts):
    """Visit all pixels of a path's lines inside the band; `entries`: its first, its end, and the band's first."""
    start, end, begin = entries
    top, rows, width, words = frame
    swept, left, touched = cover
    visit_pixel, visit_length, visit_middle, visit_of_entry = visits
    nv = counts[layout.VISIT_COUNT]
    far = 2.0
    kind = swept.dtype.type
    for entry in range(np.uintp(start), np.uintp(end)):
        line = np.uintp(entry_line[entry])
        visit_of_entry[entry - np.uintp(begin)] = nv
        ax = lines[line, 0]
        ay = lines[line, 1] - top
        ex = lines[line, 2] - ax
        ey = lines[line, 3] - top - ay
        t, t1 = _clip(left, ax, ay, ex, ey, width, rows)
        if t >= t1:
            continue
        ix = _first_pixel(ax + ex * t, ex, width)
        iy = _first_pixel(ay + ey * t, ey, rows)
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
    counts[layout.VISIT_COUNT] = nv
