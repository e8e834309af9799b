"""The colour of gradient fills, pixel by pixel, and the gradient by all they are made of.

A gradient is a map from the plane to an offset t, a spread that folds t into [0, 1], and a ramp of stops over it.
All are sampled at pixel centres. Along a row the t of a linear gradient is affine, so a run falls into *pieces*,
stretches of pixels between the same two stops, in which colours are affine too and the gradient needs nothing but
zeroth and first moments of what comes from above.

Sums of one gradient: six for its shape (linear: the gradient by t, and its first moments by x and y; radial: see
`_add_radial`), then five a stop: offset, red, green, blue, opacity.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from huefold.render.codes import UNDER

PAD = 0
REFLECT = 1
REPEAT = 2
SHAPE_SUMS = 6
STOP_SUMS = 5


class Fills(NamedTuple):
    """Gradient fills in output pixels."""

    of_path: NDArray[np.int64]  # [N] gradient of each path, -1 where solid; [0] if there are none at all
    radial: NDArray[np.uint8]  # [G]
    spread: NDArray[np.uint8]  # [G]
    maps: NDArray[np.float64]  # [G, 10] from pixels to offsets, see `_affine` and `_radial`
    stops: NDArray[np.int64]  # [G + 1] offsets into the next two
    offsets: NDArray[np.float64]  # [T] rising within each gradient
    paint: NDArray[np.float64]  # [T, 4] red, green, blue, opacity


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _affine(maps, fill, row):
    """Offset at the centre of a row's first pixel, and its growth a pixel, for a linear gradient."""
    step = maps[fill, 1]
    return maps[fill, 0] + maps[fill, 2] * (row + 0.5) + 0.5 * step, step


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _radial(maps, fill, x, row):
    """Place of a pixel's centre relative to the apex, in units of the radii's difference, and t above the apex.

    The circles of all t form a cone; its apex is where the radius is 0. Those of u = t - t(apex) have the centre
    u * (hx, hy) and the radius u.
    """
    px = maps[fill, 0] * (x + 0.5) + maps[fill, 1] * (row + 0.5) + maps[fill, 2]
    py = maps[fill, 3] * (x + 0.5) + maps[fill, 4] * (row + 0.5) + maps[fill, 5]
    along = px * maps[fill, 6] + py * maps[fill, 7]
    square = px * px + py * py
    flat = maps[fill, 8]
    root = np.sqrt(along * along + flat * square)
    # Two forms of the same root: each where it does not subtract what is nearly equal.
    above = (root - along) / flat
    if along > 0.0:
        above = square / (root + along)
    return px, py, above


@njit(cache=True, nogil=True, error_model="numpy")
def _locate(offsets, first, last, spread, t):
    """Stop below t, share of the one above, its growth by t, and the range of t with the same two stops.

    The last number says whether the range runs against t (every other period of a reflected gradient).
    """
    period = 0.0
    low = -np.inf
    high = np.inf
    place = t
    mirrored = False
    if spread != PAD:
        period = np.floor(t)
        low = period
        high = period + 1.0
        place = t - period
        if spread == REFLECT and period - 2.0 * np.floor(0.5 * period) == 1.0:
            mirrored = True
            place = 1.0 - place
    stop = first
    share = 0.0
    slope = 0.0
    near = -np.inf
    far = offsets[first]
    if place >= offsets[last]:
        stop = last - 1
        share = 1.0
        near = offsets[last]
        far = np.inf
    elif place >= offsets[first]:
        while offsets[stop + 1] <= place:
            stop += 1
        near = offsets[stop]
        far = offsets[stop + 1]
        slope = 1.0 / (far - near)
        share = (place - near) / (far - near)
    if mirrored:
        return stop, share, -slope, max(low, high - far), min(high, high - near), mirrored
    return stop, share, slope, max(low, period + near), min(high, period + far), mirrored


@njit(cache=True, nogil=True, error_model="numpy")
def _piece(fills, fill, base, step, x, stop):
    """End of the piece of a row that begins at pixel x, the stop below, share of the one above, its growth by t."""
    first, last = fills.stops[fill], fills.stops[fill + 1] - 1
    below, share, slope, low, high, mirrored = _locate(
        fills.offsets, first, last, fills.spread[fill], base + step * x
    )
    end = float(stop)
    if step > 0.0:
        edge = (high - base) / step
        end = np.floor(edge) + 1.0 if mirrored else np.ceil(edge)
    elif step < 0.0:
        edge = (low - base) / step
        end = np.ceil(edge) if mirrored else np.floor(edge) + 1.0
    end = min(max(end, x + 1.0), float(stop))
    final = base + step * (end - 1.0)
    if final < low or final > high:
        end = x + 1.0  # rounding: numbers so large take pixel by pixel
    return int(end), below, share, slope


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _fill_affine(plane, at, count, value, growth):
    """Write an affine stretch."""
    for i in range(count):
        plane[at + np.uintp(i)] = value + growth * plane.dtype.type(i)


