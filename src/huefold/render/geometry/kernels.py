"""Flattening of cubic segments, binning of lines into bands, and the chain rule back to control points."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def count_lines(points, segments, sx, sy, tolerance, counts):
    """Lines per segment so that no line strays more than `tolerance` output pixels from its curve.

    Wang's bound: a curve split into n equal parameter steps strays at most max |B''| / (8 n**2) from its chords,
    and the second derivative of a cubic is at most 6 times its larger second difference of control points.
    """
    total = 0
    for s in range(len(segments)):
        worst = 0.0
        for k in range(2):
            i, j, m = segments[s, k], segments[s, k + 1], segments[s, k + 2]
            dx = sx * (points[i, 0] - 2.0 * points[j, 0] + points[m, 0])
            dy = sy * (points[i, 1] - 2.0 * points[j, 1] + points[m, 1])
            worst = max(worst, dx * dx + dy * dy)
        steps = np.ceil(np.sqrt(0.75 * np.sqrt(worst) / tolerance))
        counts[s] = int(min(max(steps, 1.0), 256.0))
        total += counts[s]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def flatten(points, segments, segment_path, counts, sx, sy, lines, line_path):
    """Write the lines of all segments, in output pixels; shared ends are equal to the bit."""
    at = 0
    for s in range(len(segments)):
        p0, p1, p2, p3 = segments[s, 0], segments[s, 1], segments[s, 2], segments[s, 3]
        n = counts[s]
        ax = sx * points[p0, 0]
        ay = sy * points[p0, 1]
        for i in range(1, n + 1):
            if i == n:
                bx = sx * points[p3, 0]
                by = sy * points[p3, 1]
            else:
                t = i / n
                u = 1.0 - t
                w0 = u * u * u
                w1 = 3.0 * u * u * t
                w2 = 3.0 * u * t * t
                w3 = t * t * t
                bx = sx * (w0 * points[p0, 0] + w1 * points[p1, 0] + w2 * points[p2, 0] + w3 * points[p3, 0])
                by = sy * (w0 * points[p0, 1] + w1 * points[p1, 1] + w2 * points[p2, 1] + w3 * points[p3, 1])
            lines[at, 0] = ax
            lines[at, 1] = ay
            lines[at, 2] = bx
            lines[at, 3] = by
            line_path[at] = segment_path[s]
            ax = bx
            ay = by
            at += 1


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _band_range(ay, by, band_rows, bands):
    """First and last band that a line touches; an empty range when it lies above or below the canvas."""
    low = np.floor(min(ay, by) / band_rows)
    high = np.floor(max(ay, by) / band_rows)
    if high < 0.0 or low > bands - 1.0:
        return 0, -1
    return int(max(low, 0.0)), int(min(high, bands - 1.0))


@njit(cache=True, nogil=True, error_model="numpy")
def count_entries(lines, line_path, width, band_rows, entries, groups, visits):
    """Count, per band: lines, paths, and an upper bound of visited pixels. Outputs have one slot per band."""
    bands = len(visits)
    entries[:] = 0
    groups[:] = 0
    visits[:] = 0
    last = np.full(bands, -1, np.int64)
    for line in range(len(lines)):
        ax, ay, bx, by = lines[line, 0], lines[line, 1], lines[line, 2], lines[line, 3]
        if min(ax, bx) >= width:
            continue
        low, high = _band_range(ay, by, band_rows, bands)
        left = min(max(min(ax, bx), 0.0), float(width))
        right = min(max(max(ax, bx), 0.0), float(width))
        bound = int(right - left) + int(min(abs(by - ay), float(band_rows))) + 5
        for band in range(low, high + 1):
            entries[band] += 1
            visits[band] += bound
            if last[band] != line_path[line]:
                last[band] = line_path[line]
                groups[band] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def fill_entries(lines, width, band_rows, offsets, entry_line):
    """List the lines of each band, in path order; `offsets` are the bands' first slots, and are used up."""
    bands = len(offsets)
    for line in range(len(lines)):
        ax, ay, bx, by = lines[line, 0], lines[line, 1], lines[line, 2], lines[line, 3]
        if min(ax, bx) >= width:
            continue
        low, high = _band_range(ay, by, band_rows, bands)
        for band in range(low, high + 1):
            entry_line[offsets[band]] = line
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
def chain_points(line_grad, segments, counts, sx, sy, point_grad):
    """Carry line gradients to control points by the Bernstein weights that `flatten` used."""
    point_grad[:] = 0.0
    at = 0
    for s in range(len(segments)):
        n = counts[s]
        for i in range(n + 1):
            gx = 0.0
            gy = 0.0
            if i < n:
                gx += line_grad[at + i, 0]
                gy += line_grad[at + i, 1]
            if i > 0:
                gx += line_grad[at + i - 1, 2]
                gy += line_grad[at + i - 1, 3]
            gx *= sx
            gy *= sy
            t = i / n
            u = 1.0 - t
            w0 = u * u * u
            w1 = 3.0 * u * u * t
            w2 = 3.0 * u * t * t
            w3 = t * t * t
            point_grad[segments[s, 0], 0] += w0 * gx
            point_grad[segments[s, 0], 1] += w0 * gy
            point_grad[segments[s, 1], 0] += w1 * gx
            point_grad[segments[s, 1], 1] += w1 * gy
            point_grad[segments[s, 2], 0] += w2 * gx
            point_grad[segments[s, 2], 1] += w2 * gy
            point_grad[segments[s, 3], 0] += w3 * gx
            point_grad[segments[s, 3], 1] += w3 * gy
        at += n


@njit(cache=True, nogil=True, error_model="numpy")
def sum_groups(group_path, group_sums, path_sums):
    """Add per-path sums of all bands, in band order."""
    path_sums[:] = 0.0
    for group in range(len(group_path)):
        path = group_path[group]
        if path >= 0:
            for k in range(5):
                path_sums[path, k] += group_sums[group, k]
