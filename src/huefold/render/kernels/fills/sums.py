"""Sums of gradient fills: the space that bands need for them, and their totals."""

from huefold.render.kernels import layout
from huefold.render.kernels.compiled import kernel


@kernel
def count_sums(line_path, entry_line, band_entries, of_path, stops, starts):
    """Numbers of sums of all gradients of each band; `starts`, [B + 1], receives where each band begins."""
    starts[0] = 0
    for band in range(len(band_entries) - 1):
        count = 0
        last = -1
        for entry in range(band_entries[band], band_entries[band + 1]):
            path = line_path[entry_line[entry]]
            if path != last:
                last = path
                fill = of_path[path]
                if fill >= 0:
                    count += layout.SHAPE_SUMS + layout.STOP_SUMS * (stops[fill + 1] - stops[fill])
        starts[band + 1] = starts[band] + count


@kernel
def add_sums(band_groups, group_path, of_path, stops, starts, fill_sums, shape_sums, stop_sums):
    """Add the sums of all bands, in band order, to those of the gradients, [G, 6], and of their stops, [T, 5]."""
    shape_sums[:] = 0.0
    stop_sums[:] = 0.0
    for band in range(len(band_groups) - 1):
        at = starts[band]
        for group in range(band_groups[band], band_groups[band + 1]):
            fill = of_path[group_path[group]] if group_path[group] >= 0 else -1
            if fill < 0:
                continue
            for k in range(layout.SHAPE_SUMS):
                shape_sums[fill, k] += fill_sums[at + k]
            at += layout.SHAPE_SUMS
            for stop in range(stops[fill], stops[fill + 1]):
                for k in range(layout.STOP_SUMS):
                    stop_sums[stop, k] += fill_sums[at + k]
                at += layout.STOP_SUMS
