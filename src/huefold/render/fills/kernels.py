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
from numpy.typing import NDArray

from huefold.render.codes import UNDER
from huefold.render.compiled import embedded, inlined, kernel, reordered

PAD = 0
REFLECT = 1
REPEAT = 2
SHAPE_SUMS = 6
STOP_SUMS = 5
NARROW = 1e-3  # stops that are nearer are left to the general case


class Fills(NamedTuple):
    """Gradient fills in output pixels."""

    of_path: NDArray[np.int64]  # [N] gradient of each path, -1 where solid; [0] if there are none at all
    radial: NDArray[np.uint8]  # [G]
    spread: NDArray[np.uint8]  # [G]
    maps: NDArray[np.float64]  # [G, 10] from pixels to offsets, see `_affine` and `_radial`
    stops: NDArray[np.int64]  # [G + 1] offsets into the next two
    offsets: NDArray[np.float64]  # [T] rising within each gradient
    paint: NDArray[np.float64]  # [T, 4] red, green, blue, opacity


@inlined
def _affine(m, row):
    """Offset at the centre of a row's first pixel, and its growth a pixel, for a linear gradient."""
    step = m[1]
    return m[0] + m[2] * (row + 0.5) + 0.5 * step, step


@inlined
def _radial(m, x, row):
    """Place of a pixel's centre relative to the apex, in units of the radii's difference, and t above the apex.

    The circles of all t form a cone; its apex is where the radius is 0. Those of u = t - t(apex) have the centre
    u * (hx, hy) and the radius u.
    """
    px = m[0] * (x + 0.5) + m[1] * (row + 0.5) + m[2]
    py = m[3] * (x + 0.5) + m[4] * (row + 0.5) + m[5]
    along = px * m[6] + py * m[7]
    square = px * px + py * py
    flat = m[8]
    root = np.sqrt(along * along + flat * square)
    # Two forms of the same root: each where it does not subtract what is nearly equal.
    above = (root - along) / flat
    if along > 0.0:
        above = square / (root + along)
    return px, py, above


@kernel
def _locate(offsets, spread, t):
    """Stop below t, share of the one above, its growth by t, and the range of t with the same two stops.

    The last number says whether the range runs against t (every other period of a reflected gradient).
    """
    last = len(offsets) - 1
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
    stop = 0
    share = 0.0
    slope = 0.0
    near = -np.inf
    far = offsets[0]
    if place >= offsets[last]:
        stop = last - 1
        share = 1.0
        near = offsets[last]
        far = np.inf
    elif place >= offsets[0]:
        while offsets[stop + 1] <= place:
            stop += 1
        near = offsets[stop]
        far = offsets[stop + 1]
        slope = 1.0 / (far - near)
        share = (place - near) / (far - near)
    if mirrored:
        return stop, share, -slope, max(low, high - far), min(high, high - near), mirrored
    return stop, share, slope, max(low, period + near), min(high, period + far), mirrored


@kernel
def _piece(offsets, spread, base, step, x, stop):
    """End of the piece of a row that begins at pixel x, the stop below, share of the one above, its growth by t."""
    below, share, slope, low, high, mirrored = _locate(offsets, spread, base + step * x)
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


@inlined
def _fill_affine(plane, at, count, near, far, share, rise):
    """Write the affine stretch between two stops."""
    value = plane.dtype.type((1.0 - share) * near + share * far)
    growth = plane.dtype.type(rise * (far - near))
    for i in range(count):
        # All processors convert 32 bits fast.
        plane[at + i] = value + growth * plane.dtype.type(np.int32(i))


@kernel
def _paint_linear(m, offsets, paint, spread, x, stop, row, r, g, b, a, at, translucent):
    """Write colours (and opacities, if translucent) of a linear gradient for pixels [x, stop) of a row."""
    base, step = _affine(m, row)
    while x < stop:
        end, below, share, slope = _piece(offsets, spread, base, step, x, stop)
        count = np.uintp(end - x)
        rise = slope * step
        above = below + 1
        _fill_affine(r, at, count, paint[below, 0], paint[above, 0], share, rise)
        _fill_affine(g, at, count, paint[below, 1], paint[above, 1], share, rise)
        _fill_affine(b, at, count, paint[below, 2], paint[above, 2], share, rise)
        if translucent:
            _fill_affine(a, at, count, paint[below, 3], paint[above, 3], share, rise)
        at += count
        x = end


