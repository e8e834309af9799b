"""Compiled loops of the penalties: occluded area, visible length, and area outside of the assigned region.

`outlines` are the points, contours and paths of a drawing, in units of the canvas. `canvas` is the path that shows
in each pixel, how much the pixel counts, and how many pixels there are to a unit in x and y. Loops look at paths
`begin` to `end - 1` and add to `gradient`, the gradient by points in units of the canvas.
"""

import numpy as np
from numba import njit

from huefold.bezier.kernels import bernstein, derivative_at, following, weighted_point

SAMPLES = 4
"""Places on a segment that are tested for being occluded, or outside of the region."""

SIDES = 6
"""Sides of the polygon that stands for a segment in the length penalty."""

CODE_LEVELS = 256
CODE_EXACT = 0.02
"""Of a level: pixels that are further from a code show several paths."""

FIRST, LAST = 0, 1
"""Columns of the spans of regions."""


@njit(cache=True, nogil=True, error_model="numpy")
def _check_code(path):
    """Third component of a path's code: mixtures of two codes hardly ever have the right one."""
    return (37 * path + 11) % 251


@njit(cache=True, nogil=True, error_model="numpy")
def path_codes(codes):
    """Write the numbers of paths as colours, (N, 3)."""
    for path in range(len(codes)):
        codes[path, 0] = (path % CODE_LEVELS) / CODE_LEVELS
        codes[path, 1] = (path // CODE_LEVELS) / CODE_LEVELS
        codes[path, 2] = _check_code(path) / CODE_LEVELS


@njit(cache=True, nogil=True, error_model="numpy")
def read_codes(planes, count, top):
    """Read which of `count` paths each pixel of a picture in `path_codes` shows; -1 where none or several."""
    for y in range(top.shape[0]):
        for x in range(top.shape[1]):
            path = int(CODE_LEVELS * planes[0, y, x] + 0.5) + CODE_LEVELS * int(
                CODE_LEVELS * planes[1, y, x] + 0.5
            )
            off = abs(CODE_LEVELS * planes[0, y, x] - path % CODE_LEVELS)
            off = max(off, abs(CODE_LEVELS * planes[1, y, x] - path // CODE_LEVELS))
            off = max(off, abs(CODE_LEVELS * planes[2, y, x] - _check_code(path)))
            top[y, x] = path if off < CODE_EXACT and path < count else -1


@njit(cache=True, nogil=True, error_model="numpy")
def _is_occluded(top, x, y, path):
    """Whether the pixel at (x, y) shows a later path than `path`; off the canvas none does."""
    rows, columns = top.shape
    if not (0.0 <= x < columns and 0.0 <= y < rows):
        return False
    return top[int(y), int(x)] > path


@njit(cache=True, nogil=True, error_model="numpy")
def _sample(points, first, last, place):
    """One of the places on a contour that are tested: its segment's first and last point, t, x and y."""
    a = first + 3 * (place // SAMPLES)
    d = following(first, last, a)
    t = (place % SAMPLES + 0.5) / SAMPLES
    weights = bernstein(t)
    return a, d, t, weighted_point(points, a, d, weights, 0), weighted_point(points, a, d, weights, 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _add_area_gradient(gradient, a, d, t, cost, dx, dy):
    """Add the gradient of an area at a place where the outline runs along (dx, dy), its inside at (-dy, dx)."""
    b0, b1, b2, b3 = bernstein(t)
    for k, share in ((a, b0), (a + 1, b1), (a + 2, b2), (d, b3)):
        gradient[k, 0] += share * cost * dy
        gradient[k, 1] -= share * cost * dx


@njit(cache=True, nogil=True, error_model="numpy")
def add_occlusion(outlines, begin, end, canvas, margin, cost, gradient):
    """Add the gradient of `cost` times the area that paths have deeper than `margin` under later ones.

    Only places of the outline contribute that lie under a later path, and so does the place one margin inside.
    """
    points, contours, paths = outlines
    top, weight, scale = canvas
    share = cost * scale[0] * scale[1] / SAMPLES
    for path in range(begin, end):
        for contour in range(paths[path], paths[path + 1]):
            first, last = contours[contour], contours[contour + 1]
            for place in range((last - first) // 3 * SAMPLES):
                a, d, t, x, y = _sample(points, first, last, place)
                if not _is_occluded(top, x * scale[0], y * scale[1], path):
                    continue
                dx, dy = derivative_at(points, a, d, t, 0), derivative_at(points, a, d, t, 1)
                length = np.hypot(dx, dy)
                if length == 0.0:
                    continue
                # Outlines run with their inside at (-dy, dx).
                inner_x, inner_y = x - margin * dy / length, y + margin * dx / length
                if not _is_occluded(top, inner_x * scale[0], inner_y * scale[1], path):
                    continue
                here = share * weight[int(y * scale[1]), int(x * scale[0])]
                _add_area_gradient(gradient, a, d, t, here, dx, dy)


@njit(cache=True, nogil=True, error_model="numpy")
def _is_visible(top, x, y, path, border):
    """Whether an outline of `path` shows at (x, y): not beneath a later path, nor at the canvas border."""
    rows, columns = top.shape
    if not (border <= x <= columns - border and border <= y <= rows - border):
        return False
    return not _is_occluded(top, x, y, path)


@njit(cache=True, nogil=True, error_model="numpy")
def add_length(outlines, begin, end, canvas, border, softness, cost, gradient):
    """Add the gradient of `cost` times the length in pixels of the outlines that show, as polygons.

    `border` and `softness` are in pixels. Sides not much longer than `softness` count by their square.
    """
    points, contours, paths = outlines
    top, weight, scale = canvas
    sx, sy = scale[0], scale[1]
    for path in range(begin, end):
        for contour in range(paths[path], paths[path + 1]):
            first, last = contours[contour], contours[contour + 1]
            for a in range(first, last, 3):
                d = following(first, last, a)
                x, y = sx * points[a, 0], sy * points[a, 1]
                w0, w1, w2, w3 = 1.0, 0.0, 0.0, 0.0
                for k in range(1, SIDES + 1):
                    weights = bernstein(k / SIDES)
                    v0, v1, v2, v3 = weights
                    x1 = sx * weighted_point(points, a, d, weights, 0)
                    y1 = sy * weighted_point(points, a, d, weights, 1)
                    xm, ym = 0.5 * (x + x1), 0.5 * (y + y1)
                    if _is_visible(top, xm, ym, path, border):
                        dx, dy = x1 - x, y1 - y
                        soft = np.sqrt(dx * dx + dy * dy + softness * softness)
                        here = cost * weight[int(ym), int(xm)] / soft
                        dx, dy = here * sx * dx, here * sy * dy
                        for at, share in ((a, v0 - w0), (a + 1, v1 - w1), (a + 2, v2 - w2), (d, v3 - w3)):
                            gradient[at, 0] += dx * share
                            gradient[at, 1] += dy * share
                    x, y, w0, w1, w2, w3 = x1, y1, v0, v1, v2, v3


@njit(cache=True, nogil=True, error_model="numpy")
def pixels_by_path(top, offsets, order):
    """Sort the pixels that show a path by it: those of path i are `order[offsets[i] : offsets[i + 1]]`."""
    flat = top.ravel()
    offsets[:] = 0
    for pixel in range(len(flat)):
        if flat[pixel] >= 0:
            offsets[flat[pixel] + 1] += 1
    for path in range(len(offsets) - 1):
        offsets[path + 1] += offsets[path]
    place = offsets[:-1].copy()
    for pixel in range(len(flat)):
        if flat[pixel] >= 0:
            order[place[flat[pixel]]] = pixel
            place[flat[pixel]] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def assign_regions(offsets, order, tree, structural, assigned):
    """Write the region that each path belongs to by what shows of it; -1 where nothing does.

    `tree` is the leaves, parents and sizes of regions, and which of them are in the cut. For the first `structural`
    paths it is the region of the cut with most of what shows, for others the region of the whole hierarchy
    with the greatest intersection over union.
    """
    leaves, parents, sizes, cut = tree
    flat = leaves.ravel()
    shared = np.zeros(len(parents), np.int64)
    seen = np.empty(len(parents), np.int64)
    for path in range(len(offsets) - 1):
        shown = offsets[path + 1] - offsets[path]
        count = 0
        for k in range(offsets[path], offsets[path + 1]):
            region = flat[order[k]]
            if shared[region] == 0:
                seen[count] = region
                count += 1
            shared[region] += 1
        leaf_count = count
        for k in range(leaf_count):
            region = parents[seen[k]]
            while region >= 0:
                if shared[region] == 0:
                    seen[count] = region
                    count += 1
                shared[region] += shared[seen[k]]
                region = parents[region]
        best, chosen = 0.0, -1
        for k in range(count):
            region = seen[k]
            if path < structural:
                overlap = float(shared[region]) if cut[region] else 0.0
            else:
                overlap = shared[region] / (shown + sizes[region] - shared[region])
            if overlap > best:
                best, chosen = overlap, region
        assigned[path] = chosen
        for k in range(count):
            shared[seen[k]] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def add_containment(outlines, begin, end, canvas, regions, assigned, similar, gradient):
    """Add the gradient of the area that paths have outside of their assigned regions, times its cost.

    `regions` are the spans and mean colours of all regions, the leaves first; `assigned` is the region of each path
    and its cost. The first array of `canvas` is here the leaf at each pixel. A place outside counts the more,
    the more its leaf differs in colour from the assigned region: half at a distance of `similar`.
    """
    points, contours, paths = outlines
    leaves, weight, scale = canvas
    spans, colors = regions
    region_of, costs = assigned
    rows, columns = leaves.shape
    for path in range(begin, end):
        share = costs[path] * scale[0] * scale[1] / SAMPLES
        region = region_of[path]
        if share == 0.0:
            continue
        for contour in range(paths[path], paths[path + 1]):
            first, last = contours[contour], contours[contour + 1]
            for place in range((last - first) // 3 * SAMPLES):
                a, d, t, x, y = _sample(points, first, last, place)
                x, y = x * scale[0], y * scale[1]
                if not (0.0 <= x < columns and 0.0 <= y < rows):
                    continue
                leaf = leaves[int(y), int(x)]
                if spans[region, FIRST] <= spans[leaf, FIRST] < spans[region, LAST]:
                    continue
                squared = 0.0
                for c in range(3):
                    squared += (colors[region, c] - colors[leaf, c]) ** 2
                here = share * weight[int(y), int(x)] * squared / (squared + similar * similar)
                dx, dy = derivative_at(points, a, d, t, 0), derivative_at(points, a, d, t, 1)
                _add_area_gradient(gradient, a, d, t, here, dx, dy)