@njit(cache=True, nogil=True, error_model="numpy")
def _paint_linear(fills, fill, x, stop, row, r, g, b, a, at, translucent):
    """Write colours (and opacities, if translucent) of a linear gradient for pixels [x, stop) of a row."""
    paint = fills.paint
    kind = r.dtype.type
    base, step = _affine(fills.maps, fill, row)
    while x < stop:
        end, below, share, slope = _piece(fills, fill, base, step, x, stop)
        count = np.uintp(end - x)
        rise = slope * step
        for channel in range(4 if translucent else 3):
            low = paint[below, channel]
            span = paint[below + 1, channel] - low
            plane = r if channel == 0 else (g if channel == 1 else (b if channel == 2 else a))
            _fill_affine(plane, at, count, kind(low + share * span), kind(rise * span))
        at += count
        x = end


@njit(cache=True, nogil=True, error_model="numpy")
def _paint_radial(fills, fill, x, stop, row, r, g, b, a, at, offset):
    """Write colours and opacities of a radial gradient for pixels [x, stop) of a row."""
    paint, offsets, maps, spread = fills.paint, fills.offsets, fills.maps, fills.spread[fill]
    first, last = fills.stops[fill], fills.stops[fill + 1] - 1
    apex = maps[fill, 9]
    for i in range(np.uintp(stop - x)):
        _, _, above = _radial(maps, fill, float(x + np.int64(i)), row)
        offset[i] = above + apex
    for i in range(np.uintp(stop - x)):
        below, share, _, _, _, _ = _locate(offsets, first, last, spread, offset[i])
        other = 1.0 - share
        r[at + i] = other * paint[below, 0] + share * paint[below + 1, 0]
        g[at + i] = other * paint[below, 1] + share * paint[below + 1, 1]
        b[at + i] = other * paint[below, 2] + share * paint[below + 1, 2]
        a[at + i] = other * paint[below, 3] + share * paint[below + 1, 3]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _offset(fills, fill, x, row):
    """Offset at the centre of one pixel."""
    if fills.radial[fill] != 0:
        _, _, above = _radial(fills.maps, fill, float(x), row)
        return above + fills.maps[fill, 9]
    base, step = _affine(fills.maps, fill, row)
    return base + step * x


@njit(cache=True, nogil=True, error_model="numpy")
def _paint_pixel(fills, fill, x, row):
    """Red, green, blue and opacity at one pixel's centre."""
    below, share, _, _, _, _ = _locate(
        fills.offsets, fills.stops[fill], fills.stops[fill + 1] - 1, fills.spread[fill],
        _offset(fills, fill, x, row),
    )  # fmt: skip
    paint, other = fills.paint, 1.0 - share
    return (
        other * paint[below, 0] + share * paint[below + 1, 0],
        other * paint[below, 1] + share * paint[below + 1, 1],
        other * paint[below, 2] + share * paint[below + 1, 2],
        other * paint[below, 3] + share * paint[below + 1, 3],
    )


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _blend_run(opacity, r, g, b, a, c0, c1, c2, u0, u1, u2, start, stop, shift):
    """Paint colours that differ from pixel to pixel over a run, keeping what was there."""
    for p in range(start, stop):
        q = p - start
        alpha = opacity * a[q]
        u0[shift + p] = c0[p]
        u1[shift + p] = c1[p]
        u2[shift + p] = c2[p]
        c0[p] += alpha * (r[q] - c0[p])
        c1[p] += alpha * (g[q] - c1[p])
        c2[p] += alpha * (b[q] - c2[p])


