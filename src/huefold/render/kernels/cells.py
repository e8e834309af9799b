"""What the derivatives of cells have in common, whether a colour or a gradient fills their path."""

import numpy as np

from huefold.render.kernels.compiled import inlined


@inlined
def cell_importance(loss, upstream, p, alpha, difference, dalpha):
    """Loss increase without the cell at pixel `p`; the transmittance goes down to the next path."""
    d0, d1, d2 = difference
    one, shown = upstream.transmittance.dtype.type(1.0), upstream.transmittance[p]
    gain = loss.scale * (loss.weight[np.uintp(loss.origin) + p] if loss.weight.size > 0 else one)
    upstream.transmittance[p] = shown * (one - alpha)
    return gain * shown * shown * alpha * alpha * (d0 * d0 + d1 * d1 + d2 * d2) - alpha * dalpha


@inlined
def chain_beneath(grad, p, rest):
    """Leave of dL/dcolour at pixel `p` what belongs to the colour beneath, of which the part `rest` shows."""
    g0, g1, g2 = grad
    g0[p] *= rest
    g1[p] *= rest
    g2[p] *= rest
    if abs(g0[p]) + abs(g1[p]) + abs(g2[p]) < g0.dtype.type(1e-30):
        g0[p] = g1[p] = g2[p] = 0.0  # denormals are slow