@inlined
def _is_pair(offsets, spread, radial):
    """Whether a gradient is the common case: linear, padded, of two stops that are not too close."""
    return not radial and spread == PAD and len(offsets) == 2 and offsets[1] - offsets[0] >= NARROW


@inlined
def _pair_share(offsets, t):
    """Share of the upper stop of a padded gradient of two stops."""
    return min(max((t - offsets[0]) / (offsets[1] - offsets[0]), 0.0), 1.0)


@kernel
def _pair_breaks(m, offsets, row, x, stop):
    """Where a padded gradient of two stops begins and ceases to change within pixels [x, stop) of a row.

    Returns the numbers of pixels before, in and after the change, the upper stop's share in them (between: in
    the first), its growth a pixel, and its growth by t.
    """
    base, step = _affine(m, row)
    low, high = offsets[0], offsets[1]
    slope = 1.0 / (high - low)
    count = float(stop - x)
    value = base + step * x
    before = 0.0
    after = 0.0 if low <= value < high else count
    left = 0.0 if value < low else 1.0
    if step > 0.0:
        before = min(max(np.ceil((low - value) / step), 0.0), count)
        after = count - min(max(np.ceil((high - value) / step), before), count)
        left = 0.0
    elif step < 0.0:
        before = min(max(np.floor((high - value) / step) + 1.0, 0.0), count)
        after = count - min(max(np.floor((low - value) / step) + 1.0, before), count)
        left = 1.0
    elif after > 0.0:
        before = count
        after = 0.0
    first = min(max((value + step * before - low) * slope, 0.0), 1.0)
    between = count - before - after
    right = 1.0 if step > 0.0 else 0.0
    return np.uintp(before), np.uintp(between), np.uintp(after), left, first, right, slope * step, slope


@kernel
def _pair_plane(plane, at, before, between, after, left, first, right, growth):
    """Write one plane of a padded gradient of two stops: constant, affine, constant."""
    for i in range(at, at + before):
        plane[i] = left
    at += before
    for i in range(between):
        plane[at + i] = first + growth * plane.dtype.type(np.int32(i))  # 32 bits convert fast
    at += between
    for i in range(at, at + after):
        plane[i] = right


@kernel
def _paint_pair(m, offsets, paint, x, stop, row, r, g, b, a, at, translucent):
    """Write colours (and opacities, if translucent) of a padded linear gradient of two stops: `_paint_linear`."""
    n0, n1, n2, left, first, right, rise, _ = _pair_breaks(m, offsets, row, x, stop)
    kind = r.dtype.type
    v, d = paint[0, 0], paint[1, 0] - paint[0, 0]
    _pair_plane(
        r, at, n0, n1, n2, kind(v + left * d), kind(v + first * d), kind(v + right * d), kind(rise * d)
    )
    v, d = paint[0, 1], paint[1, 1] - paint[0, 1]
    _pair_plane(
        g, at, n0, n1, n2, kind(v + left * d), kind(v + first * d), kind(v + right * d), kind(rise * d)
    )
    v, d = paint[0, 2], paint[1, 2] - paint[0, 2]
    _pair_plane(
        b, at, n0, n1, n2, kind(v + left * d), kind(v + first * d), kind(v + right * d), kind(rise * d)
    )
    if translucent:
        v, d = paint[0, 3], paint[1, 3] - paint[0, 3]
        _pair_plane(
            a, at, n0, n1, n2, kind(v + left * d), kind(v + first * d), kind(v + right * d), kind(rise * d)
        )


