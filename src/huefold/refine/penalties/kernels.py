"""Inner loops that hold paths to regions: which region each belongs to, and what of it lies outside."""

import numpy as np
from numba import njit

from huefold.bezier.kernels import derivative_at
from huefold.refine.fit.kernels import OUTLINE_SAMPLES, add_outward, outline_place


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
def find_homes(offsets, order, leaves, parents, sizes, cut, structural, homes):
    """Find the region that each path belongs to by what shows of it; -1 where nothing does.

    Of the first `structural` paths that is the region of the `cut` with most of what shows, of others the region of
    the whole hierarchy with the greatest intersection over union.
    """
    flat = leaves.ravel()
    shared = np.zeros(len(parents), np.int64)
    seen = np.empty(len(parents), np.int64)
    for path in range(len(offsets) - 1):
        shown = offsets[path + 1] - offsets[path]
        count = 0
        for k in range(offsets[path], offsets[path + 1]):
            node = flat[order[k]]
            if shared[node] == 0:
                seen[count] = node
                count += 1
            shared[node] += 1
        first = count
        for k in range(first):
            node = parents[seen[k]]
            while node >= 0:
                if shared[node] == 0:
                    seen[count] = node
                    count += 1
                shared[node] += shared[seen[k]]
                node = parents[node]
        best, home = 0.0, -1
        for k in range(count):
            node = seen[k]
            if path < structural:
                worth = float(shared[node]) if cut[node] else 0.0
            else:
                worth = shared[node] / (shown + sizes[node] - shared[node])
            if worth > best:
                best, home = worth, node
        homes[path] = home
        for k in range(count):
            shared[seen[k]] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def hold(
    points, contours, paths, begin, end, leaves, spans, colors, homes, prices, weight, alike, scale, slopes
):  # fmt: skip
    """Add to `slopes` the derivative of the area that paths have outside of their regions, times their prices.

    Only the outline has a part in it, where it lies outside, and the more, the more the leaf there differs in
    colour from the path's region: half for a distance of `alike`. `spans` and `colors` are those of all regions,
    the leaves first. Looks at paths `begin` to `end - 1`. Points and slopes are in units of the canvas; `leaves`
    and `weight` in pixels, of which there are `scale` to a unit in x and y.
    """
    rows, columns = leaves.shape
    for path in range(begin, end):
        price = prices[path] * scale[0] * scale[1] / OUTLINE_SAMPLES
        home = homes[path]
        if price == 0.0:
            continue
        for contour in range(paths[path], paths[path + 1]):
            first, last = contours[contour], contours[contour + 1]
            for place in range((last - first) // 3 * OUTLINE_SAMPLES):
                a, d, t, x, y = outline_place(points, first, last, place)
                x, y = x * scale[0], y * scale[1]
                if not (0.0 <= x < columns and 0.0 <= y < rows):
                    continue
                leaf = leaves[int(y), int(x)]
                if spans[home, 0] <= spans[leaf, 0] < spans[home, 1]:
                    continue
                squared = 0.0
                for c in range(3):
                    squared += (colors[home, c] - colors[leaf, c]) ** 2
                cost = price * weight[int(y), int(x)] * squared / (squared + alike * alike)
                dx, dy = derivative_at(points, a, d, t, 0), derivative_at(points, a, d, t, 1)
                add_outward(slopes, a, d, t, cost, dx, dy)
