"""From pixels to offsets and colours of a gradient fill."""

import numpy as np

from huefold.render.kernels import layout
from huefold.render.kernels.compiled import inlined, kernel
from huefold.render.kernels.records import Gradient

PAD = 0
REFLECT = 1  # any other code repeats
NARROW = 1e-3  # stops that are nearer are left to the general case


@inlined
def gradient_of(fills, fill):
    """Gradient `fill` of all."""
    first, last = fills.stops[fill], fills.stops[fill + 1]
    offsets, spread, radial = fills.offsets[first:last], fills.spread[fill], fills.radial[fill] != 0
    two_stops = not radial and spread == PAD and len(offsets) == 2 and offsets[1] - offsets[0] >= NARROW
    return Gradient(fills.maps[fill], offsets, fills.paint[first:last], spread, radial, two_stops)


@inlined
def affine(m, row):
    """Offset at the centre of a row's first pixel, and its change a pixel, for a linear gradient."""
    step = m[layout.T_X]
    return m[layout.T_0] + m[layout.T_Y] * (row + 0.5) + 0.5 * step, step


@inlined
def radial_place(m, x, row):
    """Place of a pixel's centre relative to the apex, in units of the radii's difference, and t above the apex.

    The circles of all t form a cone; its apex is where the radius is 0. Those of u = t - t(apex) have the centre
    u * (hx, hy) and the radius u.
    """
    px = m[layout.U_X] * (x + 0.5) + m[layout.U_Y] * (row + 0.5) + m[layout.U_0]
    py = m[layout.V_X] * (x + 0.5) + m[layout.V_Y] * (row + 0.5) + m[layout.V_0]
    along = px * m[layout.H_X] + py * m[layout.H_Y]
    square = px * px + py * py
    flat = m[layout.FLATNESS]
    root = np.sqrt(along * along + flat * square)
    # Two forms of the same root: each where it does not subtract what is nearly equal.
    above = (root - along) / flat
    if along > 0.0:
        above = square / (root + along)
    return px, py, above


@kernel
def locate(offsets, spread, t):
    """Stop below t, share of the one above, dshare/dt, and the range of t with the same two stops.

    The last value says whether the range runs against t (every other period of a reflected gradient).
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
    by_t = 0.0
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
        by_t = 1.0 / (far - near)
        share = (place - near) / (far - near)
    if mirrored:
        return stop, share, -by_t, max(low, high - far), min(high, high - near), mirrored
    return stop, share, by_t, max(low, period + near), min(high, period + far), mirrored


@kernel
def piece(offsets, spread, base, step, x, stop):
    """End of the piece of a row that begins at pixel x, the stop below, share of the one above, dshare/dt."""
    below, share, by_t, low, high, mirrored = locate(offsets, spread, base + step * x)
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
    return int(end), below, share, by_t


@inlined
def two_stop_share(offsets, t):
    """Share of the upper stop of a padded gradient of two stops."""
    return min(max((t - offsets[0]) / (offsets[1] - offsets[0]), 0.0), 1.0)


@kernel
def two_stop_pieces(m, offsets, row, x, stop):
    """Three pieces of pixels [x, stop) of a row: before, in and after the change of two padded stops.

    Returns the numbers of their pixels; the upper stop's share before, in the first pixel of and after the change,
    and its growth a pixel; and dshare/dt.
    """
    base, step = affine(m, row)
    low, high = offsets[0], offsets[1]
    by_t = 1.0 / (high - low)
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
    first = min(max((value + step * before - low) * by_t, 0.0), 1.0)
    between = count - before - after
    right = 1.0 if step > 0.0 else 0.0
    counts = (np.uintp(before), np.uintp(between), np.uintp(after))
    return counts, (left, first, right, by_t * step), by_t


@inlined
def between_stops(paint, below, share):
    """Red, green, blue and opacity between two stops."""
    other = 1.0 - share
    return (
        other * paint[below, 0] + share * paint[below + 1, 0],
        other * paint[below, 1] + share * paint[below + 1, 1],
        other * paint[below, 2] + share * paint[below + 1, 2],
        other * paint[below, 3] + share * paint[below + 1, 3],
    )