@kernel
def _paint_radial(m, offsets, paint, spread, x, stop, row, r, g, b, a, offset):
    """Write colours and opacities of a radial gradient for pixels [x, stop) of a row."""
    apex = m[9]
    for i in range(np.uintp(stop - x)):
        _, _, above = _radial(m, float(x + np.int64(i)), row)
        offset[i] = above + apex
    for i in range(np.uintp(stop - x)):
        below, share, _, _, _, _ = _locate(offsets, spread, offset[i])
        other = 1.0 - share
        r[i] = other * paint[below, 0] + share * paint[below + 1, 0]
        g[i] = other * paint[below, 1] + share * paint[below + 1, 1]
        b[i] = other * paint[below, 2] + share * paint[below + 1, 2]
        a[i] = other * paint[below, 3] + share * paint[below + 1, 3]


@kernel
def _paint_pixel(m, offsets, paint, spread, radial, x, row):
    """Red, green, blue and opacity at one pixel's centre."""
    if radial:
        _, _, above = _radial(m, float(x), row)
        t = above + m[9]
    else:
        base, step = _affine(m, row)
        t = base + step * x
    below, share, _, _, _, _ = _locate(offsets, spread, t)
    other = 1.0 - share
    return (
        other * paint[below, 0] + share * paint[below + 1, 0],
        other * paint[below, 1] + share * paint[below + 1, 1],
        other * paint[below, 2] + share * paint[below + 1, 2],
        other * paint[below, 3] + share * paint[below + 1, 3],
    )


@kernel
def _blend_plane(alpha, shade, plane, start, under, kept, count):
    """Paint a run of one plane with shades that differ from pixel to pixel, keeping what was there."""
    # Whole planes and where to begin: slices made for every run would cost more than their pixels.
    for i in range(count):
        below = plane[start + i]
        under[kept + i] = below
        plane[start + i] = below + alpha[i] * (shade[i] - below)


@kernel
def _copy_plane(shade, plane, start, count):
    for i in range(count):
        plane[start + i] = shade[i]


@kernel
def _scale_plane(plane, factor, out, count):
    for i in range(count):
        out[i] = factor * plane[i]


@kernel
def composite_fill(fills, fill, opacity, first_run, last_run, first_cell, last_cell, width, top, c0, c1, c2,
                   u0, u1, u2, cell_pixel, cell_alpha, cell_under,
                   run_pixel, run_length, run_under, ramp, offset):  # fmt: skip
    """Paint a gradient path's runs and cells of a band, keeping the colour beneath every cell."""
    kind = c0.dtype.type
    zero = np.uintp(0)
    linear = fills.radial[fill] == 0
    first, last = fills.stops[fill], fills.stops[fill + 1]
    m, offsets, paint, spread = (
        fills.maps[fill], fills.offsets[first:last], fills.paint[first:last], fills.spread[fill],
    )  # fmt: skip
    pair = _is_pair(offsets, spread, not linear)
    r, g, b, a = ramp[0], ramp[1], ramp[2], ramp[3]
    for run in range(np.uintp(first_run), np.uintp(last_run)):
        start = np.uintp(run_pixel[run])
        count = np.uintp(run_length[run])
        row = np.int64(run_pixel[run]) // width
        x = np.int64(run_pixel[run]) - row * width
        end = x + np.int64(run_length[run])
        if run_under[run] < 0:
            if pair:
                _paint_pair(m, offsets, paint, x, end, float(top + row), c0, c1, c2, a, start, False)
            elif linear:
                _paint_linear(
                    m, offsets, paint, spread, x, end, float(top + row), c0, c1, c2, a, start, False
                )
            else:
                # Opacities of an opaque run are 1, and not needed.
                _paint_radial(m, offsets, paint, spread, x, end, float(top + row), r, g, b, a, offset)
                _copy_plane(r, c0, start, count)
                _copy_plane(g, c1, start, count)
                _copy_plane(b, c2, start, count)
            continue
        if pair:
            _paint_pair(m, offsets, paint, x, end, float(top + row), r, g, b, a, zero, True)
        elif linear:
            _paint_linear(m, offsets, paint, spread, x, end, float(top + row), r, g, b, a, zero, True)
        else:
            _paint_radial(m, offsets, paint, spread, x, end, float(top + row), r, g, b, a, offset)
        _scale_plane(a, opacity, a, count)
        kept = np.uintp(run_under[run])
        _blend_plane(a, r, c0, start, u0, kept, count)
        _blend_plane(a, g, c1, start, u1, kept, count)
        _blend_plane(a, b, c2, start, u2, kept, count)
    for cell in range(np.uintp(first_cell), np.uintp(last_cell)):
        p = np.uintp(cell_pixel[cell])
        row = np.int64(cell_pixel[cell]) // width
        x = np.int64(cell_pixel[cell]) - row * width
        if pair:
            base, step = _affine(m, float(top + row))
            share = _pair_share(offsets, base + step * x)
            red = paint[0, 0] + share * (paint[1, 0] - paint[0, 0])
            green = paint[0, 1] + share * (paint[1, 1] - paint[0, 1])
            blue = paint[0, 2] + share * (paint[1, 2] - paint[0, 2])
            clear = paint[0, 3] + share * (paint[1, 3] - paint[0, 3])
        else:
            red, green, blue, clear = _paint_pixel(m, offsets, paint, spread, not linear, x, float(top + row))
        alpha = opacity * kind(clear) * cell_alpha[cell]
        cell_under[cell, 0] = c0[p]
        cell_under[cell, 1] = c1[p]
        cell_under[cell, 2] = c2[p]
        c0[p] += alpha * (kind(red) - c0[p])
        c1[p] += alpha * (kind(green) - c1[p])
        c2[p] += alpha * (kind(blue) - c2[p])


