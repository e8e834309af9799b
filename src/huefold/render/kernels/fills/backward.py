"""Derivatives by the values of a gradient fill, from the loss by the colours it paints.

`h` are four planes of what comes from above, dL/dred, dL/dgreen, dL/dblue and dL/dopacity, read from place `at`
on, the last only if `translucent`. `sums` are those of one gradient: six for its shape (linear: dL/dt, and its
first moments by x and y; radial: see `_add_radial`), then five a stop.
"""

import numpy as np

from huefold.render.kernels import layout
from huefold.render.kernels.cells import cell_importance, chain_beneath
from huefold.render.kernels.compiled import embedded, inlined, kernel, reordered
from huefold.render.kernels.fills.painting import paint_run, scale_plane
from huefold.render.kernels.fills.sampling import (
    affine,
    between_stops,
    locate,
    piece,
    radial_place,
    two_stop_pieces,
    two_stop_share,
)


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
def _reduce_plane(plane, at, count, near, far, share, growth, slot, sums):
    """Add one plane of a piece to the sums of the two stops around it; return dL/dshare and its first moment."""
    total, moment = _moments(plane, at, count)
    upper = share * total + growth * moment
    sums[slot] += total - upper
    sums[slot + layout.STOP_SUMS] += upper
    return (far - near) * total, (far - near) * moment


@embedded
def _reduce_linear(gradient, x, stop, row, h, at, translucent, sums):
    """Add what comes from above for pixels [x, stop) of a row to a linear gradient's sums."""
    h0, h1, h2, h3 = h
    paint = gradient.paint
    base, step = affine(gradient.map, row)
    while x < stop:
        end, below, share, by_t = piece(gradient.offsets, gradient.spread, base, step, x, stop)
        count = np.uintp(end - x)
        growth = by_t * step
        slot = layout.SHAPE_SUMS + layout.STOP_SUMS * below
        near, far = paint[below], paint[below + 1]
        p0, l0 = _reduce_plane(h0, at, count, near[0], far[0], share, growth, slot + layout.STOP_RED, sums)
        p1, l1 = _reduce_plane(h1, at, count, near[1], far[1], share, growth, slot + layout.STOP_GREEN, sums)
        p2, l2 = _reduce_plane(h2, at, count, near[2], far[2], share, growth, slot + layout.STOP_BLUE, sums)
        push = p0 + p1 + p2
        lever = l0 + l1 + l2
        if translucent:
            p3, l3 = _reduce_plane(
                h3, at, count, near[3], far[3], share, growth, slot + layout.STOP_OPACITY, sums
            )
            push += p3
            lever += l3
        if by_t != 0.0:
            upper = abs(by_t) * (share * push + growth * lever)
            sums[slot] -= abs(by_t) * push - upper
            sums[slot + layout.STOP_SUMS] -= upper
            sums[0] += by_t * push
            sums[1] += by_t * (push * (x + 0.5) + lever)
            sums[2] += by_t * push * (row + 0.5)
        at += count
        x = end


@reordered
def _two_stop_sums(plane, at, counts):
    """Sums of the three pieces of a run, and the first moment of the one between about its beginning."""
    before, between, after = counts
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
def _add_both_stops(plane, at, counts, shares, near, far, slot, sums):
    """Add one plane to the sums of both stops; return dL/dshare between them, and its first moment."""
    left, first, right, growth = shares
    one, two, moment, three = _two_stop_sums(plane, at, counts)
    upper = left * one + first * two + growth * moment + right * three
    sums[slot] += one + two + three - upper
    sums[slot + layout.STOP_SUMS] += upper
    return (far - near) * two, (far - near) * moment


@embedded
def _reduce_two_stops(gradient, x, stop, row, h, at, translucent, sums):
    """Add what comes from above to the sums of a padded linear gradient of two stops: `_reduce_linear`."""
    h0, h1, h2, h3 = h
    near, far = gradient.paint[0], gradient.paint[1]
    counts, shares, by_t = two_stop_pieces(gradient.map, gradient.offsets, row, x, stop)
    _, first, _, growth = shares
    at = np.uintp(at)
    slot = layout.SHAPE_SUMS
    p0, l0 = _add_both_stops(h0, at, counts, shares, near[0], far[0], slot + layout.STOP_RED, sums)
    p1, l1 = _add_both_stops(h1, at, counts, shares, near[1], far[1], slot + layout.STOP_GREEN, sums)
    p2, l2 = _add_both_stops(h2, at, counts, shares, near[2], far[2], slot + layout.STOP_BLUE, sums)
    push = p0 + p1 + p2
    lever = l0 + l1 + l2
    if translucent:
        p3, l3 = _add_both_stops(h3, at, counts, shares, near[3], far[3], slot + layout.STOP_OPACITY, sums)
        push += p3
        lever += l3
    upper = by_t * (first * push + growth * lever)
    sums[slot] -= by_t * push - upper
    sums[slot + layout.STOP_SUMS] -= upper
    sums[0] += by_t * push
    sums[1] += by_t * (push * (x + np.int64(counts[0]) + 0.5) + lever)
    sums[2] += by_t * push * (row + 0.5)


