"""Flatten cubic segments, sort their lines into bands, and chain gradients back to control points."""

import numpy as np
from numba import njit

from huefold.render.kernels import layout

END = 0.85
"""Length of a curve's first and last step by that of the others."""


@njit(cache=True, nogil=True, error_model="numpy")
def count_lines(points, segments, scale, tolerance, counts):
    """Lines per segment so that no line strays more than `tolerance` output pixels from its curve.

    A curve strays from a chord over a step h by up to h**2 / 8 times its largest second derivative, to one side.
    Vertices that are moved to the other side by half of that leave h**2 / 16, to both sides. The ends of a segment
    stay where they are, hence the shorter steps there. The second derivative of a cubic is at most 6 times its
    larger second difference of control points.
    """
    sx, sy = scale
    total = 0
    for s in range(len(segments)):
        worst = 0.0
        for k in range(2):
            i, j, m = segments[s, k], segments[s, k + 1], segments[s, k + 2]
            dx = sx * (points[i, 0] - 2.0 * points[j, 0] + points[m, 0])
            dy = sy * (points[i, 1] - 2.0 * points[j, 1] + points[m, 1])
            worst = max(worst, dx * dx + dy * dy)
        bend = 0.75 * np.sqrt(worst) / tolerance
        steps = 1.0 if bend <= 1.0 else np.ceil(np.sqrt(0.5 * bend) + 2.0 - 2.0 * END)
        counts[s] = int(min(steps, 256.0))
        total += counts[s]
    return total


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def parameter_step(count):
    """Step of the parameter, and how much of the second derivative moves a vertex."""
    step = 1.0 / (count - 2.0 + 2.0 * END)
    return step, step * step / 16.0


@njit(cache=True, nogil=True, error_model="numpy")
def flatten(points, segments, segment_path, counts, scale, lines, line_path):
    """Write the lines of all segments, in output pixels; shared ends are equal to the bit."""
    sx, sy = scale
    at = np.uintp(0)
    for s in range(len(segments)):
        p0, p1, p2, p3 = segments[s, 0], segments[s, 1], segments[s, 2], segments[s, 3]
        n = counts[s]
        x0, y0 = sx * points[p0, 0], sy * points[p0, 1]
        x3, y3 = sx * points[p3, 0], sy * points[p3, 1]
        x1, y1 = 3.0 * (sx * points[p1, 0] - x0), 3.0 * (sy * points[p1, 1] - y0)
        x2, y2 = 3.0 * (sx * points[p2, 0] - x0) - 2.0 * x1, 3.0 * (sy * points[p2, 1] - y0) - 2.0 * y1
        rest_x, rest_y = x3 - x0 - x1 - x2, y3 - y0 - y1 - y2
        path = segment_path[s]
        step, shift = parameter_step(n)
        from_x, from_y = x0 - 2.0 * shift * x2, y0 - 2.0 * shift * y2
        tangent_x, tangent_y = x1 - 6.0 * shift * rest_x, y1 - 6.0 * shift * rest_y
        ax, ay = x0, y0
        for i in range(1, n + 1):
            t = (i - 1.0 + END) * step
            bx = ((rest_x * t + x2) * t + tangent_x) * t + from_x
            by = ((rest_y * t + y2) * t + tangent_y) * t + from_y
            if i == n:
                bx, by = x3, y3
            lines[at, 0] = ax
            lines[at, 1] = ay
            lines[at, 2] = bx
            lines[at, 3] = by
            line_path[at] = path
            ax, ay = bx, by
            at += np.uintp(1)


@njit(cache=True, nogil=True, error_model="numpy")
def count_entries(lines, line_path, width, band_rows, line_bands, path_leaves, entries, groups, visits):
    """Find the bands of every line, and count, per band: lines, paths, and an upper bound of visited pixels.

    `line_bands`, [L, 2], receives each line's first band and the one after its last; `path_leaves`, [N], whether
    a path has lines right of the canvas, which no band lists; the other outputs have one slot per band.
    """
    bands = len(visits)
    last_band = bands - 1.0
    scale = 1.0 / band_rows
    entries[:] = 0
    groups[:] = 0
    visits[:] = 0
    path_leaves[:] = 0
    last = np.full(bands, -1, np.int64)
    for line in range(np.uintp(len(lines))):
        ax, ay, bx, by = lines[line, 0], lines[line, 1], lines[line, 2], lines[line, 3]
        left, right = min(ax, bx), max(ax, bx)
        top, bottom = scale * min(ay, by), scale * max(ay, by)
        line_bands[line, 0] = 0
        line_bands[line, 1] = 0
        if left >= width:
            path_leaves[line_path[line]] = 1
            continue
        if bottom < 0.0 or top >= bands:
            continue
        first = int(max(top, 0.0))
        end = int(min(bottom, last_band)) + 1
        line_bands[line, 0] = first
        line_bands[line, 1] = end
        across = min(right, float(width)) - max(left, 0.0)
        bound = int(max(across, 0.0) + min(abs(by - ay), float(band_rows))) + 6
        path = line_path[line]
        for band in range(np.uintp(first), np.uintp(end)):
            entries[band] += 1
            visits[band] += bound
            if last[band] != path:
                last[band] = path
                groups[band] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def fill_entries(line_bands, offsets, entry_line):
    """List the lines of each band, in path order; `offsets` are the bands' first slots, and are used up."""
    for line in range(np.uintp(len(line_bands))):
        for band in range(np.uintp(line_bands[line, 0]), np.uintp(line_bands[line, 1])):
            entry_line[np.uintp(offsets[band])] = line
            offsets[band] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def sum_entries(entry_line, entry_grad, line_grad):
    """Add the gradients of all bands, in band order, line by line."""
    line_grad[:] = 0.0
    for entry in range(len(entry_line)):
        line = entry_line[entry]
        for k in range(4):
            line_grad[line, k] += entry_grad[entry, k]