@reordered
def _moments(plane, at, count):
    """Sum of a stretch, and its first moment about the stretch's beginning."""
    kind = plane.dtype.type
    total = first = kind(0.0)
    for i in range(np.uintp(count)):
        value = plane[at + i]
        total += value
        first += kind(np.int32(i)) * value
    return total, first


@inlined
def _reduce_plane(plane, at, count, near, far, share, rise, slot, sums):
    """Add one plane of a piece to the sums of the two stops around it; return dL/dshare and its first moment."""
    total, moment = _moments(plane, at, count)
    upper = share * total + rise * moment
    sums[slot] += total - upper
    sums[slot + STOP_SUMS] += upper
    return (far - near) * total, (far - near) * moment


@embedded
def _reduce_linear(m, offsets, paint, spread, x, stop, row, h0, h1, h2, h3, at, translucent, sums):
    """Add what comes from above for pixels [x, stop) of a row, dL/dcolour and dL/dopacity, to a gradient's sums."""
    base, step = _affine(m, row)
    while x < stop:
        end, below, share, slope = _piece(offsets, spread, base, step, x, stop)
        count = np.uintp(end - x)
        rise = slope * step
        slot = SHAPE_SUMS + STOP_SUMS * below
        above = below + 1
        p0, l0 = _reduce_plane(h0, at, count, paint[below, 0], paint[above, 0], share, rise, slot + 1, sums)
        p1, l1 = _reduce_plane(h1, at, count, paint[below, 1], paint[above, 1], share, rise, slot + 2, sums)
        p2, l2 = _reduce_plane(h2, at, count, paint[below, 2], paint[above, 2], share, rise, slot + 3, sums)
        push = p0 + p1 + p2
        lever = l0 + l1 + l2
        if translucent:
            p3, l3 = _reduce_plane(
                h3, at, count, paint[below, 3], paint[above, 3], share, rise, slot + 4, sums
            )
            push += p3
            lever += l3
        if slope != 0.0:
            upper = abs(slope) * (share * push + rise * lever)
            sums[slot] -= abs(slope) * push - upper
            sums[slot + STOP_SUMS] -= upper
            sums[0] += slope * push
            sums[1] += slope * (push * (x + 0.5) + lever)
            sums[2] += slope * push * (row + 0.5)
        at += count
        x = end


@reordered
def _pair_sums(plane, at, before, between, after):
    """Sums of the three pieces of a run, and the first moment of the one between about its beginning."""
    kind = plane.dtype.type
    one = two = moment = three = kind(0.0)
    for i in range(at, at + before):
        one += plane[i]
    at += before
    for i in range(between):
        value = plane[at + i]
        two += value
        moment += kind(np.int32(i)) * value
    at += between
    for i in range(at, at + after):
        three += plane[i]
    return one, two, moment, three


