"""Paint a band back to front, keeping the colour beneath every cell."""

import numpy as np

from huefold.render.kernels import layout
from huefold.render.kernels.compiled import embedded, kernel
from huefold.render.kernels.fills.compositing import composite_fill
from huefold.render.kernels.fills.sampling import gradient_of


@embedded
def _composite_solid(group, opacity, rgb, color, cells, runs):
    """Paint the runs and cells of a path of one colour."""
    c0, c1, c2 = color[0], color[1], color[2]
    u0, u1, u2 = runs.under[0], runs.under[1], runs.under[2]
    r, g, b = rgb
    for run in range(np.uintp(group[layout.RUNS]), np.uintp(group[layout.RUNS_END])):
        start = np.uintp(runs.pixel[run])
        stop = start + np.uintp(runs.length[run])
        if runs.stored[run] < 0:
            for p in range(start, stop):
                c0[p] = r
                c1[p] = g
                c2[p] = b
        else:
            shift = np.uintp(runs.stored[run]) - start
            for p in range(start, stop):
                u0[shift + p] = c0[p]
                u1[shift + p] = c1[p]
                u2[shift + p] = c2[p]
                c0[p] += opacity * (r - c0[p])
                c1[p] += opacity * (g - c1[p])
                c2[p] += opacity * (b - c2[p])
    for cell in range(np.uintp(group[layout.CELLS]), np.uintp(group[layout.CELLS_END])):
        p = np.uintp(cells.pixel[cell])
        alpha = opacity * cells.alpha[cell]
        cells.under[cell, 0] = c0[p]
        cells.under[cell, 1] = c1[p]
        cells.under[cell, 2] = c2[p]
        c0[p] += alpha * (r - c0[p])
        c1[p] += alpha * (g - c1[p])
        c2[p] += alpha * (b - c2[p])


@kernel
def composite_band(paint, ws, count, frame):
    """Paint the paths of a band that show, back to front, on the background."""
    pixels = frame.rows * frame.width
    colors, fills = paint.colors, paint.fills
    kind = ws.color.dtype.type
    for channel in range(3):
        ws.color[channel, :pixels] = paint.background[channel]
    for index in range(count - 1, -1, -1):
        group = ws.groups[index]
        path = group[layout.PATH]
        opacity = kind(paint.opacities[path])
        if fills.of_path.size > 0 and fills.of_path[path] >= 0:
            gradient = gradient_of(fills, fills.of_path[path])
            composite_fill(gradient, group, opacity, frame, ws.color, ws.cells, ws.runs, ws.row)
        else:
            rgb = (kind(colors[path, 0]), kind(colors[path, 1]), kind(colors[path, 2]))
            _composite_solid(group, opacity, rgb, ws.color, ws.cells, ws.runs)