@njit(cache=True, nogil=True, error_model="numpy")
def composite_fill(fills, fill, opacity, first_run, last_run, first_cell, last_cell, width, top, c0, c1, c2,
                   u0, u1, u2, cell_pixel, cell_alpha, cell_under,
                   run_pixel, run_length, run_under, ramp, offset):  # fmt: skip
    """Paint a gradient path's runs and cells of a band, keeping the colour beneath every cell."""
    kind = c0.dtype.type
    zero = np.uintp(0)
    linear = fills.radial[fill] == 0
    r, g, b, a = ramp[0], ramp[1], ramp[2], ramp[3]
    for run in range(np.uintp(first_run), np.uintp(last_run)):
        start = np.uintp(run_pixel[run])
        stop = start + np.uintp(run_length[run])
        row = np.int64(run_pixel[run]) // width
        x = np.int64(run_pixel[run]) - row * width
        end = x + np.int64(run_length[run])
        if run_under[run] < 0:
            if linear:
                _paint_linear(fills, fill, x, end, float(top + row), c0, c1, c2, a, start, False)
            else:
                # Opacities of an opaque run are 1, and not needed.
                _paint_radial(fills, fill, x, end, float(top + row), r, g, b, a, zero, offset)
                c0[start:stop] = r[: end - x]
                c1[start:stop] = g[: end - x]
                c2[start:stop] = b[: end - x]
            continue
        if linear:
            _paint_linear(fills, fill, x, end, float(top + row), r, g, b, a, zero, True)
        else:
            _paint_radial(fills, fill, x, end, float(top + row), r, g, b, a, zero, offset)
        shift = np.uintp(run_under[run]) - start
        _blend_run(opacity, r, g, b, a, c0, c1, c2, u0, u1, u2, start, stop, shift)
    for cell in range(np.uintp(first_cell), np.uintp(last_cell)):
        p = np.uintp(cell_pixel[cell])
        row = np.int64(cell_pixel[cell]) // width
        red, green, blue, clear = _paint_pixel(
            fills, fill, np.int64(cell_pixel[cell]) - row * width, float(top + row)
        )
        alpha = opacity * kind(clear) * cell_alpha[cell]
        cell_under[cell, 0] = c0[p]
        cell_under[cell, 1] = c1[p]
        cell_under[cell, 2] = c2[p]
        c0[p] += alpha * (kind(red) - c0[p])
        c1[p] += alpha * (kind(green) - c1[p])
        c2[p] += alpha * (kind(blue) - c2[p])


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def _moments(plane, at, count):
    """Sum of a stretch, and its first moment about the stretch's beginning."""
    kind = plane.dtype.type
    total = first = kind(0.0)
    for i in range(np.uintp(count)):
        value = plane[at + i]
        total += value
        first += kind(i) * value
    return total, first


@njit(cache=True, nogil=True, error_model="numpy")
def _reduce_linear(fills, fill, x, stop, row, h0, h1, h2, h3, at, translucent, sums):
    """Add what comes from above for pixels [x, stop) of a row, dL/dcolour and dL/dopacity, to a gradient's sums."""
    paint = fills.paint
    base, step = _affine(fills.maps, fill, row)
    first = fills.stops[fill]
    while x < stop:
        end, below, share, slope = _piece(fills, fill, base, step, x, stop)
        count = np.uintp(end - x)
        rise = slope * step
        slot = SHAPE_SUMS + STOP_SUMS * (below - first)
        push = 0.0  # the gradient by the share, and its first moment
        lever = 0.0
        for channel in range(4 if translucent else 3):
            plane = h0 if channel == 0 else (h1 if channel == 1 else (h2 if channel == 2 else h3))
            total, moment = _moments(plane, at, count)
            upper = share * total + rise * moment
            sums[slot + 1 + channel] += total - upper
            sums[slot + STOP_SUMS + 1 + channel] += upper
            span = paint[below + 1, channel] - paint[below, channel]
            push += span * total
            lever += span * moment
        if slope != 0.0:
            upper = abs(slope) * (share * push + rise * lever)
            sums[slot] -= abs(slope) * push - upper
            sums[slot + STOP_SUMS] -= upper
            sums[0] += slope * push
            sums[1] += slope * (push * (x + 0.5) + lever)
            sums[2] += slope * push * (row + 0.5)
        at += count
        x = end


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _add_radial(maps, fill, t, px, py, above, slope, sums):
    """Add the gradient by t at one pixel to the sums of a radial gradient's shape.

    With n the unit normal of the circle through the pixel and k = 1 + n . (hx, hy): by the centre -t n / k, by the
    radius -t / k, by the focus -(1 - t) n / k, by the focal radius -(1 - t) / k; all still to be divided by the
    radii's difference. At the apex there is no normal: 0.
    """
    if above <= 0.0:
        return
    nx = px / above - maps[fill, 6]
    ny = py / above - maps[fill, 7]
    pull = -slope / (1.0 + nx * maps[fill, 6] + ny * maps[fill, 7])
    outer = t * pull
    inner = pull - outer
    sums[0] += outer * nx
    sums[1] += outer * ny
    sums[2] += outer
    sums[3] += inner * nx
    sums[4] += inner * ny
    sums[5] += inner