@inlined
def _reduce_pair_plane(plane, at, n0, n1, n2, left, first, right, rise, near, far, slot, sums):
    """Add one plane to the sums of both stops; return dL/dshare between them, and its first moment."""
    one, two, moment, three = _pair_sums(plane, at, n0, n1, n2)
    upper = left * one + first * two + rise * moment + right * three
    sums[slot] += one + two + three - upper
    sums[slot + STOP_SUMS] += upper
    return (far - near) * two, (far - near) * moment


@embedded
def _reduce_pair(m, offsets, paint, x, stop, row, h0, h1, h2, h3, at, translucent, sums):
    """Add what comes from above to the sums of a padded linear gradient of two stops: `_reduce_linear`."""
    n0, n1, n2, left, first, right, rise, slope = _pair_breaks(m, offsets, row, x, stop)
    at = np.uintp(at)
    p0, l0 = _reduce_pair_plane(
        h0, at, n0, n1, n2, left, first, right, rise, paint[0, 0], paint[1, 0], SHAPE_SUMS + 1, sums
    )
    p1, l1 = _reduce_pair_plane(
        h1, at, n0, n1, n2, left, first, right, rise, paint[0, 1], paint[1, 1], SHAPE_SUMS + 2, sums
    )
    p2, l2 = _reduce_pair_plane(
        h2, at, n0, n1, n2, left, first, right, rise, paint[0, 2], paint[1, 2], SHAPE_SUMS + 3, sums
    )
    push = p0 + p1 + p2
    lever = l0 + l1 + l2
    if translucent:
        p3, l3 = _reduce_pair_plane(
            h3, at, n0, n1, n2, left, first, right, rise, paint[0, 3], paint[1, 3], SHAPE_SUMS + 4, sums
        )
        push += p3
        lever += l3
    upper = slope * (first * push + rise * lever)
    sums[SHAPE_SUMS] -= slope * push - upper
    sums[SHAPE_SUMS + STOP_SUMS] -= upper
    sums[0] += slope * push
    sums[1] += slope * (push * (x + np.int64(n0) + 0.5) + lever)
    sums[2] += slope * push * (row + 0.5)


@inlined
def _add_stops(paint, below, slot, share, slope, h0, h1, h2, h3, sums):
    """Add what comes from above at one pixel to the sums of the two stops around it; return dL/dt."""
    other = 1.0 - share
    sums[slot + 1] += other * h0
    sums[slot + 2] += other * h1
    sums[slot + 3] += other * h2
    sums[slot + 4] += other * h3
    sums[slot + STOP_SUMS + 1] += share * h0
    sums[slot + STOP_SUMS + 2] += share * h1
    sums[slot + STOP_SUMS + 3] += share * h2
    sums[slot + STOP_SUMS + 4] += share * h3
    push = (
        h0 * (paint[below + 1, 0] - paint[below, 0])
        + h1 * (paint[below + 1, 1] - paint[below, 1])
        + h2 * (paint[below + 1, 2] - paint[below, 2])
        + h3 * (paint[below + 1, 3] - paint[below, 3])
    )
    sums[slot] -= abs(slope) * other * push
    sums[slot + STOP_SUMS] -= abs(slope) * share * push
    return slope * push


@inlined
def _add_radial(m, t, px, py, above, push, sums):
    """Add dL/dt at one pixel, `push`, to the sums of a radial gradient's shape.

    With n the unit normal of the circle through the pixel and k = 1 + n . (hx, hy), t changes by -t n / k with the
    centre, -t / k with the radius, -(1 - t) n / k with the focus, -(1 - t) / k with the focal radius; all still to
    be divided by the radii's difference. At the apex there is no normal: 0.
    """
    if above > 0.0 and push != 0.0:
        nx = px / above - m[6]
        ny = py / above - m[7]
        pull = -push / (1.0 + nx * m[6] + ny * m[7])
        outer = t * pull
        inner = pull - outer
        sums[0] += outer * nx
        sums[1] += outer * ny
        sums[2] += outer
        sums[3] += inner * nx
        sums[4] += inner * ny
        sums[5] += inner


