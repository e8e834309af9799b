"""Inner loops of uniting paths: what each fills and which shows, as pixels, and what joins two of them.

Rows of `boxes` are left, top, right and bottom of the pixels that hold a path; right and bottom lie outside.
`filled` holds, path after path from `offsets` on, 1 for each pixel of its box that a path fills.
"""

import numpy as np
from numba import njit

NOWHERE = 0
"""A pixel where a union would hide what shows now."""

FREE = 1
"""One where later paths hide it, or where it would show its own colour; neither path fills it."""

OURS = 2
"""One of those that a path of the pair fills."""

WAY = 3
"""One that was free before it became part of a bridge."""

STEP_X = np.array([1, 0, -1, 0])
STEP_Y = np.array([0, 1, 0, -1])


@njit(cache=True, nogil=True, error_model="numpy")
def _fills(filled, offsets, boxes, path, x, y):
    """Whether a path fills a pixel of the canvas."""
    left, top, right, bottom = boxes[path, 0], boxes[path, 1], boxes[path, 2], boxes[path, 3]
    if x < left or x >= right or y < top or y >= bottom:
        return False
    return filled[offsets[path] + (y - top) * (right - left) + x - left] != 0


@njit(cache=True, nogil=True, error_model="numpy")
def paint(filled, offsets, boxes, low, high, box, shown):
    """Write which path shows in each pixel of a box if `low` and `high` were left out; -1 is the background."""
    shown[:] = -1
    for path in range(len(boxes)):
        if path in (low, high):
            continue
        left, right = max(boxes[path, 0], box[0]), min(boxes[path, 2], box[2])
        width = boxes[path, 2] - boxes[path, 0]
        for y in range(max(boxes[path, 1], box[1]), min(boxes[path, 3], box[3])):
            at = offsets[path] + (y - boxes[path, 1]) * width - boxes[path, 0]
            for x in range(left, right):
                if filled[at + x] != 0:
                    shown[y - box[1], x - box[0]] = path


@njit(cache=True, nogil=True, error_model="numpy")
def room(filled, offsets, boxes, shows, low, high, kept, box, beneath, state):
    """Write where in a box one path in the place of `kept` may lie, and what shows without `low` and `high`."""
    paint(filled, offsets, boxes, low, high, box, beneath)
    for y in range(box[3] - box[1]):
        for x in range(box[2] - box[0]):
            top = shows[box[1] + y, box[0] + x]
            lower = _fills(filled, offsets, boxes, low, box[0] + x, box[1] + y)
            upper = _fills(filled, offsets, boxes, high, box[0] + x, box[1] + y)
            hidden = beneath[y, x] > kept or (upper if kept == high else lower)
            if not hidden and top not in (low, high):
                state[y, x] = NOWHERE
            else:
                state[y, x] = OURS if lower or upper else FREE


@njit(cache=True, nogil=True, error_model="numpy")
def _go_on(state, at, before, now, size, then, later):
    """Go from one pixel to those beside it: filled ones lie no farther away, free ones a step farther."""
    height, width = state.shape
    for way in range(4):
        y, x = at // width + STEP_Y[way], at % width + STEP_X[way]
        if y < 0 or y >= height or x < 0 or x >= width:
            continue
        beside = y * width + x
        if before[beside] >= 0 or state[y, x] == NOWHERE:
            continue
        before[beside] = at
        if state[y, x] == OURS:
            now[size] = beside
            size += 1
        else:
            then[later] = beside
            later += 1
    return size, later


@njit(cache=True, nogil=True, error_model="numpy")
def _way(state, top, small, large, reach, before):
    """Find the shortest way between what shows of two paths; return its end or -1. `before` leads back."""
    height, width = state.shape
    before[:] = -1
    now, then = np.empty(height * width, np.int64), np.empty(height * width, np.int64)
    size = 0
    for at in range(height * width):
        if top[at // width, at % width] == small and state[at // width, at % width] == OURS:
            before[at] = at
            now[size] = at
            size += 1
    for _ in range(reach + 1):
        done, later = 0, 0
        while done < size:
            at = now[done]
            done += 1
            if top[at // width, at % width] == large and state[at // width, at % width] == OURS:
                return at
            size, later = _go_on(state, at, before, now, size, then, later)
        now, then, size = then, now, later
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def bridge(state, top, small, large, reach, thickness):
    """Lay a bridge along the shortest way from what shows of one path to what shows of the other.

    The way leads over at most `reach` free pixels; those within `thickness` become `WAY`. `top` is what shows in
    the box of `state`. Returns the place of the end in the box, or -1 if there is no way.
    """
    height, width = state.shape
    before = np.empty(height * width, np.int64)
    end = _way(state, top, small, large, reach, before)
    at = end
    while at >= 0 and before[at] != at:
        y, x = at // width, at % width
        if state[y, x] != OURS:
            for v in range(max(0, y - thickness), min(height, y + thickness + 1)):
                for u in range(max(0, x - thickness), min(width, x + thickness + 1)):
                    if state[v, u] == FREE:
                        state[v, u] = WAY
        at = before[at]
    return end


@njit(cache=True, nogil=True, error_model="numpy")
def fill(state, row, column, inside):
    """Mark the connected pixels that a union fills from one place on, and what they enclose."""
    height, width = state.shape
    stack = np.empty(height * width, np.int64)
    inside[:] = False
    size = 1
    stack[0] = row * width + column
    inside[row, column] = True
    while size > 0:
        size -= 1
        y, x = stack[size] // width, stack[size] % width
        for way in range(4):
            v, u = y + STEP_Y[way], x + STEP_X[way]
            if 0 <= v < height and 0 <= u < width and not inside[v, u] and state[v, u] >= OURS:
                inside[v, u] = True
                stack[size] = v * width + u
                size += 1
    outside = np.zeros((height, width), np.bool_)
    for at in range(height * width):
        y, x = at // width, at % width
        if (y == 0 or x == 0 or y == height - 1 or x == width - 1) and not inside[y, x]:
            outside[y, x] = True
            stack[size] = at
            size += 1
    while size > 0:
        size -= 1
        y, x = stack[size] // width, stack[size] % width
        for way in range(4):
            v, u = y + STEP_Y[way], x + STEP_X[way]
            if 0 <= v < height and 0 <= u < width and not inside[v, u] and not outside[v, u]:
                outside[v, u] = True
                stack[size] = v * width + u
                size += 1
    for y in range(height):
        for x in range(width):
            inside[y, x] = not outside[y, x]


@njit(cache=True, nogil=True, error_model="numpy")
def held(inside, top, path):
    """Share of what shows of a path in a box that lies inside."""
    shows = remains = 0
    for y in range(len(top)):
        for x in range(len(top[y])):
            if top[y, x] == path:
                shows += 1
                remains += inside[y, x]
    return remains / max(shows, 1)


@njit(cache=True, nogil=True, error_model="numpy")
def rise(inside, top, beneath, kept, colors, mean, target, weight, box):
    """How much the weighted sum of squares rises when a union in one colour is painted at the level of `kept`.

    The last row of `colors` is the background, which -1 stands for.
    """
    total = 0.0
    for y in range(len(top)):
        for x in range(len(top[y])):
            shows = inside[y, x] and beneath[y, x] < kept
            risen = 0.0
            for c in range(3):
                photo = target[c, box[1] + y, box[0] + x]
                new = (mean[c] if shows else colors[beneath[y, x], c]) - photo
                old = colors[top[y, x], c] - photo
                risen += new * new - old * old
            total += risen * weight[box[1] + y, box[0] + x]
    return total