@njit(cache=True, nogil=True, error_model="numpy")
def _reduce_pixel(fills, fill, x, row, h0, h1, h2, h3, sums):
    """Add what comes from above at one pixel, dL/dcolour and dL/dopacity, to a gradient's sums."""
    paint, maps = fills.paint, fills.maps
    px = py = above = 0.0
    radial = fills.radial[fill] != 0
    if radial:
        px, py, above = _radial(maps, fill, float(x), row)
        t = above + maps[fill, 9]
    else:
        base, step = _affine(maps, fill, row)
        t = base + step * x
    first = fills.stops[fill]
    below, share, slope, _, _, _ = _locate(
        fills.offsets, first, fills.stops[fill + 1] - 1, fills.spread[fill], t
    )
    slot = SHAPE_SUMS + STOP_SUMS * (below - first)
    other = 1.0 - share
    sums[slot + 1] += other * h0
    sums[slot + 2] += other * h1
    sums[slot + 3] += other * h2
    sums[slot + 4] += other * h3
    sums[slot + STOP_SUMS + 1] += share * h0
    sums[slot + STOP_SUMS + 2] += share * h1
    sums[slot + STOP_SUMS + 3] += share * h2
    sums[slot + STOP_SUMS + 4] += share * h3
    if slope == 0.0:
        return
    push = (
        h0 * (paint[below + 1, 0] - paint[below, 0])
        + h1 * (paint[below + 1, 1] - paint[below, 1])
        + h2 * (paint[below + 1, 2] - paint[below, 2])
        + h3 * (paint[below + 1, 3] - paint[below, 3])
    )
    sums[slot] -= abs(slope) * other * push
    sums[slot + STOP_SUMS] -= abs(slope) * share * push
    push *= slope
    if radial:
        _add_radial(maps, fill, t, px, py, above, push, sums)
    else:
        sums[0] += push
        sums[1] += push * (x + 0.5)
        sums[2] += push * (row + 0.5)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def _differentiate_run(start, stop, shift, opacity, r, g, b, a, beneath, scale, weight, origin,
                       g0, g1, g2, through, u0, u1, u2, h0, h1, h2, h3):  # fmt: skip
    """Gradients by the colours and opacities of a run's pixels; return the sums for path opacity and importance."""
    kind = g0.dtype.type
    one = kind(1.0)
    s3 = s4 = kind(0.0)
    for p in range(start, stop):
        q = p - start
        d0 = r[q] - u0[shift + p]
        d1 = g[q] - u1[shift + p]
        d2 = b[q] - u2[shift + p]
        alpha = opacity * a[q]
        dalpha = g0[p] * d0 + g1[p] * d1 + g2[p] * d2
        h0[q] = alpha * g0[p]
        h1[q] = alpha * g1[p]
        h2[q] = alpha * g2[p]
        h3[q] = opacity * dalpha
        s3 += a[q] * dalpha
        rest = one - alpha
        if beneath:
            shown = through[p]
            gain = scale * (weight[np.uintp(origin) + p] if weight.size > 0 else one)
            square = d0 * d0 + d1 * d1 + d2 * d2
            s4 += gain * shown * shown * alpha * alpha * square - alpha * dalpha
            through[p] = shown * rest
        g0[p] *= rest
        g1[p] *= rest
        g2[p] *= rest
    return s3, s4