@kernel
def _reduce_radial(m, offsets, paint, spread, x, stop, row, h0, h1, h2, h3, at, translucent, sums):
    """Add what comes from above for pixels [x, stop) of a row to a radial gradient's sums."""
    apex = m[9]
    for i in range(np.uintp(stop - x)):
        px, py, above = _radial(m, float(x + np.int64(i)), row)
        t = above + apex
        below, share, slope, _, _, _ = _locate(offsets, spread, t)
        slot = SHAPE_SUMS + STOP_SUMS * below
        p = at + i
        clear = float(h3[p]) if translucent else 0.0
        push = _add_stops(
            paint, below, slot, share, slope, float(h0[p]), float(h1[p]), float(h2[p]), clear, sums
        )
        _add_radial(m, t, px, py, above, push, sums)


@kernel
def _push_plane(alpha, shade, under, kept, grad, start, above, push, count):
    """Gradient by a run's colours in one plane, into `above`; that by alpha is added to `push`."""
    for i in range(count):
        here = grad[start + i]
        push[i] += here * (shade[i] - under[kept + i])
        above[i] = alpha[i] * here
        grad[start + i] = here - alpha[i] * here


@reordered
def _importance(alpha, r, g, b, u0, u1, u2, kept, push, scale, weight, origin, through, start, count):
    """Rise of the loss without a run: its share of the sum over a path; `through` goes down to the next path."""
    kind = alpha.dtype.type
    total = kind(0.0)
    for i in range(count):
        d0 = r[i] - u0[kept + i]
        d1 = g[i] - u1[kept + i]
        d2 = b[i] - u2[kept + i]
        shown = through[start + i]
        gain = scale * (weight[origin + start + i] if weight.size > 0 else kind(1.0)) * shown * shown
        total += gain * alpha[i] * alpha[i] * (d0 * d0 + d1 * d1 + d2 * d2) - alpha[i] * push[i]
        through[start + i] = shown * (kind(1.0) - alpha[i])
    return total


@reordered
def _dot(one, other, count):
    total = one.dtype.type(0.0)
    for i in range(count):
        total += one[i] * other[i]
    return total


@embedded
def backward_fill_runs(fills, fill, start, stop, opacity, sums, fill_sums, beneath, scale, weight, origin,
                       width, top, g0, g1, g2, through, u0, u1, u2,
                       run_pixel, run_length, run_under, ramp, offset):  # fmt: skip
    """Differentiate a gradient path's runs: sums of the gradient, path opacity and importance."""
    linear = fills.radial[fill] == 0
    low, high = fills.stops[fill], fills.stops[fill + 1]
    m, offsets, paint, spread = (
        fills.maps[fill], fills.offsets[low:high], fills.paint[low:high], fills.spread[fill],
    )  # fmt: skip
    pair = _is_pair(offsets, spread, not linear)
    r, g, b, a = ramp[0], ramp[1], ramp[2], ramp[3]
    h0, h1, h2, h3, h4 = ramp[4], ramp[5], ramp[6], ramp[7], ramp[8]
    zero = np.uintp(0)
    origin = np.uintp(origin)
    for run in range(np.uintp(start), np.uintp(stop)):
        first = np.uintp(run_pixel[run])
        count = np.uintp(run_length[run])
        line = np.int64(run_pixel[run]) // width
        row = float(top + line)
        x = np.int64(run_pixel[run]) - line * width
        end = x + np.int64(run_length[run])
        if run_under[run] < 0:
            if pair:
                _reduce_pair(m, offsets, paint, x, end, row, g0, g1, g2, h3, first, False, fill_sums)
            elif linear:
                _reduce_linear(
                    m, offsets, paint, spread, x, end, row, g0, g1, g2, h3, first, False, fill_sums
                )
            else:
                _reduce_radial(
                    m, offsets, paint, spread, x, end, row, g0, g1, g2, h3, first, False, fill_sums
                )
            continue
        if pair:
            _paint_pair(m, offsets, paint, x, end, row, r, g, b, a, zero, True)
        elif linear:
            _paint_linear(m, offsets, paint, spread, x, end, row, r, g, b, a, zero, True)
        else:
            _paint_radial(m, offsets, paint, spread, x, end, row, r, g, b, a, offset)
        _scale_plane(a, opacity, h4, count)
        _scale_plane(a, opacity - opacity, h3, count)
        kept = np.uintp(run_under[run])
        _push_plane(h4, r, u0, kept, g0, first, h0, h3, count)
        _push_plane(h4, g, u1, kept, g1, first, h1, h3, count)
        _push_plane(h4, b, u2, kept, g2, first, h2, h3, count)
        sums[3] += _dot(a, h3, count)
        if beneath:
            sums[4] += _importance(
                h4, r, g, b, u0, u1, u2, kept, h3, scale, weight, origin, through, first, count
            )
        _scale_plane(h3, opacity, h3, count)
        if pair:
            _reduce_pair(m, offsets, paint, x, end, row, h0, h1, h2, h3, zero, True, fill_sums)
        elif linear:
            _reduce_linear(m, offsets, paint, spread, x, end, row, h0, h1, h2, h3, zero, True, fill_sums)
        else:
            _reduce_radial(m, offsets, paint, spread, x, end, row, h0, h1, h2, h3, zero, True, fill_sums)


