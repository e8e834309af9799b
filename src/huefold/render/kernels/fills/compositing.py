"""Paint the runs and cells of a path that a gradient fills."""

import numpy as np

from huefold.render.kernels import layout
from huefold.render.kernels.compiled import inlined, kernel
from huefold.render.kernels.fills.painting import paint_opaque_run, paint_pixel, paint_run, scale_plane
from huefold.render.kernels.fills.sampling import affine, two_stop_share


@kernel
def _blend_plane(alpha, shade, plane, start, under, kept, count):
    """Paint a run of one plane with shades that differ from pixel to pixel, keeping what was there."""
    # Whole planes and where to begin: slices made for every run would cost more than their pixels.
    for i in range(count):
        below = plane[start + i]
        under[kept + i] = below
        plane[start + i] = below + alpha[i] * (shade[i] - below)


@inlined
def _cell_paint(gradient, x, row):
    """Red, green, blue and opacity at a cell's centre."""
    if not gradient.two_stops:
        return paint_pixel(gradient, x, row)
    paint = gradient.paint
    base, step = affine(gradient.map, row)
    share = two_stop_share(gradient.offsets, base + step * x)
    return (
        paint[0, 0] + share * (paint[1, 0] - paint[0, 0]),
        paint[0, 1] + share * (paint[1, 1] - paint[0, 1]),
        paint[0, 2] + share * (paint[1, 2] - paint[0, 2]),
        paint[0, 3] + share * (paint[1, 3] - paint[0, 3]),
    )


@kernel
def composite_fill(gradient, group, opacity, frame, color, cells, runs, scratch):
    """Paint a gradient path's runs and cells of a band, keeping the colour beneath every cell."""
    width, top = frame.width, frame.top
    planes = scratch.planes
    r, g, b, a = planes[0], planes[1], planes[2], planes[3]
    c0, c1, c2 = color[0], color[1], color[2]
    u0, u1, u2 = runs.under[0], runs.under[1], runs.under[2]
    for run in range(np.uintp(group[layout.RUNS]), np.uintp(group[layout.RUNS_END])):
        start = np.uintp(runs.pixel[run])
        count = np.uintp(runs.length[run])
        row = np.int64(runs.pixel[run]) // width
        x = np.int64(runs.pixel[run]) - row * width
        end = x + np.int64(runs.length[run])
        if runs.stored[run] < 0:
            paint_opaque_run(
                gradient, x, end, float(top + row), (c0, c1, c2), start, (r, g, b, a), scratch.offset
            )
            continue
        paint_run(gradient, x, end, float(top + row), (r, g, b, a), scratch.offset)
        scale_plane(a, opacity, a, count)
        kept = np.uintp(runs.stored[run])
        _blend_plane(a, r, c0, start, u0, kept, count)
        _blend_plane(a, g, c1, start, u1, kept, count)
        _blend_plane(a, b, c2, start, u2, kept, count)
    kind = color.dtype.type
    for cell in range(np.uintp(group[layout.CELLS]), np.uintp(group[layout.CELLS_END])):
        p = np.uintp(cells.pixel[cell])
        row = np.int64(cells.pixel[cell]) // width
        x = np.int64(cells.pixel[cell]) - row * width
        red, green, blue, clear = _cell_paint(gradient, x, float(top + row))
        alpha = opacity * kind(clear) * cells.alpha[cell]
        cells.under[cell, 0] = c0[p]
        cells.under[cell, 1] = c1[p]
        cells.under[cell, 2] = c2[p]
        c0[p] += alpha * (kind(red) - c0[p])
        c1[p] += alpha * (kind(green) - c1[p])
        c2[p] += alpha * (kind(blue) - c2[p])