@njit(cache=True, nogil=True, error_model="numpy")
def backward_fill_runs(fills, fill, start, stop, opacity, sums, fill_sums, beneath, scale, weight, origin,
                       width, top, g0, g1, g2, through, u0, u1, u2,
                       run_pixel, run_length, run_under, ramp, offset):  # fmt: skip
    """Differentiate a gradient path's runs: sums of the gradient, path opacity and importance."""
    linear = fills.radial[fill] == 0
    r, g, b, a, h0, h1, h2, h3 = ramp[0], ramp[1], ramp[2], ramp[3], ramp[4], ramp[5], ramp[6], ramp[7]
    zero = np.uintp(0)
    for run in range(np.uintp(start), np.uintp(stop)):
        first = np.uintp(run_pixel[run])
        last = first + np.uintp(run_length[run])
        line = np.int64(run_pixel[run]) // width
        row = float(top + line)
        x = np.int64(run_pixel[run]) - line * width
        end = x + np.int64(run_length[run])
        if run_under[run] < 0:
            if linear:
                _reduce_linear(fills, fill, x, end, row, g0, g1, g2, h3, first, False, fill_sums)
            else:
                for i in range(x, end):
                    p = first + np.uintp(i - x)
                    _reduce_pixel(fills, fill, i, row, g0[p], g1[p], g2[p], 0.0, fill_sums)
            continue
        if linear:
            _paint_linear(fills, fill, x, end, row, r, g, b, a, zero, True)
        else:
            _paint_radial(fills, fill, x, end, row, r, g, b, a, zero, offset)
        shift = np.uintp(run_under[run]) - first
        s3, s4 = _differentiate_run(
            first, last, shift, opacity, r, g, b, a, beneath, scale, weight, origin,
            g0, g1, g2, through, u0, u1, u2, h0, h1, h2, h3,
        )  # fmt: skip
        sums[3] += s3
        sums[4] += s4
        if linear:
            _reduce_linear(fills, fill, x, end, row, h0, h1, h2, h3, zero, True, fill_sums)
        else:
            for i in range(x, end):
                q = np.uintp(i - x)
                _reduce_pixel(fills, fill, i, row, h0[q], h1[q], h2[q], h3[q], fill_sums)


@njit(cache=True, nogil=True, error_model="numpy")
def backward_fill_cells(fills, fill, start, stop, opacity, sums, fill_sums, beneath, scale, tangle, weight, origin,
                        width, top, g0, g1, g2, edge, through,
                        cell_pixel, cell_alpha, cell_sign, cell_under):  # fmt: skip
    """Differentiate a gradient path's cells as `_backward_cells` does a solid one's."""
    kind = g0.dtype.type
    one = kind(1.0)
    tiny = kind(1e-30)
    for cell in range(np.uintp(start), np.uintp(stop)):
        p = np.uintp(cell_pixel[cell])
        sign = cell_sign[cell]
        line = np.int64(cell_pixel[cell]) // width
        x = np.int64(cell_pixel[cell]) - line * width
        red, green, blue, clear = _paint_pixel(fills, fill, x, float(top + line))
        d0 = kind(red) - cell_under[cell, 0]
        d1 = kind(green) - cell_under[cell, 1]
        d2 = kind(blue) - cell_under[cell, 2]
        coverage = cell_alpha[cell]
        alpha = opacity * kind(clear) * coverage
        dalpha = g0[p] * d0 + g1[p] * d1 + g2[p] * d2
        if sign < UNDER:
            edge[p] = dalpha * opacity * kind(clear) * kind(sign)
        else:
            edge[p] = tangle if sign == UNDER else -tangle
        _reduce_pixel(
            fills, fill, x, float(top + line), alpha * g0[p], alpha * g1[p], alpha * g2[p],
            opacity * coverage * dalpha, fill_sums,
        )  # fmt: skip
        sums[3] += coverage * kind(clear) * dalpha
        rest = one - alpha
        if beneath:
            shown = through[p]
            gain = scale * (weight[np.uintp(origin) + p] if weight.size > 0 else one)
            square = d0 * d0 + d1 * d1 + d2 * d2
            sums[4] += gain * shown * shown * alpha * alpha * square - alpha * dalpha
            through[p] = shown * rest
        g0[p] *= rest
        g1[p] *= rest
        g2[p] *= rest
        if abs(g0[p]) + abs(g1[p]) + abs(g2[p]) < tiny:
            g0[p] = 0.0  # denormals are slow
            g1[p] = 0.0
            g2[p] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def count_sums(line_path, entry_line, band_entries, of_path, stops, starts):
    """Room that the sums of all gradients of each band take; `starts`, [B + 1], receives where each band begins."""
    starts[0] = 0
    for band in range(len(band_entries) - 1):
        room = 0
        last = -1
        for entry in range(band_entries[band], band_entries[band + 1]):
            path = line_path[entry_line[entry]]
            if path != last:
                last = path
                fill = of_path[path]
                if fill >= 0:
                    room += SHAPE_SUMS + STOP_SUMS * (stops[fill + 1] - stops[fill])
        starts[band + 1] = starts[band] + room


@njit(cache=True, nogil=True, error_model="numpy")
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
            for k in range(SHAPE_SUMS):
                shape_sums[fill, k] += fill_sums[at + k]
            at += SHAPE_SUMS
            for stop in range(stops[fill], stops[fill + 1]):
                for k in range(STOP_SUMS):
                    stop_sums[stop, k] += fill_sums[at + k]
                at += STOP_SUMS