@kernel
def backward_fill_cells(fills, fill, start, stop, opacity, sums, fill_sums, beneath, scale, tangle, weight, origin,
                        width, top, g0, g1, g2, edge, through,
                        cell_pixel, cell_alpha, cell_sign, cell_under):  # fmt: skip
    """Differentiate a gradient path's cells as `_backward_cells` does a solid one's."""
    kind = g0.dtype.type
    one = kind(1.0)
    tiny = kind(1e-30)
    first, last = fills.stops[fill], fills.stops[fill + 1]
    m, offsets, paint, spread = (
        fills.maps[fill], fills.offsets[first:last], fills.paint[first:last], fills.spread[fill],
    )  # fmt: skip
    radial = fills.radial[fill] != 0
    pair = _is_pair(offsets, spread, radial)
    for cell in range(np.uintp(start), np.uintp(stop)):
        p = np.uintp(cell_pixel[cell])
        sign = cell_sign[cell]
        line = np.int64(cell_pixel[cell]) // width
        x = np.int64(cell_pixel[cell]) - line * width
        row = float(top + line)
        px = py = rise = 0.0
        if radial:
            px, py, rise = _radial(m, float(x), row)
            t = rise + m[9]
        else:
            base, step = _affine(m, row)
            t = base + step * x
        if pair:
            below = 0
            share = _pair_share(offsets, t)
            slope = 1.0 / (offsets[1] - offsets[0]) if 0.0 < share < 1.0 else 0.0
        else:
            below, share, slope, _, _, _ = _locate(offsets, spread, t)
        other = 1.0 - share
        red = other * paint[below, 0] + share * paint[below + 1, 0]
        green = other * paint[below, 1] + share * paint[below + 1, 1]
        blue = other * paint[below, 2] + share * paint[below + 1, 2]
        clear = other * paint[below, 3] + share * paint[below + 1, 3]
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
        push = _add_stops(
            paint, below, SHAPE_SUMS + STOP_SUMS * below, share, slope, float(alpha * g0[p]),
            float(alpha * g1[p]), float(alpha * g2[p]), float(opacity * coverage * dalpha), fill_sums,
        )  # fmt: skip
        if radial:
            _add_radial(m, t, px, py, rise, push, fill_sums)
        else:
            fill_sums[0] += push
            fill_sums[1] += push * (x + 0.5)
            fill_sums[2] += push * (row + 0.5)
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


@kernel
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
            for k in range(SHAPE_SUMS):
                shape_sums[fill, k] += fill_sums[at + k]
            at += SHAPE_SUMS
            for stop in range(stops[fill], stops[fill + 1]):
                for k in range(STOP_SUMS):
                    stop_sums[stop, k] += fill_sums[at + k]
                at += STOP_SUMS
