"""Compiled loops of edits: what changes cost, which nodes can go, and what joins two paths.

Rows of `boxes` are left, top, right and bottom of pixels; right and bottom lie outside. `layers` are what each path
fills (1 for each pixel of its box, path after path), where each path begins in that, and the boxes of the paths.
"""

import numpy as np
from numba import njit

from huefold.bezier.kernels import chord_length, fit_one_cubic, split

LEFT, TOP, RIGHT, BOTTOM = 0, 1, 2, 3
"""Columns of boxes."""

SAMPLES = 8
"""Places on each of two segments to which one cubic is fitted."""

LEAST_PART = 0.02
"""Least share of the length of two segments that either of them counts for."""

BLOCKED = 0
"""A pixel where the merged path would hide what shows now."""

FREE = 1
"""A pixel where later paths hide the merged path, or where it shows its own colour; neither path fills it."""

FILLED = 2
"""A free pixel that a path of the pair fills."""

BRIDGE = 3
"""A free pixel that became part of a bridge."""

STEP_X = np.array([1, 0, -1, 0])
STEP_Y = np.array([0, 1, 0, -1])


# --- trials ---


@njit(cache=True, nogil=True, error_model="numpy")
def _is_unoccupied(occupied, box, turn):
    for y in range(box[TOP], box[BOTTOM]):
        for x in range(box[LEFT], box[RIGHT]):
            if occupied[y, x] == turn:
                return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def group(boxes, candidates, occupied, turns):
    """Give each candidate a turn so that boxes of one turn do not overlap; return how many turns there are.

    `occupied`, (H, W) and -1 everywhere, is scratch space.
    """
    left, turn = len(candidates), 0
    while left > 0:
        for change in candidates:
            if turns[change] < 0 and _is_unoccupied(occupied, boxes[change], turn):
                box = boxes[change]
                occupied[box[TOP] : box[BOTTOM], box[LEFT] : box[RIGHT]] = turn
                turns[change] = turn
                left -= 1
        turn += 1
    return turn


@njit(cache=True, nogil=True, error_model="numpy")
def error_increases(pictures, target, weight, boxes, tried, increases):
    """Write by how much the weighted squared error of the second of two pictures is larger, box by box."""
    now, then = pictures
    for change in tried:
        total = 0.0
        for y in range(boxes[change, TOP], boxes[change, BOTTOM]):
            for x in range(boxes[change, LEFT], boxes[change, RIGHT]):
                more = 0.0
                for c in range(3):
                    old, new = now[c, y, x] - target[c, y, x], then[c, y, x] - target[c, y, x]
                    more += new * new - old * old
                total += more * weight[y, x]
        increases[change] = total


# --- node removal ---


@njit(cache=True, nogil=True, error_model="numpy")
def fit_without_nodes(points, neighbours, scale, limits, handles, halves, boxes):
    """Fit one cubic of the same ends to the two segments at each node, by least squares over both.

    `neighbours` are the nodes before and after each node. `handles` takes the control points of the cubic,
    `halves` the five points between its ends when it is split where the node was along the outline, `boxes`
    the pixels that any of the old and new control polygons touch. There are `scale` pixels to a unit in x
    and y, and `limits` in all.
    """
    before, after = neighbours
    for node in range(len(before)):
        a, b, d = 3 * before[node], 3 * node, 3 * after[node]
        first, second = chord_length(points, a, b, SAMPLES), chord_length(points, b, d, SAMPLES)
        cut = min(max(first / max(first + second, 1e-12), LEAST_PART), 1.0 - LEAST_PART)
        fit_one_cubic(points, a, b, d, cut, SAMPLES, handles[node])
        for k in range(2):
            parts = split(points[a, k], handles[node, 0, k], handles[node, 1, k], points[d, k], cut)
            for i, part in enumerate(parts):
                halves[node, i, k] = part
            low, high = min(points[a, k], points[d, k]), max(points[a, k], points[d, k])
            for i in (a + 1, a + 2, b, b + 1, b + 2):
                low, high = min(low, points[i, k]), max(high, points[i, k])
            for i in range(5):
                low, high = min(low, halves[node, i, k]), max(high, halves[node, i, k])
            boxes[node, LEFT + k] = min(max(int(np.floor(low * scale[k])) - 1, 0), limits[k])
            boxes[node, RIGHT + k] = min(max(int(np.ceil(high * scale[k])) + 1, 0), limits[k])


