"""Areas that polygons enclose by their fill rule, in slabs between neighbouring corners and crossings."""

import numpy as np
from numba import njit

MOST_CROSSINGS = 1 << 16
"""Beyond so many, slabs are thin: those that hold further crossings are measured along their middle."""


@njit(cache=True, nogil=True, error_model="numpy")
def enclosed_areas(starts, ends, offsets, wanted, evenodd, areas):
    """Write the area that each wanted path encloses; its sides lie between two offsets."""
    for p in range(len(offsets) - 1):
        if wanted[p]:
            first, last = offsets[p], offsets[p + 1]
            areas[p] = _enclosed_area(starts[first:last], ends[first:last], evenodd[p] != 0)


@njit(cache=True, nogil=True, error_model="numpy")
def _enclosed_area(starts, ends, evenodd):
    """Between two neighbouring heights no sides cross, so that the inside is a row of trapezoids."""
    sides, turns = _falling_sides(starts, ends)
    heights = _heights(sides)
    active = np.empty(len(sides), np.int64)
    middle = np.empty(len(sides))
    count, following, area = 0, 0, 0.0
    for h in range(len(heights) - 1):
        top, bottom = heights[h], heights[h + 1]
        if bottom <= top:
            continue
        kept = 0
        for k in range(count):
            if sides[active[k], 3] > top:
                active[kept] = active[k]
                kept += 1
        count = kept
        while following < len(sides) and sides[following, 1] <= top:
            active[count] = following
            count += 1
            following += 1
        y = 0.5 * (top + bottom)
        for k in range(count):  # nearly in order already
            side = active[k]
            share = (y - sides[side, 1]) / (sides[side, 3] - sides[side, 1])
            x = sides[side, 0] + share * (sides[side, 2] - sides[side, 0])
            at = k
            while at > 0 and middle[at - 1] > x:
                middle[at] = middle[at - 1]
                active[at] = active[at - 1]
                at -= 1
            middle[at] = x
            active[at] = side
        winding, width = 0, 0.0
        for k in range(count):
            if (winding & 1) != 0 if evenodd else winding != 0:
                width += middle[k] - middle[k - 1]
            winding += turns[active[k]]
        area += width * (bottom - top)
    return area


@njit(cache=True, nogil=True, error_model="numpy")
def _falling_sides(starts, ends):
    """Sides that are not level, as x and y of the upper and of the lower end, by height; and which way they ran."""
    sides = np.empty((len(starts), 4))
    turns = np.empty(len(starts), np.int64)
    count = 0
    for i in range(len(starts)):
        if starts[i, 1] == ends[i, 1]:
            continue
        falls = starts[i, 1] < ends[i, 1]
        sides[count, :2] = starts[i] if falls else ends[i]
        sides[count, 2:] = ends[i] if falls else starts[i]
        turns[count] = 1 if falls else -1
        count += 1
    order = np.argsort(sides[:count, 1], kind="mergesort")
    return sides[order], turns[order]


@njit(cache=True, nogil=True, error_model="numpy")
def _heights(sides):
    """Heights of all ends and crossings, in order."""
    count = 2 * len(sides)
    heights = np.empty(count + 64)
    heights[: len(sides)] = sides[:, 1]
    heights[len(sides) : count] = sides[:, 3]
    most = count + MOST_CROSSINGS
    for i in range(len(sides)):
        ax, ay, bx, by = sides[i]
        low, high = min(ax, bx), max(ax, bx)
        for j in range(i + 1, len(sides)):
            cx, cy, dx, dy = sides[j]
            if cy >= by or count == most:
                break
            if max(cx, dx) < low or min(cx, dx) > high:
                continue
            turn = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
            if turn == 0.0:
                continue
            here = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / turn
            there = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / turn
            if 0.0 < here < 1.0 and 0.0 < there < 1.0:
                if count == len(heights):
                    longer = np.empty(2 * count)
                    longer[:count] = heights
                    heights = longer
                heights[count] = ay + here * (by - ay)
                count += 1
    return np.sort(heights[:count])