@inlined
def _add_stops(paint, below, share, by_t, h, sums):
    """Add what comes from above at one pixel to the sums of the two stops around it; return dL/dt."""
    h0, h1, h2, h3 = h
    slot = layout.SHAPE_SUMS + layout.STOP_SUMS * below
    upper = slot + layout.STOP_SUMS
    other = 1.0 - share
    sums[slot + layout.STOP_RED] += other * h0
    sums[slot + layout.STOP_GREEN] += other * h1
    sums[slot + layout.STOP_BLUE] += other * h2
    sums[slot + layout.STOP_OPACITY] += other * h3
    sums[upper + layout.STOP_RED] += share * h0
    sums[upper + layout.STOP_GREEN] += share * h1
    sums[upper + layout.STOP_BLUE] += share * h2
    sums[upper + layout.STOP_OPACITY] += share * h3
    push = (
        h0 * (paint[below + 1, 0] - paint[below, 0])
        + h1 * (paint[below + 1, 1] - paint[below, 1])
        + h2 * (paint[below + 1, 2] - paint[below, 2])
        + h3 * (paint[below + 1, 3] - paint[below, 3])
    )
    sums[slot] -= abs(by_t) * other * push
    sums[upper] -= abs(by_t) * share * push
    return by_t * push


@inlined
def _add_radial(m, t, px, py, above, push, sums):
    """Add dL/dt at one pixel, `push`, to the sums of a radial gradient's shape.

    With n the unit normal of the circle through the pixel and k = 1 + n . (hx, hy), t changes by -t n / k with the
    centre, -t / k with the radius, -(1 - t) n / k with the focus, -(1 - t) / k with the focal radius; all still to
    be divided by the radii's difference. At the apex there is no normal: 0.
    """
    if above > 0.0 and push != 0.0:
        hx, hy = m[layout.H_X], m[layout.H_Y]
        nx = px / above - hx
        ny = py / above - hy
        pull = -push / (1.0 + nx * hx + ny * hy)
        outer = t * pull
        inner = pull - outer
        sums[0] += outer * nx
        sums[1] += outer * ny
        sums[2] += outer
        sums[3] += inner * nx
        sums[4] += inner * ny
        sums[5] += inner


@kernel
def _reduce_radial(gradient, x, stop, row, h, at, translucent, sums):
    """Add what comes from above for pixels [x, stop) of a row to a radial gradient's sums."""
    h0, h1, h2, h3 = h
    apex = gradient.map[layout.APEX]
    for i in range(np.uintp(stop - x)):
        px, py, above = radial_place(gradient.map, float(x + np.int64(i)), row)
        t = above + apex
        below, share, by_t, _, _, _ = locate(gradient.offsets, gradient.spread, t)
        p = at + i
        clear = float(h3[p]) if translucent else 0.0
        here = (float(h0[p]), float(h1[p]), float(h2[p]), clear)
        push = _add_stops(gradient.paint, below, share, by_t, here, sums)
        _add_radial(gradient.map, t, px, py, above, push, sums)


@inlined
def _reduce_run(gradient, x, stop, row, h, at, translucent, sums):
    """Add what comes from above for a run to a gradient's sums."""
    if gradient.two_stops:
        _reduce_two_stops(gradient, x, stop, row, h, at, translucent, sums)
    elif gradient.radial:
        _reduce_radial(gradient, x, stop, row, h, at, translucent, sums)
    else:
        _reduce_linear(gradient, x, stop, row, h, at, translucent, sums)


@kernel
def _push_plane(alpha, shade, under, kept, grad, start, above, push, count):
    """Derivatives by a run's colours in one plane, into `above`; that by alpha is added to `push`."""
    for i in range(count):
        here = grad[start + i]
        push[i] += here * (shade[i] - under[kept + i])
        above[i] = alpha[i] * here
        grad[start + i] = here - alpha[i] * here


@reordered
def _importance(alpha, rgb, under, kept, push, loss, transmittance, start, count):
    """Loss increase without a run: its share of the sum over a path; `transmittance` goes down to the next path."""
    r, g, b = rgb
    u0, u1, u2 = under
    kind = alpha.dtype.type
    origin = np.uintp(loss.origin)
    total = kind(0.0)
    for i in range(count):
        d0 = r[i] - u0[kept + i]
        d1 = g[i] - u1[kept + i]
        d2 = b[i] - u2[kept + i]
        shown = transmittance[start + i]
        weight = loss.weight[origin + start + i] if loss.weight.size > 0 else kind(1.0)
        gain = loss.scale * weight * shown * shown
        total += gain * alpha[i] * alpha[i] * (d0 * d0 + d1 * d1 + d2 * d2) - alpha[i] * push[i]
        transmittance[start + i] = shown * (kind(1.0) - alpha[i])
    return total


@reordered
def _dot(one, other, count):
    total = one.dtype.type(0.0)
    for i in range(count):
        total += one[i] * other[i]
    return total


