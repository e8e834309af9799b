"""Inner loops that hold paths to regions: which region each belongs to, and what of it lies outside."""

import numpy as np
from numba import njit

from huefold.refine.kernels import slope_at, weights_at

OUTLINE_SAMPLES = 4
"""Places on a segment that are looked at to find what of it lies outside."""


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
def hold(points, contours, paths, begin, end, places, spans, prices, weight, scale, slopes):
    """Add to `slopes` the derivative of the area that paths have outside of their regions, times their prices.

    Only the outline has a part in it, where it lies outside. Looks at paths `begin` to `end - 1`. Points and slopes
    are in units of the canvas; `places` and `weight` in pixels, of which there are `scale` to a unit in x and y.
    """
    rows, columns = places.shape
    for path in range(begin, end):
        price = prices[path] * scale[0] * scale[1] / OUTLINE_SAMPLES
        low, high = spans[path, 0], spans[path, 1]
        if price == 0.0:
            continue
        for contour in range(paths[path], paths[path + 1]):
            first, last = contours[contour], contours[contour + 1]
            for place in range((last - first) // 3 * OUTLINE_SAMPLES):
                a = first + 3 * (place // OUTLINE_SAMPLES)
                d = a + 3 if a + 3 < last else first
                t = (place % OUTLINE_SAMPLES + 0.5) / OUTLINE_SAMPLES
                b0, b1, b2, b3 = weights_at(t)
                x = b0 * points[a, 0] + b1 * points[a + 1, 0] + b2 * points[a + 2, 0] + b3 * points[d, 0]
                y = b0 * points[a, 1] + b1 * points[a + 1, 1] + b2 * points[a + 2, 1] + b3 * points[d, 1]
                x, y = x * scale[0], y * scale[1]
                if not (0.0 <= x < columns and 0.0 <= y < rows):
                    continue
                if low <= places[int(y), int(x)] < high:
                    continue
                dx, dy = slope_at(points, a, d, t, 0), slope_at(points, a, d, t, 1)
                here = price * weight[int(y), int(x)]
                # Outlines run with their inside at (-dy, dx).
                for k, share in ((a, b0), (a + 1, b1), (a + 2, b2), (d, b3)):
                    slopes[k, 0] += share * here * dy
                    slopes[k, 1] -= share * here * dx