@njit(cache=True, nogil=True, error_model="numpy")
def chain_points(line_grad, segments, counts, scale, point_grad):
    """Chain line gradients to control points, by way of the coefficients of the powers of t in `flatten`."""
    sx, sy = scale
    point_grad[:] = 0.0
    at = np.uintp(0)
    for s in range(len(segments)):
        n = counts[s]
        step, shift = parameter_step(n)
        # The gradient by a coefficient is the sum of what it is multiplied by times that of the vertex.
        x0, y0 = line_grad[at, 0], line_grad[at, 1]
        x1 = x2 = x3 = y1 = y2 = y3 = 0.0
        for i in range(1, n):
            t = (i - 1.0 + END) * step
            square = t * t
            cube = t * (square - 6.0 * shift)
            square -= 2.0 * shift
            gx = line_grad[at, 2] + line_grad[at + np.uintp(1), 0]
            gy = line_grad[at, 3] + line_grad[at + np.uintp(1), 1]
            at += np.uintp(1)
            x0 += gx
            y0 += gy
            x1 += t * gx
            y1 += t * gy
            x2 += square * gx
            y2 += square * gy
            x3 += cube * gx
            y3 += cube * gy
        end_x, end_y = line_grad[at, 2], line_grad[at, 3]
        at += np.uintp(1)
        p0, p1, p2, p3 = segments[s, 0], segments[s, 1], segments[s, 2], segments[s, 3]
        point_grad[p0, 0] += sx * (x0 - 3.0 * x1 + 3.0 * x2 - x3)
        point_grad[p0, 1] += sy * (y0 - 3.0 * y1 + 3.0 * y2 - y3)
        point_grad[p1, 0] += sx * 3.0 * (x1 - 2.0 * x2 + x3)
        point_grad[p1, 1] += sy * 3.0 * (y1 - 2.0 * y2 + y3)
        point_grad[p2, 0] += sx * 3.0 * (x2 - x3)
        point_grad[p2, 1] += sy * 3.0 * (y2 - y3)
        point_grad[p3, 0] += sx * (x3 + end_x)
        point_grad[p3, 1] += sy * (y3 + end_y)


@njit(cache=True, nogil=True, error_model="numpy")
def sum_groups(group_path, group_sums, path_sums):
    """Add per-path sums of all bands, in band order."""
    path_sums[:] = 0.0
    for group in range(len(group_path)):
        path = group_path[group]
        if path >= 0:
            for k in range(layout.PATH_SUMS):
                path_sums[path, k] += group_sums[group, k]


@njit(cache=True, nogil=True, error_model="numpy")
def segment_table(contours, paths, segments, segment_path):
    """List the control points of every segment, and its path."""
    at = 0
    for path in range(len(paths) - 1):
        for contour in range(paths[path], paths[path + 1]):
            first, end = contours[contour], contours[contour + 1]
            for point in range(first, end, 3):
                for k in range(4):
                    segments[at, k] = point + k
                segments[at, 3] = point + 3 if point + 3 < end else first
                segment_path[at] = path
                at += 1


@njit(cache=True, nogil=True, error_model="numpy")
def plan_lines(points, contours, paths, scale, tolerance, width, band_rows, bands):
    """Cut all curves into lines and sort them into bands: all that the bands need to know of the outlines.

    Returns (segments, counts), which `chain_gradients` needs, then the fields of `records.Plan`.
    """
    total_segments = len(points) // 3
    segments = np.empty((total_segments, 4), np.int64)
    segment_path = np.empty(total_segments, np.int32)
    segment_table(contours, paths, segments, segment_path)
    counts = np.empty(total_segments, np.int32)
    total = count_lines(points, segments, scale, tolerance, counts)
    lines = np.empty((total, 4))
    line_path = np.empty(total, np.int32)
    flatten(points, segments, segment_path, counts, scale, lines, line_path)
    line_bands = np.empty((total, 2), np.int32)
    path_leaves = np.empty(len(paths) - 1, np.uint8)
    entries = np.empty(bands, np.int64)
    groups = np.empty(bands, np.int64)
    visits = np.empty(bands, np.int64)
    count_entries(lines, line_path, width, band_rows, line_bands, path_leaves, entries, groups, visits)
    band_entries = np.zeros(bands + 1, np.int64)
    band_groups = np.zeros(bands + 1, np.int64)
    for band in range(bands):
        band_entries[band + 1] = band_entries[band] + entries[band]
        band_groups[band + 1] = band_groups[band] + groups[band]
    entry_line = np.empty(band_entries[bands], np.int32)
    fill_entries(line_bands, band_entries[:bands].copy(), entry_line)
    return segments, counts, lines, line_path, path_leaves, entry_line, band_entries, band_groups, visits


@njit(cache=True, nogil=True, error_model="numpy")
def chain_gradients(entry_line, band_results, segments, counts, scale, point_grad, path_sums):
    """Add up what the bands found: by point, by path, and for the whole picture, which is returned."""
    entry_grad, group_path, group_sums, band_sums = band_results
    line_grad = np.empty((counts.sum(), 4))
    sum_entries(entry_line, entry_grad, line_grad)
    chain_points(line_grad, segments, counts, scale, point_grad)
    sum_groups(group_path, group_sums, path_sums)
    total = np.zeros(band_sums.shape[1])
    for band in range(len(band_sums)):
        total += band_sums[band]
    return total