@embedded
def backward_fill_runs(gradient, group, opacity, frame, loss, upstream, runs, scratch, sums, fill_sums):
    """Differentiate a gradient path's runs: sums of the gradient, path opacity and importance."""
    planes = scratch.planes
    r, g, b, a = planes[0], planes[1], planes[2], planes[3]
    h0, h1, h2, h3, h4 = planes[4], planes[5], planes[6], planes[7], planes[8]
    g0, g1, g2 = upstream.grad[0], upstream.grad[1], upstream.grad[2]
    u0, u1, u2 = runs.under[0], runs.under[1], runs.under[2]
    zero = np.uintp(0)
    for run in range(np.uintp(group[layout.RUNS]), np.uintp(group[layout.RUNS_END])):
        first = np.uintp(runs.pixel[run])
        count = np.uintp(runs.length[run])
        line = np.int64(runs.pixel[run]) // frame.width
        row = float(frame.top + line)
        x = np.int64(runs.pixel[run]) - line * frame.width
        end = x + np.int64(runs.length[run])
        if runs.stored[run] < 0:
            _reduce_run(gradient, x, end, row, (g0, g1, g2, h3), first, False, fill_sums)
            continue
        paint_run(gradient, x, end, row, (r, g, b, a), scratch.offset)
        scale_plane(a, opacity, h4, count)
        scale_plane(a, opacity - opacity, h3, count)
        kept = np.uintp(runs.stored[run])
        _push_plane(h4, r, u0, kept, g0, first, h0, h3, count)
        _push_plane(h4, g, u1, kept, g1, first, h1, h3, count)
        _push_plane(h4, b, u2, kept, g2, first, h2, h3, count)
        sums[layout.OPACITY] += _dot(a, h3, count)
        if loss.beneath:
            sums[layout.IMPORTANCE] += _importance(
                h4, (r, g, b), (u0, u1, u2), kept, h3, loss, upstream.transmittance, first, count
            )
        scale_plane(h3, opacity, h3, count)
        _reduce_run(gradient, x, end, row, (h0, h1, h2, h3), zero, True, fill_sums)


@inlined
def _place(gradient, x, row):
    """Offset at a pixel's centre; for a radial gradient, also its place relative to the apex and t above it."""
    if gradient.radial:
        px, py, above = radial_place(gradient.map, float(x), row)
        return above + gradient.map[layout.APEX], px, py, above
    base, step = affine(gradient.map, row)
    return base + step * x, 0.0, 0.0, 0.0


@inlined
def _stops_around(gradient, t):
    """Stop below t, share of the one above, dshare/dt."""
    if gradient.two_stops:
        share = two_stop_share(gradient.offsets, t)
        by_t = 1.0 / (gradient.offsets[1] - gradient.offsets[0]) if 0.0 < share < 1.0 else 0.0
        return 0, share, by_t
    below, share, by_t, _, _, _ = locate(gradient.offsets, gradient.spread, t)
    return below, share, by_t


@kernel
def backward_fill_cells(gradient, group, opacity, frame, loss, upstream, cells, sums, fill_sums):
    """Differentiate a gradient path's cells as `backward._backward_cells` does a solid one's."""
    g0, g1, g2 = upstream.grad[0], upstream.grad[1], upstream.grad[2]
    kind = upstream.grad.dtype.type
    for cell in range(np.uintp(group[layout.CELLS]), np.uintp(group[layout.CELLS_END])):
        p = np.uintp(cells.pixel[cell])
        sign = cells.sign[cell]
        line = np.int64(cells.pixel[cell]) // frame.width
        x = np.int64(cells.pixel[cell]) - line * frame.width
        row = float(frame.top + line)
        t, px, py, above = _place(gradient, x, row)
        below, share, by_t = _stops_around(gradient, t)
        red, green, blue, clear = between_stops(gradient.paint, below, share)
        d0 = kind(red) - cells.under[cell, 0]
        d1 = kind(green) - cells.under[cell, 1]
        d2 = kind(blue) - cells.under[cell, 2]
        coverage = cells.alpha[cell]
        alpha = opacity * kind(clear) * coverage
        dalpha = g0[p] * d0 + g1[p] * d1 + g2[p] * d2
        if sign < layout.BELOW:
            upstream.edge[p] = dalpha * opacity * kind(clear) * kind(sign)
        else:
            upstream.edge[p] = loss.winding_penalty if sign == layout.BELOW else -loss.winding_penalty
        h = (
            float(alpha * g0[p]), float(alpha * g1[p]), float(alpha * g2[p]), float(opacity * coverage * dalpha),
        )  # fmt: skip
        push = _add_stops(gradient.paint, below, share, by_t, h, fill_sums)
        if gradient.radial:
            _add_radial(gradient.map, t, px, py, above, push, fill_sums)
        else:
            fill_sums[0] += push
            fill_sums[1] += push * (x + 0.5)
            fill_sums[2] += push * (row + 0.5)
        sums[layout.OPACITY] += coverage * kind(clear) * dalpha
        if loss.beneath:
            sums[layout.IMPORTANCE] += cell_importance(loss, upstream, p, alpha, (d0, d1, d2), dalpha)
        chain_beneath((g0, g1, g2), p, kind(1.0) - alpha)