@njit(cache=True, nogil=True, error_model="numpy")
def choose_nodes(order, count, nodes, sizes, least, taken):
    """Mark up to `count` nodes in `order`, no two of them neighbours.

    `nodes` are the nodes before and after each node, its contour and its path. `sizes` are the numbers of nodes of
    contours and of paths, which are counted down; each keeps at least as many as `least` says.
    """
    before, after, contour, path = nodes
    contour_sizes, path_sizes = sizes
    left = count
    for node in order:
        if left == 0:
            break
        if taken[before[node]] or taken[after[node]]:
            continue
        if contour_sizes[contour[node]] <= least[0] or path_sizes[path[node]] <= least[1]:
            continue
        taken[node] = True
        contour_sizes[contour[node]] -= 1
        path_sizes[path[node]] -= 1
        left -= 1


# --- merging ---


@njit(cache=True, nogil=True, error_model="numpy")
def _fills(layers, path, x, y):
    """Whether a path fills a pixel of the canvas."""
    filled, offsets, boxes = layers
    left, top, right, bottom = boxes[path, LEFT], boxes[path, TOP], boxes[path, RIGHT], boxes[path, BOTTOM]
    if x < left or x >= right or y < top or y >= bottom:
        return False
    return filled[offsets[path] + (y - top) * (right - left) + x - left] != 0


@njit(cache=True, nogil=True, error_model="numpy")
def paint(layers, low, high, box, shown):
    """Write which path shows in each pixel of a box if `low` and `high` were left out; -1 is the background."""
    filled, offsets, boxes = layers
    shown[:] = -1
    for path in range(len(boxes)):
        if path in (low, high):
            continue
        left, right = max(boxes[path, LEFT], box[LEFT]), min(boxes[path, RIGHT], box[RIGHT])
        width = boxes[path, RIGHT] - boxes[path, LEFT]
        for y in range(max(boxes[path, TOP], box[TOP]), min(boxes[path, BOTTOM], box[BOTTOM])):
            at = offsets[path] + (y - boxes[path, TOP]) * width - boxes[path, LEFT]
            for x in range(left, right):
                if filled[at + x] != 0:
                    shown[y - box[TOP], x - box[LEFT]] = path


@njit(cache=True, nogil=True, error_model="numpy")
def find_free(layers, shows, pair, box, beneath, state):
    """Write where in a box a merged path may lie, and what shows without its parts.

    `pair` is the lower path, the upper one, and the one of them in whose place the merged path is painted.
    """
    low, high, kept = pair
    paint(layers, low, high, box, beneath)
    for y in range(box[BOTTOM] - box[TOP]):
        for x in range(box[RIGHT] - box[LEFT]):
            top = shows[box[TOP] + y, box[LEFT] + x]
            lower = _fills(layers, low, box[LEFT] + x, box[TOP] + y)
            upper = _fills(layers, high, box[LEFT] + x, box[TOP] + y)
            hidden = beneath[y, x] > kept or (upper if kept == high else lower)
            if not hidden and top not in (low, high):
                state[y, x] = BLOCKED
            else:
                state[y, x] = FILLED if lower or upper else FREE


@njit(cache=True, nogil=True, error_model="numpy")
def _expand(state, at, before, now, size, then, later):
    """Go from one pixel to those beside it: filled ones lie no farther away, free ones a step farther."""
    height, width = state.shape
    for way in range(4):
        y, x = at // width + STEP_Y[way], at % width + STEP_X[way]
        if y < 0 or y >= height or x < 0 or x >= width:
            continue
        beside = y * width + x
        if before[beside] >= 0 or state[y, x] == BLOCKED:
            continue
        before[beside] = at
        if state[y, x] == FILLED:
            now[size] = beside
            size += 1
        else:
            then[later] = beside
            later += 1
    return size, later


