"""Colours and opacities of a gradient fill for pixels [x, stop) of a row.

`out` are the planes for red, green, blue and opacity; pixels are written from place `at` on, opacities only if
`translucent`.
"""

import numpy as np

from huefold.render.kernels import layout
from huefold.render.kernels.compiled import inlined, kernel
from huefold.render.kernels.fills.sampling import (
    affine,
    between_stops,
    locate,
    piece,
    radial_place,
    two_stop_pieces,
)


@inlined
def _fill_affine(plane, at, count, near, far, share, growth):
    """Write the affine stretch between two stops."""
    value = plane.dtype.type((1.0 - share) * near + share * far)
    step = plane.dtype.type(growth * (far - near))
    for i in range(count):
        # All processors convert 32 bits fast.
        plane[at + i] = value + step * plane.dtype.type(np.int32(i))


@kernel
def _paint_linear(gradient, x, stop, row, out, at, translucent):
    offsets, paint = gradient.offsets, gradient.paint
    r, g, b, a = out
    base, step = affine(gradient.map, row)
    while x < stop:
        end, below, share, by_t = piece(offsets, gradient.spread, base, step, x, stop)
        count = np.uintp(end - x)
        growth = by_t * step
        above = below + 1
        _fill_affine(r, at, count, paint[below, 0], paint[above, 0], share, growth)
        _fill_affine(g, at, count, paint[below, 1], paint[above, 1], share, growth)
        _fill_affine(b, at, count, paint[below, 2], paint[above, 2], share, growth)
        if translucent:
            _fill_affine(a, at, count, paint[below, 3], paint[above, 3], share, growth)
        at += count
        x = end


@kernel
def _two_stop_plane(plane, at, counts, shares, near, far):
    """Write one plane of a padded gradient of two stops: constant, affine, constant."""
    before, between, after = counts
    kind = plane.dtype.type
    change = far - near
    left, first = kind(near + shares[0] * change), kind(near + shares[1] * change)
    right, growth = kind(near + shares[2] * change), kind(shares[3] * change)
    for i in range(at, at + before):
        plane[i] = left
    at += before
    for i in range(between):
        plane[at + i] = first + growth * kind(np.int32(i))  # 32 bits convert fast
    at += between
    for i in range(at, at + after):
        plane[i] = right


@kernel
def _paint_two_stops(gradient, x, stop, row, out, at, translucent):
    paint = gradient.paint
    r, g, b, a = out
    counts, shares, _ = two_stop_pieces(gradient.map, gradient.offsets, row, x, stop)
    _two_stop_plane(r, at, counts, shares, paint[0, 0], paint[1, 0])
    _two_stop_plane(g, at, counts, shares, paint[0, 1], paint[1, 1])
    _two_stop_plane(b, at, counts, shares, paint[0, 2], paint[1, 2])
    if translucent:
        _two_stop_plane(a, at, counts, shares, paint[0, 3], paint[1, 3])


@kernel
def _paint_radial(gradient, x, stop, row, out, offset):
    """Write all four planes from place 0 on; `offset` is scratch."""
    r, g, b, a = out
    apex = gradient.map[layout.APEX]
    for i in range(np.uintp(stop - x)):
        _, _, above = radial_place(gradient.map, float(x + np.int64(i)), row)
        offset[i] = above + apex
    for i in range(np.uintp(stop - x)):
        below, share, _, _, _, _ = locate(gradient.offsets, gradient.spread, offset[i])
        r[i], g[i], b[i], a[i] = between_stops(gradient.paint, below, share)


@inlined
def paint_run(gradient, x, stop, row, out, offset):
    """Write colours and opacities of a run, from place 0 on."""
    if gradient.two_stops:
        _paint_two_stops(gradient, x, stop, row, out, np.uintp(0), True)
    elif gradient.radial:
        _paint_radial(gradient, x, stop, row, out, offset)
    else:
        _paint_linear(gradient, x, stop, row, out, np.uintp(0), True)


@kernel
def _copy_plane(shade, plane, start, count):
    for i in range(count):
        plane[start + i] = shade[i]


@inlined
def paint_opaque_run(gradient, x, stop, row, color, at, scratch, offset):
    """Write the colours of a run that hides all beneath to `color`, from place `at` on."""
    out = (color[0], color[1], color[2], scratch[3])
    if gradient.two_stops:
        _paint_two_stops(gradient, x, stop, row, out, at, False)
    elif gradient.radial:
        _paint_radial(gradient, x, stop, row, scratch, offset)
        for channel in range(3):
            _copy_plane(scratch[channel], color[channel], at, np.uintp(stop - x))
    else:
        _paint_linear(gradient, x, stop, row, out, at, False)


@kernel
def paint_pixel(gradient, x, row):
    """Red, green, blue and opacity at one pixel's centre."""
    if gradient.radial:
        _, _, above = radial_place(gradient.map, float(x), row)
        t = above + gradient.map[layout.APEX]
    else:
        base, step = affine(gradient.map, row)
        t = base + step * x
    below, share, _, _, _, _ = locate(gradient.offsets, gradient.spread, t)
    return between_stops(gradient.paint, below, share)


@kernel
def scale_plane(plane, factor, out, count):
    """Multiply a stretch of one plane, from place 0 on."""
    for i in range(count):
        out[i] = factor * plane[i]