@njit(cache=True, nogil=True, error_model="numpy")
def _shortest_way(state, top, small, large, reach, before):
    """Find the shortest way between what shows of two paths; return its end or -1. `before` leads back."""
    height, width = state.shape
    before[:] = -1
    now, then = np.empty(height * width, np.int64), np.empty(height * width, np.int64)
    size = 0
    for at in range(height * width):
        if top[at // width, at % width] == small and state[at // width, at % width] == FILLED:
            before[at] = at
            now[size] = at
            size += 1
    for _ in range(reach + 1):
        done, later = 0, 0
        while done < size:
            at = now[done]
            done += 1
            if top[at // width, at % width] == large and state[at // width, at % width] == FILLED:
                return at
            size, later = _expand(state, at, before, now, size, then, later)
        now, then, size = then, now, later
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def build_bridge(state, top, small, large, reach, thickness):
    """Lay a bridge along the shortest way from what shows of one path to what shows of the other.

    The way leads over at most `reach` free pixels; those within `thickness` become `BRIDGE`. `top` is what shows in
    the box of `state`. Returns the place of the end in the box, or -1 if there is no way.
    """
    height, width = state.shape
    before = np.empty(height * width, np.int64)
    end = _shortest_way(state, top, small, large, reach, before)
    at = end
    while at >= 0 and before[at] != at:
        y, x = at // width, at % width
        if state[y, x] != FILLED:
            for v in range(max(0, y - thickness), min(height, y + thickness + 1)):
                for u in range(max(0, x - thickness), min(width, x + thickness + 1)):
                    if state[v, u] == FREE:
                        state[v, u] = BRIDGE
        at = before[at]
    return end


@njit(cache=True, nogil=True, error_model="numpy")
def _flood(allowed, marked, stack, size):
    """Mark all allowed pixels that are connected to the `size` marked ones on the stack."""
    height, width = allowed.shape
    while size > 0:
        size -= 1
        y, x = stack[size] // width, stack[size] % width
        for way in range(4):
            v, u = y + STEP_Y[way], x + STEP_X[way]
            if 0 <= v < height and 0 <= u < width and not marked[v, u] and allowed[v, u]:
                marked[v, u] = True
                stack[size] = v * width + u
                size += 1


@njit(cache=True, nogil=True, error_model="numpy")
def fill_mask(state, row, column, inside):
    """Mark the connected pixels that a merged path fills from one place on, and what they enclose."""
    height, width = state.shape
    stack = np.empty(height * width, np.int64)
    inside[:] = False
    stack[0] = row * width + column
    inside[row, column] = True
    _flood(state >= FILLED, inside, stack, 1)
    outside = np.zeros((height, width), np.bool_)
    size = 0
    for at in range(height * width):
        y, x = at // width, at % width
        if (y == 0 or x == 0 or y == height - 1 or x == width - 1) and not inside[y, x]:
            outside[y, x] = True
            stack[size] = at
            size += 1
    _flood(~inside, outside, stack, size)
    for y in range(height):
        for x in range(width):
            inside[y, x] = not outside[y, x]


@njit(cache=True, nogil=True, error_model="numpy")
def kept_share(inside, top, path):
    """Share of what shows of a path in a box that lies inside."""
    shows = remains = 0
    for y in range(len(top)):
        for x in range(len(top[y])):
            if top[y, x] == path:
                shows += 1
                remains += inside[y, x]
    return remains / max(shows, 1)


@njit(cache=True, nogil=True, error_model="numpy")
def merge_increase(inside, shown, kept, colors, mean, photo, box):
    """Increase of the weighted squared error when a merged path in one colour takes the place of `kept`.

    `shown` is what shows in the box now, and without both paths. The last row of `colors` is the background, which
    -1 stands for. `photo` is the photo and its weights.
    """
    top, beneath = shown
    target, weight = photo
    total = 0.0
    for y in range(len(top)):
        for x in range(len(top[y])):
            shows = inside[y, x] and beneath[y, x] < kept
            more = 0.0
            for c in range(3):
                wanted = target[c, box[TOP] + y, box[LEFT] + x]
                new = (mean[c] if shows else colors[beneath[y, x], c]) - wanted
                old = colors[top[y, x], c] - wanted
                more += new * new - old * old
            total += more * weight[box[TOP] + y, box[LEFT] + x]
    return total
